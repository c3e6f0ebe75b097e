/* persea-watches.c - from settings to watchers, from watchers to the queue
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-watches.h"

#include "persea-inotify.h"
#include "persea-prompt-file.h"
#include "persea-watcher.h"

#include <string.h>

#include <glib/gi18n.h>

/* files of the library that are looked for at once */
#define WATCHES_CHECK_SLICE 200
/* time between counts while there is work, s */
#define WATCHES_COUNT_PERIOD 1
/* after what the library could not take, s */
#define WATCHES_RETRY 60
#define WATCHES_RETRY_MAX 3600 /* if it is of no use again and again */

typedef struct
{
  PerseaWatches             *watches; /* (unowned) */
  const PerseaWatchSettings *settings;
  PerseaWatcher             *watcher;
  PerseaWatcherState         state;
  char                      *reason; /* (nullable) */
  PerseaQueueCounts          counts;
  unsigned                   check; /* source */
  unsigned                   retry; /* timer; 0: nothing has been missed */
  unsigned                   pause; /* before it, s */
  gint64                     failed_at; /* µs; 0: never */
  char                      *checked; /* (nullable): the last file that was looked for */
} Watch;

struct _PerseaWatches
{
  PerseaLibrary             *library;
  const PerseaWatchesEvents *events;
  gpointer                   user_data;
  PerseaSettings            *settings; /* (nullable) */
  GPtrArray                 *list;     /* of (owned) Watch */
  unsigned                   counter;  /* timer */
};

const char *
persea_watch_state_get_name (PerseaWatchState state)
{
  static const char *const names[] = {
    [PERSEA_WATCH_ABSENT] = "absent",   [PERSEA_WATCH_WATCHING] = "watching",
    [PERSEA_WATCH_LIMITED] = "limited", [PERSEA_WATCH_PAUSED] = "paused",
    [PERSEA_WATCH_BROKEN] = "broken",
  };

  return names[state];
}

static void
watch_free (Watch *watch)
{
  g_clear_handle_id (&watch->check, g_source_remove);
  g_clear_handle_id (&watch->retry, g_source_remove);
  persea_watcher_free (watch->watcher);
  g_free (watch->reason);
  g_free (watch->checked);
  g_free (watch);
}

static Watch *
watches_find (PerseaWatches *watches, const char *name)
{
  for (unsigned i = 0; i < watches->list->len; i++)
    {
      Watch *watch = g_ptr_array_index (watches->list, i);

      if (strcmp (watch->settings->name, name) == 0)
        return watch;
    }
  return NULL;
}

/* Counts */

/* Returns: whether they are other ones than before */
static gboolean
watch_count (Watch *watch)
{
  PerseaQueueCounts counts = watch->counts;
  g_autoptr (GError) error = NULL;

  if (!persea_queue_count_watch (watch->watches->library, watch->settings->name, &counts, &error))
    g_warning ("%s", error->message);
  if (memcmp (&counts, &watch->counts, sizeof counts) == 0)
    return FALSE;
  watch->counts = counts;
  return TRUE;
}

static void
watches_count_all (PerseaWatches *watches)
{
  for (unsigned i = 0; i < watches->list->len; i++)
    {
      Watch *watch = g_ptr_array_index (watches->list, i);

      if (watch_count (watch))
        watches->events->changed (watches, watch->settings->name, watches->user_data);
    }
}

static gboolean
watches_count_elapsed (gpointer user_data)
{
  watches_count_all (user_data);
  return G_SOURCE_CONTINUE;
}

static void
watches_keep_counting (PerseaWatches *watches)
{
  if (watches->counter == 0)
    watches->counter = g_timeout_add_seconds (WATCHES_COUNT_PERIOD, watches_count_elapsed, watches);
}

void
persea_watches_rest (PerseaWatches *watches)
{
  g_clear_handle_id (&watches->counter, g_source_remove);
  watches_count_all (watches);
}

/* What watchers tell */

static const char *
watch_get_folder (const Watch *watch)
{
  const char *root = persea_watcher_get_root (watch->watcher);

  return root != NULL ? root : watch->settings->folder;
}

static gboolean
watch_covers (const Watch *watch, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return watch->settings->recursive ? persea_inotify_path_is_below (path, watch_get_folder (watch))
                                    : strcmp (folder, watch_get_folder (watch)) == 0;
}

