/* persea-codebook.h - pictures as grids of numbered patches, and back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A codebook is a discrete autoencoder: its encoder gives each cell of a picture, get_factor ()
 * pixels on each side, one of get_n_entries () codes; its decoder makes a picture of a grid of
 * codes.  A generator (persea-generator.h) draws such codes and meets here whatever codebook it
 * was made for.  Families: VQGAN (core/models/persea-vqgan.h), OpenAI's discrete VAE
 * (core/models/persea-dvae.h).
 *
 * Pixels are sRGB as they are in files, 0 to 1, planes [3, height, width]; what range a network
 * computes in is its own business.  Networks are convolutions all through, so that grids of any
 * size work; they were trained on get_size () pixels square, where they are at their best.  To
 * scale and crop a picture to such a size is the caller's business, too: the originals scale the
 * short side to it (OpenAI's dVAE: Lanczos, both sides rounded) and take the centre.
 *
 * Threads: all functions may be called from any thread.
 */
#pragma once

#include "persea-device.h"

G_BEGIN_DECLS

typedef struct _PerseaCodebook PerseaCodebook;

/* cells on one side of a grid, at most: 4096 pixels of an f16 codebook */
#define PERSEA_CODEBOOK_MAX_GRID 256

PerseaCodebook *persea_codebook_ref (PerseaCodebook *codebook);
void            persea_codebook_unref (PerseaCodebook *codebook);

/* (transfer none): the model's name, for people and JSON */
const char *persea_codebook_get_name (PerseaCodebook *codebook);

/* (transfer none): a hexadecimal word that changes with the weights, for keys of caches */
const char *persea_codebook_get_identity (PerseaCodebook *codebook);

/* the precision in use, never %PERSEA_PRECISION_AUTO */
PerseaPrecision persea_codebook_get_precision (PerseaCodebook *codebook);

unsigned persea_codebook_get_n_entries (PerseaCodebook *codebook); /* codes are 0 … n - 1 */
unsigned persea_codebook_get_factor (PerseaCodebook *codebook);    /* pixels per cell, both sides */
unsigned persea_codebook_get_size (PerseaCodebook *codebook);      /* native pixels, both sides */

/* some checkpoints hold the decoder alone; then pictures cannot be encoded */
gboolean persea_codebook_has_encoder (PerseaCodebook *codebook);

/* floating-point operations of the reference's decoder (encoder) for one picture of a grid of
 * @grid_height × @grid_width codes; 0 without an encoder */
double persea_codebook_get_decode_flops (PerseaCodebook *codebook,
                                         size_t          grid_height,
                                         size_t          grid_width);
double persea_codebook_get_encode_flops (PerseaCodebook *codebook,
                                         size_t          grid_height,
                                         size_t          grid_width);

/**
 * persea_codebook_encode:
 * @pixels: [n, 3, height, width], 0 to 1
 * @n: number of pictures; as many as the device's memory allows are encoded together
 * @height: of each, a multiple of the factor, likewise
 * @width
 * @codes: (out caller-allocates): [n, height / factor, width / factor]
 * @error: return location; %PERSEA_ERROR_UNSUPPORTED without an encoder,
 *   %PERSEA_ERROR_INVALID_ARGUMENT for a size that does not fit, naming both numbers
 *
 * Returns: %FALSE with @codes undefined on failure
 */
gboolean persea_codebook_encode (PerseaCodebook  *codebook,
                                 const float     *pixels,
                                 size_t           n,
                                 size_t           height,
                                 size_t           width,
                                 int32_t         *codes,
                                 GCancellable    *cancellable,
                                 GError         **error);

/**
 * persea_codebook_decode:
 * @codes: [n, grid_height, grid_width]
 * @n: number of pictures; as many as the device's memory allows are decoded together
 * @pixels: (out caller-allocates): [n, 3, grid_height · factor, grid_width · factor], clamped to
 *   0 … 1
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT for a code out of range, naming it
 *
 * Returns: %FALSE with @pixels undefined on failure
 */
gboolean persea_codebook_decode (PerseaCodebook  *codebook,
                                 const int32_t   *codes,
                                 size_t           n,
                                 size_t           grid_height,
                                 size_t           grid_width,
                                 float           *pixels,
                                 GCancellable    *cancellable,
                                 GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaCodebook, persea_codebook_unref)

G_END_DECLS
