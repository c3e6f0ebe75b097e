/* persea-request-private.h - requests, as the worker's thread sees them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The upper half is for those who do the work (persea-work-*.c), the lower for the worker.
 */
#pragma once

#include "persea-request.h"

G_BEGIN_DECLS

/* (transfer none): ends the work */
GCancellable *persea_request_get_cancellable (PerseaRequest *request);

/* Whether others wait that should have their turn now; see PerseaWorkKind. */
gboolean persea_request_should_yield (PerseaRequest *request);

/* Everything is loaded, and the work begins.  May be called once for each part of it. */
void persea_request_tell_running (PerseaRequest *request, const char *model);

/* @fraction: 0 to 1 */
void persea_request_tell_progress (PerseaRequest *request, double fraction);

/* @picture: a file, PNG */
void persea_request_tell_preview (PerseaRequest *request, GBytes *picture);

/**
 * persea_request_add_item:
 * @index: of the item, 0 to n_items - 1
 * @values: (nullable): a{sv}, taken if it is floating; %NULL if it failed
 * @picture: (nullable): a file that came of it, PNG
 * @error: (nullable): why it failed
 *
 * A result; each item has one.
 */
void persea_request_add_item (PerseaRequest *request,
                              unsigned       index,
                              GVariant      *values,
                              GBytes        *picture,
                              const GError  *error);

/* What the end will tell: a{sv}, taken if it is floating. */
void persea_request_set_details (PerseaRequest *request, GVariant *details);

/**
 * PerseaYieldFunc:
 *
 * Returns: whether a request of @priority that has worked since @since (monotonic, µs) should give
 *   way
 */
typedef gboolean (*PerseaYieldFunc) (PerseaPriority priority, gint64 since, gpointer user_data);

/**
 * persea_request_run:
 * @loader: of the worker
 * @yield: asked in the middle of long work
 * @more: (out): whether it gave way, or was put off, and is to be run again; if not, its end has been
 *   told
 *
 * Does a part of @request, all of it if nobody waits, and tells its events.
 *
 * Returns: %FALSE if the device was lost
 */
gboolean persea_request_run (PerseaRequest   *request,
                             PerseaLoader    *loader,
                             PerseaYieldFunc  yield,
                             gpointer         user_data,
                             gboolean        *more);

/* Ends it soon, be it running or yet to run.  On any thread. */
void persea_request_cancel (PerseaRequest *request);

/**
 * persea_request_put_off:
 *
 * Stops it soon, to be run again later: what @run did since its call is thrown away.  On the worker's
 * thread, in the middle of it.
 */
void persea_request_put_off (PerseaRequest *request);

/* Tells the end of a request that is not run, or not any more; unless it has been told. */
void persea_request_tell_cancelled (PerseaRequest *request);

/**
 * persea_request_give_up:
 *
 * A cancelled request that runs has a moment to end by itself, and to tell what it did last.  What it
 * is in may take long, and cannot be stopped: a driver that compiles.  Then its caller is told the end
 * without it, and what comes after is not told.
 */
void persea_request_give_up (PerseaRequest *request);

/* whether it has to wait for a drawing to end */
gboolean persea_request_draws (PerseaRequest *request);

G_END_DECLS
