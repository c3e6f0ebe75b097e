/* persea-windows-1252.h - what Windows takes the control characters U+0080 to U+009F for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Both HTML and ftfy repair them in this way.  Five have no meaning and stay as they are.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

static inline gunichar
persea_windows_1252_to_unicode (gunichar c)
{
  static const guint16 table[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
    0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
  };

  return c >= 0x80 && c <= 0x9f ? table[c - 0x80] : c;
}

G_END_DECLS
