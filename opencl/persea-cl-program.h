/* persea-cl-program.h - building kernels, and keeping what was built
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A program is one source of kernels/ with one set of options.  It is built when first needed and
 * kept; its binary goes to a cache folder, named after everything that it depends on, and is
 * checked before it is given to the driver again.
 * Threads: called with the device's lock held.
 */
#pragma once

#include "persea-cl-device-private.h"

G_BEGIN_DECLS

/**
 * PerseaClKernelId:
 * @program: name of the source, without .cl
 * @options: "-D…" for the compiler, "" for none
 * @kernel: name in the source
 */
typedef struct
{
  const char *program;
  const char *options;
  const char *kernel;
} PerseaClKernelId;

/**
 * persea_cl_programs_new:
 * @device: not kept alive
 * @cache_folder: (nullable): %NULL: the user's cache
 * @progress: (nullable): told what is being built
 */
PerseaClPrograms *persea_cl_programs_new (PerseaClDevice     *device,
                                          const char         *cache_folder,
                                          PerseaProgressFunc  progress,
                                          gpointer            progress_data);
void              persea_cl_programs_free (PerseaClPrograms *programs);

/**
 * persea_cl_programs_ensure_kernel:
 *
 * Returns: (transfer none) (nullable): the kernel, built now if it never was
 */
cl_kernel persea_cl_programs_ensure_kernel (PerseaClPrograms        *programs,
                                            const PerseaClKernelId  *id,
                                            GError                 **error);

G_END_DECLS
