/* persea-dalle-load.h - from the files of a DALL·E mini to a generator on a device, for the engine
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Users of generators ask the engine (persea-engine.h), which knows where models and caches are.
 */
#pragma once

#include "persea-generator.h"
#include "persea-registry.h"

G_BEGIN_DECLS

/* DALL·E mini and mega, and Orchard-DALL·E */
extern const PerseaGeneratorFamily persea_family_dalle;

/**
 * persea_dalle_load:
 * @precision: what was asked for, may be %PERSEA_PRECISION_AUTO
 *
 * Returns: (transfer full) (nullable): a generator on @device
 */
PerseaGenerator *persea_dalle_load (PerseaDevice           *device,
                                    PerseaPrecision         precision,
                                    const PerseaModelLoad  *load,
                                    GError                **error);

G_END_DECLS
