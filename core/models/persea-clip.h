/* persea-clip.h - CLIP: pictures and texts in one space
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021;
 * reference: openai/CLIP, clip/model.py.  Loaded with persea_engine_load_clip().
 * Threads: all functions may be called from any thread.
 */
#pragma once

#include "persea-device.h"

G_BEGIN_DECLS

typedef struct _PerseaClip PerseaClip;
typedef struct _PerseaTokenizer PerseaTokenizer;
typedef struct _PerseaPreprocess PerseaPreprocess;

PerseaClip *persea_clip_ref (PerseaClip *clip);
void        persea_clip_unref (PerseaClip *clip);

/* For before and after long work of one tower: no weights need stay in this process's memory.  Those
 * that are used again come back from the system's cache, in some ten milliseconds for a tower.  On
 * devices with memory of their own it changes nothing. */
void persea_clip_let_go (PerseaClip *clip);

/* (transfer none): the model's name, for people and JSON ("ViT-B-32", "orchard-clip") */
const char *persea_clip_get_name (PerseaClip *clip);

/* (transfer none): a hexadecimal word that changes with the weights, for keys of caches */
const char *persea_clip_get_identity (PerseaClip *clip);

/* (transfer none) (nullable): what reads texts; not part of the identity */
const PerseaTokenizer *persea_clip_get_tokenizer (PerseaClip *clip);

/* (transfer none): how pictures are made ready; gives the image size, too */
const PerseaPreprocess *persea_clip_get_preprocess (PerseaClip *clip);

unsigned persea_clip_get_image_size (PerseaClip *clip);     /* pixels, both sides */
unsigned persea_clip_get_embed_dim (PerseaClip *clip);      /* E */
unsigned persea_clip_get_context_length (PerseaClip *clip); /* tokens */

/* what cosines are multiplied with before the softmax: exp (logit_scale), about 100 */
float persea_clip_get_logit_scale (PerseaClip *clip);

/* the precision in use, never %PERSEA_PRECISION_AUTO */
PerseaPrecision persea_clip_get_precision (PerseaClip *clip);

/* pictures in a batch that the device's memory allows and that it computes well, at least 1 */
size_t persea_clip_get_batch_size (PerseaClip *clip);

/**
 * persea_clip_encode_images:
 * @pixels: [n, 3, size, size], preprocessed
 * @n: number of pictures; larger numbers are split into batches
 * @embeddings: (out caller-allocates): [n, E], not normalised
 *
 * Returns: %FALSE with @embeddings undefined on failure
 */
gboolean persea_clip_encode_images (PerseaClip    *clip,
                                    const float   *pixels,
                                    size_t         n,
                                    float         *embeddings,
                                    GCancellable  *cancellable,
                                    GError       **error);

/* cells on each side of the grid that an image tower sees a picture as */
unsigned persea_clip_get_grid (PerseaClip *clip);

/**
 * persea_clip_encode_cells:
 * @pixels: [n, 3, size, size], preprocessed
 * @n: number of pictures; larger numbers are split into batches
 * @cells: (out caller-allocates): [n, grid, grid, E], not normalised
 *
 * Where persea_clip_encode_images() says what a picture shows, this says it for each cell of it,
 * in the same space: the last attention is left out, and each cell's value taken as it is (Zhou et
 * al., "Extract Free Dense Labels from CLIP", 2022).
 */
gboolean persea_clip_encode_cells (PerseaClip    *clip,
                                   const float   *pixels,
                                   size_t         n,
                                   float         *cells,
                                   GCancellable  *cancellable,
                                   GError       **error);

/**
 * persea_clip_encode_tokens:
 * @tokens: [n, context_length], padded behind the end token
 * @embeddings: (out caller-allocates): [n, E], not normalised
 */
gboolean persea_clip_encode_tokens (PerseaClip     *clip,
                                    const int32_t  *tokens,
                                    size_t          n,
                                    float          *embeddings,
                                    GCancellable   *cancellable,
                                    GError        **error);

/**
 * persea_clip_encode_texts:
 * @texts: (array length=n): UTF-8; over-long ones are truncated as the reference does
 * @embeddings: (out caller-allocates): [n, E], not normalised
 */
gboolean persea_clip_encode_texts (PerseaClip         *clip,
                                   const char *const  *texts,
                                   size_t              n,
                                   float              *embeddings,
                                   GCancellable       *cancellable,
                                   GError            **error);

/* floating-point operations of the reference's forward pass, for one picture, and for one text of
 * @n_tokens tokens with those of its frame */
double persea_clip_get_image_flops (PerseaClip *clip);
double persea_clip_get_text_flops (PerseaClip *clip, unsigned n_tokens);

/* identifiers that may stand in a text: 0 … size - 1 */
unsigned persea_clip_get_vocab_size (PerseaClip *clip);

/* scales each of the @n rows of [n, dim] to length 1; rows of zeros stay */
void persea_clip_normalize (float *embeddings, size_t n, size_t dim);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaClip, persea_clip_unref)

G_END_DECLS
