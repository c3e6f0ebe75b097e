/* persea-parts.c - work cut into parts, for all processors
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Helpers are new threads, which have the caller's scheduling class: what must not wait is not helped
 * by one that may.  One that begins when all is done finds nothing to do and lets go of the crew, which
 * outlives the call for its sake.
 */
#include "config.h"

#include "persea-parts.h"

typedef struct
{
  PerseaPartFunc func;
  gpointer       user_data;
  int            n_parts;
  int            next; /* atomic: the first part that nobody has taken */
  int            left; /* atomic: parts that are not done */
  GMutex         mutex;
  GCond          done; /* @left is 0 */
} Crew;

static void
crew_clear (gpointer data)
{
  Crew *crew = data;

  g_mutex_clear (&crew->mutex);
  g_cond_clear (&crew->done);
}

static void
crew_unref (gpointer crew)
{
  g_atomic_rc_box_release_full (crew, crew_clear);
}

static void
crew_work (Crew *crew)
{
  int part;

  while ((part = g_atomic_int_add (&crew->next, 1)) < crew->n_parts)
    {
      crew->func ((size_t) part, crew->user_data);
      if (g_atomic_int_dec_and_test (&crew->left))
        {
          g_mutex_lock (&crew->mutex);
          g_cond_signal (&crew->done);
          g_mutex_unlock (&crew->mutex);
        }
    }
}

static gpointer
crew_help (gpointer crew)
{
  crew_work (crew);
  crew_unref (crew);
  return NULL;
}

/* Without a thread there is less help. */
static void
crew_call_helper (Crew *crew)
{
  Crew *own = g_atomic_rc_box_acquire (crew);
  GThread *thread = g_thread_try_new ("persea-part", crew_help, own, NULL);

  if (thread)
    g_thread_unref (thread);
  else
    crew_unref (own);
}

void
persea_parts_run (size_t n_parts, PerseaPartFunc func, gpointer user_data)
{
  int n_helpers = (int) MIN (n_parts, g_get_num_processors ()) - 1;
  Crew *crew = g_atomic_rc_box_new0 (Crew);

  crew->func = func;
  crew->user_data = user_data;
  crew->n_parts = crew->left = (int) n_parts;
  g_mutex_init (&crew->mutex);
  g_cond_init (&crew->done);
  for (int i = 0; i < n_helpers; i++)
    crew_call_helper (crew);
  crew_work (crew);

  g_mutex_lock (&crew->mutex);
  while (g_atomic_int_get (&crew->left) > 0)
    g_cond_wait (&crew->done, &crew->mutex);
  g_mutex_unlock (&crew->mutex);
  crew_unref (crew);
}
