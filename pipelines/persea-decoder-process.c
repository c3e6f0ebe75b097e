/* persea-decoder-process.c - one decoder, as its parent sees it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * On a machine that is busy with other things, a background process may get no time for minutes.
 * So what counts is the time that the decoder computes, and that in which it does not even want to.
 */
#include "config.h"

#include "persea-decoder-process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "persea-error.h"

#define PROCESS_START_SECONDS 60
#define PROCESS_TICK 1000       /* ms between two looks at a decoder's clock */
#define PROCESS_IDLE_SHARE 1e-4 /* of a tick; whoever computes less than that does nothing */

struct _PerseaDecoderProcess
{
  pid_t              pid;
  int                socket;
  unsigned           n_requests;
  PerseaDecoderHello hello;
};

/* Where reports of a sanitizer go, standard error is kept; leaks could not be looked for in there, nor
 * races without a GLib that was built for it. */
#ifdef __SANITIZE_ADDRESS__
#define PROCESS_CLOSED 2
#define PROCESS_SANITIZER "ASAN_OPTIONS=detect_leaks=0:use_sigaltstack=0"
#elif defined __SANITIZE_THREAD__
#define PROCESS_CLOSED 2
#define PROCESS_SANITIZER "TSAN_OPTIONS=report_bugs=0"
#else
#define PROCESS_CLOSED PERSEA_DECODER_SOCKET
#endif

/* What of the environment it gets: the language of its messages. */
static char **
process_make_environment (void)
{
  static const char *const names[] = { "LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE" };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = g_getenv (names[i]);
      g_autofree char *pair = value != NULL ? g_strconcat (names[i], "=", value, NULL) : NULL;

      if (pair != NULL)
        g_strv_builder_add (builder, pair);
    }
#ifdef PROCESS_SANITIZER
  g_strv_builder_add (builder, PROCESS_SANITIZER);
#endif
  return g_strv_builder_end (builder);
}

/* @socket: becomes its only descriptor; 0 to 2 lead nowhere */
static int
process_spawn (const char                *program,
               PerseaDecoderMode          mode,
               const PerseaDecoderLimits *limits,
               int                        socket,
               pid_t                     *pid)
{
  g_autofree char *purpose = g_strdup_printf ("%u", mode);
  g_autofree char *memory = g_strdup_printf ("%u", limits->memory);
  char *const arguments[] = { (char *) "persea-decoder", (char *) PERSEA_DECODER_OPTION, purpose, memory,
                              NULL };
  g_auto (GStrv) environment = process_make_environment ();
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  int status;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  /* a group of its own: what a terminal sends to ours is not for it */
  posix_spawnattr_setpgroup (&attributes, 0);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
                                           | POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_adddup2 (&actions, socket, PERSEA_DECODER_SOCKET);
  for (int i = 0; i < PROCESS_CLOSED; i++)
    posix_spawn_file_actions_addopen (&actions, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0);
  status = posix_spawn (pid, program, &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);
  return status;
}

/* Waits for a message, for @seconds at most. */
static gboolean
process_wait_for_hello (PerseaDecoderProcess *process, GCancellable *cancellable)
{
  GPollFD polled[2] = { { .fd = process->socket, .events = G_IO_IN } };
  gboolean can_cancel = g_cancellable_make_pollfd (cancellable, &polled[1]);
  int n = g_poll (polled, can_cancel ? 2 : 1, PROCESS_START_SECONDS * 1000);

  if (can_cancel)
    g_cancellable_release_fd (cancellable);
  return n > 0 && polled[0].revents != 0
         && persea_decoder_message_receive (process->socket, &process->hello, sizeof process->hello,
                                            NULL, NULL);
}

PerseaDecoderProcess *
persea_decoder_process_start (const char                 *program,
                              PerseaDecoderMode           mode,
                              const PerseaDecoderLimits  *limits,
                              GCancellable               *cancellable,
                              GError                    **error)
{
  g_autoptr (PerseaDecoderProcess) process = g_new0 (PerseaDecoderProcess, 1);
  int ends[2] = { -1, -1 };
  int status = 0;

  process->socket = -1;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    status = errno;
  else
    {
      process->socket = ends[0];
      /* dup2() onto itself would leave it to be closed by exec */
      if (ends[1] == PERSEA_DECODER_SOCKET)
        fcntl (ends[1], F_SETFD, 0);
      status = process_spawn (program, mode, limits, ends[1], &process->pid);
      close (ends[1]);
    }
  if (status == 0 && process_wait_for_hello (process, cancellable))
    {
      process->hello.identity[PERSEA_DECODER_IDENTITY] = '\0';
      return g_steal_pointer (&process);
    }
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY, "no process to decode pictures can be started: %s",
                 status != 0 ? g_strerror (status) : "it ended, or did not answer");
  return NULL;
}

