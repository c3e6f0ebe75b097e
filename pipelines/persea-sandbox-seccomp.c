/* persea-sandbox-seccomp.c - the system calls that decoding takes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A list of what is allowed; everything else fails with EPERM, which libraries that try something
 * in passing (a priority, a name of a thread) take better than death.
 *
 * What a file is called can still be asked about with newfstatat(), which newer C libraries use
 * for fstat(); it tells size and time of a file whose path is known, no more.
 */
#include "config.h"

#include "persea-sandbox-private.h"

#include <errno.h>

#ifdef HAVE_SECCOMP
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

static const int seccomp_free[] = {
  /* what is open already */
  SCMP_SYS (read), SCMP_SYS (readv), SCMP_SYS (pread64), SCMP_SYS (preadv),
  SCMP_SYS (write), SCMP_SYS (writev), SCMP_SYS (pwrite64), SCMP_SYS (pwritev),
  SCMP_SYS (lseek), SCMP_SYS (_llseek), SCMP_SYS (fstat), SCMP_SYS (fstat64),
  SCMP_SYS (dup), SCMP_SYS (close), SCMP_SYS (poll), SCMP_SYS (ppoll), SCMP_SYS (ppoll_time64),
  SCMP_SYS (recvmsg), SCMP_SYS (sendmsg),
  /* memory */
  SCMP_SYS (brk), SCMP_SYS (munmap), SCMP_SYS (mremap), SCMP_SYS (madvise),
  /* threads, and their waiting */
  SCMP_SYS (futex), SCMP_SYS (futex_time64), SCMP_SYS (set_robust_list), SCMP_SYS (rseq),
  SCMP_SYS (gettid), SCMP_SYS (getpid), SCMP_SYS (sched_yield), SCMP_SYS (sched_getaffinity),
  SCMP_SYS (membarrier), SCMP_SYS (restart_syscall),
  /* time, chance, the end */
  SCMP_SYS (clock_gettime), SCMP_SYS (clock_gettime64), SCMP_SYS (clock_getres),
  SCMP_SYS (gettimeofday), SCMP_SYS (time), SCMP_SYS (nanosleep), SCMP_SYS (clock_nanosleep),
  SCMP_SYS (getrandom), SCMP_SYS (getrusage), SCMP_SYS (getrlimit), SCMP_SYS (sysinfo),
  SCMP_SYS (rt_sigaction), SCMP_SYS (rt_sigprocmask), SCMP_SYS (rt_sigreturn),
  SCMP_SYS (sigaltstack), SCMP_SYS (exit), SCMP_SYS (exit_group),
};

/* what libraries do to files that they know by name */
static const int seccomp_files[] = {
  SCMP_SYS (open), SCMP_SYS (openat), SCMP_SYS (stat), SCMP_SYS (stat64), SCMP_SYS (lstat),
  SCMP_SYS (lstat64), SCMP_SYS (newfstatat), SCMP_SYS (fstatat64), SCMP_SYS (statx),
  SCMP_SYS (access), SCMP_SYS (faccessat), SCMP_SYS (faccessat2), SCMP_SYS (readlink),
  SCMP_SYS (readlinkat), SCMP_SYS (ftruncate), SCMP_SYS (ftruncate64),
};

static gboolean
seccomp_allow (scmp_filter_ctx filter, const int *calls, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (seccomp_rule_add (filter, SCMP_ACT_ALLOW, calls[i], 0) != 0)
      return FALSE;
  return TRUE;
}

/* Calls that are allowed with some arguments only. */
static gboolean
seccomp_allow_some (scmp_filter_ctx filter)
{
  static const int commands[] = { F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC };
  static const int mappings[] = { SCMP_SYS (mmap), SCMP_SYS (mmap2), SCMP_SYS (mprotect) };
  gboolean ok = TRUE;

  for (size_t i = 0; ok && i < G_N_ELEMENTS (commands); i++)
    ok = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (fcntl), 1,
                           SCMP_A1 (SCMP_CMP_EQ, commands[i])) == 0;
  /* memory, but no code */
  for (size_t i = 0; ok && i < G_N_ELEMENTS (mappings); i++)
    ok = seccomp_rule_add (filter, SCMP_ACT_ALLOW, mappings[i], 1,
                           SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
  /* threads, but no processes; what clone3() is asked for cannot be seen, and without it clone()
   * is used */
  return ok
         && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (clone), 1,
                              SCMP_A0 (SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0
         && seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0) == 0
         /* what one is, not what another one shall be */
         && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prlimit64), 1,
                              SCMP_A2 (SCMP_CMP_EQ, 0)) == 0
         /* abort() */
         && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (tgkill), 1,
                              SCMP_A0 (SCMP_CMP_EQ, (scmp_datum_t) getpid ())) == 0
         && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (newfstatat), 1,
                              SCMP_A3 (SCMP_CMP_EQ, AT_EMPTY_PATH)) == 0;
}

gboolean
persea_sandbox_enter_seccomp (gboolean may_open)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  gboolean entered;

  if (!filter)
    return FALSE;
  entered = seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 /* all threads */
            && seccomp_allow (filter, seccomp_free, G_N_ELEMENTS (seccomp_free))
            && (!may_open || seccomp_allow (filter, seccomp_files, G_N_ELEMENTS (seccomp_files)))
            && seccomp_allow_some (filter)
            && seccomp_load (filter) == 0;
  seccomp_release (filter);
  return entered;
}

#else

gboolean
persea_sandbox_enter_seccomp (gboolean may_open)
{
  errno = ENOSYS;
  return FALSE;
}
#endif
