/* persea-model-store.h - where models are, by name
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A store is a folder with one sub-folder (or link to one) for each model; its name is the
 * model's.  Stores are looked at in this order, the first model of a name counts:
 *
 *   1. each folder of $PERSEA_MODEL_PATH, separated by colons
 *   2. $XDG_DATA_HOME/persea/models, the user's own
 *   3. DATADIR/persea/models, what was installed with Persea
 *
 * Only where there is a choice of defaults, checkpoints are opened to see what they are; whether a
 * model can be used shows when it is loaded or checked.
 */
#pragma once

#include <gio/gio.h>

#include "persea-model-files.h"

G_BEGIN_DECLS

/* the models that come with Persea */
#define PERSEA_MODEL_ORCHARD "orchard-clip"
#define PERSEA_MODEL_ORCHARD_DALLE "orchard-dalle"

/**
 * PerseaModel:
 * @name: in the store; of a path: its last part without suffix
 * @path: the folder, or a checkpoint file
 * @folder: the folder, or the folder of the file: where configuration and tokenizer lie
 * @is_own: lies in the user's own store, and so may be removed
 */
typedef struct
{
  char    *name;
  char    *path;
  char    *folder;
  gboolean is_own;
} PerseaModel;

void persea_model_free (PerseaModel *model);

/**
 * persea_model_store_get_own_folder:
 *
 * Returns: (transfer full): $XDG_DATA_HOME/persea/models; it need not exist
 */
char *persea_model_store_get_own_folder (void);

/**
 * persea_model_store_list:
 *
 * Returns: (transfer full) (element-type PerseaModel): all models, in the order of the stores and
 *   in each by name
 */
GPtrArray *persea_model_store_list (void);

/**
 * persea_model_store_find:
 * @model: (nullable): a name in a store; or a path, if it has a slash or no store knows it;
 *   %NULL for the default CLIP
 * @error: return location; %PERSEA_ERROR_NOT_FOUND names what there is
 *
 * Returns: (transfer full) (nullable): the model
 */
PerseaModel *persea_model_store_find (const char *model, GError **error);

/**
 * persea_model_store_find_for:
 * @model: (nullable): likewise; %NULL for the default for this role: $PERSEA_MODEL for CLIP,
 *   $PERSEA_DRAWING_MODEL for generators and codebooks, if set; otherwise the first model of the
 *   list that did not come with Persea and has the role, otherwise the Orchard's
 * @role: what it is for; a model that is named is returned whether it has it or not
 *
 * Returns: (transfer full) (nullable): the model
 */
PerseaModel *persea_model_store_find_for (const char      *model,
                                          PerseaModelRole  role,
                                          GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaModel, persea_model_free)

G_END_DECLS
