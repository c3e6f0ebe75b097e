/* persea-daemon.c - who tells whom
 *
 *     settings → watchers → queue (library) → worker → pictures
 *                                  bus ↔ worker
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-daemon.h"

#include "persea-bus.h"
#include "persea-error.h"
#include "persea-inotify.h"
#include "persea-library.h"
#include "persea-prompt-file.h"
#include "persea-queue.h"
#include "persea-settings.h"
#include "persea-watcher.h"
#include "persea-worker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gi18n.h>

/* editors write a file in several steps, ms */
#define DAEMON_RELOAD_DELAY 300

typedef struct
{
  PerseaDaemon  *daemon; /* (unowned) */
  char          *name;   /* of the group in the settings */
  char          *folder;
  gboolean       recursive;
  PerseaWatchMode mode;
  PerseaWatcher *watcher;
} Watch;

struct _PerseaDaemon
{
  PerseaDaemonOptions options;
  gpointer            user_data;
  char               *settings_path;
  PerseaSettings     *settings;
  PerseaLibrary      *library;
  int                 lock;    /* descriptor of the lock file, or -1 */
  GPtrArray          *watches; /* of (owned) Watch */
  PerseaWorker       *worker;
  PerseaBus          *bus;     /* (nullable) */
  GFileMonitor       *monitor; /* (nullable): of the settings */
  unsigned            reload_timer;
  unsigned            leave_timer;
  gboolean            idle;
};

static void
watch_free (Watch *watch)
{
  persea_watcher_free (watch->watcher);
  g_free (watch->folder);
  g_free (watch->name);
  g_free (watch);
}

/* Leaving */

static gboolean
daemon_leave (gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  daemon->leave_timer = 0;
  g_debug ("nothing to do and nothing to watch");
  daemon->options.leave (daemon, daemon->user_data);
  return G_SOURCE_REMOVE;
}

static void
daemon_think_of_leaving (PerseaDaemon *daemon)
{
  g_clear_handle_id (&daemon->leave_timer, g_source_remove);
  if (daemon->idle && daemon->watches->len == 0
      && (daemon->bus == NULL || persea_bus_count_jobs (daemon->bus) == 0))
    daemon->leave_timer = g_timeout_add_seconds (daemon->settings->leave_after, daemon_leave,
                                                 daemon);
}

/* Watchers */

static gboolean
watch_covers (const Watch *watch, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return watch->recursive ? persea_inotify_path_is_below (path, watch->folder)
                          : strcmp (folder, watch->folder) == 0;
}

/* The watch whose folder is the nearest one above @path: of nested ones the inner one. */
static const Watch *
daemon_find_watch (PerseaDaemon *daemon, const char *path)
{
  const Watch *nearest = NULL;

  for (unsigned i = 0; i < daemon->watches->len; i++)
    {
      const Watch *watch = g_ptr_array_index (daemon->watches, i);

      if (watch_covers (watch, path)
          && (nearest == NULL || strlen (watch->folder) > strlen (nearest->folder)))
        nearest = watch;
    }
  return nearest;
}

static void
on_settled (PerseaWatcher         *watcher,
            const char            *path,
            const PerseaFileStamp *stamp,
            gpointer               user_data)
{
  const Watch *watch = user_data;
  PerseaDaemon *daemon = watch->daemon;
  const Watch *nearest = daemon_find_watch (daemon, path);
  g_autoptr (GError) error = NULL;
  gboolean queued = FALSE;

  if (nearest != NULL && nearest != watch)
    return; /* its own watcher tells of it */
  if (!persea_queue_offer (daemon->library, path, stamp, watch->name, &queued, &error))
    g_warning ("%s: %s", path, error->message);
  else if (queued)
    {
      g_debug ("%s: queued for [watch %s]", path, watch->name);
      daemon->idle = FALSE;
      persea_worker_wake (daemon->worker);
    }
}

static void
on_state_changed (PerseaWatcher      *watcher,
                  PerseaWatcherState  state,
                  const char         *reason,
                  gpointer            user_data)
{
  const Watch *watch = user_data;

  if (state == PERSEA_WATCHER_WATCHING)
    g_message (_("[watch %s]: watching %s"), watch->name, watch->folder);
  else if (state == PERSEA_WATCHER_LIMITED)
    g_warning (_("[watch %s]: %s; looking for new pictures now and then"), watch->name, reason);
  else
    g_warning (_("[watch %s]: %s; waiting for it"), watch->name, reason);
}

