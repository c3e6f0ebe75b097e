/* fuzz-prompts.c - files that say what is to be drawn, in both kinds
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "fuzz.h"
#include "persea-prompt-file.h"

/* what whoever draws relies on */
static void
check_prompt (const PerseaPrompt *prompt, unsigned after)
{
  g_assert_cmpuint (prompt->line, >=, after);
  if (prompt->error)
    {
      g_assert_true (g_utf8_validate (prompt->error->message, -1, NULL));
      return;
    }
  g_assert_true (g_utf8_validate (prompt->text, -1, NULL));
  g_assert_cmpstr (prompt->text, !=, "");
  g_assert_nonnull (prompt->key);
  g_assert_true (persea_prompt_options_check (&prompt->options, NULL));
}

static void
parse (const char *path, const uint8_t *data, size_t size)
{
  PerseaPromptOptions defaults = { 0 };
  g_autoptr (GError) error = NULL;

  persea_prompt_options_init (&defaults);
  g_autoptr (GPtrArray) prompts
    = persea_prompt_file_parse (path, (const char *) data, size, &defaults, &error);
  if (!prompts)
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  for (unsigned i = 0; prompts && i < prompts->len; i++)
    {
      const PerseaPrompt *before = i > 0 ? prompts->pdata[i - 1] : NULL;

      check_prompt (prompts->pdata[i], before ? before->line : 1);
    }
  persea_prompt_options_clear (&defaults);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  parse ("a.txt", data, size);
  parse ("a.persea", data, size);
  return 0;
}
