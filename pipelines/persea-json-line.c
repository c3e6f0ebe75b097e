/* persea-json-line.c - one JSON object on one line
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * json-glib writes doubles with all their 17 digits; scores are read by people, too.
 */
#include "config.h"

#include "persea-json-line.h"

#include <math.h>
#include <string.h>

struct _PerseaJsonLine
{
  GString *text;
  GString *closers;  /* what ends the open objects and arrays, innermost last */
  gboolean is_empty; /* nothing in the innermost yet */
};

PerseaJsonLine *
persea_json_line_new (void)
{
  PerseaJsonLine *line = g_new0 (PerseaJsonLine, 1);

  line->text = g_string_new ("{");
  line->closers = g_string_new ("}");
  line->is_empty = TRUE;
  return line;
}

void
persea_json_line_free (PerseaJsonLine *line)
{
  if (!line)
    return;

  g_string_free (line->text, TRUE);
  g_string_free (line->closers, TRUE);
  g_free (line);
}

static void
json_line_append_quoted (GString *text, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_string_append_c (text, '"');
  for (const char *p = valid; *p; p++)
    switch (*p)
      {
      case '"':
        g_string_append (text, "\\\"");
        break;
      case '\\':
        g_string_append (text, "\\\\");
        break;
      case '\n':
        g_string_append (text, "\\n");
        break;
      case '\t':
        g_string_append (text, "\\t");
        break;
      default:
        if ((guchar) *p < 0x20 || *p == 0x7f)
          g_string_append_printf (text, "\\u%04x", *p);
        else
          g_string_append_c (text, *p);
      }
  g_string_append_c (text, '"');
}

static void
json_line_begin_value (PerseaJsonLine *line, const char *name)
{
  if (!line->is_empty)
    g_string_append_c (line->text, ',');
  line->is_empty = FALSE;
  if (name)
    {
      json_line_append_quoted (line->text, name);
      g_string_append_c (line->text, ':');
    }
}

void
persea_json_line_add_string (PerseaJsonLine *line, const char *name, const char *value)
{
  json_line_begin_value (line, name);
  json_line_append_quoted (line->text, value);
}

void
persea_json_line_add_number (PerseaJsonLine *line, const char *name, double value, unsigned decimals)
{
  char format[16];
  char digits[G_ASCII_DTOSTR_BUF_SIZE + 320];

  json_line_begin_value (line, name);
  if (!isfinite (value))
    {
      g_string_append (line->text, "null");
      return;
    }
  g_snprintf (format, sizeof format, "%%.%uf", MIN (decimals, 17));
  g_string_append (line->text, g_ascii_formatd (digits, sizeof digits, format, value));
}

void
persea_json_line_add_integer (PerseaJsonLine *line, const char *name, int64_t value)
{
  json_line_begin_value (line, name);
  g_string_append_printf (line->text, "%" G_GINT64_FORMAT, value);
}

void
persea_json_line_add_literal (PerseaJsonLine *line, const char *name, const char *value)
{
  json_line_begin_value (line, name);
  g_string_append (line->text, value);
}

void
persea_json_line_add_boolean (PerseaJsonLine *line, const char *name, gboolean value)
{
  json_line_begin_value (line, name);
  g_string_append (line->text, value ? "true" : "false");
}

void
persea_json_line_add_file (PerseaJsonLine *line, const char *file)
{
  g_autofree char *path = NULL;
  g_autofree char *uri = NULL;

  persea_json_line_add_string (line, "file", file);
  if (g_utf8_validate (file, -1, NULL))
    return;

  path = g_canonicalize_filename (file, NULL);
  uri = g_filename_to_uri (path, NULL, NULL);
  if (uri)
    persea_json_line_add_string (line, "uri", uri);
}

static void
json_line_begin (PerseaJsonLine *line, const char *name, char opener, char closer)
{
  json_line_begin_value (line, name);
  g_string_append_c (line->text, opener);
  g_string_append_c (line->closers, closer);
  line->is_empty = TRUE;
}

void
persea_json_line_begin_object (PerseaJsonLine *line, const char *name)
{
  json_line_begin (line, name, '{', '}');
}

void
persea_json_line_begin_array (PerseaJsonLine *line, const char *name)
{
  json_line_begin (line, name, '[', ']');
}

void
persea_json_line_end (PerseaJsonLine *line)
{
  gsize last = line->closers->len - 1;

  g_return_if_fail (line->closers->len > 1);

  g_string_append_c (line->text, line->closers->str[last]);
  g_string_truncate (line->closers, last);
  line->is_empty = FALSE;
}

const char *
persea_json_line_finish (PerseaJsonLine *line)
{
  while (line->closers->len > 1)
    persea_json_line_end (line);
  if (line->closers->len == 1)
    {
      g_string_append (line->text, "}\n");
      g_string_truncate (line->closers, 0);
    }
  return line->text->str;
}
