/* persea-ascii.h - text in the letters of ASCII
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * dalle-mini has prompts in ASCII, by Python's package unidecode.  The same comes out here for Latin,
 * Greek and Cyrillic letters, and for the signs that people type; other scripts are left out, where
 * unidecode spells them out: the networks have learned from English captions.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_ascii_spell:
 * @text: valid UTF-8, small letters
 *
 * Returns: (transfer full): the text in ASCII
 */
char *persea_ascii_spell (const char *text);

G_END_DECLS
