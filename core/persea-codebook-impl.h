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
 * @encode: pixels [n, 3, height, width] f32 (0 to 1) to codes [n · cells] i32; (nullable): never
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

/* A family's codebooks start with this; persea_codebook_init() fills the first group, the family
 * the second. */
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
};

void persea_codebook_init (PerseaCodebook            *codebook,
                           const PerseaCodebookClass *codebook_class,
                           PerseaDevice              *device,
                           PerseaPrecision            precision,
                           const char                *name,
                           const char                *identity);

/* releases what persea_codebook_init() took */
void persea_codebook_clear (PerseaCodebook *codebook);

G_END_DECLS
