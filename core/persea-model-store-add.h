/* persea-model-store-add.h - models come to the store and go
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Only the user's own store is changed: $XDG_DATA_HOME/persea/models.
 */
#pragma once

#include "persea-device.h"
#include "persea-model-store.h"

G_BEGIN_DECLS

/**
 * PerseaModelAddOptions:
 * @name: (nullable): what to call it; %NULL: as its folder or file is called
 * @link: link to the files where they are, instead of copying them
 * @progress: (nullable): told while copying
 * @progress_data: passed to @progress
 */
typedef struct
{
  const char        *name;
  gboolean           link;
  PerseaProgressFunc progress;
  gpointer           progress_data;
} PerseaModelAddOptions;

/**
 * persea_model_store_add:
 * @path: a model's folder or checkpoint, as for persea_model_parts_find(); all its tensors must be
 *   there
 * @options: (nullable)
 * @cancellable: (nullable)
 * @error: return location; the errors of persea_model_parts_find(), of whoever describes the model,
 *   and of GIO, and %PERSEA_ERROR_INVALID_ARGUMENT for a name that cannot be one or is taken
 *
 * Puts a model into the user's store: its checkpoints, and the configuration, tokenizer, licence
 * and other small files beside them; a generator's codebook comes along.  It appears there complete
 * or not at all.
 *
 * Returns: (transfer full) (nullable): the model in the store
 */
PerseaModel *persea_model_store_add (const char                  *path,
                                     const PerseaModelAddOptions *options,
                                     GCancellable                *cancellable,
                                     GError                     **error);

/**
 * persea_model_store_remove:
 * @name: of a model in the user's store; of a link, the link is removed and nothing else
 * @error: return location; %PERSEA_ERROR_NOT_FOUND, %PERSEA_ERROR_INVALID_ARGUMENT for a model
 *   that is installed elsewhere, or an error of GIO
 */
gboolean persea_model_store_remove (const char *name, GError **error);

G_END_DECLS
