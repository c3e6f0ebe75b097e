/* persea-cl-launch.c - running a kernel: typed arguments, sizes, errors, profile
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-launch.h"

#include "persea-cl-profile.h"
#include "persea-error.h"

PerseaClLaunch
persea_cl_launch_begin (PerseaClDevice         *device,
                        const PerseaClKernelId *id)
{
  PerseaClLaunch launch = { .device = device, .name = id->kernel };

  if (persea_cl_device_check (device, &launch.error))
    launch.kernel = persea_cl_programs_ensure_kernel (device->programs, id, &launch.error);
  return launch;
}

static void
launch_set (PerseaClLaunch *launch, size_t size, const void *value)
{
  if (launch->error || launch->status != CL_SUCCESS)
    return;
  launch->status = clSetKernelArg (launch->kernel, launch->n_arguments++, size, value);
}

void
persea_cl_launch_memory (PerseaClLaunch *launch, cl_mem memory)
{
  launch_set (launch, sizeof memory, &memory);
}

void
persea_cl_launch_tensor (PerseaClLaunch *launch, const PerseaTensor *tensor)
{
  persea_cl_launch_memory (launch, tensor ? ((PerseaClBuffer *) tensor->buffer)->memory : NULL);
  persea_cl_launch_ulong (launch, tensor ? tensor->offset : 0);
}

void
persea_cl_launch_typed (PerseaClLaunch *launch, const PerseaTensor *tensor)
{
  persea_cl_launch_tensor (launch, tensor);
  persea_cl_launch_int (launch, tensor ? tensor->dtype : PERSEA_DTYPE_F32);
}

void
persea_cl_launch_int (PerseaClLaunch *launch, size_t value)
{
  cl_int argument = (cl_int) value;

  if (value > G_MAXINT && !launch->error)
    launch->error = g_error_new (PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                                 "%s: a size of %zu is too large for a kernel", launch->name,
                                 value);
  launch_set (launch, sizeof argument, &argument);
}

void
persea_cl_launch_ulong (PerseaClLaunch *launch, uint64_t value)
{
  cl_ulong argument = value;

  launch_set (launch, sizeof argument, &argument);
}

void
persea_cl_launch_float (PerseaClLaunch *launch, float value)
{
  cl_float argument = value;

  launch_set (launch, sizeof argument, &argument);
}

gboolean
persea_cl_launch_run (PerseaClLaunch  *launch,
                      const size_t    *global,
                      const size_t    *local,
                      GError         **error)
{
  PerseaClDevice *device = launch->device;
  cl_event event = NULL;

  if (launch->error)
    {
      g_propagate_error (error, launch->error);
      return FALSE;
    }
  if (launch->status == CL_SUCCESS)
    launch->status = clEnqueueNDRangeKernel (device->queue, launch->kernel, 3, NULL, global, local,
                                             0, NULL, device->profile ? &event : NULL);
  if (!persea_cl_device_succeeded (device, launch->status, launch->name, error))
    return FALSE;
  if (event)
    persea_cl_profile_add (device->profile, launch->name, event, launch->flops, launch->bytes);
  return TRUE;
}
