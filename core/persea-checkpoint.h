/* persea-checkpoint.h - named tensors in files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A checkpoint is a set of named tensors from one file, or from the several files of a sharded
 * one.  The container is told from the content, never from the suffix:
 *
 *   safetensors         a header in JSON, then the elements; also sharded, opened by its index
 *   PyTorch zip         torch.save since 1.6 (.pt, .pth, .bin), and TorchScript archives
 *   PyTorch, legacy     torch.save before 1.6
 *   Flax                nested maps of arrays in msgpack (.msgpack)
 *
 * Nothing in a file is believed before it is checked and nothing in it is ever executed.  Each
 * tensor's elements are known to lie inside its file when the checkpoint opens.  The files are
 * mapped, not read: opening takes milliseconds whatever their size.
 *
 * Files must not be changed while they are open.  persea_checkpoint_read_f32() notices a file
 * that got shorter or was written to since it was opened; but a file that shrinks *during* a
 * read ends the process with SIGBUS, as with every program that maps files.  (Replacing a file by renaming another one onto it is
 * harmless: the old content stays.)
 *
 * Threads: immutable once opened, may be shared.
 */
#pragma once

#include <gio/gio.h>

#include "persea-dtype.h"

G_BEGIN_DECLS

#define PERSEA_CHECKPOINT_MAX_DIMS    8
#define PERSEA_CHECKPOINT_MAX_TENSORS 100000
#define PERSEA_CHECKPOINT_MAX_NAME    512 /* bytes */
#define PERSEA_CHECKPOINT_MAX_FILES   256

typedef struct _PerseaCheckpoint PerseaCheckpoint;

typedef enum
{
  PERSEA_CHECKPOINT_SAFETENSORS,
  PERSEA_CHECKPOINT_TORCH_ZIP,
  PERSEA_CHECKPOINT_TORCH_SCRIPT,
  PERSEA_CHECKPOINT_TORCH_LEGACY,
  PERSEA_CHECKPOINT_FLAX,
  PERSEA_N_CHECKPOINT_KINDS,
} PerseaCheckpointKind;

/* a run of elements in a mapped file, little-endian, of any alignment */
typedef struct
{
  const uint8_t *data;
  size_t         n_elements;
} PerseaCheckpointPiece;

/**
 * PerseaCheckpointTensor:
 * @name: UTF-8
 * @file: which of persea_checkpoint_get_files() it lies in
 * @dtype: type of the elements in the file
 * @n_dims: 0 (a scalar) to %PERSEA_CHECKPOINT_MAX_DIMS
 * @shape: outermost first; a size may be 0
 * @strides: elements from one index to the next, per dimension
 * @n_elements: product of @shape
 * @contiguous: whether @strides are those of a row-major array
 * @pieces: (array length=n_pieces): where the elements lie.  One piece, in which @strides count, for
 *   all but the largest arrays of Flax, which are contiguous one piece after the other
 *
 * Lives as long as its checkpoint.
 */
typedef struct
{
  const char                  *name;
  size_t                       file;
  PerseaDtype                  dtype;
  unsigned                     n_dims;
  size_t                       shape[PERSEA_CHECKPOINT_MAX_DIMS];
  size_t                       strides[PERSEA_CHECKPOINT_MAX_DIMS];
  size_t                       n_elements;
  gboolean                     contiguous;
  size_t                       n_pieces;
  const PerseaCheckpointPiece *pieces;
} PerseaCheckpointTensor;

/**
 * persea_checkpoint_open:
 * @path: a checkpoint, or the .index.json of a sharded one, whose shards lie beside it
 * @error: return location; %PERSEA_ERROR_INVALID_DATA for a damaged file,
 *   %PERSEA_ERROR_UNSUPPORTED for a container we do not read, or an error of GIO
 *
 * Returns: (transfer full) (nullable): the checkpoint
 */
PerseaCheckpoint *persea_checkpoint_open (const char *path, GError **error);

/**
 * persea_checkpoint_new_from_bytes:
 * @name: what messages call it
 * @bytes: the content of one file (not of an index)
 *
 * Returns: (transfer full) (nullable): the checkpoint, as persea_checkpoint_open()
 */
PerseaCheckpoint *persea_checkpoint_new_from_bytes (const char *name,
                                                    GBytes     *bytes,
                                                    GError    **error);

PerseaCheckpoint *persea_checkpoint_ref (PerseaCheckpoint *checkpoint);
void              persea_checkpoint_unref (PerseaCheckpoint *checkpoint);

PerseaCheckpointKind persea_checkpoint_get_kind (PerseaCheckpoint *checkpoint);

/* (transfer none): "safetensors", "PyTorch zip archive", … for people */
const char *persea_checkpoint_kind_name (PerseaCheckpointKind kind);

/* (transfer none) (array zero-terminated=1): paths of the files with tensors in them */
const char *const *persea_checkpoint_get_files (PerseaCheckpoint *checkpoint);

/* (transfer none) (array length=n): all tensors, in the order of the files */
const PerseaCheckpointTensor *persea_checkpoint_get_tensors (PerseaCheckpoint *checkpoint,
                                                             size_t           *n);

/* (transfer none) (nullable) */
const PerseaCheckpointTensor *persea_checkpoint_find (PerseaCheckpoint *checkpoint,
                                                      const char       *name);

/**
 * persea_checkpoint_read_f32:
 * @tensor: one of @checkpoint
 * @out: (array length=n_elements): row-major
 * @error: return location for %PERSEA_ERROR_INVALID_DATA when the file changed underneath
 *
 * Reads a tensor of any element type and any strides as row-major f32.
 */
gboolean persea_checkpoint_read_f32 (PerseaCheckpoint             *checkpoint,
                                     const PerseaCheckpointTensor *tensor,
                                     float                        *out,
                                     GError                      **error);

/**
 * persea_checkpoint_read_f32_part:
 * @first: of the elements to read, in row-major order
 * @n: how many; @first + @n is at most n_elements
 * @out: (array length=n)
 *
 * Likewise a part: one layer of the many that Flax stacks in one array.
 */
gboolean persea_checkpoint_read_f32_part (PerseaCheckpoint             *checkpoint,
                                          const PerseaCheckpointTensor *tensor,
                                          size_t                        first,
                                          size_t                        n,
                                          float                        *out,
                                          GError                      **error);

/**
 * persea_checkpoint_format_shape:
 *
 * Returns: (transfer full): "[768, 3, 32, 32]"
 */
char *persea_checkpoint_format_shape (const size_t *shape, unsigned n_dims);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaCheckpoint, persea_checkpoint_unref)

G_END_DECLS