/* The watch whose folder is the nearest one above @path: of nested ones the inner one. */
static const Watch *
watches_find_nearest (PerseaWatches *watches, const char *path)
{
  const Watch *nearest = NULL;

  for (unsigned i = 0; i < watches->list->len; i++)
    {
      const Watch *watch = g_ptr_array_index (watches->list, i);

      if (watch_covers (watch, path)
          && (nearest == NULL
              || strlen (watch_get_folder (watch)) > strlen (watch_get_folder (nearest))))
        nearest = watch;
    }
  return nearest;
}

static gboolean
watch_retry_elapsed (gpointer user_data)
{
  Watch *watch = user_data;

  watch->retry = 0;
  persea_watcher_rescan (watch->watcher);
  return G_SOURCE_REMOVE;
}

/* What fails for good, for one file, is no reason to look through a folder every minute for years. */
static unsigned
watch_next_pause (Watch *watch)
{
  gint64 now = g_get_monotonic_time ();
  gint64 recent = (gint64) 2 * watch->pause * G_USEC_PER_SEC;
  gboolean again = watch->failed_at != 0 && now - watch->failed_at < recent;

  watch->failed_at = now;
  watch->pause = again ? MIN (2 * watch->pause, WATCHES_RETRY_MAX) : WATCHES_RETRY;
  return watch->pause;
}

/* The library could not take something: its disk is full, say.  It would be missed, so everything is
 * looked through again later; told once for all that it could not take until then. */
static void
watch_note_failure (Watch *watch, const char *path, const GError *error)
{
  if (watch->retry != 0)
    {
      g_debug ("%s: %s", path, error->message);
      return;
    }
  watch->retry = g_timeout_add_seconds (watch_next_pause (watch), watch_retry_elapsed, watch);
  g_warning (_("[watch %s]: %s: %s; looking through the folder again in %u seconds"), watch->settings->name,
             path, error->message, watch->pause);
}

static void
on_settled (PerseaWatcher         *watcher,
            const char            *path,
            const PerseaFileStamp *stamp,
            gpointer               user_data)
{
  Watch *watch = user_data;
  PerseaWatches *watches = watch->watches;
  const Watch *nearest = watches_find_nearest (watches, path);
  g_autoptr (GError) error = NULL;
  gboolean queued = FALSE;

  if (nearest != NULL && nearest != watch)
    return; /* its own watcher tells of it */
  if (!persea_queue_offer (watches->library, path, stamp, watch->settings->name, &queued, &error))
    watch_note_failure (watch, path, error);
  else if (queued)
    {
      g_debug ("%s: queued for [watch %s]", path, watch->settings->name);
      watches_keep_counting (watches);
      watches->events->queued (watches, watches->user_data);
    }
}

static void
on_state_changed (PerseaWatcher      *watcher,
                  PerseaWatcherState  state,
                  const char         *reason,
                  gpointer            user_data)
{
  Watch *watch = user_data;
  PerseaWatches *watches = watch->watches;
  const char *name = watch->settings->name;

  watch->state = state;
  g_free (watch->reason);
  watch->reason = g_strdup (reason);
  if (state == PERSEA_WATCHER_WATCHING)
    g_message (_("[watch %s]: watching %s"), name, watch->settings->folder);
  else if (state == PERSEA_WATCHER_LIMITED)
    g_warning (_("[watch %s]: %s; looking for new pictures now and then"), name, reason);
  else
    g_warning (_("[watch %s]: %s; waiting for it"), name, reason);
  watches->events->changed (watches, name, watches->user_data);
}

static void
on_vanished (PerseaWatcher *watcher, const char *path, gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GError) error = NULL;

  /* told late, it may be there again */
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  g_debug ("%s: gone", path);
  if (!persea_library_mark_gone (watch->watches->library, path, &error))
    watch_note_failure (watch, path, error);
  watches_keep_counting (watch->watches);
  watch->watches->events->queued (watch->watches, watch->watches->user_data);
}

static void
on_ignored (PerseaWatcher *watcher, const char *folder, gpointer user_data)
{
  const Watch *watch = user_data;
  g_autoptr (GError) error = NULL;

  if (!persea_queue_withdraw_folder (watch->watches->library, folder, &error))
    g_warning ("%s: %s", folder, error->message);
}

