/* persea-bus-results.h - what came of a job, for those who ask afterwards
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All jobs share one budget, so that results that nobody fetches cannot fill the memory.
 */
#pragma once

#include <stdint.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/* bytes of all results that are kept; beyond that, new ones are told and forgotten */
#define PERSEA_BUS_MAX_KEPT (UINT64_C (256) << 20)

/* results that are given out at once */
#define PERSEA_BUS_MAX_GIVEN 1000

typedef struct _PerseaBusResults PerseaBusResults;

/* @kept: (inout): bytes of all results; must stay */
PerseaBusResults *persea_bus_results_new (uint64_t *kept);
void              persea_bus_results_free (PerseaBusResults *results);

/**
 * persea_bus_results_add:
 * @item: (ua{sv}), not floating
 *
 * Returns: whether there was room
 */
gboolean persea_bus_results_add (PerseaBusResults *results, GVariant *item);

/* the same for the file that came of an item; an older one of the same number is replaced */
gboolean persea_bus_results_add_picture (PerseaBusResults *results, unsigned index, GBytes *picture);

/* (transfer floating): a(ua{sv}): without the first @skip, %PERSEA_BUS_MAX_GIVEN at most */
GVariant *persea_bus_results_list (PerseaBusResults *results, unsigned skip);

/* (transfer none) (nullable) */
GBytes *persea_bus_results_find_picture (PerseaBusResults *results, unsigned index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusResults, persea_bus_results_free)

G_END_DECLS
