/* persea-settings.h - persea.conf, read and checked
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A key file, described in persea.conf(5) and data/persea.conf.example.  Errors never stop the
 * reading: each is kept with its line, a watched folder with an error is left out (rather than
 * tagged by other rules than its owner thinks), and everything else goes on.  When a file is read
 * again, such a folder keeps the settings that it had: persea_settings_keep().
 */
#pragma once

#include "persea-device.h"
#include "persea-prompt-options.h"
#include "persea-tag-options.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * PerseaWatchMode:
 * @PERSEA_WATCH_TAG: pictures that arrive are tagged
 * @PERSEA_WATCH_GENERATE: prompt files that arrive (persea-prompt-file.h) are drawn
 */
typedef enum
{
  PERSEA_WATCH_TAG,
  PERSEA_WATCH_GENERATE,
  PERSEA_N_WATCH_MODES,
} PerseaWatchMode;

/**
 * PerseaWatchSettings:
 * @name: of the group [watch NAME]
 * @folder: (type filename): absolute; %NULL only if this is broken
 * @recursive: whether folders below are watched, too
 * @paused: files are queued, but nothing is done
 * @error: (nullable): what is wrong with the group, with path and line, for people; %NULL if all
 *   is well
 * @mode: what is done in it
 * @tag: how its pictures are tagged
 * @prompt: how its prompts are drawn, unless they say otherwise
 */
typedef struct
{
  char               *name;
  char               *folder;
  gboolean            recursive;
  gboolean            paused;
  char               *error;
  PerseaWatchMode     mode;
  PerseaTagOptions    tag;
  PerseaPromptOptions prompt;
} PerseaWatchSettings;

void persea_watch_settings_free (PerseaWatchSettings *watch);

/**
 * PerseaSettings:
 * @model: (nullable): name or path of the CLIP; %NULL for the default model
 * @drawing_model: (nullable): the same for drawing
 * @device: (nullable): as for persea_device_open()
 * @precision: of the models
 * @drop_after: seconds without work until models are let go
 * @leave_after: seconds without work until the program leaves, if it watches nothing
 * @picture_seconds: that the decoding of a picture may take; 0 for the usual
 * @picture_memory: MiB that it may take; 0 for the usual
 * @notifications: whether the desktop is told when watched folders have been worked off
 * @watches: (element-type PerseaWatchSettings): in the order of the file
 * @broken: (element-type PerseaWatchSettings): those that are left out because of an error
 * @sum: (nullable): changes with the text of the file; %NULL if there is none
 * @errors: (element-type utf8): what is wrong, each with path and line, for people
 *
 * Threads: not changed after loading, may be shared.
 */
typedef struct
{
  /*< private >*/
  gatomicrefcount ref_count;

  /*< public >*/
  char           *model;
  char           *drawing_model;
  char           *device;
  PerseaPrecision precision;
  unsigned        drop_after;
  unsigned        leave_after;
  unsigned        picture_seconds;
  unsigned        picture_memory;
  gboolean        notifications;
  GPtrArray      *watches;
  GPtrArray      *broken;
  char           *sum;
  GPtrArray      *errors;
} PerseaSettings;

/**
 * persea_settings_load:
 * @path: (type filename): the file; none is the same as an empty one
 *
 * Never fails: whatever is wrong is among the errors.
 *
 * Returns: (transfer full): the settings
 */
PerseaSettings *persea_settings_load (const char *path);

/**
 * persea_settings_parse:
 * @path: (type filename): of the file, for messages and relative paths
 * @text: what is in it
 *
 * The same for a file that is not written yet.
 */
PerseaSettings *persea_settings_parse (const char *path, const char *text);

/**
 * persea_settings_keep:
 * @settings: just loaded, not shared yet
 * @before: what was in force
 *
 * Broken watches that were sound before stay as they were, with the error.
 */
void persea_settings_keep (PerseaSettings *settings, const PerseaSettings *before);

/* (transfer none): "tag" or "generate" */
const char *persea_watch_mode_get_name (PerseaWatchMode mode);

PerseaSettings *persea_settings_ref (PerseaSettings *settings);
void            persea_settings_unref (PerseaSettings *settings);

/* (transfer none) (nullable): the watched folder of that name */
const PerseaWatchSettings *persea_settings_find_watch (const PerseaSettings *settings,
                                                       const char           *name);

/**
 * persea_settings_default_path:
 *
 * Returns: (transfer full) (type filename): $XDG_CONFIG_HOME/persea/persea.conf
 */
char *persea_settings_default_path (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaSettings, persea_settings_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWatchSettings, persea_watch_settings_free)

G_END_DECLS
