/* persea-request.h - work that a program asked for, from outside of the worker
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is to be done is a PerseaWork; a request is its place in the queue, its end, and its news.
 *
 * Threads: made, submitted and cancelled on one thread, whose main context gets all events.
 */
#pragma once

#include "persea-work.h"

G_BEGIN_DECLS

/**
 * PerseaPriority:
 * @PERSEA_PRIORITY_INTERACTIVE: somebody waits for it
 * @PERSEA_PRIORITY_BACKGROUND: done when nothing else is asked for, before watched folders
 */
typedef enum
{
  PERSEA_PRIORITY_INTERACTIVE,
  PERSEA_PRIORITY_BACKGROUND,
  PERSEA_N_PRIORITIES,
} PerseaPriority;

/**
 * PerseaRequestItem:
 * @index: of the item in the request
 * @values: (nullable): a{sv}: what came of it; %NULL if it failed
 * @picture: (nullable): a file that came of it, PNG
 * @error: (nullable): why it failed
 */
typedef struct
{
  unsigned  index;
  GVariant *values;
  GBytes   *picture;
  GError   *error;
} PerseaRequestItem;

/**
 * PerseaRequestEvents:
 * @loading: its turn has come, and what it needs is being loaded
 * @running: it is there; @model is the model's name
 * @progress: how far it is, 0 to 1; only of work whose items come all at the end
 * @items: (element-type PerseaRequestItem): some results; every item has one unless the request
 *   fails or is cancelled
 * @preview: what is drawn so far, PNG
 * @finished: the end; @error is %NULL if it went well, %PERSEA_ERROR_CANCELLED after
 *   persea_worker_cancel(); @details is a{sv}, never floating
 */
typedef struct
{
  void (*loading) (PerseaRequest *request, gpointer user_data);
  void (*running) (PerseaRequest *request, const char *model, gpointer user_data);
  void (*progress) (PerseaRequest *request, double fraction, gpointer user_data);
  void (*items) (PerseaRequest *request, GPtrArray *items, gpointer user_data);
  void (*preview) (PerseaRequest *request, GBytes *picture, gpointer user_data);
  void (*finished) (PerseaRequest *request,
                    GVariant      *details,
                    const GError  *error,
                    gpointer       user_data);
} PerseaRequestEvents;

/**
 * persea_request_new:
 * @work: (transfer full): what to do
 * @events: must stay; called until @finished has been
 *
 * Returns: (transfer full): something for persea_worker_submit()
 */
PerseaRequest *persea_request_new (PerseaWork                *work,
                                   PerseaPriority             priority,
                                   const PerseaRequestEvents *events,
                                   gpointer                   user_data);

PerseaRequest *persea_request_ref (PerseaRequest *request);
void           persea_request_unref (PerseaRequest *request);

PerseaPriority persea_request_get_priority (PerseaRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaRequest, persea_request_unref)

G_END_DECLS
