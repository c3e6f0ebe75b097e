/* persea-bus-draw.h - the arguments of Generate, Complete and Vary, checked
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-bus-jobs.h"

G_BEGIN_DECLS

/* PerseaBusParseFunc: (sa{sv}): prompt */
PerseaWork *persea_bus_generate_parse (PerseaBusCall *call, GVariant *arguments, GError **error);

/* PerseaBusParseFunc: (ssa{sv}): uri, prompt */
PerseaWork *persea_bus_complete_parse (PerseaBusCall *call, GVariant *arguments, GError **error);

/* PerseaBusParseFunc: (sa{sv}): uri */
PerseaWork *persea_bus_vary_parse (PerseaBusCall *call, GVariant *arguments, GError **error);

G_END_DECLS
