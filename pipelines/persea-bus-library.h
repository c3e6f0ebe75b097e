/* persea-bus-library.h - the library on the bus
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The interface org.persea.Persea1.Library, and the methods Index and ListDuplicates of
 * org.persea.Persea1.  What is asked is answered in one call; how many may wait for their answers is
 * bounded, and nobody works for callers that have left the bus.
 */
#pragma once

#include "persea-bus-jobs.h"

G_BEGIN_DECLS

typedef struct _PerseaBusLibrary PerseaBusLibrary;

/* Told when the first call begins to wait, and when the last one has its answer. */
typedef void (*PerseaBusLibraryFunc) (PerseaBusLibrary *library, gpointer user_data);

/**
 * persea_bus_library_new:
 * @worker: who answers
 * @error: return location; if there is no room for the object on the bus
 */
PerseaBusLibrary *persea_bus_library_new (GDBusConnection       *connection,
                                          PerseaWorker          *worker,
                                          PerseaBusLibraryFunc   changed,
                                          gpointer               user_data,
                                          GError               **error);

/* Only after all have their answers: free the worker before. */
void persea_bus_library_free (PerseaBusLibrary *library);

/* calls that have no answer yet */
unsigned persea_bus_library_count (PerseaBusLibrary *library);

/* each a PerseaBusParseFunc: the arguments of Index, of ListDuplicates */
PerseaWork *persea_bus_index_parse (PerseaBusCall *call, GVariant *arguments, GError **error);
PerseaWork *persea_bus_duplicates_parse (PerseaBusCall *call, GVariant *arguments, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusLibrary, persea_bus_library_free)

G_END_DECLS
