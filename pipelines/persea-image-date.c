/* persea-image-date.c - when a picture was taken, by what is in its file
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Not by exiv2, which can read one XMP at a time: pictures are looked at by several threads, while
 * another one writes keywords.
 */
#include "config.h"

#include <string.h>

#include "persea-image-file.h"
#include "persea-image-remote.h"
#include "persea-image-vips-private.h"
#include "persea-picture-date.h"

/* as libvips calls the field of the second directory, which is that of the Exif fields */
#define DATE_EXIF "exif-ifd2-DateTimeOriginal"
/* more than any camera or program writes about a picture */
#define DATE_MAX_XMP (4 << 20)

/* properties of XMP, the better ones first; everybody uses these prefixes */
static const char *const properties[] = { "exif:DateTimeOriginal", "photoshop:DateCreated" };

typedef struct
{
  int64_t date;
  size_t  rank;    /* of the property it comes from; G_N_ELEMENTS (properties): none */
  size_t  element; /* that is open, likewise */
} Packet;

static size_t
packet_rank (const char *name)
{
  size_t rank = 0;

  while (rank < G_N_ELEMENTS (properties) && strcmp (name, properties[rank]) != 0)
    rank++;
  return rank;
}

static void
packet_take (Packet *packet, size_t rank, const char *text)
{
  if (rank < packet->rank && persea_picture_date_parse (text, &packet->date))
    packet->rank = rank;
}

static void
packet_start (GMarkupParseContext  *context,
              const char           *element,
              const char          **names,
              const char          **values,
              gpointer              data,
              GError              **error)
{
  Packet *packet = data;

  packet->element = packet_rank (element);
  for (; *names; names++, values++)
    packet_take (packet, packet_rank (*names), *values);
}

static void
packet_end (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  ((Packet *) data)->element = G_N_ELEMENTS (properties);
}

static void
packet_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  Packet *packet = data;

  packet_take (packet, packet->element, text);
}

/* What is read before something that is no XML counts. */
static gboolean
date_find_xmp (VipsImage *image, int64_t *date)
{
  static const GMarkupParser parser = { packet_start, packet_end, packet_text, NULL, NULL };
  Packet packet = { .rank = G_N_ELEMENTS (properties), .element = G_N_ELEMENTS (properties) };
  g_autoptr (GMarkupParseContext) context = NULL;
  const void *data;
  size_t size;

  if (vips_image_get_typeof (image, VIPS_META_XMP_NAME) == 0
      || vips_image_get_blob (image, VIPS_META_XMP_NAME, &data, &size) != 0 || size > DATE_MAX_XMP)
    return FALSE;
  context = g_markup_parse_context_new (&parser, G_MARKUP_DEFAULT_FLAGS, &packet, NULL);
  g_markup_parse_context_parse (context, data, (gssize) size, NULL);
  *date = packet.date;
  return packet.rank < G_N_ELEMENTS (properties);
}

static gboolean
date_find_exif (VipsImage *image, int64_t *date)
{
  const char *text = NULL;

  return vips_image_get_typeof (image, DATE_EXIF) != 0
         && vips_image_get_string (image, DATE_EXIF, &text) == 0
         && persea_picture_date_parse (text, date);
}

gboolean
persea_image_read_date (const PerseaImageSource *source, gboolean *has_date, int64_t *date, GError **error)
{
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  g_autoptr (VipsImage) image = NULL;

  if (decoders)
    return persea_image_remote_read_date (decoders, source, has_date, date, error);
  image = persea_image_open_header (source, error);
  if (!image)
    return FALSE;
  *has_date = date_find_exif (image, date) || date_find_xmp (image, date);
  vips_error_clear ();
  return TRUE;
}
