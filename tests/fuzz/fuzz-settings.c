/* fuzz-settings.c - persea.conf, and the patterns of .perseaignore
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "fuzz.h"
#include "persea-ignore-file.h"
#include "persea-settings.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (PerseaSettings) settings = persea_settings_parse ("/folder/persea.conf", text);
  g_autoptr (PerseaSettings) again = persea_settings_parse ("/folder/persea.conf", text);
  char *line = strchr (text, '\n');

  /* there was nothing before that these did not have */
  persea_settings_keep (again, settings);
  for (unsigned i = 0; i < settings->watches->len; i++)
    {
      const PerseaWatchSettings *watch = g_ptr_array_index (settings->watches, i);

      g_assert_true (g_path_is_absolute (watch->folder));
      g_assert_true (persea_settings_find_watch (again, watch->name) != NULL);
    }
  for (unsigned i = 0; i < settings->broken->len; i++)
    g_assert_nonnull (((PerseaWatchSettings *) g_ptr_array_index (settings->broken, i))->error);
  if (line != NULL)
    {
      *line = '\0';
      persea_ignore_pattern_fits (text, line + 1);
    }
  return 0;
}
