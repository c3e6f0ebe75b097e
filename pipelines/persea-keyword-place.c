/* persea-keyword-place.c - where a picture's keywords are kept
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Sidecars and embedded XMP; extended attributes are in persea-xattr-tags.c.
 */
#include "config.h"

#include "persea-keyword-place.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "persea-error.h"
#include "persea-replacement.h"
#include "persea-xattr-tags.h"
#include "persea-xmp.h"

struct _PerseaKeywordPlace
{
  PerseaWrite      write;
  char            *path;
  gboolean         exists;
  PerseaFileStamp  stamp; /* when it was read */
  PerseaXmp       *xmp;   /* not for extended attributes */
  PerseaKeywords  *keywords;
};

const char *
persea_keyword_place_get_path (PerseaKeywordPlace *place)
{
  return place->path;
}

PerseaKeywords *
persea_keyword_place_get_keywords (PerseaKeywordPlace *place)
{
  return place->keywords;
}

void
persea_keyword_place_free (PerseaKeywordPlace *place)
{
  if (!place)
    return;

  g_free (place->path);
  persea_xmp_free (place->xmp);
  persea_keywords_free (place->keywords);
  g_free (place);
}

/* @picture without the suffix of its last part */
static char *
picture_get_stem (const char *picture)
{
  const char *name = strrchr (picture, '/');
  const char *dot;

  name = name ? name + 1 : picture;
  dot = strrchr (name, '.');
  return dot && dot != name ? g_strndup (picture, dot - picture) : g_strdup (picture);
}

static gboolean
place_read_sidecar (PerseaKeywordPlace *place, GError **error)
{
  char *contents;
  gsize size;
  g_autofree char *target = NULL;
  g_autofree char *name = g_filename_display_name (place->path);
  g_autoptr (GBytes) bytes = NULL;

  if (!place->exists)
    {
      place->xmp = persea_xmp_new ();
      return TRUE;
    }

  /* the stamp comes first, so that a change while reading is noticed */
  target = g_canonicalize_filename (place->path, NULL);
  if (g_file_test (target, G_FILE_TEST_IS_SYMLINK))
    {
      char *real = realpath (target, NULL);

      g_free (target);
      target = g_strdup (real ? real : place->path);
      free (real);
    }
  if (!persea_file_stamp_read (target, &place->stamp, error))
    return FALSE;
  if (place->stamp.size > PERSEA_XMP_MAX_BYTES)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: %" G_GINT64_FORMAT " bytes are too many for a sidecar", name, place->stamp.size);
      return FALSE;
    }
  if (!g_file_get_contents (target, &contents, &size, error))
    return FALSE;
  bytes = g_bytes_new_take (contents, size);
  place->xmp = persea_xmp_parse (bytes, error);
  if (!place->xmp)
    g_prefix_error (error, "%s: ", name);
  return place->xmp != NULL;
}

static PerseaKeywordPlace *
place_open (const char *path, PerseaWrite write, GError **error)
{
  g_autoptr (PerseaKeywordPlace) place = g_new0 (PerseaKeywordPlace, 1);

  place->write = write;
  place->path = g_strdup (path);
  place->exists = g_file_test (path, G_FILE_TEST_EXISTS);
  switch (write)
    {
    case PERSEA_WRITE_SIDECAR:
      if (!place_read_sidecar (place, error))
        return NULL;
      break;
    case PERSEA_WRITE_EMBED:
      if (!persea_file_stamp_read (path, &place->stamp, error))
        return NULL;
      place->xmp = persea_xmp_open_picture (path, error);
      if (!place->xmp)
        return NULL;
      break;
    case PERSEA_WRITE_XATTR:
      place->keywords = persea_xattr_tags_read (path, error);
      if (!place->keywords)
        return NULL;
      break;
    case PERSEA_WRITE_NONE:
      g_return_val_if_reached (NULL);
    }
  if (place->xmp)
    place->keywords = persea_xmp_get_keywords (place->xmp);
  return g_steal_pointer (&place);
}

static gboolean
places_add (GPtrArray *places, const char *path, PerseaWrite write, GError **error)
{
  PerseaKeywordPlace *place = place_open (path, write, error);

  if (place)
    g_ptr_array_add (places, place);
  return place != NULL;
}

