/* persea-tagger.h - from similarities to tags that people keep
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * CLIP's cosines lie close together (0.15 to 0.35), elsewhere for each model and each picture, and
 * some texts are near to everything ("hubs"), so no fixed cut of the cosine works.  A tag is
 * measured against background words instead, with the same picture:
 *
 *     c(t)   cosine of picture and tag; c(b) of picture and background word b
 *     h(t)   closeness of t to the mean of the background: how much of a hub it is
 *     r(t)   c(t) less what a straight line through all (h(b), c(b)) foretells for h(t)
 *     z(t)   (r(t) - median r(b)) / spread r(b), the spread from the median deviation
 *
 * A CLIP is trained so that logit_scale · c is, but for a constant of the picture, the logarithm
 * of how much likelier the text is with this picture than without it.  If the logits of words
 * that do not fit are spread normally with deviation d = logit_scale · spread, then those of words
 * that do fit lie d² higher, and the odds that a tag fits are
 *
 *     logit p = d·z - d²/2 + logit prior
 *
 * with a prior of a handful of tags per picture.  So 0.5 means: as likely as not, for any model
 * and any number of tags.  Children of an exclusive heading share their probability by softmax.
 *
 * Where the vocabulary says that the children of a heading are all there is, and n of them at most
 * are right for a picture ("choose: n"), no background is needed: with s(t) the child's share in
 * the softmax of logit_scale · c, the score is m·s / (1 + (m - 1)·s), m = 2n - 1.  So a tag is as
 * likely as not at half of what each of n equal ones would have.
 *
 * Deterministic; no sum depends on the number of threads.  Threads: immutable once made.
 */
#pragma once

#include "persea-text-table.h"
#include "persea-vocabulary.h"

G_BEGIN_DECLS

#define PERSEA_TAGGER_THRESHOLD 0.5f

typedef struct _PerseaTagger PerseaTagger;

/**
 * persea_tagger_new:
 * @clip: whose embeddings will be judged
 * @vocabulary: the tags
 * @background: (nullable) (array zero-terminated=1): words to measure against, used if the
 *   vocabulary names none; %NULL or fewer than %PERSEA_TAGGER_MIN_BACKGROUND: the tags themselves
 *   are background, too
 * @options: (nullable): where the texts' embeddings are kept
 * @cancellable: (nullable)
 * @error: return location
 *
 * Encodes all prompts, or takes them from the cache.
 *
 * Returns: (transfer full) (nullable): a tagger
 */
PerseaTagger *persea_tagger_new (PerseaClip                    *clip,
                                 PerseaVocabulary              *vocabulary,
                                 const char *const             *background,
                                 const PerseaTextTableOptions  *options,
                                 GCancellable                  *cancellable,
                                 GError                       **error);

#define PERSEA_TAGGER_MIN_BACKGROUND 24

/**
 * persea_tagger_new_from_table:
 * @table: rows: each word of each tag in order (headings have none), then the background
 * @background: (array zero-terminated=1): the background words
 * @logit_scale: of the model
 *
 * Returns: (transfer full): a tagger on embeddings that are there already
 */
PerseaTagger *persea_tagger_new_from_table (PerseaTextTable   *table,
                                            PerseaVocabulary  *vocabulary,
                                            const char *const *background,
                                            float              logit_scale);

PerseaTagger *persea_tagger_ref (PerseaTagger *tagger);
void          persea_tagger_unref (PerseaTagger *tagger);

/* (transfer none) */
PerseaVocabulary *persea_tagger_get_vocabulary (PerseaTagger *tagger);

/* (transfer none): a hexadecimal word that changes with tags, prompts and background */
const char *persea_tagger_get_identity (PerseaTagger *tagger);

/* values in an embedding */
size_t persea_tagger_get_dim (PerseaTagger *tagger);

/**
 * PerseaTagScore:
 * @tag: index in the vocabulary
 * @score: 0 to 1: how likely it is that the tag fits
 * @similarity: cosine of its best word
 * @deviation: z of its best word, see above
 * @word: index of its best word in the tag's words
 */
typedef struct
{
  unsigned tag;
  float    score;
  float    similarity;
  float    deviation;
  unsigned word;
} PerseaTagScore;

/**
 * persea_tagger_score:
 * @image: [dim], unit length, finite
 * @scores: (out caller-allocates): one for each tag and heading of the vocabulary, in its order;
 *   headings have the score -1
 */
void persea_tagger_score (PerseaTagger   *tagger,
                          const float    *image,
                          PerseaTagScore *scores);

/**
 * PerseaTagChoice:
 * @top: at most so many; 0: no limit
 * @threshold: scores from here on are taken, unless a tag has its own cut
 */
typedef struct
{
  unsigned top;
  float    threshold;
} PerseaTagChoice;

/**
 * persea_tagger_choose:
 * @scores: as persea_tagger_score() gave them
 *
 * What to show and write: a tag is left out where one below it in the hierarchy is taken, since
 * that one says it, too.
 *
 * Returns: (transfer full) (element-type PerseaTagScore): best score first, equal ones in the
 *   vocabulary's order
 */
GArray *persea_tagger_choose (PerseaTagger          *tagger,
                              const PerseaTagScore  *scores,
                              const PerseaTagChoice *choice);

/**
 * PerseaTagExplanation:
 * @prompt: (transfer full): the text that fitted best, with the first template
 * @runner_up: index of the tag that fits next best and is neither above nor below it; -1: none.
 *   Where siblings exclude each other, one of these
 * @margin: difference of the two similarities; 0 without a runner-up
 * @rank: how many background words fit better, plus 1
 * @n_background: how many there are
 * @nearest: (transfer none): the background word that fits best
 * @nearest_similarity: its cosine
 */
typedef struct
{
  char       *prompt;
  int         runner_up;
  float       margin;
  unsigned    rank;
  unsigned    n_background;
  const char *nearest;
  float       nearest_similarity;
} PerseaTagExplanation;

/**
 * persea_tagger_explain:
 * @image: the picture
 * @scores: as persea_tagger_score() gave them
 * @tag: which one
 * @explanation: (out caller-allocates): to be cleared with persea_tag_explanation_clear()
 */
void persea_tagger_explain (PerseaTagger         *tagger,
                            const float          *image,
                            const PerseaTagScore *scores,
                            unsigned              tag,
                            PerseaTagExplanation *explanation);

void persea_tag_explanation_clear (PerseaTagExplanation *explanation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaTagger, persea_tagger_unref)

G_END_DECLS
