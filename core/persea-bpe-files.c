/* persea-bpe-files.c - vocabularies as they are published
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bpe-files.h"

#include <gio/gio.h>
#include <string.h>

#include "persea-error.h"
#include "persea-json-scan.h"

#define MAX_FILE_SIZE (64 << 20)
#define READ_SIZE 65536
#define N_BYTE_TOKENS 512 /* every byte, inside and at the end of a word */
#define N_SPECIAL_TOKENS 2
#define OPENAI_MAX_MERGES 48894 /* of 262,144 in the file: 49152 - 256 - 2 */

/* gzip is unpacked on the way */
static GInputStream *
files_open (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GInputStream) stream = G_INPUT_STREAM (g_file_read (file, NULL, error));
  g_autoptr (GConverter) gzip = NULL;
  uint8_t magic[2] = { 0 };
  gsize n;

  if (!stream
      || !g_input_stream_read_all (stream, magic, sizeof magic, &n, NULL, error)
      || !g_seekable_seek (G_SEEKABLE (stream), 0, G_SEEK_SET, NULL, error))
    return NULL;
  if (magic[0] != 0x1f || magic[1] != 0x8b)
    return g_steal_pointer (&stream);

  gzip = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  return g_converter_input_stream_new (stream, gzip);
}

/* the contents, or at least @max_lines lines of them */
static GString *
files_read (const char *path, size_t max_lines, GError **error)
{
  g_autoptr (GInputStream) stream = files_open (path, error);
  g_autoptr (GString) contents = g_string_new (NULL);
  g_autofree char *buffer = g_malloc (READ_SIZE);
  size_t n_lines = 0;
  gssize n = 0;

  if (!stream)
    return NULL;

  while (n_lines < max_lines && contents->len <= MAX_FILE_SIZE
         && (n = g_input_stream_read (stream, buffer, READ_SIZE, NULL, error)) > 0)
    {
      g_string_append_len (contents, buffer, n);
      for (gssize i = 0; i < n; i++)
        n_lines += buffer[i] == '\n';
    }
  if (n < 0)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (contents->len > MAX_FILE_SIZE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: expected a vocabulary of at most %d bytes, found more",
                   path, MAX_FILE_SIZE);
      return NULL;
    }
  return g_steal_pointer (&contents);
}

/* "a b", one merge */
static gboolean
files_add_merge_line (PerseaBpe *bpe, const char *line, size_t length, GError **error)
{
  const char *end, *space;

  while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n'))
    length--;
  end = line + length;
  space = memchr (line, ' ', length);
  if (!space || memchr (space + 1, ' ', end - space - 1))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected a merge of two tokens, found \"%.*s\"",
                   (int) MIN (length, 100), line);
      return FALSE;
    }
  return persea_bpe_add_merge (bpe, line, space - line, space + 1, end - space - 1, error);
}

static const char *
files_line_end (const char *line)
{
  const char *end = strchr (line, '\n');

  return end ? end + 1 : line + strlen (line);
}

/* at most @max; further lines are not looked at */
static gboolean
files_add_merges (PerseaBpe *bpe, const char *text, size_t max, GError **error)
{
  const char *end;

  for (; *text && max > 0; text = end)
    {
      end = files_line_end (text);
      if (*text == '\n' || *text == '\r')
        continue;
      if (!files_add_merge_line (bpe, text, end - text, error))
        return FALSE;
      max--;
    }
  return TRUE;
}

/* an object from texts to ids */
static gboolean
files_scan_vocabulary (PerseaJsonScan *scan, PerseaBpe *bpe, GError **error)
{
  gboolean first = TRUE, found;
  int64_t id;

  if (!persea_json_scan_char (scan, '{'))
    return persea_json_scan_error (scan, "an object of tokens", error);
  while (persea_json_scan_next (scan, &first, '}', &found) && found)
    {
      if (!persea_json_scan_string (scan) || !persea_json_scan_char (scan, ':')
          || !persea_json_scan_integer (scan, &id))
        return persea_json_scan_error (scan, "a token and its id", error);
      if (!persea_bpe_add_token (bpe, scan->string->str, scan->string->len, id, error))
        return FALSE;
    }
  return !found || persea_json_scan_error (scan, "\",\" or \"}\"", error);
}

