/* persea-dalle-text.h - what dalle-mini does to a prompt before it is cut into words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The captions that DALL·E mini and mega saw went through a normalizer (borisdayma/dalle-mini,
 * src/dalle_mini/model/text.py): small letters of ASCII, no addresses, all punctuation commas.
 * Done here as there, but for some things that need large tables or chance:
 *
 * - Characters that are not ASCII: letters of Latin, Greek and Cyrillic and the usual signs are
 *   spelled out (persea-ascii.h), emoji have their names, everything else is left out; unidecode
 *   spells out other scripts, too.
 * - #hashtags are cut into words if there is a list of them, and lose their sign in any case.
 * - "<person>" always becomes "a person", the most frequent of three.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_DALLE_TEXT_MAX 8192 /* bytes that are looked at; more than 64 tokens ever have */

/**
 * persea_dalle_text_normalize:
 * @text: valid UTF-8
 * @words_path: (nullable) (type filename): a list of words for hashtags, see persea-hashtags.h
 *
 * Returns: (transfer full): the normalized text, ASCII; it begins with a space
 */
char *persea_dalle_text_normalize (const char *text, const char *words_path);

/**
 * persea_dalle_text_split:
 * @text: valid UTF-8
 *
 * Cuts a text into the words of GPT-2 and BART: letters, digits, or others, with a space in front
 * if there is one; nothing is lost.
 *
 * Returns: (transfer full) (array zero-terminated=1): the words
 */
GStrv persea_dalle_text_split (const char *text);

G_END_DECLS
