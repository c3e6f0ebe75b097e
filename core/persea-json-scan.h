/* persea-json-scan.h - reading large JSON files without building a tree
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A vocabulary is a JSON object with fifty thousand members.  json-glib needs 50 ms to make nodes
 * of them, a sixth of what a whole warm run of `persea tag` may take beyond its arithmetic; going
 * through the text once takes two.  For everything smaller, use json-glib.
 *
 * The functions walk forward through a text.  Each returns %FALSE if the text is not what was
 * asked for; then persea_json_scan_error() tells where.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *start; /* of the whole text */
  const char *at;
  const char *end;
  GString    *string; /* what persea_json_scan_string() read last; may contain NUL */
} PerseaJsonScan;

/* @text must stay alive */
void persea_json_scan_init (PerseaJsonScan *scan, const char *text, size_t length);
void persea_json_scan_clear (PerseaJsonScan *scan);

/* what comes next, white space aside: one of { } [ ] , : " or another character; 0 at the end */
char persea_json_scan_peek (PerseaJsonScan *scan);

/* white space and @c */
gboolean persea_json_scan_char (PerseaJsonScan *scan, char c);

/* a string, without escapes, into scan->string */
gboolean persea_json_scan_string (PerseaJsonScan *scan);

/* an integer without fraction or exponent */
gboolean persea_json_scan_integer (PerseaJsonScan *scan, int64_t *value);

/* any value, to be ignored; brackets need only pair up */
gboolean persea_json_scan_skip (PerseaJsonScan *scan);

/**
 * persea_json_scan_next:
 * @first: (inout): %TRUE before the first element; becomes %FALSE
 * @close: '}' or ']'
 * @found: (out): %TRUE if another element follows, %FALSE after the closing bracket
 *
 * Steps to the next element of an object or array whose opening bracket has been read.
 */
gboolean persea_json_scan_next (PerseaJsonScan *scan,
                                gboolean       *first,
                                char            close,
                                gboolean       *found);

/**
 * persea_json_scan_error:
 * @expected: what should be here, in English: "a string"
 *
 * Sets %PERSEA_ERROR_INVALID_DATA with the place.  Returns: %FALSE
 */
gboolean persea_json_scan_error (const PerseaJsonScan *scan, const char *expected, GError **error);

G_END_DECLS