static void
on_problem (PerseaWatcher *watcher, const GError *error, gpointer user_data)
{
  const Watch *watch = user_data;

  g_warning ("[watch %s]: %s", watch->name, error->message);
}

static void
on_scanned (PerseaWatcher *watcher, unsigned n_pictures, gpointer user_data)
{
  const Watch *watch = user_data;

  g_debug ("[watch %s]: %u pictures", watch->name, n_pictures);
}

static const PerseaWatcherEvents watcher_events = {
  .settled = on_settled,
  .state_changed = on_state_changed,
  .problem = on_problem,
  .scanned = on_scanned,
};

static Watch *
daemon_make_watch (PerseaDaemon *daemon, const PerseaWatchSettings *settings)
{
  PerseaWatcherOptions options = persea_watcher_default_options;
  Watch *watch = g_new0 (Watch, 1);

  options.recursive = settings->recursive;
  if (settings->mode == PERSEA_WATCH_GENERATE)
    options.wants_file = persea_prompt_file_wants;
  watch->daemon = daemon;
  watch->name = g_strdup (settings->name);
  watch->folder = g_strdup (settings->folder);
  watch->recursive = settings->recursive;
  watch->mode = settings->mode;
  watch->watcher = persea_watcher_new (settings->folder, &options, &watcher_events, watch);
  return watch;
}

/* (transfer full) (nullable): the watch that is there already, out of the list */
static Watch *
daemon_take_watch (PerseaDaemon *daemon, const PerseaWatchSettings *settings)
{
  for (unsigned i = 0; i < daemon->watches->len; i++)
    {
      Watch *watch = g_ptr_array_index (daemon->watches, i);

      if (strcmp (watch->name, settings->name) == 0
          && strcmp (watch->folder, settings->folder) == 0
          && watch->recursive == settings->recursive && watch->mode == settings->mode)
        return g_ptr_array_steal_index_fast (daemon->watches, i);
    }
  return NULL;
}

/* Watchers that are not concerned by a change go on; new ones scan. */
static void
daemon_set_watches (PerseaDaemon *daemon)
{
  const PerseaSettings *settings = daemon->settings;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GPtrArray) watches = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;

  watches = g_ptr_array_new_with_free_func ((GDestroyNotify) watch_free);
  for (unsigned i = 0; i < settings->watches->len; i++)
    {
      const PerseaWatchSettings *wanted = g_ptr_array_index (settings->watches, i);
      Watch *watch = daemon_take_watch (daemon, wanted);

      g_ptr_array_add (watches, watch != NULL ? watch : daemon_make_watch (daemon, wanted));
      g_strv_builder_add (builder, wanted->name);
    }
  /* a watch that goes may have lain inside of one that stays, whose pictures these are now */
  for (unsigned i = 0; daemon->watches->len > 0 && i < watches->len; i++)
    persea_watcher_rescan (((Watch *) g_ptr_array_index (watches, i))->watcher);
  g_ptr_array_unref (daemon->watches);
  daemon->watches = g_steal_pointer (&watches);
  names = g_strv_builder_end (builder);
  if (!persea_queue_keep_watches (daemon->library, (const char *const *) names, &error))
    g_warning ("%s", error->message);
}

/* Settings */

static void
daemon_read_settings (PerseaDaemon *daemon)
{
  PerseaSettings *settings = persea_settings_load (daemon->settings_path);

  for (unsigned i = 0; i < settings->errors->len; i++)
    g_warning ("%s", (const char *) g_ptr_array_index (settings->errors, i));
  g_clear_pointer (&daemon->settings, persea_settings_unref);
  daemon->settings = settings;
}

void
persea_daemon_reload (PerseaDaemon *daemon)
{
  g_message (_("reading %s again"), daemon->settings_path);
  daemon_read_settings (daemon);
  persea_worker_set_settings (daemon->worker, daemon->settings);
  daemon_set_watches (daemon);
  daemon_think_of_leaving (daemon);
}

static gboolean
daemon_reload_elapsed (gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  daemon->reload_timer = 0;
  persea_daemon_reload (daemon);
  return G_SOURCE_REMOVE;
}

static void
on_settings_changed (GFileMonitor      *monitor,
                     GFile             *file,
                     GFile             *other,
                     GFileMonitorEvent  event,
                     gpointer           user_data)
{
  PerseaDaemon *daemon = user_data;

  g_clear_handle_id (&daemon->reload_timer, g_source_remove);
  daemon->reload_timer = g_timeout_add (DAEMON_RELOAD_DELAY, daemon_reload_elapsed, daemon);
}

