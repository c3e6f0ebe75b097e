/* persea-hashtags.h - hashtags, cut into words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * dalle-mini cuts "#sunsetbeach" into "sunset beach", by a list of words, the most frequent first, that
 * lies beside its weights: the cut whose words have the least product of ranks.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_hashtags_split:
 * @words_path: (type filename): the list, a word a line; what follows a space on it does not count
 * @tag: without its "#"; small letters and other ASCII
 * @error: return location; those of g_mapped_file_new()
 *
 * The list, which may have millions of lines, is read through at each call.
 *
 * Returns: (transfer full) (nullable): the words, with spaces between them
 */
char *persea_hashtags_split (const char *words_path, const char *tag, GError **error);

G_END_DECLS
