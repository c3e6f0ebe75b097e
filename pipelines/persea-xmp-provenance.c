/* persea-xmp-provenance.c - how a picture was made, in XMP
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "persea-error.h"
#include "persea-xmp-private.h"

#define PREFIX "Xmp.persea."
#define SOURCE_TYPE "Xmp.iptcExt.DigitalSourceType"
#define SOURCE_TYPES "http://cv.iptc.org/newscodes/digitalsourcetype/"

/* IPTC's words for what a machine has drawn, whole or in part */
static const char *const source_types[PERSEA_N_MADE] = {
  [PERSEA_MADE_DRAWN] = SOURCE_TYPES "trainedAlgorithmicMedia",
  [PERSEA_MADE_COMPLETED] = SOURCE_TYPES "compositeWithTrainedAlgorithmicMedia",
  [PERSEA_MADE_VARIED] = SOURCE_TYPES "compositeWithTrainedAlgorithmicMedia",
};

static gboolean
xmp_set (PerseaXmp *xmp, const char *tag, const char *value, GError **error)
{
  g_autoptr (GError) exiv2_error = NULL;

  if (!value || gexiv2_metadata_try_set_tag_string (xmp->metadata, tag, value, &exiv2_error))
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, "%s cannot be written: %s", tag,
               exiv2_error->message);
  return FALSE;
}

/* for programs that know nothing of us */
static gboolean
xmp_set_public (PerseaXmp *xmp, const PerseaProvenance *provenance, GError **error)
{
  /* one that begins with "lang=" would name its language */
  g_autofree char *description = g_strconcat ("lang=\"x-default\" ", provenance->prompt, NULL);

  return xmp_set (xmp, SOURCE_TYPE, source_types[provenance->made], error)
         && xmp_set (xmp, "Xmp.dc.description", description, error)
         && xmp_set (xmp, "Xmp.xmp.CreatorTool", provenance->software, error)
         && xmp_set (xmp, "Xmp.xmp.CreateDate", provenance->date, error);
}

/* what a picture said of itself that was made into another one */
static void
xmp_clear_provenance (PerseaXmp *xmp)
{
  g_auto (GStrv) tags = gexiv2_metadata_get_xmp_tags (xmp->metadata);

  for (char **tag = tags; tags && *tag; tag++)
    if (g_str_has_prefix (*tag, PREFIX) && persea_provenance_knows_field (*tag + strlen (PREFIX)))
      gexiv2_metadata_try_clear_tag (xmp->metadata, *tag, NULL);
}

gboolean
persea_xmp_set_provenance (PerseaXmp *xmp, const PerseaProvenance *provenance, GError **error)
{
  g_autoptr (GPtrArray) fields = persea_provenance_list_fields (provenance);

  xmp_clear_provenance (xmp);
  for (unsigned i = 0; i < fields->len; i++)
    {
      const PerseaProvenanceField *field = fields->pdata[i];
      g_autofree char *tag = g_strconcat (PREFIX, field->name, NULL);

      if (!xmp_set (xmp, tag, field->value, error))
        return FALSE;
    }
  return xmp_set_public (xmp, provenance, error);
}

PerseaProvenance *
persea_xmp_get_provenance (PerseaXmp *xmp)
{
  g_auto (GStrv) tags = gexiv2_metadata_get_xmp_tags (xmp->metadata);
  g_autoptr (PerseaProvenance) provenance = persea_provenance_new ();

  /* those who rewrite a picture may put in their own */
  g_clear_pointer (&provenance->software, g_free);
  g_clear_pointer (&provenance->date, g_free);
  for (char **tag = tags; tags && *tag; tag++)
    if (g_str_has_prefix (*tag, PREFIX))
      {
        g_autofree char *value = gexiv2_metadata_try_get_tag_string (xmp->metadata, *tag, NULL);

        if (value)
          persea_provenance_set_field (provenance, *tag + strlen (PREFIX), value);
      }
  return provenance->prompt && provenance->model ? g_steal_pointer (&provenance) : NULL;
}

GBytes *
persea_xmp_serialize (PerseaXmp *xmp, GError **error)
{
  g_autoptr (GError) exiv2_error = NULL;
  /* a padding of 0 means 2 KiB */
  char *packet = gexiv2_metadata_try_generate_xmp_packet (xmp->metadata, GEXIV2_USE_COMPACT_FORMAT, 1,
                                                          &exiv2_error);

  if (!packet)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, "the XMP cannot be written: %s",
                   exiv2_error->message);
      return NULL;
    }
  return g_bytes_new_take (packet, strlen (packet));
}
