/* persea-bus-compare.h - the arguments of Rank and Embed, checked
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-bus-jobs.h"

G_BEGIN_DECLS

#define PERSEA_BUS_MAX_TEXTS 100000
#define PERSEA_BUS_MAX_TEXT_BYTES 65536 /* of each */

/* PerseaBusParseFunc: (asasa{sv}) */
PerseaWork *persea_bus_rank_parse (PerseaBusCall *call, GVariant *arguments, GError **error);

/* PerseaBusParseFunc: (asa{sv}) */
PerseaWork *persea_bus_embed_parse (PerseaBusCall *call, GVariant *arguments, GError **error);

G_END_DECLS
