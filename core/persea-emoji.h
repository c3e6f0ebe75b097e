/* persea-emoji.h - emoji in words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * DALL·E mini was trained on captions whose emoji had been replaced by their English names, as
 * Python's package emoji does it: "grinning_face".
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_emoji_spell:
 * @text: valid UTF-8
 * @mark: what stands before and behind each name
 *
 * Returns: (transfer full): @text with names for emoji, and without variation selectors
 */
char *persea_emoji_spell (const char *text, const char *mark);

G_END_DECLS
