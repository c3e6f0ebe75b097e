/* persea-work-rank.h - the work of the method Rank
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-pictures.h"
#include "persea-work.h"

G_BEGIN_DECLS

/**
 * PerseaRankOptions:
 * @model: (nullable): name or path; %NULL: the configured one
 * @exact: pictures are decoded in full size and shrunk as the reference does it
 * @texts: (array zero-terminated=1): what to choose from, at least one
 * @top: how many of the best are told; 0: all
 */
typedef struct
{
  const char        *model;
  gboolean           exact;
  const char *const *texts;
  unsigned           top;
} PerseaRankOptions;

/**
 * persea_work_rank_new:
 * @pictures: kept, not copied
 * @options: copied
 *
 * Its items have `model` (s) and `ranking` (a(sdd)).
 *
 * Returns: (transfer full)
 */
PerseaWork *persea_work_rank_new (PerseaPictures *pictures, const PerseaRankOptions *options);

G_END_DECLS
