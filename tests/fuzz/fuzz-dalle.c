/* fuzz-dalle.c - the configuration and the weights of a DALL·E mini
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The input is a config.json, a byte 0, and a checkpoint in any container, with the names of Flax.
 */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "models/persea-dalle-load.h"

/* a file in memory; returns its path */
static char *
write_file (int file, const uint8_t *data, size_t size)
{
  g_assert (ftruncate (file, 0) == 0);
  g_assert (pwrite (file, data, size, 0) == (ssize_t) size);
  return g_strdup_printf ("/proc/self/fd/%d", file);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const uint8_t *end = memchr (data, 0, size);
  size_t config_size = end ? (size_t) (end - data) : 0;
  size_t weights_start = end ? config_size + 1 : 0;
  g_autofree char *folder = g_dir_make_tmp ("persea-fuzz-XXXXXX", NULL);
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);
  int file = memfd_create ("weights", MFD_CLOEXEC);
  g_autofree char *weights = write_file (file, data + weights_start, size - weights_start);
  char *paths[] = { weights, NULL };

  g_file_set_contents (config, (const char *) data, config_size, NULL);
  PerseaModelFiles files = { .family = &persea_family_dalle.family, .name = (char *) "fuzz",
                             .folder = folder, .weights = paths, .config = config };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  PerseaModelFacts facts;

  if (!persea_family_dalle.family.describe (&files, &facts, problems, &error))
    g_assert_nonnull (error);
  close (file);
  unlink (config);
  rmdir (folder);
  return 0;
}
