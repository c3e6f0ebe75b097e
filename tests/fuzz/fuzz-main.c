/* fuzz-main.c - runs a fuzz target on files, without a fuzzer
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Usage: fuzz-TARGET FILE|FOLDER…
 *
 * Each file is tried as it is, cut at many places, and with bytes changed, swapped and doubled.
 * What is tried depends on the file's content only.
 */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include <glib.h>

#define FUZZ_VARIANTS 400

/* A copy of exactly the size, so that a sanitizer sees whoever reads beyond */
static void
fuzz_try (const uint8_t *data, size_t size)
{
  g_autofree uint8_t *copy = g_malloc (MAX (size, 1));

  if (size > 0)
    memcpy (copy, data, size);
  LLVMFuzzerTestOneInput (copy, size);
}

static uint32_t
fuzz_next (uint32_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* Changes one thing in @data, which has room for twice @size; returns the new size */
static size_t
fuzz_damage (uint8_t *data, size_t size, uint32_t *state)
{
  static const uint8_t odd[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '{', '[', '"', '(', '.', '}' };
  size_t at = fuzz_next (state) % size;
  size_t length = MIN (1 + fuzz_next (state) % 8, size - at);

  switch (fuzz_next (state) % 5)
    {
    case 0:
      return at;
    case 1:
      data[at] = odd[fuzz_next (state) % sizeof odd];
      return size;
    case 2:
      data[at] ^= (uint8_t) (1u << (fuzz_next (state) % 8));
      return size;
    case 3:
      memset (data + at, odd[fuzz_next (state) % 5], length);
      return size;
    default:
      memmove (data + at + length, data + at, size - at);
      return size + length;
    }
}

static gboolean
fuzz_file (const char *path)
{
  g_autofree char *content = NULL;
  g_autofree uint8_t *variant = NULL;
  g_autoptr (GError) error = NULL;
  uint32_t state = 2463534242u;
  size_t length;

  if (!g_file_get_contents (path, &content, &length, &error))
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
  fuzz_try ((const uint8_t *) content, length);
  variant = g_malloc (2 * length + 32);
  for (int i = 0; i < FUZZ_VARIANTS && length > 0; i++)
    {
      size_t size = length;

      memcpy (variant, content, length);
      for (int j = 0; j <= i % 3 && size > 0 && size <= 2 * length; j++)
        size = fuzz_damage (variant, size, &state);
      fuzz_try (variant, size);
    }
  return TRUE;
}

static gboolean
fuzz_path (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  gboolean done = TRUE;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return fuzz_file (path);
  dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      done = (g_file_test (inner, G_FILE_TEST_IS_DIR) || fuzz_file (inner)) && done;
    }
  return done;
}

int
main (int argc, char **argv)
{
  gboolean done = argc > 1;

  for (int i = 1; i < argc; i++)
    done = fuzz_path (argv[i]) && done;
  return done ? 0 : 1;
}
