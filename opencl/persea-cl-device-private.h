/* persea-cl-device-private.h - an open OpenCL device, as the files of this folder share it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One context, one device, one in-order queue: what is queued later sees what was queued before,
 * and memory that is free again may be handed out at once, to work queued later.
 */
#pragma once

#include "persea-cl-platform.h"

G_BEGIN_DECLS

typedef struct _PerseaClPool PerseaClPool;
typedef struct _PerseaClPrograms PerseaClPrograms;
typedef struct _PerseaClProfile PerseaClProfile;

/**
 * PerseaClDevice:
 * @portion: (nullable): marks the end of the portion that was under way at the last throttle
 * @profile: (nullable): only if asked for
 * @zeros: (nullable): zeros_size bytes of zeros, what convolutions see outside of a picture
 * @lost: 1 once the device has failed for good; atomic
 */
typedef struct
{
  PerseaDevice      base;
  PerseaClTraits    traits;
  cl_context        context;
  cl_command_queue  queue;
  cl_event          portion;
  PerseaClPool     *pool;
  PerseaClPrograms *programs;
  PerseaClProfile  *profile;
  cl_mem            zeros;
  size_t            zeros_size;
  int               lost;
} PerseaClDevice;

typedef struct
{
  PerseaBuffer   base;
  cl_mem         memory;
  void          *pages;      /* (nullable): the host's memory below, ours */
  size_t         capacity;   /* bytes, counted in memory_used; 0 for mapped memory */
  gpointer       owner;      /* (nullable): of mapped memory */
  GDestroyNotify owner_free; /* (nullable) */
} PerseaClBuffer;

PerseaDevice *persea_cl_device_open (const PerseaDeviceInfo *info,
                                     const PerseaDeviceOptions *options, GError **error);

/* (transfer none) (nullable): at least @size bytes of zeros */
cl_mem persea_cl_device_ensure_zeros (PerseaClDevice *device, size_t size, GError **error);

/* %FALSE with the error set if the device has failed before */
gboolean persea_cl_device_check (PerseaClDevice *device, GError **error);

/* %TRUE if @status is CL_SUCCESS; a loss sticks to the device.  @action is for people. */
gboolean persea_cl_device_succeeded (PerseaClDevice *device, cl_int status, const char *action,
                                     GError **error);

G_END_DECLS
