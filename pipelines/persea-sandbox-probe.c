/* persea-sandbox-probe.c - tries whether the sandbox holds
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-sandbox-probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each returns whether it got what it wanted. */

static gboolean
probe_open (const char *path, int flags)
{
  int file = open (path, flags | O_CLOEXEC, 0600);

  if (file < 0)
    return FALSE;
  close (file);
  return TRUE;
}

static gboolean
probe_read_file (void)
{
  return probe_open ("/etc/passwd", O_RDONLY);
}

static gboolean
probe_list_folder (void)
{
  return probe_open ("/", O_RDONLY | O_DIRECTORY);
}

static gboolean
probe_write_file (void)
{
  return probe_open ("/tmp", O_RDWR | O_TMPFILE);
}

static gboolean
probe_open_device (void)
{
  return probe_open ("/dev/null", O_RDWR);
}

static gboolean
probe_make_folder (void)
{
  g_autofree char *path = g_strdup_printf ("/tmp/persea-probe-%d", (int) getpid ());

  return mkdir (path, 0700) == 0 && rmdir (path) == 0;
}

static gboolean
probe_socket (int family, int type)
{
  int file = socket (family, type | SOCK_CLOEXEC, 0);

  if (file < 0)
    return FALSE;
  close (file);
  return TRUE;
}

static gboolean
probe_internet (void)
{
  return probe_socket (AF_INET, SOCK_STREAM) || probe_socket (AF_INET6, SOCK_DGRAM);
}

static gboolean
probe_local_socket (void)
{
  return probe_socket (AF_UNIX, SOCK_STREAM);
}

static gboolean
probe_fork (void)
{
  pid_t child = fork ();

  if (child == 0)
    _exit (0);
  return child > 0 && waitpid (child, NULL, 0) == child;
}

/* It would replace this process, so what is asked is whether a program may be looked for at all:
 * there is none of that name. */
static gboolean
probe_execute (void)
{
  char *const arguments[] = { "persea-probe", NULL };

  execv ("/nowhere/persea-probe", arguments);
  return errno == ENOENT;
}

static gboolean
probe_signal_parent (void)
{
  return kill (getppid (), 0) == 0;
}

static gboolean
probe_read_parent (void)
{
  static char byte;
  char copy;
  struct iovec here = { &copy, 1 };
  struct iovec there = { &byte, 1 };

  /* nothing may be at that place in the parent, but permission is looked at before */
  return process_vm_readv (getppid (), &here, 1, &there, 1, 0) == 1 || errno == EFAULT;
}

/* Ends with this process. */
static gboolean
probe_trace_parent (void)
{
  return ptrace (PTRACE_SEIZE, getppid (), NULL, NULL) == 0;
}

/* From there it is one step to the descriptors of another process. */
static gboolean
probe_take_hold_of_parent (void)
{
  int file = (int) syscall (SYS_pidfd_open, getppid (), 0);

  if (file < 0)
    return FALSE;
  close (file);
  return TRUE;
}

/* The kernel would do there what seccomp does not see. */
static gboolean
probe_ring (void)
{
  static char parameters[256]; /* struct io_uring_params, and some more */
  int file = (int) syscall (SYS_io_uring_setup, 1, parameters);

  if (file < 0)
    return FALSE;
  close (file);
  return TRUE;
}

/* With those, a lot is allowed that was not. */
static gboolean
probe_name_spaces (void)
{
  return unshare (CLONE_NEWUSER) == 0;
}

static gboolean
probe_set_limits (void)
{
  struct rlimit limit;

  return getrlimit (RLIMIT_NOFILE, &limit) == 0 && setrlimit (RLIMIT_NOFILE, &limit) == 0;
}

static gboolean
probe_make_memory (void)
{
  int file = memfd_create ("probe", MFD_CLOEXEC);

  if (file < 0)
    return FALSE;
  close (file);
  return TRUE;
}

static gboolean
probe_make_code (void)
{
  void *page = mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                     -1, 0);

  if (page == MAP_FAILED)
    return FALSE;
  munmap (page, 4096);
  return TRUE;
}

static const struct
{
  const char *what;
  gboolean (*try) (void);
} probes[] = {
  { "read a file", probe_read_file },
  { "list a folder", probe_list_folder },
  { "write a file", probe_write_file },
  { "open a device", probe_open_device },
  { "make a folder", probe_make_folder },
  { "reach the network", probe_internet },
  { "reach a local service", probe_local_socket },
  { "start a process", probe_fork },
  { "run a program", probe_execute },
  { "signal its parent", probe_signal_parent },
  { "read its parent's memory", probe_read_parent },
  { "trace its parent", probe_trace_parent },
  { "take hold of its parent", probe_take_hold_of_parent },
  { "have a ring with the kernel", probe_ring },
  { "have name spaces of its own", probe_name_spaces },
  { "set its limits", probe_set_limits },
  { "make shared memory", probe_make_memory },
  { "make code", probe_make_code },
};

char *
persea_sandbox_probe (void)
{
  GString *report = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (probes); i++)
    g_string_append_printf (report, "%s\t%s\n", probes[i].what, probes[i].try () ? "allowed" : "denied");
  return g_string_free (report, FALSE);
}
