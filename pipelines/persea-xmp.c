/* persea-xmp.c - keywords in XMP, in a sidecar or in a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two traps of exiv2: it "opens" a damaged sidecar as an empty one and only logs that it could
 * not be decoded (writing it back would erase it), and it copies Exif and IPTC, which it has
 * derived from the XMP, back into the XMP of a sidecar when saving.
 */
#include "config.h"

#include <string.h>

#include "persea-error.h"
#include "persea-xmp-private.h"

#define SUBJECT "Xmp.dc.subject"
#define HIERARCHICAL "Xmp.lr.hierarchicalSubject"
#define DIGIKAM "Xmp.digiKam.TagsList"
#define OUR_TAGS "Xmp.persea.Tags"
#define OUR_CREATED "Xmp.persea.Created"

/* records that are read from one picture; more come from nobody but an attacker */
#define MAX_RECORDS 4096

gboolean
persea_xmp_init (GError **error)
{
  gexiv2_log_set_level (GEXIV2_LOG_LEVEL_MUTE);
  if (!gexiv2_initialize ())
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, "the XMP library cannot be initialised");
      return FALSE;
    }
  gexiv2_metadata_try_register_xmp_namespace (PERSEA_XMP_NAMESPACE, "persea", NULL);
  return TRUE;
}

PerseaXmp *
persea_xmp_new (void)
{
  static const char empty[] =
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"></rdf:RDF></x:xmpmeta>";
  PerseaXmp *xmp = g_new0 (PerseaXmp, 1);

  xmp->metadata = gexiv2_metadata_new ();
  gexiv2_metadata_open_buf (xmp->metadata, (const guint8 *) empty, sizeof empty - 1, NULL);
  return xmp;
}

void
persea_xmp_free (PerseaXmp *xmp)
{
  if (!xmp)
    return;

  g_clear_object (&xmp->metadata);
  g_clear_pointer (&xmp->remote, persea_xmp_remote_free);
  g_free (xmp);
}

typedef struct
{
  unsigned depth;
  gboolean has_rdf;
  unsigned n_properties; /* elements and attributes below rdf:RDF, without xmlns */
} Wellformedness;

static void
check_start (GMarkupParseContext  *context,
             const char           *element,
             const char          **names,
             const char          **values,
             gpointer              data,
             GError              **error)
{
  Wellformedness *state = data;

  if (++state->depth > PERSEA_XMP_MAX_DEPTH)
    g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
                 "elements are nested deeper than %d", PERSEA_XMP_MAX_DEPTH);
  if (state->has_rdf && !g_str_has_suffix (element, ":Description"))
    state->n_properties++;
  for (; state->has_rdf && *names; names++)
    if (!g_str_has_prefix (*names, "xmlns") && !g_str_has_prefix (*names, "rdf:"))
      state->n_properties++;
  if (g_str_has_suffix (element, ":RDF"))
    state->has_rdf = TRUE;
}

static void
check_end (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  ((Wellformedness *) data)->depth--;
}

/* Whether @bytes are XML with an rdf:RDF in it, no deeper than is good for recursive parsers. */
static gboolean
check_wellformed (GBytes *bytes, unsigned *n_properties, GError **error)
{
  static const GMarkupParser parser = { .start_element = check_start, .end_element = check_end };
  Wellformedness state = { 0 };
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_autoptr (GMarkupParseContext) context = NULL;
  g_autoptr (GError) markup_error = NULL;

  if (size > PERSEA_XMP_MAX_BYTES)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%" G_GSIZE_FORMAT " bytes are too many for a sidecar, at most %d are read",
                   size, PERSEA_XMP_MAX_BYTES);
      return FALSE;
    }
  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      size -= 3;
    }
  if (!g_utf8_validate_len (text, size, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED, "the sidecar is not UTF-8 text");
      return FALSE;
    }
  context = g_markup_parse_context_new (&parser, G_MARKUP_DEFAULT_FLAGS, &state, NULL);
  if (!g_markup_parse_context_parse (context, text, size, &markup_error)
      || !g_markup_parse_context_end_parse (context, &markup_error))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "the sidecar is no well-formed XML: %s", markup_error->message);
      return FALSE;
    }
  if (!state.has_rdf)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "the sidecar is no XMP: there is no rdf:RDF in it");
      return FALSE;
    }
  *n_properties = state.n_properties;
  return TRUE;
}

