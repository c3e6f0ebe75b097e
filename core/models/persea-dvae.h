/* persea-dvae.h - OpenAI's discrete VAE, the codebook of the first DALL·E
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Ramesh et al., "Zero-Shot Text-to-Image Generation", 2021; reference: openai/DALL-E, dall_e/.  For
 * the registry; users ask the engine (persea-engine.h).
 */
#pragma once

#include "persea-registry.h"

G_BEGIN_DECLS

extern const PerseaCodebookFamily persea_family_dvae;

G_END_DECLS
