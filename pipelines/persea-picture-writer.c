/* persea-picture-writer.c - writes machine-made pictures, and reads how they were made
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-picture-writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-image-remote.h"
#include "persea-image-writer.h"
#include "persea-png-text.h"
#include "persea-replacement.h"
#include "persea-xmp.h"

#define MAX_WORDS_BYTES 60 /* of the prompt in a file name */
#define MAX_NAMES 10000    /* that may be taken */

gboolean
persea_picture_writer_knows_suffix (const char *path)
{
  return persea_image_find_suffix (path) != NULL;
}

gboolean
persea_picture_writer_check_suffix (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  return persea_image_check_suffix (name, error);
}

/* The words of @prompt, small, joined by "-": letters and digits of any script, nothing else. */
static char *
writer_join_words (const char *prompt)
{
  g_autofree char *normal = g_utf8_normalize (prompt, -1, G_NORMALIZE_NFC);
  GString *words = g_string_new (NULL);
  gboolean in_word = FALSE;
  size_t last_end = 0;

  for (const char *p = normal ? normal : ""; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_unichar_tolower (g_utf8_get_char (p));

      if (c == '\'' || c == 0x2019) /* it's */
        continue;
      if (!g_unichar_isalnum (c) && !(in_word && g_unichar_ismark (c)))
        {
          in_word = FALSE;
          continue;
        }
      if (!in_word && words->len > 0)
        {
          last_end = words->len;
          g_string_append_c (words, '-');
        }
      in_word = TRUE;
      if (words->len + g_unichar_to_utf8 (c, NULL) > MAX_WORDS_BYTES)
        {
          /* not in the middle of a word, unless there is but one */
          g_string_truncate (words, last_end > 0 ? last_end : words->len);
          break;
        }
      g_string_append_unichar (words, c);
    }
  return g_string_free (words, FALSE);
}

char *
persea_picture_writer_make_name (const PerseaProvenance *provenance, const char *suffix)
{
  g_autofree char *words = writer_join_words (provenance->prompt);

  return g_strdup_printf ("%s-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "%s", *words ? words : "picture",
                          provenance->seed, provenance->candidate, suffix);
}

/* @old: (nullable): a packet whose other properties stay */
static GBytes *
writer_make_xmp (const PerseaProvenance *provenance, GBytes *old, GError **error)
{
  g_autoptr (PerseaXmp) xmp = NULL;

  if (!persea_xmp_init (error))
    return NULL;
  xmp = old ? persea_xmp_parse (old, NULL) : NULL;
  if (!xmp)
    xmp = persea_xmp_new ();
  return persea_xmp_set_provenance (xmp, provenance, error) ? persea_xmp_serialize (xmp, error) : NULL;
}

static GBytes *
writer_insert_texts (GBytes *png, const PerseaProvenance *provenance, GBytes *xmp)
{
  g_autofree char *parameters = persea_provenance_format_parameters (provenance);
  g_autofree char *packet = g_strndup (g_bytes_get_data (xmp, NULL), g_bytes_get_size (xmp));
  const PerseaPngText texts[] = {
    { "parameters", parameters },
    { "Software", provenance->software },
    { PERSEA_PNG_TEXT_XMP, packet, TRUE },
  };

  return persea_png_text_insert (png, texts, G_N_ELEMENTS (texts));
}

GBytes *
persea_picture_writer_encode (const PerseaImage       *image,
                              const PerseaProvenance  *provenance,
                              const char              *name,
                              GError                 **error)
{
  g_autofree char *display_name = g_filename_display_name (name);
  gboolean is_png = g_strcmp0 (persea_image_find_suffix (display_name), ".png") == 0;
  g_autoptr (GBytes) xmp = provenance ? writer_make_xmp (provenance, NULL, error) : NULL;
  g_autoptr (GBytes) encoded = NULL;

  if (provenance && !xmp)
    return NULL;
  encoded = persea_image_encode (image, display_name, is_png ? NULL : xmp, error);
  return encoded && xmp && is_png ? writer_insert_texts (encoded, provenance, xmp) : g_steal_pointer (&encoded);
}

GBytes *
persea_picture_writer_encode_patched (const PerseaImageSource *source,
                                      const PerseaImagePatch  *patch,
                                      const PerseaProvenance  *provenance,
                                      const char              *name,
                                      GCancellable            *cancellable,
                                      GError                 **error)
{
  g_autofree char *display_name = g_filename_display_name (name);
  gboolean is_png = g_strcmp0 (persea_image_find_suffix (display_name), ".png") == 0;
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  g_autoptr (GBytes) old = NULL;
  g_autoptr (GBytes) xmp = NULL;
  g_autoptr (GBytes) encoded = NULL;

  if (decoders)
    return persea_image_remote_encode_made (decoders, source, patch, provenance, display_name, cancellable, error);
  if (!persea_image_read_xmp (source, &old, error))
    return NULL;
  xmp = writer_make_xmp (provenance, old, error);
  encoded = xmp ? persea_image_encode_patched (source, patch, display_name, is_png ? NULL : xmp, cancellable, error)
                : NULL;
  return encoded && is_png ? writer_insert_texts (encoded, provenance, xmp) : g_steal_pointer (&encoded);
}

