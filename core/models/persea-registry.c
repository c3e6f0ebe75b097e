/* persea-registry.c - the families of models that there are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-registry.h"

#include "persea-clip-weights.h"
#include "persea-dalle-load.h"
#include "persea-dvae.h"
#include "persea-vqgan.h"

const PerseaModelFamily *const persea_families[] = {
  &persea_family_clip,
  &persea_family_dalle.family,
  &persea_family_vqgan.family,
  &persea_family_dvae.family,
  NULL,
};
