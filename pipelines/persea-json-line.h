/* persea-json-line.h - one JSON object on one line
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What --json writes.  Members appear in the order in which they are added; numbers have a fixed
 * number of decimals, so that equal results give equal bytes.  Names are plain ASCII words.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PerseaJsonLine PerseaJsonLine;

/* an open, empty object */
PerseaJsonLine *persea_json_line_new (void);

void persea_json_line_free (PerseaJsonLine *line);

/* In objects @name is the member's name; in arrays it is %NULL.  Bytes that are not UTF-8 become
 * U+FFFD. */
void persea_json_line_add_string (PerseaJsonLine *line,
                                  const char     *name,
                                  const char     *value);

/* @decimals behind the point; numbers that are not finite become null */
void persea_json_line_add_number (PerseaJsonLine *line,
                                  const char     *name,
                                  double          value,
                                  unsigned        decimals);

void persea_json_line_add_integer (PerseaJsonLine *line,
                                   const char     *name,
                                   int64_t         value);

/* @value: a number that is JSON already */
void persea_json_line_add_literal (PerseaJsonLine *line,
                                   const char     *name,
                                   const char     *value);

void persea_json_line_add_boolean (PerseaJsonLine *line,
                                   const char     *name,
                                   gboolean        value);

/**
 * persea_json_line_add_file:
 * @file: a name in the file system's encoding
 *
 * Adds "file".  JSON knows only Unicode: if the name is not UTF-8, "file" is its readable form
 * and a second member "uri" names it without loss ("file:///…%FF…").
 */
void persea_json_line_add_file (PerseaJsonLine *line,
                                const char     *file);

void persea_json_line_begin_object (PerseaJsonLine *line,
                                    const char     *name);
void persea_json_line_begin_array (PerseaJsonLine *line,
                                   const char     *name);

/* closes what was begun last */
void persea_json_line_end (PerseaJsonLine *line);

/* (transfer none): the finished line with its line feed; nothing can be added any more */
const char *persea_json_line_finish (PerseaJsonLine *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaJsonLine, persea_json_line_free)

G_END_DECLS