static gboolean
writer_put (const char             *path,
            const PerseaFileStamp  *expected,
            GBytes                 *bytes,
            PerseaInterrupt        *interrupt,
            GError                **error)
{
  g_autoptr (PerseaReplacement) replacement = NULL;
  gboolean done;

  if (interrupt)
    persea_interrupt_hold (interrupt);
  replacement = persea_replacement_new (path, expected, error);
  done = replacement && persea_replacement_write (replacement, bytes, error)
         && persea_replacement_commit (replacement, error);
  g_clear_pointer (&replacement, persea_replacement_free);
  if (interrupt)
    persea_interrupt_release (interrupt);
  return done;
}

gboolean
persea_picture_writer_save_bytes (const char       *path,
                                  GBytes           *bytes,
                                  PerseaInterrupt  *interrupt,
                                  GError          **error)
{
  char *target = realpath (path, NULL); /* of a link, the file that it leads to */
  PerseaFileStamp stamp;
  gboolean exists = target != NULL;
  gboolean done = (!exists || persea_file_stamp_read (target, &stamp, error))
                  && writer_put (exists ? target : path, exists ? &stamp : NULL, bytes, interrupt, error);

  free (target);
  return done;
}

gboolean
persea_picture_writer_save (const char              *path,
                            const PerseaImage       *image,
                            const PerseaProvenance  *provenance,
                            PerseaInterrupt         *interrupt,
                            GError                 **error)
{
  g_autoptr (GBytes) bytes = persea_picture_writer_encode (image, provenance, path, error);

  return bytes && persea_picture_writer_save_bytes (path, bytes, interrupt, error);
}

/* "FOLDER/NAME-2.png" */
static char *
writer_number_name (const char *path, unsigned number)
{
  g_autofree char *display_name = g_filename_display_name (path);
  const char *suffix = persea_image_find_suffix (display_name);
  size_t n = strlen (path) - (suffix ? strlen (suffix) : 0);

  return number == 1 ? g_strdup (path) : g_strdup_printf ("%.*s-%u%s", (int) n, path, number, path + n);
}

char *
persea_picture_writer_save_new_bytes (const char       *path,
                                      GBytes           *bytes,
                                      PerseaInterrupt  *interrupt,
                                      GError          **error)
{
  for (unsigned number = 1; number <= MAX_NAMES; number++)
    {
      g_autofree char *name = writer_number_name (path, number);
      g_autoptr (GError) put_error = NULL;

      if (g_file_test (name, G_FILE_TEST_EXISTS) || g_file_test (name, G_FILE_TEST_IS_SYMLINK))
        continue;
      if (writer_put (name, NULL, bytes, interrupt, &put_error))
        return g_steal_pointer (&name);
      if (!g_error_matches (put_error, PERSEA_ERROR, PERSEA_ERROR_BUSY))
        {
          g_propagate_error (error, g_steal_pointer (&put_error));
          return NULL;
        }
    }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("%s: there are %d files of this name already"),
               path, MAX_NAMES);
  return NULL;
}

char *
persea_picture_writer_save_new (const char              *path,
                                const PerseaImage       *image,
                                const PerseaProvenance  *provenance,
                                PerseaInterrupt         *interrupt,
                                GError                 **error)
{
  g_autoptr (GBytes) bytes = persea_picture_writer_encode (image, provenance, path, error);

  return bytes ? persea_picture_writer_save_new_bytes (path, bytes, interrupt, error) : NULL;
}

static PerseaProvenance *
writer_read_xmp (GBytes *packet)
{
  g_autoptr (PerseaXmp) xmp = packet && persea_xmp_init (NULL) ? persea_xmp_parse (packet, NULL) : NULL;

  return xmp ? persea_xmp_get_provenance (xmp) : NULL;
}

static GBytes *
writer_map (const PerseaImageSource *source)
{
  int file = persea_image_source_open (source, NULL);
  g_autoptr (GMappedFile) mapped = file >= 0 ? g_mapped_file_new_from_fd (file, FALSE, NULL) : NULL;

  if (file >= 0)
    close (file);
  return mapped ? g_mapped_file_get_bytes (mapped) : source->bytes ? g_bytes_ref (source->bytes) : NULL;
}

static PerseaProvenance *
writer_read_text (const PerseaImageSource *source)
{
  g_autoptr (GBytes) bytes = writer_map (source);
  g_autofree char *text = bytes ? persea_png_text_find (bytes, "parameters") : NULL;

  return text ? persea_provenance_parse_parameters (text) : NULL;
}

PerseaProvenance *
persea_picture_writer_find_provenance (const PerseaImageSource *source, GError **error)
{
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  g_autoptr (GBytes) packet = NULL;
  PerseaProvenance *provenance;

  if (decoders)
    return persea_image_remote_find_provenance (decoders, source, error);
  if (!persea_image_read_xmp (source, &packet, error))
    return NULL;
  provenance = writer_read_xmp (packet);
  if (!provenance)
    provenance = writer_read_text (source);
  if (!provenance)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                 _("%s: the picture does not say how it was made"), persea_image_source_get_name (source));
  return provenance;
}

PerseaProvenance *
persea_picture_writer_read_provenance (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  const PerseaImageSource source = { .path = path, .name = name };

  return persea_picture_writer_find_provenance (&source, error);
}
