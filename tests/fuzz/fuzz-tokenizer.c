/* fuzz-tokenizer.c - vocabularies in all layouts, and texts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The readers of vocabularies take paths, so the bytes are put into a file in memory.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "persea-bpe-files.h"
#include "persea-dalle-text.h"
#include "persea-dalle-tokenizer.h"
#include "persea-text-clean.h"

static void
fuzz_vocabularies (const uint8_t *data, size_t size)
{
  int fd = memfd_create ("vocabulary", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  PerseaBpe *loaded[3];

  if (fd < 0 || write (fd, data, size) != (ssize_t) size)
    g_error ("there is no file in memory");
  loaded[0] = persea_bpe_load_vocabulary (path, path, NULL);
  loaded[1] = persea_bpe_load_tokenizer_json (path, NULL);
  loaded[2] = persea_bpe_load_openai (path, NULL);
  persea_dalle_tokenizer_unref (persea_dalle_tokenizer_load (path, path, NULL, NULL));
  persea_bpe_free (persea_bpe_load_merges (path, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (loaded); i++)
    {
      g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

      if (loaded[i] && size > 0)
        persea_bpe_encode (loaded[i], data, MIN (size, 1000), ids);
      persea_bpe_free (loaded[i]);
    }
  close (fd);
}

/* whatever comes in, UTF-8 comes out */
static void
fuzz_text (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_utf8_make_valid ((const char *) data, MIN (size, 4096));
  g_autofree char *clean = persea_text_clean (text);

  g_autofree char *beginning = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), 200));
  g_autofree char *normalized = persea_dalle_text_normalize (beginning, NULL);
  g_auto (GStrv) words = persea_dalle_text_split (beginning);
  g_autofree char *joined = g_strjoinv (NULL, words);

  if (!g_utf8_validate (clean, -1, NULL))
    g_error ("a cleaned text is not UTF-8");
  if (!g_str_is_ascii (normalized))
    g_error ("a normalized text is not ASCII");
  if (strcmp (joined, beginning) != 0)
    g_error ("something was lost between words");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  fuzz_text (data, size);
  fuzz_vocabularies (data, size);
  return 0;
}
