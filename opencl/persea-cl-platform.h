/* persea-cl-platform.h - what OpenCL devices there are, and what they can do
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-cl-error.h"
#include "persea-device-impl.h"

G_BEGIN_DECLS

/**
 * PerseaClTraits:
 * @id: the device
 * @platform: whose it is
 * @version: platform version and driver version: what built kernels depend on, with the name
 * @max_allocation: bytes of the largest buffer
 * @shares_memory: buffers can lie on the host's memory without a copy
 * @is_cpu: one work-item with wide registers is worth more than many in a group
 * @is_narrow: it is such a CPU, and has no registers of 512 bits that we know of
 * @has_f16c: it is this very CPU, and it widens f16 in one instruction
 * @has_avx512: it is this very CPU, and it has 512-bit registers
 * @has_avx512_bf16: and multiplies bf16 in pairs
 */
typedef struct
{
  cl_device_id   id;
  cl_platform_id platform;
  char          *version;
  uint64_t       max_allocation;
  gboolean       shares_memory;
  gboolean       is_cpu;
  gboolean       is_narrow;
  gboolean       has_f16c;
  gboolean       has_avx512;
  gboolean       has_avx512_bf16;
} PerseaClTraits;

void persea_cl_traits_clear (PerseaClTraits *traits);

/* (transfer full) (element-type PerseaDeviceInfo): see #PerseaDriver */
GPtrArray *persea_cl_platform_list (void);

/* finds the device of @info again and fills @traits */
gboolean persea_cl_platform_find (const PerseaDeviceInfo *info, PerseaClTraits *traits,
                                  GError **error);

G_END_DECLS
