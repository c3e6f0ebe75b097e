/* persea-cl-cache.c - built kernels on disk
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A file is a magic line, the SHA-256 of the rest in hexadecimal, a line break, and the rest.
 */
#include "config.h"

#include "persea-cl-cache.h"

#include <string.h>

#include "persea-cache.h"

#define MAGIC "persea kernels 1\n"
#define DIGEST_SIZE 64
#define HEADER_SIZE (sizeof MAGIC - 1 + DIGEST_SIZE + 1)
#define MAX_FILE_SIZE (64 << 20)

static char *
cache_path (const char *folder, const char *key)
{
  g_autofree char *name = g_strconcat (key, ".bin", NULL);

  return g_build_filename (folder, name, NULL);
}

GBytes *
persea_cl_cache_load (const char *folder, const char *key)
{
  g_autofree char *path = cache_path (folder, key);
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);

  if (!file)
    return NULL;

  size_t size = g_mapped_file_get_length (file);
  const char *data = g_mapped_file_get_contents (file);
  if (size <= HEADER_SIZE || size > MAX_FILE_SIZE || memcmp (data, MAGIC, sizeof MAGIC - 1) != 0)
    {
      g_debug ("%s: not a file of built kernels", path);
      return NULL;
    }

  const char *contents = data + HEADER_SIZE;
  g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) contents,
                                                         size - HEADER_SIZE);
  if (memcmp (data + sizeof MAGIC - 1, digest, DIGEST_SIZE) != 0)
    {
      g_debug ("%s: damaged", path);
      return NULL;
    }
  persea_cache_mark (path);
  return g_bytes_new (contents, size - HEADER_SIZE);
}

void
persea_cl_cache_save (const char *folder, const char *key, const void *data, size_t size)
{
  g_autofree char *path = cache_path (folder, key);
  g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);
  g_autoptr (GString) file = g_string_sized_new (HEADER_SIZE + size);
  g_autoptr (GError) error = NULL;

  g_string_append (file, MAGIC);
  g_string_append (file, digest);
  g_string_append_c (file, '\n');
  g_string_append_len (file, data, size);
  g_mkdir_with_parents (folder, 0700);
  if (!g_file_set_contents (path, file->str, file->len, &error))
    g_debug ("built kernels are not kept: %s", error->message);
}
