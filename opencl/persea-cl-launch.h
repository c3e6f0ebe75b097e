/* persea-cl-launch.h - running a kernel: typed arguments, sizes, errors, profile
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Arguments are given in the order of the kernel's parameters; the first failure sticks and
 * persea_cl_launch_run() tells:
 *
 *     PerseaClLaunch launch = persea_cl_launch_begin (device, &id);
 *     persea_cl_launch_typed (&launch, y);
 *     persea_cl_launch_tensor (&launch, x);
 *     persea_cl_launch_int (&launch, width);
 *     return persea_cl_launch_run (&launch, (size_t[]) { 64, rows, 1 }, (size_t[]) { 64, 1, 1 },
 *                                  error);
 */
#pragma once

#include "persea-cl-device-private.h"
#include "persea-cl-program.h"

G_BEGIN_DECLS

/**
 * PerseaClLaunch:
 * @name: what it is called in the profile
 * @flops: floating-point operations, for the profile; set by the caller
 * @bytes: bytes moved at the least, likewise
 */
typedef struct
{
  PerseaClDevice *device;
  const char     *name;
  cl_kernel       kernel;
  cl_uint         n_arguments;
  cl_int          status;
  GError         *error;
  double          flops;
  double          bytes;
} PerseaClLaunch;

PerseaClLaunch persea_cl_launch_begin (PerseaClDevice         *device,
                                       const PerseaClKernelId *id);

/* a tensor whose type the kernel knows: buffer and offset (ulong) of its first element; %NULL: a
 * null pointer */
void persea_cl_launch_tensor (PerseaClLaunch *launch, const PerseaTensor *tensor);

/* the same, and its type (int) */
void persea_cl_launch_typed (PerseaClLaunch *launch, const PerseaTensor *tensor);

/* memory that is no tensor, from its beginning */
void persea_cl_launch_memory (PerseaClLaunch *launch, cl_mem memory);

void persea_cl_launch_int (PerseaClLaunch *launch, size_t value); /* fails above INT_MAX */
void persea_cl_launch_ulong (PerseaClLaunch *launch, uint64_t value);
void persea_cl_launch_float (PerseaClLaunch *launch, float value);

/**
 * persea_cl_launch_run:
 * @global: work-items in three dimensions
 * @local: work-items of a group
 *
 * Queues the kernel.
 */
gboolean persea_cl_launch_run (PerseaClLaunch  *launch,
                               const size_t    *global,
                               const size_t    *local,
                               GError         **error);

G_END_DECLS
