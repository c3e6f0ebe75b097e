/* persea-search-arguments.h - the command line of persea search
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-command.h"
#include "persea-search.h"

G_BEGIN_DECLS

/**
 * PerseaSearchArguments:
 * @words: (nullable): what is looked for
 * @pictures: (nullable): what it is like
 * @minus: (nullable): what it is not
 * @duplicates: pictures that are there more than once are looked for
 * @sheet: (nullable): where a page of what is found goes
 * @no_daemon: persead is not asked
 * @options: which files; points into this struct
 */
typedef struct
{
  char              **words;
  char              **pictures;
  char              **minus;
  gboolean            duplicates;
  char               *sheet;
  gboolean            no_daemon;
  PerseaSearchOptions options;

  /*< private >*/
  char  **inputs;
  int     top;
  char   *folder;
  char   *since;
  char   *until;
  char  **tags;
  double  threshold; /* NAN: not given */
  char   *except;
} PerseaSearchArguments;

void persea_search_arguments_init (PerseaSearchArguments *arguments);
void persea_search_arguments_clear (PerseaSearchArguments *arguments);

/* as persea_command_parse() */
gboolean persea_search_arguments_parse (PerseaSearchArguments *arguments,
                                        PerseaCommand         *command,
                                        int                   *argc,
                                        char                ***argv);

/* finds out what is meant; %FALSE with what is wrong */
gboolean persea_search_arguments_check (PerseaSearchArguments *arguments, GError **error);

/* (transfer full): what is looked for, in words, translated */
char *persea_search_arguments_describe (const PerseaSearchArguments *arguments);

/**
 * persea_search_parse_date:
 * @text: "2025", "2025-06", "2025-06-30", or a point in time as in ISO 8601, in the local time zone
 * @after: the first second behind that year, month or day, instead of its first
 * @seconds: (out): since 1970
 */
gboolean persea_search_parse_date (const char *text, gboolean after, int64_t *seconds);

G_END_DECLS
