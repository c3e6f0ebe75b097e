/* persea-html.c - HTML's character references in texts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The rules are those of the HTML standard (13.2.5.72, character references), in the reading of
 * Python's html.unescape(), and of ftfy's unescape_html().
 */
#include "config.h"

#include "persea-html.h"

#include "persea-windows-1252.h"

#include <string.h>

#define MAX_NAME 33 /* bytes of the longest name with its semicolon */

typedef struct
{
  char         name[MAX_NAME + 1]; /* without "&"; most end in ";" */
  char         text[8];
  unsigned int flags;
} HtmlEntity;

#define HTML_STANDARD 1u /* not one of ftfy's additions */

static const HtmlEntity html_entities[] = {
#include "persea-html-entities.inc"
};

static const HtmlEntity *
html_find_entity (const char *name, size_t length)
{
  size_t lo = 0, hi = G_N_ELEMENTS (html_entities);

  while (lo < hi)
    {
      size_t middle = (lo + hi) / 2;
      const HtmlEntity *entity = &html_entities[middle];
      int order = strncmp (name, entity->name, length);

      if (order == 0 && entity->name[length] == '\0')
        return entity;
      if (order > 0)
        lo = middle + 1;
      else
        hi = middle;
    }
  return NULL;
}

/* control characters and noncharacters vanish */
static gboolean
html_is_invalid (gunichar c)
{
  return (c >= 0x1 && c <= 0x8) || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f
         || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

static void
html_append_number (GString *out, gunichar c)
{
  if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
    g_string_append_unichar (out, 0xfffd);
  else if (!html_is_invalid (c))
    g_string_append_unichar (out, persea_windows_1252_to_unicode (c));
}

/* @at: behind "&#".  Returns: where the reference ends, or NULL if this is none */
static const char *
html_parse_number (const char *at, gunichar *number)
{
  gboolean hexadecimal = *at == 'x' || *at == 'X';
  const char *digits = at + hexadecimal;
  guint32 value = 0;

  for (at = digits; hexadecimal ? g_ascii_isxdigit (*at) : g_ascii_isdigit (*at); at++)
    if (value <= 0x10ffff)
      value = value * (hexadecimal ? 16 : 10) + g_ascii_xdigit_value (*at);
  if (at == digits)
    return NULL;
  *number = value;
  return at;
}

/* @at: behind "&".  Both return where the reference ends, or NULL if this is none. */
static const char *
html_replace_lenient (const char *at, GString *out)
{
  const char *end = at;
  size_t length;

  if (*at == '#')
    {
      gunichar number;

      end = html_parse_number (at + 1, &number);
      if (!end)
        return NULL;
      html_append_number (out, number);
      return *end == ';' ? end + 1 : end;
    }

  /* all bytes up to a delimiter, 32 characters at most, but no name is that long */
  while (*end && !strchr ("\t\n\f <&#;", *end) && end - at < MAX_NAME)
    end++;
  length = end - at;
  if (*end == ';')
    {
      const HtmlEntity *entity = html_find_entity (at, length + 1);

      if (entity && (entity->flags & HTML_STANDARD))
        {
          g_string_append (out, entity->text);
          return end + 1;
        }
    }
  for (; length > 1; length--) /* the longest name that this begins with: "&notit" */
    {
      const HtmlEntity *entity = html_find_entity (at, length);

      if (entity && (entity->flags & HTML_STANDARD))
        {
          g_string_append (out, entity->text);
          return at + length;
        }
    }
  return NULL;
}

static const char *
html_replace_strict (const char *at, GString *out)
{
  const char *end = at + (*at == '#');
  const HtmlEntity *entity;

  while (g_ascii_isalnum (*end))
    end++;
  if (*end != ';' || end - at > 24 + (*at == '#'))
    return NULL;

  if (*at == '#')
    {
      gunichar number;

      /* ftfy leaves alone what would leave a semicolon, and be it the very character */
      if (html_parse_number (at + 1, &number) != end || number == ';')
        return NULL;
      html_append_number (out, number);
      return end + 1;
    }
  entity = html_find_entity (at, end + 1 - at);
  if (!entity)
    return NULL;
  g_string_append (out, entity->text);
  return end + 1;
}

char *
persea_html_unescape (const char *text, PerseaHtmlRules rules)
{
  GString *out = g_string_sized_new (strlen (text));

  while (*text)
    {
      size_t plain = strcspn (text, "&");
      const char *end;

      g_string_append_len (out, text, plain);
      text += plain;
      if (!*text)
        break;
      end = rules == PERSEA_HTML_STRICT ? html_replace_strict (text + 1, out)
                                        : html_replace_lenient (text + 1, out);
      if (!end)
        {
          g_string_append_c (out, '&');
          end = text + 1;
        }
      text = end;
    }
  return g_string_free (out, FALSE);
}
