/* persea-settling.c - a table of waiting files and one timer
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-settling.h"

#include "persea-inotify.h"

/* A file that is open for writing settles, too, if nothing happens for so many times as long as
 * usual: the report of the end may be lost, and a hard link never gives one. */
#define SETTLING_WRITING_FACTOR 10
/* ticks of the timer in the time that a file must be steady */
#define SETTLING_TICKS 3

typedef struct
{
  PerseaFileStamp stamp;
  gint64          since; /* monotonic time, µs: as it is now */
  gboolean        writing;
} Waiting;

struct _PerseaSettling
{
  unsigned          steady; /* ms */
  PerseaSettledFunc func;
  gpointer          user_data;
  GHashTable       *waiting; /* (owned) path → (owned) Waiting */
  unsigned          timer;
};

PerseaSettling *
persea_settling_new (unsigned steady, PerseaSettledFunc func, gpointer user_data)
{
  PerseaSettling *settling = g_new0 (PerseaSettling, 1);

  settling->steady = steady;
  settling->func = func;
  settling->user_data = user_data;
  settling->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return settling;
}

void
persea_settling_free (PerseaSettling *settling)
{
  if (settling == NULL)
    return;
  g_clear_handle_id (&settling->timer, g_source_remove);
  g_hash_table_unref (settling->waiting);
  g_free (settling);
}

/* Whether the file is steady long enough; *gone if there is nothing to wait for any more. */
static gboolean
settling_look (PerseaSettling *settling, const char *path, Waiting *waiting, gboolean *gone)
{
  gint64 now = g_get_monotonic_time ();
  gint64 steady = settling->steady * G_GINT64_CONSTANT (1000);
  PerseaFileStamp stamp;

  *gone = !persea_file_stamp_read (path, &stamp, NULL);
  if (*gone)
    return FALSE;
  if (!persea_file_stamp_equal (&stamp, &waiting->stamp))
    {
      waiting->stamp = stamp;
      waiting->since = now;
    }
  return now - waiting->since >= (waiting->writing ? SETTLING_WRITING_FACTOR : 1) * steady;
}

static gboolean
settling_tick (gpointer user_data)
{
  PerseaSettling *settling = user_data;
  g_autoptr (GPtrArray) settled = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) stamps = g_array_new (FALSE, FALSE, sizeof (PerseaFileStamp));
  GHashTableIter iter;
  gpointer path;
  gpointer waiting;

  g_hash_table_iter_init (&iter, settling->waiting);
  while (g_hash_table_iter_next (&iter, &path, &waiting))
    {
      gboolean gone = FALSE;

      if (settling_look (settling, path, waiting, &gone))
        {
          g_ptr_array_add (settled, g_strdup (path));
          g_array_append_val (stamps, ((Waiting *) waiting)->stamp);
          gone = TRUE;
        }
      if (gone)
        g_hash_table_iter_remove (&iter);
    }

  for (unsigned i = 0; i < settled->len; i++)
    settling->func (g_ptr_array_index (settled, i),
                    &g_array_index (stamps, PerseaFileStamp, i), settling->user_data);
  if (g_hash_table_size (settling->waiting) > 0)
    return G_SOURCE_CONTINUE;
  settling->timer = 0;
  return G_SOURCE_REMOVE;
}

void
persea_settling_add (PerseaSettling *settling, const char *path, gboolean writing)
{
  Waiting *waiting = g_hash_table_lookup (settling->waiting, path);

  if (waiting == NULL)
    {
      waiting = g_new0 (Waiting, 1);
      g_hash_table_insert (settling->waiting, g_strdup (path), waiting);
    }
  waiting->since = g_get_monotonic_time ();
  waiting->writing = writing;
  /* each block that is written comes here; the next tick finds out what the file looks like */
  if (writing || !persea_file_stamp_read (path, &waiting->stamp, NULL))
    waiting->stamp = (PerseaFileStamp) { 0 };
  if (settling->timer == 0)
    settling->timer = g_timeout_add (MAX (1, settling->steady / SETTLING_TICKS), settling_tick,
                                     settling);
}

gboolean
persea_settling_has (PerseaSettling *settling, const char *path)
{
  return g_hash_table_contains (settling->waiting, path);
}

void
persea_settling_remove_tree (PerseaSettling *settling, const char *folder)
{
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, settling->waiting);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (persea_inotify_path_is_below (path, folder))
      g_hash_table_iter_remove (&iter);
}
