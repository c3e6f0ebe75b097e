/* persea-sum.h - a quick sum over memory
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finds damage, not malice, in the files of the caches, at about the speed of memory.  The same on
 * all little-endian machines; the files are not for others.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_sum_add:
 * @sum: of what came before, 0 at first
 * @data: (array length=size)
 *
 * Returns: the sum with @data; how it is cut into pieces matters
 */
uint64_t persea_sum_add (uint64_t    sum,
                         const void *data,
                         size_t      size);

G_END_DECLS
