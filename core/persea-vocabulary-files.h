/* persea-vocabulary-files.h - where vocabularies are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Looked for by name, "NAME.txt", in each folder of $PERSEA_VOCABULARY_PATH (separated by colons),
 * in $XDG_DATA_HOME/persea/vocabularies, and in DATADIR/persea/vocabularies.
 */
#pragma once

#include "persea-vocabulary.h"

G_BEGIN_DECLS

/**
 * persea_vocabulary_files_load:
 * @vocabulary: (nullable): a path (if it has a slash or there is such a file), or a name.  %NULL:
 *   the one called like the model, then the one called like the model's name up to its first "-"
 *   ("orchard" for "orchard-clip"), then "default"
 * @model: name of the model
 * @error: return location; %PERSEA_ERROR_NOT_FOUND, %PERSEA_ERROR_INVALID_DATA
 *
 * Returns: (transfer full) (nullable): the vocabulary
 */
PerseaVocabulary *persea_vocabulary_files_load (const char  *vocabulary,
                                                const char  *model,
                                                GError     **error);

/**
 * persea_vocabulary_files_load_background:
 *
 * Returns: (transfer full) (array zero-terminated=1): the words of background.txt, one a line;
 *   none if there is no such file
 */
char **persea_vocabulary_files_load_background (void);

G_END_DECLS
