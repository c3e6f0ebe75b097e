/* persea-daemon.c - who tells whom
 *
 *     settings → watches → queue (library) → worker → pictures
 *                                  bus ↔ worker
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-daemon.h"

#include "persea-bus-desktop.h"
#include "persea-bus-library.h"
#include "persea-bus-service.h"
#include "persea-bus-watch.h"
#include "persea-bus.h"
#include "persea-decoder-pool.h"
#include "persea-error.h"
#include "persea-info.h"
#include "persea-library.h"
#include "persea-manners.h"
#include "persea-notifier.h"
#include "persea-queue.h"
#include "persea-settings.h"
#include "persea-upkeep.h"
#include "persea-watches.h"
#include "persea-worker.h"
#include "persea-xmp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gi18n.h>

/* editors write a file in several steps, ms */
#define DAEMON_RELOAD_DELAY 300

struct _PerseaDaemon
{
  PerseaDaemonOptions options;
  gpointer            user_data;
  char               *settings_path;
  PerseaSettings     *settings;
  PerseaLibrary      *library;
  PerseaDecoderPool  *decoders;
  PerseaDecoderPool  *scribes; /* decoders that see to keywords */
  int                 lock;    /* descriptor of the lock file, or -1 */
  PerseaWatches      *watches;
  PerseaWorker       *worker;
  PerseaUpkeep       *upkeep;
  PerseaManners      *manners;
  PerseaScheduling   *scheduling;
  PerseaBus          *bus;     /* (nullable) */
  PerseaBusLibrary   *bus_library; /* (nullable) */
  PerseaBusDesktop   *bus_desktop; /* (nullable) */
  PerseaBusWatch     *bus_watch; /* (nullable) */
  PerseaBusService   *service; /* (nullable) */
  PerseaNotifier     *notifier;
  GVariant           *devices; /* (nullable): what the worker told last */
  GVariant           *models;  /* (nullable) */
  GFileMonitor       *monitor; /* (nullable): of the settings */
  GFileMonitor       *target_monitor; /* (nullable): of what they are a link to */
  unsigned            reload_timer;
  unsigned            leave_timer;
  gboolean            idle;
};

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
  if (daemon->idle && persea_watches_count (daemon->watches) == 0
      && (daemon->bus == NULL || persea_bus_count_jobs (daemon->bus) == 0)
      && (daemon->bus_library == NULL || persea_bus_library_count (daemon->bus_library) == 0))
    daemon->leave_timer = g_timeout_add_seconds (daemon->settings->leave_after, daemon_leave,
                                                 daemon);
}

/* Watched folders */

static void
on_queued (PerseaWatches *watches, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  daemon->idle = FALSE;
  persea_worker_wake (daemon->worker);
}

static void
on_watch_changed (PerseaWatches *watches, const char *name, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  if (daemon->bus_watch != NULL)
    persea_bus_watch_update (daemon->bus_watch, name);
}

static void
on_watches_listed (PerseaWatches *watches, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  if (daemon->bus_watch != NULL)
    persea_bus_watch_update (daemon->bus_watch, NULL);
}

static const PerseaWatchesEvents watches_events = {
  .queued = on_queued,
  .changed = on_watch_changed,
  .listed = on_watches_listed,
};

/* Settings */

/* Takes over @settings, which are owned from now on. */
static void
daemon_take_settings (PerseaDaemon *daemon, PerseaSettings *settings)
{
  for (unsigned i = 0; i < settings->errors->len; i++)
    g_warning ("%s", (const char *) g_ptr_array_index (settings->errors, i));
  if (daemon->settings != NULL)
    persea_settings_keep (settings, daemon->settings);
  g_clear_pointer (&daemon->settings, persea_settings_unref);
  daemon->settings = settings;
  persea_notifier_set_enabled (daemon->notifier, settings->notifications);
}

static PerseaDecoderLimits
daemon_get_decoder_limits (PerseaDaemon *daemon)
{
  return (PerseaDecoderLimits) {
    .seconds = daemon->settings->picture_seconds,
    .memory = daemon->settings->picture_memory,
  };
}

static void
daemon_apply_settings (PerseaDaemon *daemon, PerseaSettings *settings)
{
  PerseaDecoderLimits limits;

  g_message (_("reading %s again"), daemon->settings_path);
  daemon_take_settings (daemon, settings);
  limits = daemon_get_decoder_limits (daemon);
  persea_decoder_pool_set_limits (daemon->decoders, &limits);
  persea_decoder_pool_set_limits (daemon->scribes, &limits);
  persea_worker_set_settings (daemon->worker, daemon->settings);
  persea_watches_set (daemon->watches, daemon->settings);
  daemon_think_of_leaving (daemon);
}

void
persea_daemon_reload (PerseaDaemon *daemon)
{
  daemon_apply_settings (daemon, persea_settings_load (daemon->settings_path));
}

