/* persea-parts.h - work cut into parts, for all processors
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For loops of a tenth of a millisecond or more that are not a device's work.  Whoever is free takes
 * the next part, and the caller does all that nobody has taken: it never waits for somebody to begin.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @part: 0 to n_parts - 1, each exactly once; several at a time, on any threads */
typedef void (*PerseaPartFunc) (size_t   part,
                                gpointer user_data);

/**
 * persea_parts_run:
 * @n_parts: how often @func is called; some for each processor, so that one that comes late takes fewer
 * @func: what to do
 * @user_data: passed to @func; not touched any more when this returns
 *
 * Returns when all parts are done.  Which thread does which part is chance: results must not depend on it.
 */
void persea_parts_run (size_t         n_parts,
                       PerseaPartFunc func,
                       gpointer       user_data);

G_END_DECLS
