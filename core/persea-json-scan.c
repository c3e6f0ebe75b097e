/* persea-json-scan.c - reading large JSON files without building a tree
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-json-scan.h"

#include "persea-error.h"

#include <string.h>

#define MAX_DEPTH 100

void
persea_json_scan_init (PerseaJsonScan *scan, const char *text, size_t length)
{
  scan->start = scan->at = text;
  scan->end = text + length;
  scan->string = g_string_new (NULL);
}

void
persea_json_scan_clear (PerseaJsonScan *scan)
{
  g_string_free (scan->string, TRUE);
  scan->string = NULL;
}

char
persea_json_scan_peek (PerseaJsonScan *scan)
{
  while (scan->at < scan->end
         && (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
    scan->at++;
  return scan->at < scan->end ? *scan->at : '\0';
}

gboolean
persea_json_scan_char (PerseaJsonScan *scan, char c)
{
  if (persea_json_scan_peek (scan) != c)
    return FALSE;
  scan->at++;
  return TRUE;
}

/* four hexadecimal digits */
static gboolean
json_scan_unit (PerseaJsonScan *scan, gunichar *unit)
{
  if (scan->end - scan->at < 4)
    return FALSE;
  *unit = 0;
  for (int i = 0; i < 4; i++, scan->at++)
    {
      if (!g_ascii_isxdigit (*scan->at))
        return FALSE;
      *unit = *unit * 16 + g_ascii_xdigit_value (*scan->at);
    }
  return TRUE;
}

/* what follows "\u"; characters beyond the first 65536 are written as two surrogates */
static gboolean
json_scan_unicode (PerseaJsonScan *scan)
{
  gunichar c, low;

  if (!json_scan_unit (scan, &c))
    return FALSE;
  if (c >= 0xd800 && c <= 0xdbff)
    {
      if (scan->end - scan->at < 2 || scan->at[0] != '\\' || scan->at[1] != 'u')
        return FALSE;
      scan->at += 2;
      if (!json_scan_unit (scan, &low) || low < 0xdc00 || low > 0xdfff)
        return FALSE;
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
  else if (c >= 0xdc00 && c <= 0xdfff)
    return FALSE;
  g_string_append_unichar (scan->string, c);
  return TRUE;
}

static gboolean
json_scan_escape (PerseaJsonScan *scan)
{
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  const char *letter;

  if (scan->at == scan->end || *scan->at == '\0')
    return FALSE;
  if (*scan->at == 'u')
    {
      scan->at++;
      return json_scan_unicode (scan);
    }
  letter = strchr (letters, *scan->at);
  if (!letter)
    return FALSE;
  g_string_append_c (scan->string, meanings[letter - letters]);
  scan->at++;
  return TRUE;
}

gboolean
persea_json_scan_string (PerseaJsonScan *scan)
{
  if (!persea_json_scan_char (scan, '"'))
    return FALSE;

  g_string_truncate (scan->string, 0);
  while (scan->at < scan->end)
    {
      const char *plain = scan->at;

      while (scan->at < scan->end && (guchar) *scan->at >= ' '
             && *scan->at != '"' && *scan->at != '\\')
        scan->at++;
      g_string_append_len (scan->string, plain, scan->at - plain);
      if (scan->at == scan->end || (guchar) *scan->at < ' ')
        return FALSE;
      if (*scan->at++ == '"')
        return TRUE;
      if (!json_scan_escape (scan))
        return FALSE;
    }
  return FALSE;
}

gboolean
persea_json_scan_integer (PerseaJsonScan *scan, int64_t *value)
{
  gboolean negative = persea_json_scan_char (scan, '-');
  const char *digits = scan->at;
  int64_t result = 0;

  for (; scan->at < scan->end && g_ascii_isdigit (*scan->at); scan->at++)
    {
      if (scan->at - digits >= 18)
        return FALSE;
      result = result * 10 + (*scan->at - '0');
    }
  if (scan->at == digits
      || (scan->at < scan->end && (*scan->at == '.' || *scan->at == 'e' || *scan->at == 'E')))
    return FALSE;
  *value = negative ? -result : result;
  return TRUE;
}

gboolean
persea_json_scan_skip (PerseaJsonScan *scan)
{
  char brackets[MAX_DEPTH]; /* those that must close */
  int depth = 0;

  do
    {
      char c = persea_json_scan_peek (scan);

      if (c == '"')
        {
          if (!persea_json_scan_string (scan))
            return FALSE;
          continue;
        }
      if (c == '\0')
        return FALSE;
      scan->at++;
      if (c == '{' || c == '[')
        {
          if (depth == MAX_DEPTH)
            return FALSE;
          brackets[depth++] = c == '{' ? '}' : ']';
        }
      else if (c == '}' || c == ']')
        {
          if (depth == 0 || brackets[--depth] != c)
            return FALSE;
        }
      else if (depth == 0) /* a number, true, false or null */
        while (scan->at < scan->end && (g_ascii_isalnum (*scan->at) || strchr ("+-.", *scan->at)))
          scan->at++;
    }
  while (depth > 0);
  return TRUE;
}

gboolean
persea_json_scan_next (PerseaJsonScan *scan, gboolean *first, char close, gboolean *found)
{
  *found = !persea_json_scan_char (scan, close);
  if (*found && !*first && !persea_json_scan_char (scan, ','))
    return FALSE;
  *first = FALSE;
  return TRUE;
}

gboolean
persea_json_scan_error (const PerseaJsonScan *scan, const char *expected, GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               "expected %s at byte %zu", expected, (size_t) (scan->at - scan->start));
  return FALSE;
}
