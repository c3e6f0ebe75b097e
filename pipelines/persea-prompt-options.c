/* persea-prompt-options.c - one table of keys
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-prompt-options.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"

typedef enum
{
  VALUE_TEXT,     /* char * */
  VALUE_COUNT,    /* unsigned */
  VALUE_NUMBER,   /* int */
  VALUE_FRACTION, /* float */
  VALUE_SEED,     /* uint64_t, and has_seed */
} ValueKind;

static const struct
{
  const char *key;
  ValueKind   kind;
  size_t      offset;
  double      min, max;
} option_keys[] = {
  { "model", VALUE_TEXT, offsetof (PerseaPromptOptions, model), 0, 0 },
  { "negative", VALUE_TEXT, offsetof (PerseaPromptOptions, negative), 0, 0 },
  { "count", VALUE_COUNT, offsetof (PerseaPromptOptions, count), 1, PERSEA_PROMPT_MAX_COUNT },
  { "candidates", VALUE_COUNT, offsetof (PerseaPromptOptions, candidates), 1,
    PERSEA_DRAW_MAX_CANDIDATES },
  { "seed", VALUE_SEED, offsetof (PerseaPromptOptions, seed), 0, 0 },
  { "size", VALUE_COUNT, offsetof (PerseaPromptOptions, size), 16, PERSEA_DRAW_MAX_SIZE },
  { "guidance", VALUE_FRACTION, offsetof (PerseaPromptOptions, guidance), 0, 100 },
  { "temperature", VALUE_FRACTION, offsetof (PerseaPromptOptions, temperature), 0, 100 },
  { "top-k", VALUE_NUMBER, offsetof (PerseaPromptOptions, top_k), 0, 1000000 },
  { "top-p", VALUE_FRACTION, offsetof (PerseaPromptOptions, top_p), 0.0001, 1 },
};

void
persea_prompt_options_init (PerseaPromptOptions *options)
{
  *options = (PerseaPromptOptions) {
    .count = 1, .guidance = -1, .temperature = -1, .top_k = -1, .top_p = -1,
  };
}

void
persea_prompt_options_clear (PerseaPromptOptions *options)
{
  g_clear_pointer (&options->model, g_free);
  g_clear_pointer (&options->negative, g_free);
}

void
persea_prompt_options_copy (PerseaPromptOptions *to, const PerseaPromptOptions *from)
{
  *to = *from;
  to->model = g_strdup (from->model);
  to->negative = g_strdup (from->negative);
}

/* the row of option_keys[], or -1 */
static int
options_find (const char *key)
{
  for (size_t i = 0; i < G_N_ELEMENTS (option_keys); i++)
    if (strcmp (key, option_keys[i].key) == 0)
      return i;
  return -1;
}

gboolean
persea_prompt_options_knows (const char *key)
{
  return options_find (key) >= 0;
}

static gboolean
options_parse_seed (const char *value, uint64_t *seed, GError **error)
{
  if (g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, seed, NULL))
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("seed: expected a number from 0 to 18446744073709551615, found “%s”"), value);
  return FALSE;
}

/* @whole: no fractions */
static gboolean
options_parse_number (int row, const char *value, gboolean whole, double *number, GError **error)
{
  char *end = NULL;

  *number = g_ascii_strtod (value, &end);
  if (end != value && *end == '\0' && *number >= option_keys[row].min
      && *number <= option_keys[row].max && (!whole || *number == floor (*number)))
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected a number from %g to %g, found “%s”"), option_keys[row].key,
               option_keys[row].min, option_keys[row].max, value);
  return FALSE;
}

/* @value: not empty, blanks stripped */
static gboolean
options_set (PerseaPromptOptions *options, int row, const char *value, GError **error)
{
  char *member = (char *) options + option_keys[row].offset;
  ValueKind kind = option_keys[row].kind;
  double number = 0;

  if (kind == VALUE_TEXT)
    {
      g_free (*(char **) member);
      *(char **) member = g_strdup (value);
      return TRUE;
    }
  if (kind == VALUE_SEED)
    {
      options->has_seed = options_parse_seed (value, (uint64_t *) member, error);
      return options->has_seed;
    }
  if (!options_parse_number (row, value, kind != VALUE_FRACTION, &number, error))
    return FALSE;
  if (kind == VALUE_COUNT)
    *(unsigned *) member = (unsigned) number;
  else if (kind == VALUE_NUMBER)
    *(int *) member = (int) number;
  else
    *(float *) member = (float) number;
  return TRUE;
}

gboolean
persea_prompt_options_set (PerseaPromptOptions  *options,
                           const char           *key,
                           const char           *value,
                           GError              **error)
{
  g_autofree char *stripped = NULL;
  int row = options_find (key);

  if (row < 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("%s: no such option"), key);
      return FALSE;
    }
  if (!g_utf8_validate (value, -1, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: not UTF-8"), key);
      return FALSE;
    }
  stripped = g_strstrip (g_strdup (value));
  return stripped[0] == '\0' || options_set (options, row, stripped, error);
}

gboolean
persea_prompt_options_check (const PerseaPromptOptions *options, GError **error)
{
  if (options->candidates == 0 || options->candidates >= options->count)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("candidates: expected at least %u, as many as there will be pictures; found %u"),
               options->count, options->candidates);
  return FALSE;
}