/* @remote: (transfer full) (nullable) */
static PerseaXmp *
xmp_new_remote (PerseaXmpRemote *remote)
{
  PerseaXmp *xmp = remote ? g_new0 (PerseaXmp, 1) : NULL;

  if (xmp)
    xmp->remote = remote;
  return xmp;
}

PerseaXmp *
persea_xmp_parse (GBytes *bytes, GError **error)
{
  PerseaDecoderPool *decoders = persea_xmp_remote_get_decoders ();
  g_autoptr (PerseaXmp) xmp = g_new0 (PerseaXmp, 1);
  g_autoptr (GError) exiv2_error = NULL;
  unsigned n_properties;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  if (decoders)
    return xmp_new_remote (persea_xmp_remote_read_sidecar (decoders, bytes, error));
  if (!check_wellformed (bytes, &n_properties, error))
    return NULL;
  xmp->metadata = gexiv2_metadata_new ();
  if (!gexiv2_metadata_open_buf (xmp->metadata, data, (glong) size, &exiv2_error))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "the sidecar cannot be read as XMP: %s", exiv2_error->message);
      return NULL;
    }
  if (n_properties > 0 && !gexiv2_metadata_has_xmp (xmp->metadata))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "the sidecar cannot be read as XMP: its RDF is damaged");
      return NULL;
    }
  return g_steal_pointer (&xmp);
}

PerseaXmp *
persea_xmp_open_picture (const char *path, GError **error)
{
  PerseaDecoderPool *decoders = persea_xmp_remote_get_decoders ();
  g_autoptr (PerseaXmp) xmp = g_new0 (PerseaXmp, 1);
  g_autoptr (GError) exiv2_error = NULL;

  if (decoders)
    return xmp_new_remote (persea_xmp_remote_read_picture (decoders, path, error));
  xmp->metadata = gexiv2_metadata_new ();
  if (!gexiv2_metadata_open_path (xmp->metadata, path, &exiv2_error))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "keywords cannot be embedded in this picture: %s", exiv2_error->message);
      return NULL;
    }
  if (!gexiv2_metadata_get_supports_xmp (xmp->metadata))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "keywords cannot be embedded in a file of type %s",
                   gexiv2_metadata_get_mime_type (xmp->metadata));
      return NULL;
    }
  return g_steal_pointer (&xmp);
}

static void
list_read (GExiv2Metadata *metadata, const char *tag, GPtrArray *list)
{
  g_auto (GStrv) values = gexiv2_metadata_try_get_tag_multiple (metadata, tag, NULL);

  for (char **value = values; value && *value; value++)
    if (**value)
      g_ptr_array_add (list, g_utf8_make_valid (*value, -1));
}

static char *
record_read_field (GExiv2Metadata *metadata, unsigned index, const char *field)
{
  g_autofree char *tag = g_strdup_printf (OUR_TAGS "[%u]/persea:%s", index, field);
  char *value = gexiv2_metadata_try_get_tag_string (metadata, tag, NULL);

  return value ? value : g_strdup ("");
}

static PerseaKeywordRecord *
record_read (GExiv2Metadata *metadata, unsigned index)
{
  g_autofree char *path = record_read_field (metadata, index, "Keyword");
  g_autofree char *state_name = record_read_field (metadata, index, "State");
  g_autofree char *score = record_read_field (metadata, index, "Score");
  g_autofree char *lists = record_read_field (metadata, index, "Lists");
  PerseaKeywordState state;
  PerseaKeywordRecord *record;

  if (!*path || !persea_keyword_state_parse (state_name, &state))
    return NULL;
  record = persea_keyword_record_new (path, state);
  record->score = CLAMP (g_ascii_strtod (score, NULL), 0, 1);
  record->model = record_read_field (metadata, index, "Model");
  record->run = record_read_field (metadata, index, "Run");
  record->date = record_read_field (metadata, index, "Date");
  if (strstr (lists, "flat"))
    record->lists |= PERSEA_KEYWORD_LIST_FLAT;
  if (strstr (lists, "hierarchical"))
    record->lists |= PERSEA_KEYWORD_LIST_HIERARCHICAL;
  if (strstr (lists, "digikam"))
    record->lists |= PERSEA_KEYWORD_LIST_DIGIKAM;
  return record;
}

