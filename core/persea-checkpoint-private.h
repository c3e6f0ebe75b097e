/* persea-checkpoint-private.h - what the readers of the containers fill
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A reader gets one file's bytes and hands over its tensors one by one.  Everything a tensor
 * claims about itself is checked in one place, persea_checkpoint_add(); the reader checks what
 * only its container knows.  Messages leave out the path: the caller puts it in front.
 */
#pragma once

#include "persea-checkpoint.h"
#include "persea-json.h"

G_BEGIN_DECLS

/**
 * PerseaStorage:
 * @data: the elements in the mapped file
 * @size: bytes that belong to the tensor, or to the storage that several tensors share
 * @offset: elements from @data to the tensor's first
 */
typedef struct
{
  const uint8_t *data;
  size_t         size;
  size_t         offset;
} PerseaStorage;

/**
 * persea_checkpoint_add:
 * @checkpoint: being opened
 * @tensor: name, dtype, n_dims and shape; strides unless @contiguous is set.  The name and all
 *   else are copied, pieces and n_elements are found out here
 * @storage: where its elements lie
 * @error: return location for %PERSEA_ERROR_INVALID_DATA: a name that is no name or occurs
 *   twice, elements outside the storage, too many tensors
 */
gboolean persea_checkpoint_add (PerseaCheckpoint             *checkpoint,
                                const PerseaCheckpointTensor *tensor,
                                const PerseaStorage          *storage,
                                GError                      **error);

/**
 * persea_checkpoint_add_pieces:
 * @tensor: as above, contiguous
 * @pieces: (array length=n_pieces): all its elements, in order; each lies inside the file, which the
 *   reader has checked.  They are copied
 *
 * Likewise for a tensor that does not lie in one place.
 */
gboolean persea_checkpoint_add_pieces (PerseaCheckpoint             *checkpoint,
                                       const PerseaCheckpointTensor *tensor,
                                       const PerseaCheckpointPiece  *pieces,
                                       size_t                        n_pieces,
                                       GError                      **error);

/* Told by a reader that finds out only inside which of two kinds it reads */
void persea_checkpoint_set_kind (PerseaCheckpoint *checkpoint, PerseaCheckpointKind kind);

/* Finds the reader for the bytes of one file and lets it read */
gboolean persea_checkpoint_read_bytes (PerseaCheckpoint *checkpoint,
                                       const uint8_t    *data,
                                       size_t            size,
                                       GError          **error);

/* Whether a file is JSON, so the index of a sharded checkpoint or nothing */
gboolean persea_checkpoint_is_index (const uint8_t *data, size_t size);

/* Returns: (transfer full) (nullable): the names of the files in a "weight_map", as a set */
GHashTable *persea_checkpoint_list_shards (JsonObject *weight_map, GError **error);

/* Whether each tensor of a "weight_map" was found in the file that it names */
gboolean persea_checkpoint_has_shards (PerseaCheckpoint *checkpoint,
                                       JsonObject       *weight_map,
                                       GError          **error);

/* The readers: all take the bytes of one file, which stay where they are as long as the
 * checkpoint lives. */
gboolean persea_safetensors_read (PerseaCheckpoint *checkpoint,
                                  const uint8_t    *data,
                                  size_t            size,
                                  GError          **error);
gboolean persea_torch_zip_read (PerseaCheckpoint *checkpoint,
                                const uint8_t    *data,
                                size_t            size,
                                GError          **error);
gboolean persea_torch_legacy_read (PerseaCheckpoint *checkpoint,
                                   const uint8_t    *data,
                                   size_t            size,
                                   GError          **error);
gboolean persea_flax_read (PerseaCheckpoint *checkpoint,
                           const uint8_t    *data,
                           size_t            size,
                           GError          **error);

/* Whether a file can be a map in msgpack: its first two bytes are those of a map and of a name */
gboolean persea_flax_begins (const uint8_t *data, size_t size);

G_END_DECLS
