/* persea-work-embed.h - the work of the method Embed
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-pictures.h"
#include "persea-work.h"

G_BEGIN_DECLS

/**
 * PerseaEmbedOptions:
 * @model: (nullable): name or path; %NULL: the configured one
 * @exact: pictures are decoded in full size and shrunk as the reference does it
 * @raw: embeddings as the network gives them, instead of unit length
 * @texts: (nullable) (array zero-terminated=1): to be encoded, too; numbered after the pictures
 */
typedef struct
{
  const char        *model;
  gboolean           exact;
  gboolean           raw;
  const char *const *texts;
} PerseaEmbedOptions;

/**
 * persea_work_embed_new:
 * @pictures: kept, not copied
 * @options: copied
 *
 * Its items have `model` (s) and `embedding` (ad).
 *
 * Returns: (transfer full)
 */
PerseaWork *persea_work_embed_new (PerseaPictures *pictures, const PerseaEmbedOptions *options);

G_END_DECLS