/* the highest index of persea:Tags[…] */
static unsigned
records_count (GExiv2Metadata *metadata)
{
  g_auto (GStrv) tags = gexiv2_metadata_get_xmp_tags (metadata);
  unsigned n = 0;

  for (char **tag = tags; tags && *tag; tag++)
    if (g_str_has_prefix (*tag, OUR_TAGS "["))
      n = MAX (n, (unsigned) MIN (g_ascii_strtoull (*tag + strlen (OUR_TAGS "["), NULL, 10), MAX_RECORDS));
  return n;
}

PerseaKeywords *
persea_xmp_get_keywords (PerseaXmp *xmp)
{
  PerseaKeywords *keywords;
  unsigned n;

  if (xmp->remote)
    return persea_xmp_remote_get_keywords (xmp->remote);
  keywords = persea_keywords_new ();
  n = records_count (xmp->metadata);
  list_read (xmp->metadata, SUBJECT, keywords->flat);
  list_read (xmp->metadata, HIERARCHICAL, keywords->hierarchical);
  if (gexiv2_metadata_try_has_tag (xmp->metadata, DIGIKAM, NULL))
    {
      keywords->digikam = g_ptr_array_new_with_free_func (g_free);
      list_read (xmp->metadata, DIGIKAM, keywords->digikam);
    }
  for (unsigned i = 1; i <= n; i++)
    {
      PerseaKeywordRecord *record = record_read (xmp->metadata, i);

      if (record)
        g_ptr_array_add (keywords->records, record);
    }
  return keywords;
}

static gboolean
list_equal (GPtrArray *a, GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (unsigned i = 0; i < a->len; i++)
    if (strcmp (a->pdata[i], b->pdata[i]) != 0)
      return FALSE;
  return TRUE;
}

/* Leaves a list alone that says the same already: it may be a Seq that somebody likes. */
static gboolean
list_write (GExiv2Metadata *metadata, const char *tag, GPtrArray *list, GError **error)
{
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) values = NULL;

  list_read (metadata, tag, before);
  if (list_equal (before, list))
    return TRUE;
  gexiv2_metadata_try_clear_tag (metadata, tag, NULL);
  if (list->len == 0)
    return TRUE;

  values = g_ptr_array_new ();
  for (unsigned i = 0; i < list->len; i++)
    g_ptr_array_add (values, list->pdata[i]);
  g_ptr_array_add (values, NULL);
  return gexiv2_metadata_try_set_tag_multiple (metadata, tag, (const gchar **) values->pdata, error);
}

static gboolean
record_write_field (GExiv2Metadata *metadata, unsigned index, const char *field, const char *value, GError **error)
{
  g_autofree char *tag = g_strdup_printf (OUR_TAGS "[%u]/persea:%s", index, field);

  if (!value || !*value)
    return TRUE;
  return gexiv2_metadata_try_set_tag_string (metadata, tag, value, error);
}

static gboolean
record_write (GExiv2Metadata *metadata, unsigned index, const PerseaKeywordRecord *record, GError **error)
{
  char score[G_ASCII_DTOSTR_BUF_SIZE];
  g_autoptr (GString) lists = g_string_new (NULL);

  g_ascii_formatd (score, sizeof score, "%.3f", record->score);
  if (record->lists & PERSEA_KEYWORD_LIST_FLAT)
    g_string_append (lists, "flat ");
  if (record->lists & PERSEA_KEYWORD_LIST_HIERARCHICAL)
    g_string_append (lists, "hierarchical ");
  if (record->lists & PERSEA_KEYWORD_LIST_DIGIKAM)
    g_string_append (lists, "digikam ");
  if (lists->len > 0)
    g_string_truncate (lists, lists->len - 1);

  return record_write_field (metadata, index, "Keyword", record->path, error)
         && record_write_field (metadata, index, "Score", score, error)
         && record_write_field (metadata, index, "State", persea_keyword_state_name (record->state), error)
         && record_write_field (metadata, index, "Lists", lists->str, error)
         && record_write_field (metadata, index, "Model", record->model, error)
         && record_write_field (metadata, index, "Run", record->run, error)
         && record_write_field (metadata, index, "Date", record->date, error);
}