static void
daemon_monitor_settings (PerseaDaemon *daemon)
{
  g_autoptr (GFile) file = g_file_new_for_path (daemon->settings_path);
  g_autoptr (GError) error = NULL;

  daemon->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (daemon->monitor != NULL)
    g_signal_connect (daemon->monitor, "changed", G_CALLBACK (on_settings_changed), daemon);
  else
    g_warning (_("%s: changes will not be noticed: %s"), daemon->settings_path, error->message);
}

/* Worker and bus */

static void
on_loaded (PerseaWorker *worker, GVariant *devices, GVariant *models, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  if (daemon->bus != NULL)
    persea_bus_set_loaded (daemon->bus, devices, models);
}

static void
on_idle (PerseaWorker *worker, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  daemon->idle = TRUE;
  daemon_think_of_leaving (daemon);
}

static const PerseaWorkerEvents worker_events = {
  .loaded = on_loaded,
  .idle = on_idle,
};

static void
on_jobs_changed (PerseaBus *bus, gpointer user_data)
{
  daemon_think_of_leaving (user_data);
}

/* Library */

static gboolean
daemon_lock_library (PerseaDaemon *daemon, GError **error)
{
  g_autofree char *path =
    g_strconcat (persea_library_get_path (daemon->library), ".lock", NULL);

  daemon->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (daemon->lock >= 0 && flock (daemon->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (errno == EWOULDBLOCK)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY, _("%s: another persead works on this library"),
                 persea_library_get_path (daemon->library));
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
  return FALSE;
}

static gboolean
daemon_open_library (PerseaDaemon *daemon, GError **error)
{
  g_autofree char *set_aside = NULL;

  daemon->library = persea_library_open (daemon->options.library_path, PERSEA_LIBRARY_CHECK,
                                         &set_aside, error);
  if (daemon->library == NULL)
    return FALSE;
  if (set_aside != NULL)
    g_warning (_("%s: was damaged and is now %s; pictures will be looked at again"),
               persea_library_get_path (daemon->library), set_aside);
  return daemon_lock_library (daemon, error) && persea_queue_recover (daemon->library, error);
}

static gboolean
daemon_start (PerseaDaemon *daemon, GError **error)
{
  PerseaLoaderOptions options = { .drivers = daemon->options.drivers };

  daemon_read_settings (daemon);
  if (!daemon_open_library (daemon, error))
    return FALSE;
  options.library = daemon->library;
  daemon->worker = persea_worker_new (&options, daemon->settings, &worker_events, daemon);
  if (daemon->options.connection != NULL)
    {
      daemon->bus = persea_bus_new (daemon->options.connection, daemon->worker, on_jobs_changed,
                                    daemon, error);
      if (daemon->bus == NULL)
        return FALSE;
    }
  daemon_monitor_settings (daemon);
  daemon_set_watches (daemon);
  return TRUE;
}

PerseaDaemon *
persea_daemon_new (const PerseaDaemonOptions *options, gpointer user_data, GError **error)
{
  PerseaDaemon *daemon = g_new0 (PerseaDaemon, 1);

  daemon->options = *options;
  daemon->user_data = user_data;
  daemon->lock = -1;
  daemon->watches = g_ptr_array_new_with_free_func ((GDestroyNotify) watch_free);
  daemon->settings_path = options->settings_path != NULL ? g_strdup (options->settings_path)
                                                         : persea_settings_default_path ();
  if (daemon_start (daemon, error))
    return daemon;
  persea_daemon_free (daemon);
  return NULL;
}

void
persea_daemon_free (PerseaDaemon *daemon)
{
  if (daemon == NULL)
    return;
  g_clear_handle_id (&daemon->reload_timer, g_source_remove);
  g_clear_object (&daemon->monitor);
  g_ptr_array_unref (daemon->watches);
  daemon->watches = g_ptr_array_new ();
  if (daemon->bus != NULL)
    persea_bus_cancel_all (daemon->bus);
  g_clear_pointer (&daemon->worker, persea_worker_free);
  g_clear_pointer (&daemon->bus, persea_bus_free);
  g_clear_handle_id (&daemon->leave_timer, g_source_remove);
  g_ptr_array_unref (daemon->watches);
  g_clear_pointer (&daemon->library, persea_library_unref);
  if (daemon->lock >= 0)
    close (daemon->lock);
  g_clear_pointer (&daemon->settings, persea_settings_unref);
  g_free (daemon->settings_path);
  g_free (daemon);
}