/* Returns what waitpid() says of it; it is dead afterwards. */
static int
process_bury (PerseaDecoderProcess *process)
{
  int status = 0;

  if (process->pid <= 0)
    return 0;
  while (waitpid (process->pid, &status, 0) < 0 && errno == EINTR)
    ;
  process->pid = 0;
  return status;
}

void
persea_decoder_process_free (PerseaDecoderProcess *process)
{
  if (process == NULL)
    return;
  if (process->pid > 0)
    kill (process->pid, SIGKILL);
  process_bury (process);
  if (process->socket >= 0)
    close (process->socket);
  g_free (process);
}

const PerseaDecoderHello *
persea_decoder_process_get_hello (PerseaDecoderProcess *process)
{
  return &process->hello;
}

unsigned
persea_decoder_process_get_n_requests (PerseaDecoderProcess *process)
{
  return process->n_requests;
}

/* Seconds that it has computed in its life. */
static double
process_get_time (PerseaDecoderProcess *process)
{
  struct timespec time = { 0 };
  clockid_t clock;

  if (clock_getcpuclockid (process->pid, &clock) != 0 || clock_gettime (clock, &time) != 0)
    return 0;
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/* It has closed its end, so it is ending or has ended. */
static PerseaDecoderEnd
process_examine (PerseaDecoderProcess *process)
{
  int status;

  kill (process->pid, SIGKILL); /* it may have closed its end and be up to something */
  status = process_bury (process);
  if (WIFEXITED (status) && WEXITSTATUS (status) == PERSEA_DECODER_EXIT_MEMORY)
    return PERSEA_DECODER_BLOATED;
  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGXCPU)
    return PERSEA_DECODER_HUNG;
  g_debug ("a decoder ended with status %d", status);
  return PERSEA_DECODER_CRASHED;
}

/* Waits until there is something to read. */
static PerseaDecoderEnd
process_wait (PerseaDecoderProcess      *process,
              const PerseaDecoderLimits *limits,
              GPollFD                   *polled,
              unsigned                   n_polled)
{
  double began = process_get_time (process);
  double last = began;
  double idle = 0;
  int tick = CLAMP ((int) (limits->seconds * 250), 1, PROCESS_TICK);

  for (;;)
    {
      int n = g_poll (polled, n_polled, tick);
      double now;

      if (n > 0)
        return n_polled > 1 && polled[1].revents != 0 ? PERSEA_DECODER_CANCELLED
                                                      : PERSEA_DECODER_ANSWERED;
      if (n < 0)
        continue;
      now = process_get_time (process);
      idle += now - last < tick * 1e-3 * PROCESS_IDLE_SHARE ? tick * 1e-3 : 0;
      last = now;
      if (now - began > limits->seconds || idle > limits->seconds)
        return PERSEA_DECODER_HUNG;
    }
}

PerseaDecoderEnd
persea_decoder_process_ask (PerseaDecoderProcess        *process,
                            const PerseaDecoderRequest  *request,
                            const int                   *files,
                            unsigned                     n_files,
                            const PerseaDecoderLimits   *limits,
                            PerseaDecoderReply          *reply,
                            GCancellable                *cancellable)
{
  GPollFD polled[2] = { { .fd = process->socket, .events = G_IO_IN } };
  gboolean can_cancel;
  PerseaDecoderEnd end;

  process->n_requests++;
  if (!persea_decoder_message_send (process->socket, request, sizeof *request, files, n_files))
    return process_examine (process);
  can_cancel = g_cancellable_make_pollfd (cancellable, &polled[1]);
  end = process_wait (process, limits, polled, can_cancel ? 2 : 1);
  if (can_cancel)
    g_cancellable_release_fd (cancellable);
  if (end != PERSEA_DECODER_ANSWERED)
    return end;
  if (!persea_decoder_message_receive (process->socket, reply, sizeof *reply, NULL, NULL))
    return process_examine (process);
  reply->message[sizeof reply->message - 1] = '\0';
  return PERSEA_DECODER_ANSWERED;
}