static gboolean
daemon_reload_elapsed (gpointer user_data)
{
  PerseaDaemon *daemon = user_data;
  g_autoptr (PerseaSettings) settings = persea_settings_load (daemon->settings_path);

  daemon->reload_timer = 0;
  /* touched, or written as it was */
  if (g_strcmp0 (settings->sum, daemon->settings->sum) != 0)
    daemon_apply_settings (daemon, g_steal_pointer (&settings));
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

static GFileMonitor *
daemon_monitor_file (PerseaDaemon *daemon, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  GFileMonitor *monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);

  if (monitor != NULL)
    g_signal_connect (monitor, "changed", G_CALLBACK (on_settings_changed), daemon);
  else
    g_warning (_("%s: changes will not be noticed: %s"), path, error->message);
  return monitor;
}

static void
daemon_monitor_settings (PerseaDaemon *daemon)
{
  g_autofree char *folder = g_path_get_dirname (daemon->settings_path);
  char *target;

  /* GFileMonitor asks again and again for a file whose folder is not there */
  if (daemon->options.settings_path == NULL)
    g_mkdir_with_parents (folder, 0700);
  daemon->monitor = daemon_monitor_file (daemon, daemon->settings_path);
  if (!g_file_test (daemon->settings_path, G_FILE_TEST_IS_SYMLINK))
    return;
  /* dotfiles are often links into a folder that is kept elsewhere */
  target = realpath (daemon->settings_path, NULL);
  if (target != NULL)
    daemon->target_monitor = daemon_monitor_file (daemon, target);
  free (target);
}

/* Worker and bus */

static void
on_loaded (PerseaWorker *worker, GVariant *devices, GVariant *models, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  g_clear_pointer (&daemon->devices, g_variant_unref);
  g_clear_pointer (&daemon->models, g_variant_unref);
  daemon->devices = g_variant_ref (devices);
  daemon->models = g_variant_ref (models);
  if (daemon->bus != NULL)
    persea_bus_set_loaded (daemon->bus, devices, models);
}

static void
daemon_tell_worked_off (PerseaDaemon *daemon)
{
  PerseaQueueCounts counts;
  g_autoptr (GError) error = NULL;

  if (!persea_queue_count (daemon->library, &counts, &error))
    g_warning ("%s", error->message);
  else if (counts.queued + counts.running == 0)
    persea_notifier_worked_off (daemon->notifier, counts.done, counts.failed);
}

static void
on_idle (PerseaWorker *worker, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  daemon->idle = TRUE;
  daemon_tell_worked_off (daemon);
  persea_watches_rest (daemon->watches);
  daemon_think_of_leaving (daemon);
}

static void
on_busy (PerseaWorker *worker, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  daemon->idle = FALSE;
  g_clear_handle_id (&daemon->leave_timer, g_source_remove);
}

static const PerseaWorkerEvents worker_events = {
  .loaded = on_loaded,
  .idle = on_idle,
  .busy = on_busy,
};

/* a PerseaBusInfoFunc */
static GVariant *
daemon_get_info (gpointer user_data, GError **error)
{
  PerseaDaemon *daemon = user_data;
  const PerseaInfoSources sources = {
    .library = daemon->library,
    .manners = daemon->manners,
    .devices = daemon->devices,
    .models = daemon->models,
    .search_memory = persea_worker_get_search_memory (daemon->worker),
    .n_jobs = persea_bus_count_jobs (daemon->bus),
    .n_watches = persea_watches_count (daemon->watches),
    .busy = !daemon->idle,
    .settings_path = daemon->settings_path,
    .settings = daemon->settings,
  };

  return persea_info_describe (&sources, error);
}

/* Manners */

static void
on_manners_changed (PerseaManners *manners, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  persea_worker_set_pace (daemon->worker, persea_manners_get_pace (manners));
}

static void
on_memory_short (PerseaManners *manners, gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  persea_worker_relieve (daemon->worker);
}

static const PerseaMannersEvents manners_events = {
  .changed = on_manners_changed,
  .memory_short = on_memory_short,
};

static void
on_settings_edited (gpointer user_data)
{
  persea_daemon_reload (user_data);
}

static void
on_jobs_changed (PerseaBus *bus, gpointer user_data)
{
  daemon_think_of_leaving (user_data);
}

static void
on_questions_changed (PerseaBusLibrary *library, gpointer user_data)
{
  daemon_think_of_leaving (user_data);
}

/* Library */

static gboolean
daemon_tell_damaged (gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  g_warning (_("%s: the library is damaged; it is closed, and mended or begun anew"),
             persea_library_get_path (daemon->library));
  daemon->options.damaged (daemon, daemon->user_data);
  return G_SOURCE_REMOVE;
}

/* a PerseaLibraryDamageFunc: on whatever thread, once */
static void
on_damaged (gpointer user_data)
{
  PerseaDaemon *daemon = user_data;

  g_idle_add_full (G_PRIORITY_HIGH, daemon_tell_damaged, daemon, NULL);
}

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
  persea_library_set_damage_func (daemon->library, on_damaged, daemon);
  if (set_aside != NULL)
    g_warning (_("%s: was damaged and is now %s; pictures will be looked at again"),
               persea_library_get_path (daemon->library), set_aside);
  return daemon_lock_library (daemon, error) && persea_queue_recover (daemon->library, error);
}

