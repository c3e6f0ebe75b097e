/* persea-error.h - the one error domain
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Codes name what the caller can do about it, not where it happened.  Whoever detects an error
 * writes the message (the thing, what was expected, what was found); whoever passes it on adds
 * at most a prefix that names the thing at hand.  Errors of GLib and GIO pass through unchanged.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_ERROR (persea_error_quark ())

/**
 * PerseaError:
 * @PERSEA_ERROR_FAILED: none of the others
 * @PERSEA_ERROR_NOT_FOUND: a file, model, device or name is not there
 * @PERSEA_ERROR_INVALID_DATA: a file or message from outside is damaged or lies
 * @PERSEA_ERROR_UNSUPPORTED: well-formed, but nothing that Persea can use
 * @PERSEA_ERROR_INVALID_ARGUMENT: the caller asked for something senseless
 * @PERSEA_ERROR_NO_DEVICE: no usable device
 * @PERSEA_ERROR_DEVICE_LOST: the device failed in the middle; open it again
 * @PERSEA_ERROR_OUT_OF_MEMORY: the device's memory or its budget is used up
 * @PERSEA_ERROR_CANCELLED: somebody asked to stop
 * @PERSEA_ERROR_BUSY: try again later
 */
typedef enum
{
  PERSEA_ERROR_FAILED,
  PERSEA_ERROR_NOT_FOUND,
  PERSEA_ERROR_INVALID_DATA,
  PERSEA_ERROR_UNSUPPORTED,
  PERSEA_ERROR_INVALID_ARGUMENT,
  PERSEA_ERROR_NO_DEVICE,
  PERSEA_ERROR_DEVICE_LOST,
  PERSEA_ERROR_OUT_OF_MEMORY,
  PERSEA_ERROR_CANCELLED,
  PERSEA_ERROR_BUSY,
} PerseaError;

GQuark persea_error_quark (void);

/**
 * persea_error_code_name:
 * @error: any error
 *
 * Returns: (transfer none): the code as a stable word for machines ("not-found", "invalid-data",
 *   …), used in JSON output and as the last part of D-Bus error names; "cancelled" also for
 *   %G_IO_ERROR_CANCELLED, and for other domains the nearest word, "failed" at worst
 */
const char *persea_error_code_name (const GError *error);

/**
 * persea_error_is_cancelled:
 * @error: (nullable): any error
 *
 * Returns: %TRUE if @error says that somebody asked to stop, in our words or in GIO's
 */
gboolean persea_error_is_cancelled (const GError *error);

G_END_DECLS
