/* persea-engine.h - one device with the models that are loaded on it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The door for front ends: open an engine, load a model, encode.  A model asked for twice is
 * loaded once.  Threads: everything here may be called from any thread; work is done one pass at
 * a time.
 */
#pragma once

#include "models/persea-clip.h"
#include "persea-device.h"

G_BEGIN_DECLS

typedef struct _PerseaEngine PerseaEngine;
typedef struct _PerseaGenerator PerseaGenerator; /* persea-generator.h */
typedef struct _PerseaCodebook PerseaCodebook;   /* persea-codebook.h */

/**
 * PerseaEngineOptions:
 * @drivers: (array zero-terminated=1): whom to ask for devices
 * @device: (nullable): as for persea_device_open()
 * @precision: of weights and products
 * @device_options: passed on to the device; its progress is told about loading, too
 * @no_weight_cache: %TRUE: do not keep packed weights in the user's cache
 */
typedef struct
{
  const PerseaDriver *const *drivers;
  const char                *device;
  PerseaPrecision            precision;
  PerseaDeviceOptions        device_options;
  gboolean                   no_weight_cache;
} PerseaEngineOptions;

/**
 * persea_engine_new:
 * @error: return location; %PERSEA_ERROR_NO_DEVICE
 *
 * Returns: (transfer full) (nullable): an engine with nothing loaded
 */
PerseaEngine *persea_engine_new (const PerseaEngineOptions  *options,
                                 GError                    **error);

PerseaEngine *persea_engine_ref (PerseaEngine *engine);
void          persea_engine_unref (PerseaEngine *engine);

/* (transfer none) */
PerseaDevice *persea_engine_get_device (PerseaEngine *engine);

/* the precision that was asked for, or what %PERSEA_PRECISION_AUTO means on the device; a model may
 * need another (persea_clip_get_precision()) */
PerseaPrecision persea_engine_get_precision (PerseaEngine *engine);

/**
 * persea_engine_load_clip:
 * @model: (nullable): a name in the model store, the path of a model's folder or file, or %NULL
 *   for the default model
 * @cancellable: (nullable): also stops packing and building
 * @error: return location; %PERSEA_ERROR_NOT_FOUND, %PERSEA_ERROR_INVALID_DATA,
 *   %PERSEA_ERROR_UNSUPPORTED with what was expected and found
 *
 * Returns: (transfer full) (nullable): the model, shared with everybody who asked for it
 */
PerseaClip *persea_engine_load_clip (PerseaEngine  *engine,
                                     const char    *model,
                                     GCancellable  *cancellable,
                                     GError       **error);

/**
 * persea_engine_load_generator:
 * @model: (nullable): as for persea_engine_load_clip(); %NULL for the default drawing model
 *
 * Returns: (transfer full) (nullable): the part of a drawing model that draws codes for a text
 */
PerseaGenerator *persea_engine_load_generator (PerseaEngine  *engine,
                                               const char    *model,
                                               GCancellable  *cancellable,
                                               GError       **error);

/**
 * persea_engine_load_codebook:
 * @model: (nullable): a drawing model, or a codebook alone; %NULL for that of the default drawing
 *   model
 *
 * Returns: (transfer full) (nullable): the part of a drawing model that turns codes into pictures
 */
PerseaCodebook *persea_engine_load_codebook (PerseaEngine  *engine,
                                             const char    *model,
                                             GCancellable  *cancellable,
                                             GError       **error);

/**
 * persea_engine_load_artist:
 * @model: (nullable): a drawing model; %NULL for the default: $PERSEA_DRAWING_MODEL if set,
 *   otherwise the first that did not come with Persea, otherwise the Orchard model
 * @generator: (out) (transfer full)
 * @codebook: (out) (transfer full)
 * @error: return location; also %PERSEA_ERROR_NOT_FOUND if there is no codebook, or several that
 *   would do, and %PERSEA_ERROR_INVALID_DATA if the model's own knows another number of codes; the
 *   message names both numbers
 *
 * Both parts of a drawing model.  Its codebook is in its folder, or in the folder "vqgan" in that; a
 * model without one gets the only installed codebook that knows as many codes, if there is just one.
 */
gboolean persea_engine_load_artist (PerseaEngine     *engine,
                                    const char       *model,
                                    GCancellable     *cancellable,
                                    PerseaGenerator **generator,
                                    PerseaCodebook  **codebook,
                                    GError          **error);

/**
 * persea_engine_drop_unused:
 *
 * Lets go of models that nobody but the engine holds.
 */
void persea_engine_drop_unused (PerseaEngine *engine);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaEngine, persea_engine_unref)

G_END_DECLS
