/* persea-bus-tag.h - the arguments of Tag, checked
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-bus-call.h"

G_BEGIN_DECLS

/**
 * persea_bus_tag_parse:
 * @call: (inout): empty; gets what is not about tags
 * @arguments: (asa{sv})
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT that names the option
 *
 * Returns: (transfer full) (nullable): what to do
 */
PerseaWork *persea_bus_tag_parse (PerseaBusCall *call, GVariant *arguments, GError **error);

G_END_DECLS