static void
on_problem (PerseaWatcher *watcher, const GError *error, gpointer user_data)
{
  const Watch *watch = user_data;

  g_warning ("[watch %s]: %s", watch->settings->name, error->message);
}

/* Files that went while nobody watched */

static gboolean
watch_check_files (Watch *watch, GPtrArray *files, GError **error)
{
  for (unsigned i = 0; i < files->len; i++)
    {
      const PerseaFileRecord *file = g_ptr_array_index (files, i);

      if (!persea_file_stamp_is_gone (file->path, &file->stamp))
        continue;
      g_debug ("%s: gone", file->path);
      if (!persea_library_mark_gone (watch->watches->library, file->path, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
watch_check (gpointer user_data)
{
  Watch *watch = user_data;
  PerseaLibrary *library = watch->watches->library;
  const char *root = persea_watcher_get_root (watch->watcher);
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GError) error = NULL;

  if (root != NULL
      && persea_library_list_files (library, FALSE, root, watch->checked, WATCHES_CHECK_SLICE, &files,
                                    &error)
      && watch_check_files (watch, files, &error) && files->len > 0)
    {
      const PerseaFileRecord *last = g_ptr_array_index (files, files->len - 1);

      g_free (watch->checked);
      watch->checked = g_strdup (last->path);
      return G_SOURCE_CONTINUE;
    }
  if (error != NULL)
    watch_note_failure (watch, watch->settings->folder, error);
  g_clear_pointer (&watch->checked, g_free);
  watch->check = 0;
  if (watch_count (watch))
    watch->watches->events->changed (watch->watches, watch->settings->name,
                                     watch->watches->user_data);
  return G_SOURCE_REMOVE;
}

static void
on_scanned (PerseaWatcher *watcher, unsigned n_pictures, gboolean whole, gpointer user_data)
{
  Watch *watch = user_data;

  g_debug ("[watch %s]: %u pictures", watch->settings->name, n_pictures);
  if (!whole)
    return;
  g_clear_pointer (&watch->checked, g_free);
  if (watch->check == 0)
    watch->check = g_idle_add (watch_check, watch);
}

static const PerseaWatcherEvents watcher_events = {
  .settled = on_settled,
  .state_changed = on_state_changed,
  .vanished = on_vanished,
  .ignored = on_ignored,
  .problem = on_problem,
  .scanned = on_scanned,
};

/* The list */

static Watch *
watches_make (PerseaWatches *watches, const PerseaWatchSettings *settings)
{
  PerseaWatcherOptions options = persea_watcher_default_options;
  Watch *watch = g_new0 (Watch, 1);

  options.recursive = settings->recursive;
  if (settings->mode == PERSEA_WATCH_GENERATE)
    options.wants_file = persea_prompt_file_wants;
  watch->watches = watches;
  watch->settings = settings;
  watch->state = PERSEA_WATCHER_ABSENT;
  watch->watcher = persea_watcher_new (settings->folder, &options, &watcher_events, watch);
  watch_count (watch);
  if (watch->counts.queued + watch->counts.running > 0) /* from the last time */
    watches_keep_counting (watches);
  return watch;
}

/* (transfer full) (nullable): the watch that is there already, out of the list */
static Watch *
watches_take (PerseaWatches *watches, const PerseaWatchSettings *settings)
{
  for (unsigned i = 0; i < watches->list->len; i++)
    {
      Watch *watch = g_ptr_array_index (watches->list, i);
      const PerseaWatchSettings *old = watch->settings;

      if (strcmp (old->name, settings->name) == 0 && strcmp (old->folder, settings->folder) == 0
          && old->recursive == settings->recursive && old->mode == settings->mode)
        {
          watch->settings = settings;
          return g_ptr_array_steal_index_fast (watches->list, i);
        }
    }
  return NULL;
}

void
persea_watches_set (PerseaWatches *watches, PerseaSettings *settings)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) watch_free);
  g_autoptr (GPtrArray) old = NULL;
  g_autoptr (PerseaSettings) old_settings = watches->settings;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) kept = NULL;

  for (unsigned i = 0; i < settings->watches->len; i++)
    {
      const PerseaWatchSettings *wanted = g_ptr_array_index (settings->watches, i);
      Watch *watch = watches_take (watches, wanted);

      g_ptr_array_add (list, watch != NULL ? watch : watches_make (watches, wanted));
      g_strv_builder_add (names, wanted->name);
    }
  /* what is queued for them waits until they are right again */
  for (unsigned i = 0; i < settings->broken->len; i++)
    {
      const PerseaWatchSettings *broken = g_ptr_array_index (settings->broken, i);

      g_strv_builder_add (names, broken->name);
    }
  old = g_steal_pointer (&watches->list);
  watches->list = g_steal_pointer (&list);
  watches->settings = persea_settings_ref (settings);
  /* a watch that goes may have lain inside of one that stays, whose pictures these are now */
  if (old->len > 0)
    persea_watches_rescan (watches, NULL);
  kept = g_strv_builder_end (names);
  if (!persea_queue_keep_watches (watches->library, (const char *const *) kept, &error))
    g_warning ("%s", error->message);
  watches->events->listed (watches, watches->user_data);
}