static gboolean
files_build_vocabulary (PerseaBpe     *bpe,
                        const GString *vocabulary,
                        const char    *vocabulary_path,
                        const char    *merges,
                        const char    *merges_path,
                        GError       **error)
{
  PerseaJsonScan scan;
  gboolean loaded;
  size_t n;

  persea_json_scan_init (&scan, vocabulary->str, vocabulary->len);
  loaded = files_scan_vocabulary (&scan, bpe, error);
  persea_json_scan_clear (&scan);
  if (!loaded)
    {
      g_prefix_error (error, "%s: ", vocabulary_path);
      return FALSE;
    }

  n = persea_bpe_get_size (bpe);
  n -= MIN (n, N_BYTE_TOKENS + N_SPECIAL_TOKENS);
  if (g_str_has_prefix (merges, "#version"))
    merges = files_line_end (merges);
  if (!files_add_merges (bpe, merges, n, error))
    {
      g_prefix_error (error, "%s: ", merges_path);
      return FALSE;
    }
  if (!persea_bpe_finish (bpe, error))
    {
      g_prefix_error (error, "%s: ", vocabulary_path);
      return FALSE;
    }
  return TRUE;
}

PerseaBpe *
persea_bpe_load_vocabulary (const char *vocabulary_path, const char *merges_path, GError **error)
{
  g_autoptr (PerseaBpe) bpe = persea_bpe_new ();
  g_autoptr (GString) vocabulary = files_read (vocabulary_path, G_MAXSIZE, error);
  g_autoptr (GString) merges = vocabulary ? files_read (merges_path, G_MAXSIZE, error) : NULL;

  if (!merges
      || !files_build_vocabulary (bpe, vocabulary, vocabulary_path, merges->str, merges_path, error))
    return NULL;
  return g_steal_pointer (&bpe);
}

/* "a b", or in newer files ["a", "b"] */
static gboolean
files_scan_merge (PerseaJsonScan *scan, PerseaBpe *bpe, GError **error)
{
  g_autofree char *left = NULL;
  size_t left_length;

  if (persea_json_scan_peek (scan) == '"')
    {
      if (!persea_json_scan_string (scan))
        return persea_json_scan_error (scan, "a merge", error);
      return files_add_merge_line (bpe, scan->string->str, scan->string->len, error);
    }

  if (!persea_json_scan_char (scan, '[') || !persea_json_scan_string (scan))
    return persea_json_scan_error (scan, "a merge", error);
  left_length = scan->string->len;
  left = g_memdup2 (scan->string->str, left_length + 1);
  if (!persea_json_scan_char (scan, ',') || !persea_json_scan_string (scan)
      || !persea_json_scan_char (scan, ']'))
    return persea_json_scan_error (scan, "a second token", error);
  return persea_bpe_add_merge (bpe, left, left_length,
                               scan->string->str, scan->string->len, error);
}

static gboolean
files_scan_merges (PerseaJsonScan *scan, PerseaBpe *bpe, GError **error)
{
  gboolean first = TRUE, found;

  if (!persea_json_scan_char (scan, '['))
    return persea_json_scan_error (scan, "an array of merges", error);
  while (persea_json_scan_next (scan, &first, ']', &found) && found)
    if (!files_scan_merge (scan, bpe, error))
      return FALSE;
  return !found || persea_json_scan_error (scan, "\",\" or \"]\"", error);
}

/* {"id": 49407, "content": "<|endoftext|>", …}; most are in the vocabulary, too */
static gboolean
files_scan_added_token (PerseaJsonScan *scan, PerseaBpe *bpe, GError **error)
{
  g_autofree char *content = NULL;
  int64_t id = -1;
  gboolean first = TRUE, found;

  if (!persea_json_scan_char (scan, '{'))
    return persea_json_scan_error (scan, "an added token", error);
  while (persea_json_scan_next (scan, &first, '}', &found) && found)
    {
      gboolean read = persea_json_scan_string (scan) && persea_json_scan_char (scan, ':');

      if (read && strcmp (scan->string->str, "id") == 0)
        read = persea_json_scan_integer (scan, &id);
      else if (read && strcmp (scan->string->str, "content") == 0)
        {
          read = persea_json_scan_string (scan);
          g_free (content);
          content = g_strdup (scan->string->str);
        }
      else
        read = read && persea_json_scan_skip (scan);
      if (!read)
        return persea_json_scan_error (scan, "an added token", error);
    }
  if (found || !content)
    return persea_json_scan_error (scan, "an added token", error);
  return persea_bpe_find (bpe, content) >= 0
         || persea_bpe_add_token (bpe, content, strlen (content), id, error);
}

static gboolean
files_scan_added_tokens (PerseaJsonScan *scan, PerseaBpe *bpe, GError **error)
{
  gboolean first = TRUE, found;

  if (!persea_json_scan_char (scan, '['))
    return persea_json_scan_error (scan, "an array of added tokens", error);
  while (persea_json_scan_next (scan, &first, ']', &found) && found)
    if (!files_scan_added_token (scan, bpe, error))
      return FALSE;
  return !found || persea_json_scan_error (scan, "\",\" or \"]\"", error);
}

