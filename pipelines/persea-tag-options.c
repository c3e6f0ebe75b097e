/* persea-tag-options.c - a table of keys and how each is read
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-tag-options.h"

#include "persea-error.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

static const char *const write_names[] = {
  [PERSEA_WRITE_NONE] = "none",
  [PERSEA_WRITE_SIDECAR] = "sidecar",
  [PERSEA_WRITE_EMBED] = "embed",
  [PERSEA_WRITE_XATTR] = "xattr",
};

static const char *const sidecar_form_names[] = {
  [PERSEA_SIDECAR_FULL] = "full",
  [PERSEA_SIDECAR_STEM] = "stem",
};

const char *
persea_sidecar_form_name (PerseaSidecarForm form)
{
  return sidecar_form_names[form];
}

const char *
persea_write_name (PerseaWrite write)
{
  return write_names[write];
}

void
persea_tag_options_init (PerseaTagOptions *options)
{
  *options = (PerseaTagOptions) { .threshold = -1, .write = PERSEA_WRITE_NONE };
}

void
persea_tag_options_clear (PerseaTagOptions *options)
{
  g_clear_pointer (&options->vocabulary, g_free);
  g_clear_pointer (&options->tags, g_strfreev);
  g_clear_pointer (&options->root_tag, g_free);
  g_clear_pointer (&options->language, g_free);
}

void
persea_tag_options_copy (PerseaTagOptions *to, const PerseaTagOptions *from)
{
  *to = *from;
  to->vocabulary = g_strdup (from->vocabulary);
  to->tags = g_strdupv (from->tags);
  to->root_tag = g_strdup (from->root_tag);
  to->language = g_strdup (from->language);
}

/* The readers of the table below.  @value is not empty, and its blanks are stripped. */

static gboolean
options_set_vocabulary (PerseaTagOptions *options, const char *value, GError **error)
{
  g_free (options->vocabulary);
  options->vocabulary = g_strdup (value);
  return TRUE;
}

static gboolean
options_set_tags (PerseaTagOptions *options, const char *value, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (value, ",", PERSEA_TAG_OPTIONS_MAX_TAGS + 2);
  g_autoptr (GStrvBuilder) tags = g_strv_builder_new ();
  size_t n = g_strv_length (parts);

  if (n > PERSEA_TAG_OPTIONS_MAX_TAGS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("tags: expected at most %d, found more"), PERSEA_TAG_OPTIONS_MAX_TAGS);
      return FALSE;
    }
  for (size_t i = 0; i < n; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_strv_builder_add (tags, parts[i]);
  g_strfreev (options->tags);
  options->tags = g_strv_builder_end (tags);
  if (options->tags[0] == NULL)
    g_clear_pointer (&options->tags, g_strfreev);
  return TRUE;
}

static gboolean
options_set_top (PerseaTagOptions *options, const char *value, GError **error)
{
  guint64 top;

  if (!g_ascii_string_to_unsigned (value, 10, 0, PERSEA_TAG_OPTIONS_MAX_TOP, &top, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("top: expected a number from 0 to %d, found “%s”"),
                   PERSEA_TAG_OPTIONS_MAX_TOP, value);
      return FALSE;
    }
  options->top = top;
  return TRUE;
}

static gboolean
options_set_threshold (PerseaTagOptions *options, const char *value, GError **error)
{
  char *end = NULL;
  double threshold = g_ascii_strtod (value, &end);

  /* !(…) also catches NaN */
  if (end == value || *end != '\0' || !(threshold >= 0 && threshold <= 1))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("threshold: expected a number from 0 to 1, found “%s”"), value);
      return FALSE;
    }
  options->threshold = threshold;
  return TRUE;
}

static gboolean
options_set_write (PerseaTagOptions *options, const char *value, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (write_names); i++)
    if (strcmp (value, write_names[i]) == 0)
      {
        options->write = i;
        return TRUE;
      }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("write: expected none, sidecar, embed or xattr, found “%s”"), value);
  return FALSE;
}

static gboolean
options_set_sidecar (PerseaTagOptions *options, const char *value, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (sidecar_form_names); i++)
    if (strcmp (value, sidecar_form_names[i]) == 0)
      {
        options->sidecar = i;
        return TRUE;
      }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("sidecar: expected full (IMG.jpg.xmp) or stem (IMG.xmp), found “%s”"), value);
  return FALSE;
}

static gboolean
options_set_root_tag (PerseaTagOptions *options, const char *value, GError **error)
{
  /* Programs split keywords at the first two, and hierarchies at the slash. */
  if (strpbrk (value, ",;/") != NULL || value[0] == '|' || g_str_has_suffix (value, "|")
      || strstr (value, "||") != NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("root-tag: expected a tag, its levels joined by “|”, without “,”, “;” and"
                     " “/”; found “%s”"), value);
      return FALSE;
    }
  g_free (options->root_tag);
  options->root_tag = g_strdup (value);
  return TRUE;
}

static gboolean
options_set_language (PerseaTagOptions *options, const char *value, GError **error)
{
  for (const char *p = value; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '_')
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     _("language: expected a code such as “en” or “ja”, found “%s”"), value);
        return FALSE;
      }
  g_free (options->language);
  options->language = g_strdup (value);
  return TRUE;
}

static const struct
{
  const char *key;
  gboolean (*set) (PerseaTagOptions *options, const char *value, GError **error);
} option_keys[] = {
  { "vocabulary", options_set_vocabulary },
  { "tags", options_set_tags },
  { "top", options_set_top },
  { "threshold", options_set_threshold },
  { "write", options_set_write },
  { "sidecar", options_set_sidecar },
  { "root-tag", options_set_root_tag },
  { "language", options_set_language },
};

gboolean
persea_tag_options_set (PerseaTagOptions  *options,
                        const char        *key,
                        const char        *value,
                        GError           **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (value));

  if (!g_utf8_validate (value, -1, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: not UTF-8"), key);
      return FALSE;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (option_keys); i++)
    if (strcmp (key, option_keys[i].key) == 0)
      return stripped[0] == '\0' || option_keys[i].set (options, stripped, error);
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("%s: no such option"), key);
  return FALSE;
}

char *
persea_tag_options_to_json (const PerseaTagOptions *options)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  if (options->language != NULL)
    {
      json_builder_set_member_name (builder, "language");
      json_builder_add_string_value (builder, options->language);
    }
  if (options->root_tag != NULL)
    {
      json_builder_set_member_name (builder, "root-tag");
      json_builder_add_string_value (builder, options->root_tag);
    }
  if (options->write == PERSEA_WRITE_SIDECAR)
    {
      json_builder_set_member_name (builder, "sidecar");
      json_builder_add_string_value (builder, persea_sidecar_form_name (options->sidecar));
    }
  if (options->tags != NULL)
    {
      json_builder_set_member_name (builder, "tags");
      json_builder_begin_array (builder);
      for (size_t i = 0; options->tags[i] != NULL; i++)
        json_builder_add_string_value (builder, options->tags[i]);
      json_builder_end_array (builder);
    }
  if (options->threshold >= 0)
    {
      json_builder_set_member_name (builder, "threshold");
      json_builder_add_double_value (builder, options->threshold);
    }
  json_builder_set_member_name (builder, "top");
  json_builder_add_int_value (builder, options->top);
  json_builder_set_member_name (builder, "write");
  json_builder_add_string_value (builder, persea_write_name (options->write));
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}
