/* persea-bus-error.h - errors as D-Bus names them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* From now on GDBus gives errors of %PERSEA_ERROR their names.  May be called again. */
void persea_bus_error_register (void);

/**
 * persea_bus_error_name:
 * @error: of any domain
 *
 * Returns: (transfer none): the name of the nearest error of Persea,
 *   "org.persea.Persea1.Error.NotFound"
 */
const char *persea_bus_error_name (const GError *error);

/* (transfer none): the same for what persea_error_code_name() has said of an error, "not-found" */
const char *persea_bus_error_name_of_word (const char *word);

/**
 * persea_bus_error_message:
 * @error: of any domain
 *
 * Returns: (transfer full): its message as it goes over the bus: valid UTF-8, and of one that quotes
 *   something huge the beginning and the end
 */
char *persea_bus_error_message (const GError *error);

/**
 * persea_bus_error_return:
 * @invocation: (transfer full): a call
 * @error: why it fails
 *
 * Answers with @error, and persea_bus_error_message().
 */
void persea_bus_error_return (GDBusMethodInvocation *invocation, const GError *error);

G_END_DECLS
