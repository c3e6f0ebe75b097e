/* persea-tagger-private.h - what the tagger's two files share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-tagger.h"

G_BEGIN_DECLS

struct _PerseaTagger
{
  PerseaVocabulary *vocabulary;
  PerseaTextTable  *table;      /* [n_words + n_background, dim] */
  char            **background; /* the words of the last rows */
  char             *identity;
  size_t            n_words;
  size_t            n_background;
  size_t            n_population; /* rows at the end that count as background: these, or all */
  unsigned         *word_tags;  /* [n_words]: tag of each word */
  float            *hubness;    /* [rows]: closeness to the mean of the population, centred */
  float             hub_variance;
  float             logit_scale;
  float             prior;      /* logit */
};

G_END_DECLS
