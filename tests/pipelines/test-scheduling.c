/* test-scheduling.c - down, and up again
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-memory.h"
#include "persea-scheduling.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct
{
  GMutex   lock;
  GCond    changed;
  int      id;
  gboolean quit;
} Worker;

/* a thread as drivers have them */
static gpointer
worker_main (gpointer data)
{
  Worker *worker = data;

  g_mutex_lock (&worker->lock);
  worker->id = (int) syscall (SYS_gettid);
  g_cond_broadcast (&worker->changed);
  while (!worker->quit)
    g_cond_wait (&worker->changed, &worker->lock);
  g_mutex_unlock (&worker->lock);
  return NULL;
}

static int
get_disk_class (int thread)
{
  return (int) syscall (SYS_ioprio_get, 1, thread) >> 13;
}

static void
test_threads (void)
{
  Worker worker = { .id = 0 };
  g_autoptr (PerseaScheduling) scheduling = NULL;
  GThread *thread;
  const char *method;
  int nice_before;

  g_unsetenv ("PERSEA_PRIORITY");
  scheduling = persea_scheduling_new (NULL);
  method = persea_scheduling_get_method (scheduling);
  g_test_message ("method: %s", method);
  thread = g_thread_new ("worker", worker_main, &worker);
  g_mutex_lock (&worker.lock);
  while (worker.id == 0)
    g_cond_wait (&worker.changed, &worker.lock);
  g_mutex_unlock (&worker.lock);
  nice_before = getpriority (PRIO_PROCESS, worker.id);

  for (unsigned round = 0; round < 2; round++)
    {
      persea_scheduling_set (scheduling, PERSEA_URGENCY_BACKGROUND);
      g_assert_cmpint (get_disk_class (worker.id), ==, 3);
      if (strcmp (method, "class") == 0)
        g_assert_cmpint (sched_getscheduler (worker.id), ==, SCHED_IDLE);
      else
        g_assert_cmpint (getpriority (PRIO_PROCESS, worker.id), ==, MAX (nice_before, 10));
      g_assert_cmpint (sched_getscheduler (getpid ()), ==, SCHED_OTHER);

      persea_scheduling_set (scheduling, PERSEA_URGENCY_NORMAL);
      g_assert_cmpint (get_disk_class (worker.id), !=, 3);
      g_assert_cmpint (sched_getscheduler (worker.id), ==, SCHED_OTHER);
    }

  g_mutex_lock (&worker.lock);
  worker.quit = TRUE;
  g_cond_broadcast (&worker.changed);
  g_mutex_unlock (&worker.lock);
  g_thread_join (thread);
}

/* decoders are processes, and as urgent as the rest */
static void
test_processes (void)
{
  g_autoptr (PerseaScheduling) scheduling = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  int child;

  g_unsetenv ("PERSEA_PRIORITY");
  scheduling = persea_scheduling_new (NULL);
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "sleep", "60", NULL);
  g_assert_no_error (error);
  child = atoi (g_subprocess_get_identifier (process));
  for (unsigned round = 0; round < 2; round++)
    {
      persea_scheduling_set (scheduling, PERSEA_URGENCY_BACKGROUND);
      g_assert_cmpint (get_disk_class (child), ==, 3);
      if (strcmp (persea_scheduling_get_method (scheduling), "class") == 0)
        g_assert_cmpint (sched_getscheduler (child), ==, SCHED_IDLE);
      persea_scheduling_set (scheduling, PERSEA_URGENCY_NORMAL);
      g_assert_cmpint (get_disk_class (child), !=, 3);
      g_assert_cmpint (sched_getscheduler (child), ==, SCHED_OTHER);
    }
  g_subprocess_force_exit (process);
}

static void
test_none (void)
{
  g_autoptr (PerseaScheduling) scheduling = NULL;

  g_setenv ("PERSEA_PRIORITY", "normal", TRUE);
  scheduling = persea_scheduling_new (NULL);
  g_assert_cmpstr (persea_scheduling_get_method (scheduling), ==, "none");
  persea_scheduling_set (scheduling, PERSEA_URGENCY_BACKGROUND);
  g_assert_cmpint (sched_getscheduler (0), ==, SCHED_OTHER);
}

/* What the process uses stays as it is; what it does not use goes. */
static void
test_give_back (void)
{
  static const char text[] = "read only";
  guint64 before = persea_memory_get_resident ();

  g_assert_cmpuint (before, >, 0);
  persea_memory_give_back ();
  g_assert_cmpstr (text, ==, "read only");
#ifndef __SANITIZE_ADDRESS__
  g_test_message ("%u KiB, then %u KiB", (unsigned) (before / 1024),
                  (unsigned) (persea_memory_get_resident () / 1024));
  g_assert_cmpuint (persea_memory_get_resident (), <, before);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scheduling/threads", test_threads);
  g_test_add_func ("/scheduling/processes", test_processes);
  g_test_add_func ("/scheduling/none", test_none);
  g_test_add_func ("/memory/give-back", test_give_back);
  return g_test_run ();
}
