/* persea-clip-names.h - what the tensors of a CLIP are called
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finds the tensors of persea_clip_list_tensors() in a checkpoint, whichever of the namings it
 * uses, and tells other families by their names.
 */
#pragma once

#include "persea-checkpoint.h"

G_BEGIN_DECLS

typedef enum
{
  PERSEA_CLIP_NAMING_OPENAI,       /* "visual.proj", "token_embedding.weight" */
  PERSEA_CLIP_NAMING_CUSTOM_TEXT,  /* the same, text tower behind "text." (OpenCLIP) */
  PERSEA_CLIP_NAMING_HUGGING_FACE, /* "visual_projection.weight", "text_model.embeddings.…" */
} PerseaClipNaming;

/**
 * PerseaClipBinding:
 * @n_parts: 0: the checkpoint has no such tensor; 1; or 3: query, key and value, to be stacked
 * @parts: (array length=n_parts): the tensors in the checkpoint, none NULL
 * @transposed: the checkpoint has [in, out] where the list has [out, in]
 * @n_dims: of @shape
 * @shape: as in the list: stacked and transposed
 * @missing: (nullable): if @n_parts is 0, what was looked for in vain
 */
typedef struct
{
  unsigned                      n_parts;
  const PerseaCheckpointTensor *parts[3];
  gboolean                      transposed;
  unsigned                      n_dims;
  size_t                        shape[PERSEA_CHECKPOINT_MAX_DIMS];
  char                         *missing;
} PerseaClipBinding;

/**
 * persea_clip_naming_detect:
 * @error: return location for %PERSEA_ERROR_UNSUPPORTED, naming the family if it is known
 */
gboolean persea_clip_naming_detect (PerseaCheckpoint *checkpoint,
                                    PerseaClipNaming *naming,
                                    GError          **error);

/**
 * persea_clip_bind:
 * @name: a name of persea_clip_list_tensors()
 * @binding: (out caller-allocates): to be cleared with persea_clip_binding_clear()
 *
 * Returns: whether it was found, of any shape
 */
gboolean persea_clip_bind (PerseaCheckpoint  *checkpoint,
                           PerseaClipNaming   naming,
                           const char        *name,
                           PerseaClipBinding *binding);

void persea_clip_binding_clear (PerseaClipBinding *binding);

/* Whether a tensor of a checkpoint may be left unused: buffers that carry no weights */
gboolean persea_clip_is_ignorable (const PerseaCheckpointTensor *tensor);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PerseaClipBinding, persea_clip_binding_clear)

G_END_DECLS
