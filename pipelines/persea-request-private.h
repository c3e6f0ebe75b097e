/* persea-request-private.h - requests, as the worker's thread sees them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-worker.h"

G_BEGIN_DECLS

struct _PerseaRequest
{
  gatomicrefcount            ref_count;
  GPtrArray                 *paths; /* (element-type filename) (nullable elements) */
  char                      *model; /* (nullable) */
  PerseaTagOptions           tag;
  GCancellable              *cancellable;
  GMainContext              *context; /* where events are told */
  const PerseaRequestEvents *events;
  gpointer                   user_data;
};

/**
 * persea_request_run:
 * @loader: of the worker
 *
 * Does all of @request and tells its events.  On the worker's thread.
 *
 * Returns: %FALSE if the device was lost
 */
gboolean persea_request_run (PerseaRequest *request, PerseaLoader *loader);

/* Tells the end of a request that is not run. */
void persea_request_tell_finished (PerseaRequest *request, const char *run, const GError *error);

G_END_DECLS
