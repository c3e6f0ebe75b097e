/* persea-bus-tag.c - from variants to the options of tagging
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-tag.h"

#include "persea-error.h"
#include "persea-work-tag.h"

#include <string.h>

#include <glib/gi18n.h>

static gboolean
tag_set_text (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  return persea_tag_options_set (target, key, g_variant_get_string (value, NULL), error);
}

static gboolean
tag_set_tags (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  g_autofree const char **tags = NULL;
  g_autofree char *joined = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return tag_set_text (call, target, key, value, error);
  tags = g_variant_get_strv (value, NULL);
  for (size_t i = 0; tags[i] != NULL; i++)
    if (strchr (tags[i], ',') != NULL)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     _("tags: no tag may have a comma, found “%s”"), tags[i]);
        return FALSE;
      }
  joined = g_strjoinv (",", (char **) tags);
  return persea_tag_options_set (target, key, joined, error);
}

static gboolean
tag_set_top (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%u", g_variant_get_uint32 (value));

  return persea_tag_options_set (target, key, text, error);
}

static gboolean
tag_set_threshold (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (text, sizeof text, g_variant_get_double (value));
  return persea_tag_options_set (target, key, text, error);
}

static gboolean
tag_set_vocabulary (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  return persea_bus_check_name (key, g_variant_get_string (value, NULL), error)
         && tag_set_text (call, target, key, value, error);
}

static const PerseaBusOption tag_options[] = {
  { "files", "ah", persea_bus_call_add_files },
  { "vocabulary", "s", tag_set_vocabulary },
  { "tags", "s as", tag_set_tags },
  { "top", "u", tag_set_top },
  { "threshold", "d", tag_set_threshold },
  { "write", "s", tag_set_text },
  { "sidecar", "s", tag_set_text },
  { "root-tag", "s", tag_set_text },
  { "language", "s", tag_set_text },
};

PerseaWork *
persea_bus_tag_parse (PerseaBusCall *call, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) uris = g_variant_get_child_value (arguments, 0);
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 1);
  g_auto (PerseaTagOptions) tag;

  persea_tag_options_init (&tag);
  persea_bus_call_add_uris (call, uris);
  if (!persea_bus_call_parse_options (call, options, tag_options, G_N_ELEMENTS (tag_options), &tag,
                                      error)
      || !persea_bus_call_check_pictures (call, error))
    return NULL;
  if (persea_pictures_count_files (call->pictures) > 0 && tag.write != PERSEA_WRITE_NONE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("files: tags can only be written to pictures that are given as URIs"));
      return NULL;
    }
  return persea_work_tag_new (call->pictures, call->model, &tag);
}
