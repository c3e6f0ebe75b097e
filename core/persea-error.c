/* persea-error.c - the one error domain
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-error.h"

#include <gio/gio.h>

G_DEFINE_QUARK (persea-error-quark, persea_error)

static const char *const error_code_names[] = {
  [PERSEA_ERROR_FAILED] = "failed",
  [PERSEA_ERROR_NOT_FOUND] = "not-found",
  [PERSEA_ERROR_INVALID_DATA] = "invalid-data",
  [PERSEA_ERROR_UNSUPPORTED] = "unsupported",
  [PERSEA_ERROR_INVALID_ARGUMENT] = "invalid-argument",
  [PERSEA_ERROR_NO_DEVICE] = "no-device",
  [PERSEA_ERROR_DEVICE_LOST] = "device-lost",
  [PERSEA_ERROR_OUT_OF_MEMORY] = "out-of-memory",
  [PERSEA_ERROR_CANCELLED] = "cancelled",
  [PERSEA_ERROR_BUSY] = "busy",
};

static PerseaError
error_code_from_gio (int code)
{
  switch (code)
    {
    case G_IO_ERROR_NOT_FOUND:
      return PERSEA_ERROR_NOT_FOUND;
    case G_IO_ERROR_CANCELLED:
      return PERSEA_ERROR_CANCELLED;
    case G_IO_ERROR_INVALID_DATA:
      return PERSEA_ERROR_INVALID_DATA;
    case G_IO_ERROR_INVALID_ARGUMENT:
      return PERSEA_ERROR_INVALID_ARGUMENT;
    case G_IO_ERROR_NOT_SUPPORTED:
      return PERSEA_ERROR_UNSUPPORTED;
    case G_IO_ERROR_BUSY:
      return PERSEA_ERROR_BUSY;
    default:
      return PERSEA_ERROR_FAILED;
    }
}

const char *
persea_error_code_name (const GError *error)
{
  PerseaError code = PERSEA_ERROR_FAILED;

  if (error->domain == PERSEA_ERROR
      && error->code >= 0 && error->code < (int) G_N_ELEMENTS (error_code_names))
    code = error->code;
  else if (error->domain == G_IO_ERROR)
    code = error_code_from_gio (error->code);
  else if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    code = PERSEA_ERROR_NOT_FOUND;

  return error_code_names[code];
}

gboolean
persea_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_CANCELLED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}