static void
records_clear (GExiv2Metadata *metadata)
{
  g_auto (GStrv) tags = gexiv2_metadata_get_xmp_tags (metadata);

  for (char **tag = tags; tags && *tag; tag++)
    if (g_str_has_prefix (*tag, OUR_TAGS "[") || strcmp (*tag, OUR_TAGS) == 0)
      gexiv2_metadata_try_clear_tag (metadata, *tag, NULL);
  /* the list itself is not among the names */
  gexiv2_metadata_try_clear_tag (metadata, OUR_TAGS, NULL);
}

gboolean
persea_xmp_set_keywords (PerseaXmp *xmp, const PerseaKeywords *keywords, GError **error)
{
  if (xmp->remote)
    {
      persea_xmp_remote_set_keywords (xmp->remote, keywords);
      return TRUE;
    }
  if (!list_write (xmp->metadata, SUBJECT, keywords->flat, error)
      || !list_write (xmp->metadata, HIERARCHICAL, keywords->hierarchical, error)
      || (keywords->digikam && !list_write (xmp->metadata, DIGIKAM, keywords->digikam, error)))
    return FALSE;

  records_clear (xmp->metadata);
  if (keywords->records->len == 0)
    return TRUE;
  if (!gexiv2_metadata_try_set_xmp_tag_struct (xmp->metadata, OUR_TAGS, GEXIV2_STRUCTURE_XA_SEQ, error))
    return FALSE;
  for (unsigned i = 0; i < keywords->records->len; i++)
    if (!record_write (xmp->metadata, i + 1, keywords->records->pdata[i], error))
      return FALSE;
  return TRUE;
}

gboolean
persea_xmp_set_created (PerseaXmp *xmp, const char *run, GError **error)
{
  g_return_val_if_fail (xmp->metadata, FALSE); /* a new one */
  return gexiv2_metadata_try_set_tag_string (xmp->metadata, OUR_CREATED, run, error);
}

gboolean
persea_xmp_is_ours_alone (PerseaXmp *xmp)
{
  g_auto (GStrv) tags = NULL;

  if (xmp->remote)
    return persea_xmp_remote_is_ours_alone (xmp->remote);
  tags = gexiv2_metadata_get_xmp_tags (xmp->metadata);
  return tags && tags[0] && strcmp (tags[0], OUR_CREATED) == 0 && !tags[1];
}

gboolean
persea_xmp_save_sidecar (PerseaXmp *xmp, const char *path, GError **error)
{
  g_autoptr (GError) exiv2_error = NULL;

  if (xmp->remote)
    return persea_xmp_remote_save (xmp->remote, path, error);
  gexiv2_metadata_clear_exif (xmp->metadata);
  gexiv2_metadata_clear_iptc (xmp->metadata);
  if (!gexiv2_metadata_save_external (xmp->metadata, path, &exiv2_error))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
                   "the sidecar cannot be written: %s", exiv2_error->message);
      return FALSE;
    }
  return TRUE;
}

gboolean
persea_xmp_save_picture (PerseaXmp *xmp, const char *path, GError **error)
{
  g_autoptr (GError) exiv2_error = NULL;

  if (xmp->remote)
    return persea_xmp_remote_save (xmp->remote, path, error);
  if (!gexiv2_metadata_save_file (xmp->metadata, path, &exiv2_error))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
                   "the keywords cannot be embedded: %s", exiv2_error->message);
      return FALSE;
    }
  return TRUE;
}
