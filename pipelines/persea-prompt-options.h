/* persea-prompt-options.h - how a prompt of a watched folder is drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The same options with the same names in persea.conf, for all prompts of a folder, and in prompt
 * files (persea-prompt-file.h), for one of them.
 */
#pragma once

#include "persea-draw-job.h"

G_BEGIN_DECLS

#define PERSEA_PROMPT_MAX_COUNT 1000 /* pictures of one prompt */

/**
 * PerseaPromptOptions:
 * @model: (nullable): name or path of a drawing model
 * @negative: (nullable): what the pictures are not to be
 * @count: pictures that are kept
 * @candidates: how many are drawn to choose from; 0: as many as suit @count
 * @has_seed: whether @seed counts; otherwise each prompt has a seed of its own
 * @seed: of the random numbers
 * @size: pixels of each side; 0: the codebook's own
 * @guidance: strength of the prompt; below 0, as in what follows: what suits the model
 * @temperature: of the sampling
 * @top_k: so many codes at most to choose from, 0 for all
 * @top_p: their share of the probability at least
 */
typedef struct
{
  char    *model;
  char    *negative;
  unsigned count;
  unsigned candidates;
  gboolean has_seed;
  uint64_t seed;
  unsigned size;
  float    guidance;
  float    temperature;
  int      top_k;
  float    top_p;
} PerseaPromptOptions;

/* one picture, everything else as it suits the model */
void persea_prompt_options_init (PerseaPromptOptions *options);
void persea_prompt_options_clear (PerseaPromptOptions *options);
void persea_prompt_options_copy (PerseaPromptOptions *to, const PerseaPromptOptions *from);

/**
 * persea_prompt_options_set:
 * @key: "model", "negative", "count", "candidates", "seed", "size", "guidance", "temperature",
 *   "top-k" or "top-p"
 * @value: UTF-8; a fraction has a point; an empty value changes nothing
 * @error: return location; %PERSEA_ERROR_NOT_FOUND if there is no such key,
 *   %PERSEA_ERROR_INVALID_ARGUMENT with what is expected and what was found
 */
gboolean persea_prompt_options_set (PerseaPromptOptions  *options,
                                    const char           *key,
                                    const char           *value,
                                    GError              **error);

/* whether there is such a key */
gboolean persea_prompt_options_knows (const char *key);

/**
 * persea_prompt_options_check:
 *
 * Whether the options fit each other: fewer candidates than pictures do not.
 */
gboolean persea_prompt_options_check (const PerseaPromptOptions *options, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PerseaPromptOptions, persea_prompt_options_clear)

G_END_DECLS
