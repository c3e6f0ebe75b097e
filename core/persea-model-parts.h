/* persea-model-parts.h - which of a model's roles lies in which files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Publishers have their own names for files, and the same names mean different things with different
 * publishers.  So names only say where to look, in a fixed order; what a file is, the names of its
 * tensors tell (models/persea-registry.h).  Checkpoints are opened, but no weights are read.
 *
 *   generator   encoder + decoder, encoder_mini + decoder_mini (min-dalle), flax_model (dalle-mini)
 *   codebook    detoker (min-dalle), flax_model or model (vqgan-jax), encoder + decoder or the
 *               decoder alone (OpenAI's discrete VAE), or the only checkpoint of a folder; in the
 *               model's folder, in "vqgan" in it, or in "vqgan" beside it
 *   CLIP        what persea_model_directory_open() finds
 */
#pragma once

#include "persea-model-files.h"

G_BEGIN_DECLS

/**
 * PerseaModelParts:
 * @files: the files of each role that the model has, %NULL for the others
 */
typedef struct
{
  PerseaModelFiles *files[PERSEA_N_ROLES];
} PerseaModelParts;

/**
 * persea_model_parts_find:
 * @path: a model's folder, or one of its checkpoints, which chooses if the folder has several
 * @error: return location; %PERSEA_ERROR_NOT_FOUND if there is nothing that looks like a model,
 *   %PERSEA_ERROR_UNSUPPORTED if there is, but of no family we know, %PERSEA_ERROR_INVALID_DATA
 *   for one that is damaged or lacks a half, %PERSEA_ERROR_INVALID_ARGUMENT for two of a kind
 *
 * Returns: (transfer full) (nullable): parts, of at least one role
 */
PerseaModelParts *persea_model_parts_find (const char *path, GError **error);

void persea_model_parts_free (PerseaModelParts *parts);

/* (transfer none): "clip", "generator", "codebook": for JSON */
const char *persea_model_role_name (PerseaModelRole role);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaModelParts, persea_model_parts_free)

G_END_DECLS