/* where the parts of a tokenizer.json begin, as they have to be read in another order */
typedef struct
{
  const char *type, *vocabulary, *merges, *added_tokens;
} TokenizerParts;

static gboolean
files_find_parts (PerseaJsonScan *scan, gboolean in_model, TokenizerParts *parts, GError **error)
{
  gboolean first = TRUE, found;

  if (!persea_json_scan_char (scan, '{'))
    return persea_json_scan_error (scan, "an object", error);
  while (persea_json_scan_next (scan, &first, '}', &found) && found)
    {
      const char *key;

      if (!persea_json_scan_string (scan) || !persea_json_scan_char (scan, ':'))
        return persea_json_scan_error (scan, "a member", error);
      key = scan->string->str;
      if (in_model && strcmp (key, "vocab") == 0)
        parts->vocabulary = scan->at;
      else if (in_model && strcmp (key, "merges") == 0)
        parts->merges = scan->at;
      else if (in_model && strcmp (key, "type") == 0)
        parts->type = scan->at;
      else if (!in_model && strcmp (key, "added_tokens") == 0)
        parts->added_tokens = scan->at;
      else if (!in_model && strcmp (key, "model") == 0)
        {
          if (!files_find_parts (scan, TRUE, parts, error))
            return FALSE;
          continue;
        }
      if (!persea_json_scan_skip (scan))
        return persea_json_scan_error (scan, "a value", error);
    }
  return !found || persea_json_scan_error (scan, "\",\" or \"}\"", error);
}

static gboolean
files_check_type (PerseaJsonScan *scan, const TokenizerParts *parts, GError **error)
{
  if (parts->type)
    {
      scan->at = parts->type;
      if (!persea_json_scan_string (scan))
        return persea_json_scan_error (scan, "a string", error);
    }
  if (parts->type ? strcmp (scan->string->str, "BPE") == 0 : parts->vocabulary && parts->merges)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               "expected a tokenizer of type BPE, found %s",
               parts->type ? scan->string->str : "none");
  return FALSE;
}

static gboolean
files_build_tokenizer_json (PerseaBpe *bpe, PerseaJsonScan *scan, GError **error)
{
  TokenizerParts parts = { NULL };

  if (!files_find_parts (scan, FALSE, &parts, error) || !files_check_type (scan, &parts, error))
    return FALSE;
  if (!parts.vocabulary || !parts.merges)
    return persea_json_scan_error (scan, "\"vocab\" and \"merges\" before", error);

  scan->at = parts.vocabulary;
  if (!files_scan_vocabulary (scan, bpe, error))
    return FALSE;
  scan->at = parts.merges;
  if (!files_scan_merges (scan, bpe, error))
    return FALSE;
  if (parts.added_tokens)
    {
      scan->at = parts.added_tokens;
      if (!files_scan_added_tokens (scan, bpe, error))
        return FALSE;
    }
  return persea_bpe_finish (bpe, error);
}

PerseaBpe *
persea_bpe_load_tokenizer_json (const char *path, GError **error)
{
  g_autoptr (PerseaBpe) bpe = persea_bpe_new ();
  g_autoptr (GString) contents = files_read (path, G_MAXSIZE, error);
  PerseaJsonScan scan;
  gboolean built;

  if (!contents)
    return NULL;

  persea_json_scan_init (&scan, contents->str, contents->len);
  built = files_build_tokenizer_json (bpe, &scan, error);
  persea_json_scan_clear (&scan);
  if (!built)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return g_steal_pointer (&bpe);
}

static gboolean
files_add_byte_tokens (PerseaBpe *bpe, const char *suffix, GError **error)
{
  for (int pass = 0; pass < 2; pass++) /* first those that stand for themselves */
    for (int byte = 0; byte < 256; byte++)
      {
        gunichar c = persea_bpe_byte_to_character (byte);
        char text[16] = "";

        if ((c == (gunichar) byte) != (pass == 0))
          continue;
        g_unichar_to_utf8 (c, text);
        g_strlcat (text, suffix, sizeof text);
        if (!persea_bpe_add_token (bpe, text, strlen (text), persea_bpe_get_size (bpe), error))
          return FALSE;
      }
  return TRUE;
}

/* the texts that the merges make, without the space */
static gboolean
files_add_merged_tokens (PerseaBpe *bpe, const char *text, size_t max, GError **error)
{
  const char *end;

  for (; *text && max > 0; text = end)
    {
      char token[256];
      size_t length = 0;

      end = files_line_end (text);
      for (const char *at = text; at < end && length < sizeof token; at++)
        if (*at != ' ' && *at != '\r' && *at != '\n')
          token[length++] = *at;
      if (length == 0)
        continue;
      if (!persea_bpe_add_token (bpe, token, length, persea_bpe_get_size (bpe), error))
        return FALSE;
      max--;
    }
  return TRUE;
}

