/* persea-opencl.h - the OpenCL devices
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All that others see of this folder: one row for a program's table of drivers.
 *
 * Environment: PERSEA_OPENCL_VARIANT=general makes a CPU use the kernels that are meant for any
 * device, so that they can be tested where there is no GPU; =narrow those for registers of 256 bits.
 */
#pragma once

#include "persea-device.h"

G_BEGIN_DECLS

extern const PerseaDriver persea_opencl_driver;

G_END_DECLS