PerseaWatches *
persea_watches_new (PerseaLibrary *library, const PerseaWatchesEvents *events, gpointer user_data)
{
  PerseaWatches *watches = g_new0 (PerseaWatches, 1);

  watches->library = persea_library_ref (library);
  watches->events = events;
  watches->user_data = user_data;
  watches->list = g_ptr_array_new_with_free_func ((GDestroyNotify) watch_free);
  return watches;
}

void
persea_watches_free (PerseaWatches *watches)
{
  if (watches == NULL)
    return;
  g_clear_handle_id (&watches->counter, g_source_remove);
  g_ptr_array_unref (watches->list);
  persea_settings_unref (watches->settings);
  persea_library_unref (watches->library);
  g_free (watches);
}

unsigned
persea_watches_count (PerseaWatches *watches)
{
  return watches->list->len;
}

GPtrArray *
persea_watches_list (PerseaWatches *watches)
{
  GPtrArray *names = g_ptr_array_new ();
  const PerseaSettings *settings = watches->settings;
  GPtrArray *const lists[] = {
    settings != NULL ? settings->watches : NULL,
    settings != NULL ? settings->broken : NULL,
  };

  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++)
    for (unsigned j = 0; lists[i] != NULL && j < lists[i]->len; j++)
      g_ptr_array_add (names, ((PerseaWatchSettings *) g_ptr_array_index (lists[i], j))->name);
  return names;
}

static PerseaWatchStatus
watch_get_status (const Watch *watch)
{
  static const PerseaWatchState states[] = {
    [PERSEA_WATCHER_ABSENT] = PERSEA_WATCH_ABSENT,
    [PERSEA_WATCHER_WATCHING] = PERSEA_WATCH_WATCHING,
    [PERSEA_WATCHER_LIMITED] = PERSEA_WATCH_LIMITED,
  };
  const PerseaWatchSettings *settings = watch->settings;

  return (PerseaWatchStatus) {
    .settings = settings,
    .state = settings->paused ? PERSEA_WATCH_PAUSED : states[watch->state],
    .reason = settings->error != NULL ? settings->error : watch->reason,
    .counts = watch->counts,
  };
}

gboolean
persea_watches_get_status (PerseaWatches *watches, const char *name, PerseaWatchStatus *status)
{
  const Watch *watch = watches_find (watches, name);
  GPtrArray *broken = watches->settings != NULL ? watches->settings->broken : NULL;

  if (watch != NULL)
    {
      *status = watch_get_status (watch);
      return TRUE;
    }
  for (unsigned i = 0; broken != NULL && i < broken->len; i++)
    {
      const PerseaWatchSettings *settings = g_ptr_array_index (broken, i);

      if (strcmp (settings->name, name) != 0)
        continue;
      *status = (PerseaWatchStatus) {
        .settings = settings,
        .state = PERSEA_WATCH_BROKEN,
        .reason = settings->error,
      };
      return TRUE;
    }
  return FALSE;
}

void
persea_watches_rescan (PerseaWatches *watches, const char *name)
{
  for (unsigned i = 0; i < watches->list->len; i++)
    {
      const Watch *watch = g_ptr_array_index (watches->list, i);

      if (name == NULL || strcmp (watch->settings->name, name) == 0)
        persea_watcher_rescan (watch->watcher);
    }
}

gboolean
persea_watches_list_failed (PerseaWatches *watches,
                            const char    *name,
                            unsigned       max,
                            GPtrArray    **failures,
                            GError       **error)
{
  return persea_queue_list_failed (watches->library, name, max, failures, error);
}
