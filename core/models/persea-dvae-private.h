/* persea-dvae-private.h - the parts of a discrete VAE on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shared by persea-dvae-load.c, which fills it, and persea-dvae.c, which computes with it.
 */
#pragma once

#include "persea-codebook-impl.h"
#include "persea-dvae-config.h"
#include "persea-weight-loader.h"

G_BEGIN_DECLS

/**
 * DvaeBlock:
 * @conv: kernels as persea_dvae_get_kernel() says; the gain of the block is in the last one
 * @phases: in place of @conv[1] in a block that begins with doubling the picture, if its channels
 *   come in whole groups
 * @identity: 1×1, or NULLs where the input fits as it is
 * @doubles: the picture is doubled first
 */
typedef struct
{
  PerseaLinear conv[4];
  PerseaPhases phases;
  PerseaLinear identity;
  gboolean     doubles;
} DvaeBlock;

typedef struct
{
  PerseaLinear input; /* encoder: 7×7 */
  DvaeBlock   *blocks; /* of all groups */
  PerseaLinear output; /* 1×1 */
  PerseaDtype  dtype;  /* what products take */
} DvaeHalf;

typedef struct
{
  PerseaCodebook   base;
  PerseaDvaeConfig config;
  PerseaTensor    *table; /* [entries, channels] f32: the decoder's first convolution of each code */
  DvaeHalf         decoder;
  DvaeHalf         encoder;
} Dvae;

gboolean dvae_load (Dvae                  *dvae,
                    PerseaWeights         *weights,
                    const PerseaModelLoad *load,
                    GError               **error);

/* releases what was loaded, however far that got */
void dvae_clear (gpointer dvae);

G_END_DECLS
