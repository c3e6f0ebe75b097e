/* persea-text-clean.h - what CLIP's tokenizer does to a text before it cuts it into words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The rules are those of openai/CLIP (clip/simple_tokenizer.py) with ftfy installed, which is how
 * the networks were trained:
 *
 * 1. ftfy.fix_text(), line by line until nothing changes: HTML references (unless there is a "<"
 *    somewhere), C1 controls read as Windows-1252, Latin ligatures taken apart, full-width and
 *    half-width forms made normal, curly quotes made straight, terminal escapes and control
 *    characters removed, normal form C.  Left out is ftfy's repair of text that somebody decoded
 *    with the wrong character set ("mojibake"): people do not type it.
 * 2. HTML references again, twice, as browsers read them.
 * 3. White space at the ends removed, every run of it inside made one space.
 * 4. Small letters, as Python's str.lower() makes them, whatever the locale.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_text_clean:
 * @text: valid UTF-8
 *
 * Returns: (transfer full): the cleaned text, valid UTF-8
 */
char *persea_text_clean (const char *text);

/**
 * persea_text_is_space:
 *
 * Returns: whether Unicode calls the character white space (not the same as
 *   g_unichar_isspace(), which leaves out some)
 */
gboolean persea_text_is_space (gunichar c);

/**
 * persea_text_lower:
 * @text: valid UTF-8
 *
 * Returns: (transfer full): the text in small letters; unlike g_utf8_strdown() the same in
 *   every locale, and with the small sigma of word ends
 */
char *persea_text_lower (const char *text);

G_END_DECLS
