/* persea-folder-rules.c - tables of suffixes and markers
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-folder-rules.h"

#include <string.h>

/* The kinds of persea-image-kind.c.  What a raw file shows is for a raw developer to say. */
static const char *const picture_suffixes[] = {
  "avif", "avifs", "gif",  "heic", "heics", "heif", "heifs", "hif",
  "jfif", "jpe",   "jpeg", "jpg",  "png",   "tif",  "tiff",  "webp",
};

/* What libvips' other decoders make pictures of; text, PDF and formats of science are not picked up by the way. */
static const char *const untrusted_suffixes[] = {
  "bmp", "exr", "hdr", "ico", "j2c", "j2k", "jp2", "jpf", "jpx", "jxl", "pbm",
  "pcx", "pgm", "pnm", "ppm", "psd", "svg", "svgz", "tga", "xcf",
};

static const char *const markers[] = { ".nomedia", ".noimage", ".trackerignore" };

static gboolean
has_suffix (const char *name, const char *const *suffixes, size_t n)
{
  const char *suffix = strrchr (name, '.');

  /* "x.jpg~", "x.jpg.part", "x.jpg.crdownload" and "x.jpg.xmp" all end otherwise than a picture */
  if (name[0] == '.' || suffix == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    if (g_ascii_strcasecmp (suffix + 1, suffixes[i]) == 0)
      return TRUE;
  return FALSE;
}

gboolean
persea_folder_rules_wants_file (const char *name)
{
  return has_suffix (name, picture_suffixes, G_N_ELEMENTS (picture_suffixes));
}

gboolean
persea_folder_rules_wants_untrusted (const char *name)
{
  return has_suffix (name, untrusted_suffixes, G_N_ELEMENTS (untrusted_suffixes));
}

gboolean
persea_folder_rules_wants_folder (const char *name)
{
  return name[0] != '.';
}

gboolean
persea_folder_rules_is_marker (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (markers); i++)
    if (strcmp (name, markers[i]) == 0)
      return TRUE;
  return FALSE;
}

gboolean
persea_folder_rules_is_marked (const char *folder)
{
  for (size_t i = 0; i < G_N_ELEMENTS (markers); i++)
    {
      g_autofree char *path = g_build_filename (folder, markers[i], NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return TRUE;
    }
  return FALSE;
}