/* (transfer full): the names that a sidecar of @picture may have */
static char **
picture_get_sidecars (const char *picture)
{
  g_autofree char *stem = picture_get_stem (picture);
  char **names = g_new0 (char *, 5);

  names[0] = g_strconcat (picture, ".xmp", NULL);
  names[1] = g_strconcat (picture, ".XMP", NULL);
  names[2] = g_strconcat (stem, ".xmp", NULL);
  names[3] = g_strconcat (stem, ".XMP", NULL);
  return names;
}

GPtrArray *
persea_keyword_places_open (const char         *picture,
                            PerseaWrite         write,
                            PerseaSidecarForm   form,
                            GError            **error)
{
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_keyword_place_free);
  g_auto (GStrv) names = picture_get_sidecars (picture);

  if (write != PERSEA_WRITE_SIDECAR)
    return places_add (places, picture, write, error) ? g_steal_pointer (&places) : NULL;

  for (char **name = names; *name; name++)
    if (g_file_test (*name, G_FILE_TEST_EXISTS) && !places_add (places, *name, write, error))
      return NULL;
  if (places->len == 0
      && !places_add (places, names[form == PERSEA_SIDECAR_STEM ? 2 : 0], write, error))
    return NULL;
  return g_steal_pointer (&places);
}

static gboolean
lists_equal (GPtrArray *a, GPtrArray *b)
{
  if (!a || !b)
    return a == b;
  if (a->len != b->len)
    return FALSE;
  for (unsigned i = 0; i < a->len; i++)
    if (strcmp (a->pdata[i], b->pdata[i]) != 0)
      return FALSE;
  return TRUE;
}

/* %NULL if @path does not hold what was written to it, for whatever reason. */
static PerseaXmp *
place_read_back (PerseaKeywordPlace *place, const char *path)
{
  g_autoptr (GBytes) bytes = NULL;
  char *contents;
  gsize size;

  if (place->write == PERSEA_WRITE_EMBED)
    return persea_xmp_open_picture (path, NULL);
  if (!g_file_get_contents (path, &contents, &size, NULL))
    return NULL;
  bytes = g_bytes_new_take (contents, size);
  return persea_xmp_parse (bytes, NULL);
}

/* A library that does not notice a full disk would otherwise cost somebody his keywords. */
static gboolean
place_verify (PerseaKeywordPlace *place, const char *path, GError **error)
{
  g_autoptr (PerseaXmp) xmp = place_read_back (place, path);
  g_autoptr (PerseaKeywords) keywords = xmp ? persea_xmp_get_keywords (xmp) : NULL;

  if (keywords
      && lists_equal (keywords->flat, place->keywords->flat)
      && lists_equal (keywords->hierarchical, place->keywords->hierarchical)
      && keywords->records->len == place->keywords->records->len)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
               "%s: the new keywords could not be written completely (is the disk full?); "
               "it is left as it is", place->path);
  return FALSE;
}

static gboolean
place_save_xmp (PerseaKeywordPlace *place, const char *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (PerseaReplacement) replacement = NULL;
  g_autoptr (GError) exiv2_error = NULL;
  const char *temporary;

  if (!persea_xmp_set_keywords (place->xmp, place->keywords, error))
    return FALSE;
  if (place->exists && place->write == PERSEA_WRITE_SIDECAR && persea_xmp_is_ours_alone (place->xmp))
    {
      if (g_unlink (place->path) == 0)
        return TRUE;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", place->path, g_strerror (errno));
      return FALSE;
    }
  if (!place->exists && !persea_xmp_set_created (place->xmp, run, error))
    return FALSE;

  replacement = persea_replacement_new (place->path, place->exists ? &place->stamp : NULL, error);
  if (!replacement)
    return FALSE;
  temporary = persea_replacement_get_path (replacement);
  if (place->write == PERSEA_WRITE_EMBED)
    {
      if (!persea_replacement_copy_old (replacement, cancellable, error)
          || !persea_xmp_save_picture (place->xmp, temporary, error))
        return FALSE;
    }
  else if (!persea_xmp_save_sidecar (place->xmp, temporary, &exiv2_error))
    {
      /* what exiv2 says of a full disk is that the image type is not supported */
      if (persea_replacement_check_space (replacement, error))
        g_propagate_error (error, g_steal_pointer (&exiv2_error));
      return FALSE;
    }
  return place_verify (place, temporary, error) && persea_replacement_commit (replacement, error);
}

gboolean
persea_keyword_place_save (PerseaKeywordPlace *place, const char *run, GCancellable *cancellable, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (place->write == PERSEA_WRITE_XATTR)
    return persea_xattr_tags_write (place->path, place->keywords, error);
  return place_save_xmp (place, run, cancellable, error);
}