static gboolean
files_build_openai (PerseaBpe *bpe, const char *text, GError **error)
{
  static const char *const specials[N_SPECIAL_TOKENS] = { "<|startoftext|>", "<|endoftext|>" };

  text = files_line_end (text);
  if (!*text)
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "expected lines of two tokens, found none");
      return FALSE;
    }
  if (!files_add_byte_tokens (bpe, "", error)
      || !files_add_byte_tokens (bpe, PERSEA_BPE_WORD_END, error)
      || !files_add_merged_tokens (bpe, text, OPENAI_MAX_MERGES, error)
      || !files_add_merges (bpe, text, OPENAI_MAX_MERGES, error))
    return FALSE;
  for (int i = 0; i < N_SPECIAL_TOKENS; i++)
    if (!persea_bpe_add_token (bpe, specials[i], strlen (specials[i]),
                               persea_bpe_get_size (bpe), error))
      return FALSE;
  return persea_bpe_finish (bpe, error);
}

PerseaBpe *
persea_bpe_load_openai (const char *path, GError **error)
{
  g_autoptr (PerseaBpe) bpe = persea_bpe_new ();
  g_autoptr (GString) contents = files_read (path, OPENAI_MAX_MERGES + 1, error);

  if (!contents)
    return NULL;
  if (!files_build_openai (bpe, contents->str, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return g_steal_pointer (&bpe);
}

PerseaBpe *
persea_bpe_load_tokens (const char *path, GError **error)
{
  g_autoptr (PerseaBpe) bpe = persea_bpe_new ();
  g_autoptr (GString) vocabulary = files_read (path, G_MAXSIZE, error);
  PerseaJsonScan scan;
  gboolean loaded;

  if (!vocabulary)
    return NULL;
  persea_json_scan_init (&scan, vocabulary->str, vocabulary->len);
  loaded = files_scan_vocabulary (&scan, bpe, error);
  persea_json_scan_clear (&scan);
  if (!loaded)
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return g_steal_pointer (&bpe);
}

static gboolean
files_ensure_token (PerseaBpe *bpe, const char *text, GError **error)
{
  return persea_bpe_find (bpe, text) >= 0
         || persea_bpe_add_token (bpe, text, strlen (text), persea_bpe_get_size (bpe), error);
}

/* @line: two words, terminated; others are passed over */
static gboolean
files_add_free_merge (PerseaBpe *bpe, char *line, GError **error)
{
  static const char spaces[] = " \t\r\f\v";
  char *left = line + strspn (line, spaces);
  char *left_end = left + strcspn (left, spaces);
  char *right = left_end + strspn (left_end, spaces);
  char *right_end = right + strcspn (right, spaces);
  g_autofree char *both = NULL;

  if (right == right_end || right_end[strspn (right_end, spaces)])
    return TRUE;
  *left_end = *right_end = '\0';
  both = g_strconcat (left, right, NULL);
  return files_ensure_token (bpe, left, error) && files_ensure_token (bpe, right, error)
         && files_ensure_token (bpe, both, error)
         && persea_bpe_add_merge (bpe, left, left_end - left, right, right_end - right, error);
}

static gboolean
files_build_merges (PerseaBpe *bpe, GString *contents, GError **error)
{
  char text[8] = { 0 };

  for (int c = 1; c < 128; c++)
    {
      text[0] = c;
      if (!files_ensure_token (bpe, text, error))
        return FALSE;
    }
  for (int byte = 0; byte < 256; byte++)
    {
      text[g_unichar_to_utf8 (persea_bpe_byte_to_character (byte), text)] = '\0';
      if (!files_ensure_token (bpe, text, error))
        return FALSE;
    }

  char *line = contents->str + (files_line_end (contents->str) - contents->str);
  for (char *end; (end = strchr (line, '\n')); line = end + 1)
    {
      *end = '\0';
      if (!files_add_free_merge (bpe, line, error))
        return FALSE;
    }
  return TRUE;
}

PerseaBpe *
persea_bpe_load_merges (const char *path, GError **error)
{
  g_autoptr (PerseaBpe) bpe = persea_bpe_new ();
  g_autoptr (GString) contents = files_read (path, G_MAXSIZE, error);

  if (!contents)
    return NULL;
  if (!files_build_merges (bpe, contents, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return g_steal_pointer (&bpe);
}
