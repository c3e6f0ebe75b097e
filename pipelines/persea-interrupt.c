/* persea-interrupt.c - Ctrl-C as a cancellation
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

struct _PerseaInterrupt
{
  GCancellable *cancellable;
  sigset_t      signals;
  GMutex        mutex;
  GCond         released;
  unsigned      n_holds; /* under the mutex */
};

static gpointer
interrupt_wait (gpointer data)
{
  PerseaInterrupt *interrupt = data;
  const struct timespec grace = {
    .tv_sec = PERSEA_INTERRUPT_GRACE_MS / 1000,
    .tv_nsec = PERSEA_INTERRUPT_GRACE_MS % 1000 * 1000000L,
  };
  int number = 0;

  while (sigwait (&interrupt->signals, &number) != 0)
    ;
  g_cancellable_cancel (interrupt->cancellable);

  /* a second Ctrl-C ends the wait */
  sigtimedwait (&interrupt->signals, NULL, &grace);
  g_mutex_lock (&interrupt->mutex);
  while (interrupt->n_holds > 0)
    g_cond_wait (&interrupt->released, &interrupt->mutex);
  _exit (130);
}

PerseaInterrupt *
persea_interrupt_new (void)
{
  PerseaInterrupt *interrupt = g_new0 (PerseaInterrupt, 1);

  interrupt->cancellable = g_cancellable_new ();
  g_mutex_init (&interrupt->mutex);
  g_cond_init (&interrupt->released);
  sigemptyset (&interrupt->signals);
  sigaddset (&interrupt->signals, SIGINT);
  sigaddset (&interrupt->signals, SIGTERM);
  sigaddset (&interrupt->signals, SIGHUP);
  pthread_sigmask (SIG_BLOCK, &interrupt->signals, NULL);
  g_thread_unref (g_thread_new ("interrupt", interrupt_wait, interrupt));
  return interrupt;
}

GCancellable *
persea_interrupt_get_cancellable (PerseaInterrupt *interrupt)
{
  return interrupt->cancellable;
}

void
persea_interrupt_hold (PerseaInterrupt *interrupt)
{
  g_mutex_lock (&interrupt->mutex);
  interrupt->n_holds++;
  g_mutex_unlock (&interrupt->mutex);
}

void
persea_interrupt_release (PerseaInterrupt *interrupt)
{
  g_mutex_lock (&interrupt->mutex);
  interrupt->n_holds--;
  g_cond_broadcast (&interrupt->released);
  g_mutex_unlock (&interrupt->mutex);
}
