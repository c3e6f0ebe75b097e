/* persea-vqgan.h - VQGAN: a codebook of patches, learned against a critic
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Esser, Rombach and Ommer, "Taming Transformers for High-Resolution Image Synthesis", 2021;
 * reference: CompVis/taming-transformers, taming/models/vqgan.py.  DALL·E mini draws with the codes
 * of such a one.  For the registry; users ask the engine (persea-engine.h).
 */
#pragma once

#include "persea-registry.h"

G_BEGIN_DECLS

extern const PerseaCodebookFamily persea_family_vqgan;

G_END_DECLS
