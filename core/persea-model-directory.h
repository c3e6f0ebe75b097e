/* persea-model-directory.h - the files of one model
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A model is a folder with a checkpoint and, beside it, configuration and tokenizer files; or a
 * checkpoint alone.  This finds the files; what is in them is read elsewhere.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * PerseaModelDirectory:
 * @name: what people call it: the folder's name, or the file's without its suffix
 * @folder: where configuration and tokenizer are looked for
 * @weights: the checkpoint, for persea_checkpoint_open()
 * @is_folder: whether the model is the folder, and not one file in it
 */
typedef struct
{
  char    *name;
  char    *folder;
  char    *weights;
  gboolean is_folder;
} PerseaModelDirectory;

/**
 * persea_model_directory_open:
 * @path: a folder, or a checkpoint file
 * @error: return location; %PERSEA_ERROR_NOT_FOUND if there is no such path or no checkpoint in
 *   it, %PERSEA_ERROR_INVALID_ARGUMENT if there are several and none has a well-known name
 *
 * In a folder, the well-known names of checkpoints are tried in a fixed order, those of OpenCLIP
 * first (beside them, "model.safetensors" can be the image tower alone), safetensors before
 * pickles; then the only file with a checkpoint's suffix, whatever its name.
 *
 * Returns: (transfer full) (nullable): the files
 */
PerseaModelDirectory *persea_model_directory_open (const char *path, GError **error);

void persea_model_directory_free (PerseaModelDirectory *directory);

/**
 * persea_model_directory_find:
 * @file_name: "config.json" and the like
 *
 * Returns: (transfer full) (nullable): the path of that file, if it is there
 */
char *persea_model_directory_find (const PerseaModelDirectory *directory, const char *file_name);

/**
 * persea_model_directory_strip_suffix:
 * @file_name: without folders
 *
 * Returns: (transfer full) (nullable): the name of the model that this file alone would be, or
 *   %NULL if it has no suffix of a checkpoint
 */
char *persea_model_directory_strip_suffix (const char *file_name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaModelDirectory, persea_model_directory_free)

G_END_DECLS
