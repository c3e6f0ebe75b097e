/* persea-codebook-impl.h - what a family of codebooks fills in
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For families only; users of codebooks include persea-codebook.h.  persea-codebook.c has checked
 * sizes and codes, and cuts batches, before a function of the table is called.
 */
#pragma once

#include "persea-codebook.h"
#include "persea-ops.h"

G_BEGIN_DECLS

/**
 * PerseaCodebookClass:
 * @free: releases all that the family has allocated, and the codebook itself after
 *   persea_codebook_clear()
 * @encode: pixels [n, 3, height, width] f32 (low to high) to codes [n · cells] i32; (nullable): never
 *   called unless has_encoder is set
 * @decode: codes [n · cells] i32 to pixels [n, grid_height · factor, grid_width · factor, 3] f32,
 *   not clamped yet; grid_height and grid_width in cells
 * @decode_flops: see persea_codebook_get_decode_flops(); likewise
 * @encode_flops: (nullable)
 */
typedef struct
{
  void (*free) (PerseaCodebook *codebook);
  void (*encode) (PerseaCodebook *codebook, PerseaPass *pass, PerseaTensor *codes,
                  const PerseaTensor *pixels);
  void (*decode) (PerseaCodebook *codebook, PerseaPass *pass, PerseaTensor *pixels,
                  const PerseaTensor *codes, size_t grid_height, size_t grid_width);
  double (*decode_flops) (PerseaCodebook *codebook, size_t grid_height, size_t grid_width);
  double (*encode_flops) (PerseaCodebook *codebook, size_t grid_height, size_t grid_width);
} PerseaCodebookClass;

/**
 * PerseaCodebook:
 * @low: what black is for the network, and
 * @high: white: pixels are brought to this range before encode, and back from it after decode
 * @logits: decode makes logits: the logistic function comes first
 * @cell_bytes: of the largest tensor of a pass, for each cell; says how many pictures are worked on
 *   together
 *
 * A family's codebooks start with this; persea_codebook_init() fills the first group, the family
 * the second.
 */
struct _PerseaCodebook
{
  const PerseaCodebookClass *class;
  gatomicrefcount            ref_count;
  PerseaDevice              *device;
  PerseaPrecision            precision;
  char                      *name;
  char                      *identity;

  unsigned n_entries;
  unsigned factor;
  unsigned size;
  gboolean has_encoder;
  float    low;
  float    high;
  gboolean logits;
  size_t   cell_bytes;
};

void persea_codebook_init (PerseaCodebook            *codebook,
                           const PerseaCodebookClass *codebook_class,
                           PerseaDevice              *device,
                           PerseaPrecision            precision,
                           const char                *name,
                           const char                *identity);

/* whether the caller's reference is the only one, for the engine */
gboolean persea_codebook_is_unshared (PerseaCodebook *codebook);

/* releases what persea_codebook_init() took */
void persea_codebook_clear (PerseaCodebook *codebook);

G_END_DECLS
