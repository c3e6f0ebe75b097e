/* test-parts.c - work cut into parts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-parts.h"

#define MAX_PARTS 70

typedef struct
{
  int done[MAX_PARTS]; /* atomic: how often each part was */
} Work;

static void
work_do (size_t part, gpointer user_data)
{
  Work *work = user_data;

  if (part % 16 == 0)
    g_usleep (20);
  g_atomic_int_inc (&work->done[part]);
}

/* Often, since who comes late differs from run to run.  @work is gone each time: a helper that came
 * late and touched it would show under the address sanitizer. */
static void
test_each_once (void)
{
  for (size_t run = 0; run < 500; run++)
    {
      g_autofree Work *work = g_new0 (Work, 1);
      size_t n_parts = run % (MAX_PARTS + 1);

      persea_parts_run (n_parts, work_do, work);
      for (size_t part = 0; part < MAX_PARTS; part++)
        g_assert_cmpint (work->done[part], ==, part < n_parts);
    }
}

typedef struct
{
  GMutex mutex;
  GCond  met;
  int    here;
} Meeting;

/* the first one waits for a second one on another thread */
static void
meeting_join (size_t part, gpointer user_data)
{
  Meeting *meeting = user_data;

  g_mutex_lock (&meeting->mutex);
  meeting->here++;
  g_cond_broadcast (&meeting->met);
  while (meeting->here < 2)
    g_cond_wait (&meeting->met, &meeting->mutex);
  g_mutex_unlock (&meeting->mutex);
}

static void
test_side_by_side (void)
{
  Meeting meeting = { .here = 0 };

  if (g_get_num_processors () < 2)
    {
      g_test_skip ("one processor");
      return;
    }
  g_mutex_init (&meeting.mutex);
  g_cond_init (&meeting.met);
  persea_parts_run (2, meeting_join, &meeting);
  g_assert_cmpint (meeting.here, ==, 2);
  g_cond_clear (&meeting.met);
  g_mutex_clear (&meeting.mutex);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parts/each-once", test_each_once);
  g_test_add_func ("/parts/side-by-side", test_side_by_side);
  return g_test_run ();
}