static gboolean
daemon_start (PerseaDaemon *daemon, GError **error)
{
  PerseaLoaderOptions options = { .drivers = daemon->options.drivers };
  PerseaDecoderPoolOptions decoder_options = { NULL };
  g_autofree char *pauses_path = NULL;

  daemon->notifier = persea_notifier_new (daemon->options.connection);
  daemon_take_settings (daemon, persea_settings_load (daemon->settings_path));
  if (!daemon_open_library (daemon, error))
    return FALSE;
  decoder_options.library = daemon->library;
  decoder_options.limits = daemon_get_decoder_limits (daemon);
  daemon->decoders = persea_decoder_pool_new (&decoder_options);
  persea_image_set_decoders (daemon->decoders);
  /* others, for who has read a stranger's picture had better not write anybody's sidecar */
  decoder_options.mode = PERSEA_DECODER_FILES;
  decoder_options.n_processes = 1;
  daemon->scribes = persea_decoder_pool_new (&decoder_options);
  persea_xmp_set_decoders (daemon->scribes);
  options.library = daemon->library;
  daemon->watches = persea_watches_new (daemon->library, &watches_events, daemon);
  daemon->upkeep = persea_upkeep_new (daemon->library);
  daemon->scheduling = persea_scheduling_new (daemon->options.connection);
  daemon->worker = persea_worker_new (&options, daemon->settings, daemon->scheduling, &worker_events,
                                      daemon);
  pauses_path = g_strconcat (persea_library_get_path (daemon->library), ".pauses", NULL);
  daemon->manners = persea_manners_new (pauses_path, &manners_events, daemon);
  if (daemon->options.connection != NULL)
    {
      daemon->bus = persea_bus_new (daemon->options.connection, daemon->worker, on_jobs_changed,
                                    daemon, error);
      if (daemon->bus == NULL)
        return FALSE;
      daemon->bus_library = persea_bus_library_new (daemon->options.connection, daemon->worker,
                                                    on_questions_changed, daemon, error);
      if (daemon->bus_library == NULL)
        return FALSE;
      daemon->bus_desktop = persea_bus_desktop_new (daemon->options.connection, daemon->library, error);
      if (daemon->bus_desktop == NULL)
        return FALSE;
      daemon->bus_watch = persea_bus_watch_new (daemon->options.connection, daemon->bus,
                                                daemon->watches, daemon->settings_path,
                                                on_settings_edited, daemon);
      daemon->service =
        persea_bus_service_new (persea_bus_get_skeleton (daemon->bus), daemon->options.connection,
                                daemon->manners, daemon_get_info, daemon);
    }
  daemon_monitor_settings (daemon);
  persea_watches_set (daemon->watches, daemon->settings);
  return TRUE;
}

PerseaDaemon *
persea_daemon_new (const PerseaDaemonOptions *options, gpointer user_data, GError **error)
{
  PerseaDaemon *daemon = g_new0 (PerseaDaemon, 1);

  daemon->options = *options;
  daemon->user_data = user_data;
  daemon->lock = -1;
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
  if (daemon->library != NULL)
    persea_library_set_damage_func (daemon->library, NULL, NULL);
  g_idle_remove_by_data (daemon); /* daemon_tell_damaged() */
  g_clear_handle_id (&daemon->reload_timer, g_source_remove);
  g_clear_object (&daemon->monitor);
  g_clear_object (&daemon->target_monitor);
  g_clear_pointer (&daemon->bus_watch, persea_bus_watch_free);
  if (daemon->bus != NULL)
    persea_bus_cancel_all (daemon->bus);
  g_clear_pointer (&daemon->service, persea_bus_service_free);
  g_clear_pointer (&daemon->manners, persea_manners_free);
  g_clear_pointer (&daemon->upkeep, persea_upkeep_free);
  g_clear_pointer (&daemon->worker, persea_worker_free);
  g_clear_pointer (&daemon->bus_desktop, persea_bus_desktop_free);
  g_clear_pointer (&daemon->bus_library, persea_bus_library_free);
  g_clear_pointer (&daemon->scheduling, persea_scheduling_free);
  g_clear_pointer (&daemon->bus, persea_bus_free);
  g_clear_handle_id (&daemon->leave_timer, g_source_remove);
  g_clear_pointer (&daemon->watches, persea_watches_free);
  persea_image_set_decoders (NULL);
  persea_xmp_set_decoders (NULL);
  g_clear_pointer (&daemon->decoders, persea_decoder_pool_free);
  g_clear_pointer (&daemon->scribes, persea_decoder_pool_free);
  persea_notifier_free (daemon->notifier);
  g_clear_pointer (&daemon->library, persea_library_unref);
  if (daemon->lock >= 0)
    close (daemon->lock);
  g_clear_pointer (&daemon->devices, g_variant_unref);
  g_clear_pointer (&daemon->models, g_variant_unref);
  g_clear_pointer (&daemon->settings, persea_settings_unref);
  g_free (daemon->settings_path);
  g_free (daemon);
}
