/* persea-loader.h - the engine, the model and the vocabulary of the work at hand
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Opens the device and loads models when they are first needed, keeps what was made ready for the
 * last few kinds of work, and lets go of everything when told.
 *
 * Threads: belongs to the worker's thread.
 */
#pragma once

#include "persea-draw-job.h"
#include "persea-engine.h"
#include "persea-search.h"
#include "persea-settings.h"
#include "persea-tag-job.h"

G_BEGIN_DECLS

typedef struct _PerseaLoader PerseaLoader;

/**
 * PerseaLoaderOptions:
 * @drivers: (array zero-terminated=1): whom to ask for devices
 * @library: of the runs
 * @changed: (nullable): told when other devices or models are in use
 * @changed_data: passed to @changed
 * @make_way: (nullable): called again and again in the middle of long work, when the device is free;
 *   may ask the loader for anything but what draws
 * @make_way_data: passed to @make_way
 */
typedef struct
{
  const PerseaDriver *const *drivers;
  PerseaLibrary             *library;
  void (*changed) (gpointer changed_data);
  gpointer changed_data;
  void (*make_way) (gpointer make_way_data);
  gpointer make_way_data;
} PerseaLoaderOptions;

PerseaLoader *persea_loader_new (const PerseaLoaderOptions *options);
void          persea_loader_free (PerseaLoader *loader);

/**
 * persea_loader_set_settings:
 *
 * If device or precision are others than before, everything is let go.
 */
void persea_loader_set_settings (PerseaLoader *loader, PerseaSettings *settings);

/**
 * persea_loader_get_tag_job:
 * @watch: (nullable): the watched folder that it is for, %NULL for a request: each has its own
 *   job, for each has its own runs
 * @model: (nullable): name or path; %NULL: the configured one
 * @tag: which tags, and where to
 * @cancellable: (nullable): also stops loading
 *
 * Returns: (transfer none) (nullable): ready to run; belongs to the loader and is gone after the
 *   next call of any of its functions
 */
PerseaTagJob *persea_loader_get_tag_job (PerseaLoader            *loader,
                                         const char              *watch,
                                         const char              *model,
                                         const PerseaTagOptions  *tag,
                                         GCancellable            *cancellable,
                                         GError                 **error);

/**
 * persea_loader_get_clip:
 * @model: (nullable): name or path; %NULL: the configured one
 * @cancellable: (nullable): also stops loading
 *
 * Returns: (transfer full) (nullable): the model, which stays loaded for others
 */
PerseaClip *persea_loader_get_clip (PerseaLoader  *loader,
                                    const char    *model,
                                    GCancellable  *cancellable,
                                    GError       **error);

/* (transfer full): what @clip has made of the pictures in the library; stays in memory until
 * persea_loader_drop() */
PerseaSearch *persea_loader_get_search (PerseaLoader *loader, PerseaClip *clip);

/* bytes that the search holds; 0 without one */
guint64 persea_loader_get_search_memory (PerseaLoader *loader);

/* (transfer none) */
PerseaLibrary *persea_loader_get_library (PerseaLoader *loader);

/* a PerseaProgressFunc for long work: lets other work have its turn in the middle.  @loader: a
 * PerseaLoader */
void persea_loader_make_way (const char *what, double fraction, gpointer loader);

/**
 * persea_loader_get_draw_job:
 * @model: (nullable): name or path of a drawing model; %NULL: the configured one
 * @ranked: (out): whether there is a CLIP to choose the best; it is the configured one
 * @cancellable: (nullable): also stops loading
 *
 * Returns: (transfer none) (nullable): ready to run; belongs to the loader and is gone after the
 *   next call of this function, of persea_loader_drop() or of persea_loader_set_settings()
 */
PerseaDrawJob *persea_loader_get_draw_job (PerseaLoader  *loader,
                                           const char    *model,
                                           gboolean      *ranked,
                                           GCancellable  *cancellable,
                                           GError       **error);

/**
 * persea_loader_get_artist:
 * @model: (nullable): name or path of a drawing model; %NULL: the configured one
 * @options: (inout): gets the models and the device's name, which belong to the loader, for a draw
 *   job of the caller's own
 * @cancellable: (nullable): also stops loading
 */
gboolean persea_loader_get_artist (PerseaLoader          *loader,
                                   const char            *model,
                                   PerseaDrawJobOptions  *options,
                                   GCancellable          *cancellable,
                                   GError               **error);

/* (transfer none): name of the model of the tag job that was asked for last */
const char *persea_loader_get_model_name (PerseaLoader *loader);

/* Lets go of models, vocabularies and the device. */
void persea_loader_drop (PerseaLoader *loader);

/* whether there is something to let go */
gboolean persea_loader_is_loaded (PerseaLoader *loader);

/**
 * persea_loader_describe_devices:
 * persea_loader_describe_models:
 *
 * Returns: (transfer full): the properties Devices and Models of org.persea.Persea1, not floating
 */
GVariant *persea_loader_describe_devices (PerseaLoader *loader);
GVariant *persea_loader_describe_models (PerseaLoader *loader);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaLoader, persea_loader_free)

G_END_DECLS
