/* persea-tagger-build.c - from words to a tagger
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Expands every word with its prompts, has them encoded, and works out once what does not depend
 * on the picture.
 */
#include "config.h"

#include "persea-tagger-private.h"

#include <math.h>
#include <string.h>

/* about how many tags of a large vocabulary fit a picture */
#define TAGS_PER_PICTURE 6.0f
#define MAX_PRIOR 0.25f

/* All prompts in the order of the table's rows, a group for each word. */
typedef struct
{
  GPtrArray *texts; /* of char *, owned */
  GArray    *ends;  /* of size_t */
  GArray    *tags;  /* of unsigned: tag of each group that is a word of one */
} Prompts;

static void
prompts_clear (Prompts *prompts)
{
  g_ptr_array_unref (prompts->texts);
  g_array_unref (prompts->ends);
  g_array_unref (prompts->tags);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Prompts, prompts_clear)

static void
prompts_add_word (Prompts *prompts, const char *const *templates, const char *word)
{
  size_t end;

  for (; *templates; templates++)
    g_ptr_array_add (prompts->texts, persea_vocabulary_expand_prompt (*templates, word));
  end = prompts->texts->len;
  g_array_append_val (prompts->ends, end);
}

/* Its own prompts: those with a "{}" are templates for each of its words.  A prompt without one
 * says all by itself, so the words add nothing. */
static void
prompts_add_tag (Prompts *prompts, PerseaVocabulary *vocabulary, unsigned index)
{
  const PerseaVocabularyTag *tag = persea_vocabulary_get_tag (vocabulary, index);
  const char *const *templates = tag->prompts[0] ? (const char *const *) tag->prompts
                                                 : persea_vocabulary_get_templates (vocabulary);
  gboolean has_hole = FALSE;

  if (tag->heading)
    return;
  for (const char *const *prompt = templates; *prompt; prompt++)
    has_hole |= strstr (*prompt, "{}") != NULL;
  for (char **word = tag->words; *word; word++)
    {
      prompts_add_word (prompts, templates, *word);
      g_array_append_val (prompts->tags, index);
      if (!has_hole)
        break;
    }
}

static void
prompts_init (Prompts *prompts, PerseaVocabulary *vocabulary, const char *const *background)
{
  prompts->texts = g_ptr_array_new_with_free_func (g_free);
  prompts->ends = g_array_new (FALSE, FALSE, sizeof (size_t));
  prompts->tags = g_array_new (FALSE, FALSE, sizeof (unsigned));
  for (unsigned i = 0; i < persea_vocabulary_get_n_tags (vocabulary); i++)
    prompts_add_tag (prompts, vocabulary, i);
  for (; *background; background++)
    prompts_add_word (prompts, persea_vocabulary_get_templates (vocabulary), *background);
}

static char *
prompts_make_identity (const Prompts *prompts)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (unsigned i = 0; i < prompts->texts->len; i++)
    {
      const char *text = prompts->texts->pdata[i];

      g_checksum_update (checksum, (const guchar *) text, strlen (text) + 1);
    }
  return g_strndup (g_checksum_get_string (checksum), 16);
}

/* Closeness of each row to the mean of the population, less its mean. */
static void
tagger_measure_hubness (PerseaTagger *tagger)
{
  size_t n = persea_text_table_get_n_rows (tagger->table);
  size_t dim = persea_text_table_get_dim (tagger->table);
  const float *rows = persea_text_table_get_rows (tagger->table);
  size_t first = n - tagger->n_population;
  g_autofree float *mean = g_new0 (float, dim);
  double level = 0;
  double variance = 0;

  for (size_t row = first; row < n; row++)
    for (size_t i = 0; i < dim; i++)
      mean[i] += rows[row * dim + i];
  persea_clip_normalize (mean, 1, dim);
  persea_text_table_compare (tagger->table, mean, tagger->hubness);
  for (size_t row = first; row < n; row++)
    level += tagger->hubness[row];
  level /= tagger->n_population;
  for (size_t row = 0; row < n; row++)
    tagger->hubness[row] -= (float) level;
  for (size_t row = first; row < n; row++)
    variance += tagger->hubness[row] * tagger->hubness[row];
  tagger->hub_variance = (float) (variance / tagger->n_population);
}

static float
vocabulary_get_prior (PerseaVocabulary *vocabulary)
{
  unsigned n = 0;
  float prior;

  for (unsigned i = 0; i < persea_vocabulary_get_n_tags (vocabulary); i++)
    if (!persea_vocabulary_get_tag (vocabulary, i)->heading)
      n++;
  prior = MIN (TAGS_PER_PICTURE / n, MAX_PRIOR);
  return logf (prior / (1 - prior));
}

static PerseaTagger *
tagger_new (PerseaTextTable   *table,
            PerseaVocabulary  *vocabulary,
            const char *const *background,
            const Prompts     *prompts,
            float              logit_scale)
{
  PerseaTagger *tagger = g_atomic_rc_box_new0 (PerseaTagger);

  tagger->vocabulary = persea_vocabulary_ref (vocabulary);
  tagger->table = persea_text_table_ref (table);
  tagger->background = g_strdupv ((char **) background);
  tagger->identity = prompts_make_identity (prompts);
  tagger->n_words = prompts->tags->len;
  tagger->n_background = g_strv_length (tagger->background);
  tagger->n_population = tagger->n_background >= PERSEA_TAGGER_MIN_BACKGROUND
                         ? tagger->n_background
                         : tagger->n_background + tagger->n_words;
  tagger->word_tags = g_memdup2 (prompts->tags->data, tagger->n_words * sizeof *tagger->word_tags);
  tagger->hubness = g_new (float, tagger->n_words + tagger->n_background);
  tagger->logit_scale = logit_scale;
  tagger->prior = vocabulary_get_prior (vocabulary);
  tagger_measure_hubness (tagger);
  return tagger;
}

PerseaTagger *
persea_tagger_new_from_table (PerseaTextTable   *table,
                              PerseaVocabulary  *vocabulary,
                              const char *const *background,
                              float              logit_scale)
{
  g_auto (Prompts) prompts = { NULL };

  prompts_init (&prompts, vocabulary, background);
  g_return_val_if_fail (persea_text_table_get_n_rows (table) == prompts.ends->len, NULL);
  return tagger_new (table, vocabulary, background, &prompts, logit_scale);
}

PerseaTagger *
persea_tagger_new (PerseaClip                    *clip,
                   PerseaVocabulary              *vocabulary,
                   const char *const             *background,
                   const PerseaTextTableOptions  *options,
                   GCancellable                  *cancellable,
                   GError                       **error)
{
  static const char *const nothing[] = { NULL };
  const char *const *own = persea_vocabulary_get_background (vocabulary);
  g_auto (Prompts) prompts = { NULL };
  g_autoptr (PerseaTextTable) table = NULL;
  PerseaTextGroups groups;

  if (*own || !background)
    background = own;
  if (!*background)
    background = nothing;
  prompts_init (&prompts, vocabulary, background);
  groups = (PerseaTextGroups) {
    .texts = (const char *const *) prompts.texts->pdata,
    .n_texts = prompts.texts->len,
    .ends = (const size_t *) prompts.ends->data,
    .n_groups = prompts.ends->len,
  };
  table = persea_text_table_ensure (clip, &groups, options, cancellable, error);
  if (!table)
    return NULL;
  return tagger_new (table, vocabulary, background, &prompts, persea_clip_get_logit_scale (clip));
}
