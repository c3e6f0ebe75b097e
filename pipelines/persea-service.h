/* persea-service.h - the daemon, as the command line calls it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PERSEA_SERVICE_NAME "org.persea.Persea1"
#define PERSEA_SERVICE_PATH "/org/persea/Persea1"

/**
 * PerseaServiceStart:
 * @PERSEA_SERVICE_ASK: ask the daemon if it runs
 * @PERSEA_SERVICE_START: start it if it does not
 */
typedef enum
{
  PERSEA_SERVICE_ASK,
  PERSEA_SERVICE_START,
} PerseaServiceStart;

/**
 * persea_service_call:
 * @interface: of the object /org/persea/Persea1
 * @method: of @interface
 * @arguments: (nullable): a tuple, taken if it is floating
 * @reply_type: (nullable): what the answer must be
 * @start: whether to start the daemon
 * @error: return location; the daemon's own errors have the domain %PERSEA_ERROR; see
 *   persea_service_is_missing()
 *
 * Waits for the answer.
 *
 * Returns: (transfer full) (nullable): the answer, a tuple
 */
GVariant *persea_service_call (const char          *interface,
                               const char          *method,
                               GVariant            *arguments,
                               const GVariantType  *reply_type,
                               PerseaServiceStart   start,
                               GCancellable        *cancellable,
                               GError             **error);

/* whether @error means that the daemon does not run, or that there is no session bus */
gboolean persea_service_is_missing (const GError *error);

G_END_DECLS
