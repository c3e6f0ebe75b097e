/* persea-cl-cache.h - built kernels on disk
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A driver may crash on a damaged binary, so each file carries the checksum of its contents; a
 * file that does not fit it is as good as absent.  Nothing here is an error: a cache that cannot
 * be read or written costs time only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full) (nullable): %NULL if absent or damaged */
GBytes *persea_cl_cache_load (const char *folder, const char *key);

/* written under a temporary name and renamed */
void persea_cl_cache_save (const char *folder, const char *key, const void *data, size_t size);

G_END_DECLS
