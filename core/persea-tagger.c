/* persea-tagger.c - from similarities to tags that people keep
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The arithmetic; the formulas are in the header.  How a tagger is made from words is in
 * persea-tagger-build.c.
 */
#include "config.h"

#include "persea-tagger-private.h"

#include <math.h>
#include <string.h>

/* Limits of d: a model whose logits are spread less knows too little to be sure of anything;
 * above, a normal distribution promises more than its tail holds. */
#define MIN_SPREAD 1.0f
#define MAX_SPREAD 4.0f

/* median absolute deviation of a normal distribution with deviation 1, inverted */
#define MAD_TO_DEVIATION 1.4826f

/* What the background says about one picture. */
typedef struct
{
  float level; /* of a word that is no hub and does not fit: cosine */
  float slope; /* cosine per hubness */
  float spread;
} Baseline;

static int
float_compare (gconstpointer a, gconstpointer b)
{
  float first = *(const float *) a;
  float second = *(const float *) b;

  return first < second ? -1 : first > second;
}

static float
median (float *values, size_t n)
{
  qsort (values, n, sizeof *values, float_compare);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void
baseline_fit (PerseaTagger *tagger, const float *similarities, Baseline *baseline)
{
  size_t n = tagger->n_population;
  size_t first = tagger->n_words + tagger->n_background - n;
  const float *hubness = tagger->hubness + first;
  g_autofree float *rest = g_new (float, n);
  double mean = 0;
  double covariance = 0;

  similarities += first;
  for (size_t i = 0; i < n; i++)
    mean += similarities[i];
  mean /= n;
  for (size_t i = 0; i < n; i++)
    covariance += (similarities[i] - mean) * hubness[i];
  baseline->slope = tagger->hub_variance > 0 ? (float) (covariance / n / tagger->hub_variance) : 0;
  /* A hub cannot be farther from a picture for being one; with few words the fit may say so. */
  baseline->slope = CLAMP (baseline->slope, 0, 1);

  for (size_t i = 0; i < n; i++)
    rest[i] = similarities[i] - baseline->slope * hubness[i];
  baseline->level = median (rest, n);
  for (size_t i = 0; i < n; i++)
    rest[i] = fabsf (rest[i] - baseline->level);
  baseline->spread = MAX (median (rest, n) * MAD_TO_DEVIATION, MIN_SPREAD / tagger->logit_scale);
}

static const PerseaVocabularyTag *
tagger_get_parent (PerseaTagger *tagger, unsigned index)
{
  int parent = persea_vocabulary_get_tag (tagger->vocabulary, index)->parent;

  return parent < 0 ? NULL : persea_vocabulary_get_tag (tagger->vocabulary, parent);
}

/* [tags]: each tag's share in the softmax of @logits among the children of its parent; 1 at the
 * top, 0 for headings, whose logits are -INFINITY */
static float *
shares_among_siblings (PerseaTagger *tagger, const float *logits)
{
  unsigned n = persea_vocabulary_get_n_tags (tagger->vocabulary);
  g_autofree double *totals = g_new0 (double, n);
  g_autofree float *largest = g_new (float, n);
  float *shares = g_new (float, n);

  for (unsigned i = 0; i < n; i++)
    largest[i] = -INFINITY;
  for (unsigned i = 0; i < n; i++)
    {
      int parent = persea_vocabulary_get_tag (tagger->vocabulary, i)->parent;

      if (parent >= 0)
        largest[parent] = MAX (largest[parent], logits[i]);
    }
  for (unsigned i = 0; i < n; i++)
    {
      int parent = persea_vocabulary_get_tag (tagger->vocabulary, i)->parent;

      shares[i] = parent < 0 ? 1 : logits[i] > -INFINITY ? expf (logits[i] - largest[parent]) : 0;
      if (parent >= 0)
        totals[parent] += shares[i];
    }
  for (unsigned i = 0; i < n; i++)
    {
      int parent = persea_vocabulary_get_tag (tagger->vocabulary, i)->parent;

      if (parent >= 0 && totals[parent] > 0)
        shares[i] = (float) (shares[i] / totals[parent]);
    }
  return shares;
}

/* What siblings know of each other. */
static void
scores_apply_shares (PerseaTagger *tagger, const float *logits, PerseaTagScore *scores)
{
  unsigned n = persea_vocabulary_get_n_tags (tagger->vocabulary);
  g_autofree float *shares = shares_among_siblings (tagger, logits);

  for (unsigned i = 0; i < n; i++)
    {
      const PerseaVocabularyTag *parent = tagger_get_parent (tagger, i);

      if (scores[i].score < 0 || !parent)
        continue;
      if (parent->choose > 0)
        {
          float m = 2.0f * parent->choose - 1;

          scores[i].score = m * shares[i] / (1 + (m - 1) * shares[i]);
        }
      else if (parent->exclusive)
        scores[i].score *= shares[i];
    }
}

void
persea_tagger_score (PerseaTagger *tagger, const float *image, PerseaTagScore *scores)
{
  unsigned n = persea_vocabulary_get_n_tags (tagger->vocabulary);
  g_autofree float *similarities = g_new (float, tagger->n_words + tagger->n_background);
  g_autofree float *logits = g_new (float, n);
  Baseline baseline;
  unsigned word = 0;
  float d;

  persea_text_table_compare (tagger->table, image, similarities);
  baseline_fit (tagger, similarities, &baseline);
  d = MIN (tagger->logit_scale * baseline.spread, MAX_SPREAD);

  for (unsigned i = 0; i < n; i++)
    {
      scores[i] = (PerseaTagScore) { .tag = i, .score = -1, .deviation = -INFINITY };
      logits[i] = -INFINITY;
    }
  for (size_t row = 0; row < tagger->n_words; row++, word++)
    {
      PerseaTagScore *score = &scores[tagger->word_tags[row]];
      float rest = similarities[row] - baseline.slope * tagger->hubness[row] - baseline.level;
      float deviation = rest / baseline.spread;

      if (row == 0 || tagger->word_tags[row - 1] != tagger->word_tags[row])
        word = 0;
      if (deviation <= score->deviation)
        continue;
      score->deviation = deviation;
      score->similarity = similarities[row];
      score->word = word;
    }
  for (unsigned i = 0; i < n; i++)
    if (scores[i].deviation > -INFINITY)
      {
        const PerseaVocabularyTag *parent = tagger_get_parent (tagger, i);

        logits[i] = d * scores[i].deviation - d * d / 2 + tagger->prior;
        scores[i].score = 1 / (1 + expf (-logits[i]));
        if (parent && parent->choose > 0)
          logits[i] = tagger->logit_scale * scores[i].similarity;
      }
  scores_apply_shares (tagger, logits, scores);
}

static int
score_compare (gconstpointer a, gconstpointer b)
{
  const PerseaTagScore *first = a;
  const PerseaTagScore *second = b;

  if (first->score != second->score)
    return first->score > second->score ? -1 : 1;
  return first->tag < second->tag ? -1 : first->tag > second->tag;
}

/* @above is @tag or one of its parents */
static gboolean
is_above (PerseaVocabulary *vocabulary, unsigned above, unsigned tag)
{
  for (int i = (int) tag; i >= 0; i = persea_vocabulary_get_tag (vocabulary, i)->parent)
    if ((unsigned) i == above)
      return TRUE;
  return FALSE;
}

GArray *
persea_tagger_choose (PerseaTagger          *tagger,
                      const PerseaTagScore  *scores,
                      const PerseaTagChoice *choice)
{
  unsigned n = persea_vocabulary_get_n_tags (tagger->vocabulary);
  GArray *chosen = g_array_new (FALSE, FALSE, sizeof (PerseaTagScore));
  g_autofree gboolean *implied = g_new0 (gboolean, n);

  /* children come after their parents, so backwards every tag is judged before what it implies */
  for (unsigned i = n; i-- > 0;)
    {
      const PerseaVocabularyTag *tag = persea_vocabulary_get_tag (tagger->vocabulary, i);
      float cut = tag->cut >= 0 ? tag->cut : choice->threshold;

      if (!implied[i] && (scores[i].score < 0 || scores[i].score < cut))
        continue;
      if (!implied[i])
        g_array_append_val (chosen, scores[i]);
      if (tag->parent >= 0)
        implied[tag->parent] = TRUE;
    }
  g_array_sort (chosen, score_compare);
  if (choice->top > 0 && chosen->len > choice->top)
    g_array_set_size (chosen, choice->top);
  return chosen;
}

/* The tag that fits next best; where siblings exclude each other, among these.  -1: none. */
static int
find_runner_up (PerseaTagger *tagger, const PerseaTagScore *scores, unsigned tag)
{
  const PerseaVocabularyTag *parent = tagger_get_parent (tagger, tag);
  gboolean siblings_only = parent && (parent->exclusive || parent->choose > 0);
  unsigned n = persea_vocabulary_get_n_tags (tagger->vocabulary);
  int best = -1;

  for (unsigned i = 0; i < n; i++)
    if (scores[i].score >= 0 && scores[i].deviation <= scores[tag].deviation
        && !is_above (tagger->vocabulary, i, tag) && !is_above (tagger->vocabulary, tag, i)
        && (!siblings_only || tagger_get_parent (tagger, i) == parent)
        && (best < 0 || scores[i].deviation > scores[best].deviation))
      best = (int) i;
  return best;
}

void
persea_tagger_explain (PerseaTagger         *tagger,
                       const float          *image,
                       const PerseaTagScore *scores,
                       unsigned              tag,
                       PerseaTagExplanation *explanation)
{
  const PerseaVocabularyTag *entry = persea_vocabulary_get_tag (tagger->vocabulary, tag);
  const char *prompt = entry->prompts[0] ? entry->prompts[0]
                                         : persea_vocabulary_get_templates (tagger->vocabulary)[0];
  g_autofree float *similarities = g_new (float, tagger->n_words + tagger->n_background);

  memset (explanation, 0, sizeof *explanation);
  explanation->prompt = persea_vocabulary_expand_prompt (prompt, entry->words[scores[tag].word]);
  explanation->runner_up = find_runner_up (tagger, scores, tag);
  if (explanation->runner_up >= 0)
    explanation->margin = scores[tag].similarity - scores[explanation->runner_up].similarity;

  persea_text_table_compare (tagger->table, image, similarities);
  explanation->rank = 1;
  explanation->n_background = (unsigned) tagger->n_background;
  explanation->nearest_similarity = -INFINITY;
  for (size_t i = 0; i < tagger->n_background; i++)
    {
      float similarity = similarities[tagger->n_words + i];

      if (similarity > scores[tag].similarity)
        explanation->rank++;
      if (similarity > explanation->nearest_similarity)
        {
          explanation->nearest_similarity = similarity;
          explanation->nearest = tagger->background[i];
        }
    }
}

void
persea_tag_explanation_clear (PerseaTagExplanation *explanation)
{
  g_clear_pointer (&explanation->prompt, g_free);
}

PerseaTagger *
persea_tagger_ref (PerseaTagger *tagger)
{
  return g_atomic_rc_box_acquire (tagger);
}

static void
tagger_clear (gpointer data)
{
  PerseaTagger *tagger = data;

  g_clear_pointer (&tagger->vocabulary, persea_vocabulary_unref);
  g_clear_pointer (&tagger->table, persea_text_table_unref);
  g_clear_pointer (&tagger->background, g_strfreev);
  g_clear_pointer (&tagger->identity, g_free);
  g_clear_pointer (&tagger->word_tags, g_free);
  g_clear_pointer (&tagger->hubness, g_free);
}

void
persea_tagger_unref (PerseaTagger *tagger)
{
  if (tagger)
    g_atomic_rc_box_release_full (tagger, tagger_clear);
}

PerseaVocabulary *
persea_tagger_get_vocabulary (PerseaTagger *tagger)
{
  return tagger->vocabulary;
}

const char *
persea_tagger_get_identity (PerseaTagger *tagger)
{
  return tagger->identity;
}

size_t
persea_tagger_get_dim (PerseaTagger *tagger)
{
  return persea_text_table_get_dim (tagger->table);
}
