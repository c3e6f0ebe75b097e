/* persea-bus-error.c - the table of error names
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-error.h"

#include "persea-error.h"

#include <string.h>

#define BUS_ERROR_PREFIX "org.persea.Persea1.Error."
#define MAX_PART 400 /* bytes of a message's beginning, and of its end */

static const struct
{
  PerseaError code;
  const char *word; /* as persea_error_code_name() has it */
  const char *name;
} bus_errors[] = {
  { PERSEA_ERROR_FAILED, "failed", BUS_ERROR_PREFIX "Failed" },
  { PERSEA_ERROR_NOT_FOUND, "not-found", BUS_ERROR_PREFIX "NotFound" },
  { PERSEA_ERROR_INVALID_DATA, "invalid-data", BUS_ERROR_PREFIX "InvalidData" },
  { PERSEA_ERROR_UNSUPPORTED, "unsupported", BUS_ERROR_PREFIX "Unsupported" },
  { PERSEA_ERROR_INVALID_ARGUMENT, "invalid-argument", BUS_ERROR_PREFIX "InvalidArgument" },
  { PERSEA_ERROR_NO_DEVICE, "no-device", BUS_ERROR_PREFIX "NoDevice" },
  { PERSEA_ERROR_DEVICE_LOST, "device-lost", BUS_ERROR_PREFIX "DeviceLost" },
  { PERSEA_ERROR_OUT_OF_MEMORY, "out-of-memory", BUS_ERROR_PREFIX "OutOfMemory" },
  { PERSEA_ERROR_CANCELLED, "cancelled", BUS_ERROR_PREFIX "Cancelled" },
  { PERSEA_ERROR_BUSY, "busy", BUS_ERROR_PREFIX "Busy" },
};

void
persea_bus_error_register (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (bus_errors); i++)
    g_dbus_error_register_error (PERSEA_ERROR, bus_errors[i].code, bus_errors[i].name);
}

const char *
persea_bus_error_name (const GError *error)
{
  return persea_bus_error_name_of_word (persea_error_code_name (error));
}

const char *
persea_bus_error_name_of_word (const char *word)
{
  for (size_t i = 0; i < G_N_ELEMENTS (bus_errors); i++)
    if (strcmp (word, bus_errors[i].word) == 0)
      return bus_errors[i].name;
  return bus_errors[0].name;
}

char *
persea_bus_error_message (const GError *error)
{
  size_t length = strlen (error->message);
  g_autofree char *start = NULL;
  g_autofree char *end = NULL;

  if (length <= 2 * MAX_PART)
    return g_utf8_make_valid (error->message, -1);
  start = g_utf8_make_valid (error->message, MAX_PART);
  end = g_utf8_make_valid (error->message + length - MAX_PART, MAX_PART);
  return g_strdup_printf ("%s … %s", start, end);
}

void
persea_bus_error_return (GDBusMethodInvocation *invocation, const GError *error)
{
  g_autofree char *message = persea_bus_error_message (error);

  g_dbus_method_invocation_return_dbus_error (invocation, persea_bus_error_name (error), message);
}
