/* persea-cl-platform.c - what OpenCL devices there are, and what they can do
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Devices are counted through all platforms in the loader's order; that number is a device's index.
 */
#include "config.h"

#include "persea-cl-platform.h"

#include "persea-error.h"
#include "persea-opencl.h"

#include <stdio.h>
#include <string.h>

#define MAX_PLATFORMS 32
#define MAX_DEVICES 64

static char *
platform_string (cl_platform_id platform, cl_platform_info what)
{
  size_t size = 0;

  if (clGetPlatformInfo (platform, what, 0, NULL, &size) != CL_SUCCESS || size == 0)
    return g_strdup ("?");
  char *text = g_malloc0 (size + 1);
  clGetPlatformInfo (platform, what, size, text, NULL);
  return g_strstrip (text);
}

static char *
device_string (cl_device_id device, cl_device_info what)
{
  size_t size = 0;

  if (clGetDeviceInfo (device, what, 0, NULL, &size) != CL_SUCCESS || size == 0)
    return g_strdup ("?");
  char *text = g_malloc0 (size + 1);
  clGetDeviceInfo (device, what, size, text, NULL);
  return g_strstrip (text);
}

static uint64_t
device_number (cl_device_id device, cl_device_info what)
{
  uint64_t value = 0; /* OpenCL's integers are little-endian here, of 4 or 8 bytes */

  clGetDeviceInfo (device, what, sizeof value, &value, NULL);
  return value;
}

void
persea_cl_traits_clear (PerseaClTraits *traits)
{
  g_free (traits->version);
}

/* A CPU device of PoCL runs on the processor that runs us; its name says how: "pthread-…",
 * "basic-…", and "cpu-…" from PoCL 4 on.  Other CPU drivers may be simulators or remote. */
static gboolean
device_is_this_cpu (cl_platform_id platform, cl_device_id device)
{
  static const char *const prefixes[] = { "pthread", "basic", "cpu" };
  g_autofree char *platform_name = platform_string (platform, CL_PLATFORM_NAME);
  g_autofree char *name = device_string (device, CL_DEVICE_NAME);

  if (device_number (device, CL_DEVICE_TYPE) != CL_DEVICE_TYPE_CPU
      || strcmp (platform_name, "Portable Computing Language") != 0)
    return FALSE;
  for (unsigned i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
cpu_has_f16c (void)
{
#if defined __x86_64__
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("f16c");
#else
  return FALSE;
#endif
}

static gboolean
cpu_has_avx512 (void)
{
#if defined __x86_64__
  return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
         && __builtin_cpu_supports ("avx512vl");
#else
  return FALSE;
#endif
}

static gboolean
cpu_has_avx512_bf16 (void)
{
#if defined __x86_64__
  return cpu_has_avx512 () && __builtin_cpu_supports ("avx512bf16");
#else
  return FALSE;
#endif
}

static void
traits_init (PerseaClTraits *traits, cl_platform_id platform, cl_device_id device)
{
  g_autofree char *platform_version = platform_string (platform, CL_PLATFORM_VERSION);
  g_autofree char *driver_version = device_string (device, CL_DRIVER_VERSION);
  const char *variant = g_getenv ("PERSEA_OPENCL_VARIANT");
  gboolean this_cpu = device_is_this_cpu (platform, device);

  *traits = (PerseaClTraits) { .id = device, .platform = platform };
  traits->version = g_strdup_printf ("%s, driver %s", platform_version, driver_version);
  traits->max_allocation = device_number (device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  traits->shares_memory = device_number (device, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
  traits->is_cpu = (device_number (device, CL_DEVICE_TYPE) & CL_DEVICE_TYPE_CPU) != 0;
  if (g_strcmp0 (variant, "general") == 0)
    traits->is_cpu = FALSE;
  traits->has_f16c = traits->is_cpu && this_cpu && cpu_has_f16c ();
  if (traits->is_cpu && this_cpu && g_strcmp0 (variant, "narrow") != 0)
    {
      traits->has_avx512 = cpu_has_avx512 ();
      traits->has_avx512_bf16 = cpu_has_avx512_bf16 ();
    }
  traits->is_narrow = traits->is_cpu && !traits->has_avx512;
}

static PerseaDeviceKind
device_kind (cl_device_id device)
{
  uint64_t type = device_number (device, CL_DEVICE_TYPE);

  if (type & CL_DEVICE_TYPE_GPU)
    return PERSEA_DEVICE_KIND_GPU;
  return type & CL_DEVICE_TYPE_CPU ? PERSEA_DEVICE_KIND_CPU : PERSEA_DEVICE_KIND_ACCELERATOR;
}

/* (nullable): why not */
static char *
device_unusable (cl_device_id device)
{
  g_autofree char *version = device_string (device, CL_DEVICE_VERSION);
  g_autofree char *profile = device_string (device, CL_DEVICE_PROFILE);
  unsigned major = 0, minor = 0;

  if (!device_number (device, CL_DEVICE_AVAILABLE))
    return g_strdup ("the driver says that it is not available");
  if (!device_number (device, CL_DEVICE_COMPILER_AVAILABLE))
    return g_strdup ("its driver has no compiler");
  if (sscanf (version, "OpenCL %u.%u", &major, &minor) != 2 || major * 10 + minor < 12)
    return g_strdup_printf ("OpenCL 1.2 is needed, it has “%s”", version);
  if (strcmp (profile, "FULL_PROFILE") != 0)
    return g_strdup_printf ("the full profile is needed, it has “%s”", profile);
  if (!device_number (device, CL_DEVICE_ENDIAN_LITTLE))
    return g_strdup ("it is big-endian");
  if (device_number (device, CL_DEVICE_MAX_WORK_GROUP_SIZE) < 256
      || device_number (device, CL_DEVICE_LOCAL_MEM_SIZE) < 16384)
    return g_strdup ("its work-groups are too small: 256 items and 16 KiB are needed");
  return NULL;
}

static PerseaDeviceInfo *
device_describe (cl_platform_id platform, cl_device_id device, unsigned index)
{
  g_autofree char *platform_name = platform_string (platform, CL_PLATFORM_NAME);
  g_autofree char *platform_version = platform_string (platform, CL_PLATFORM_VERSION);
  PerseaDeviceInfo *info = g_new0 (PerseaDeviceInfo, 1);
  PerseaClTraits traits;

  traits_init (&traits, platform, device);
  info->driver = &persea_opencl_driver;
  info->name = device_string (device, CL_DEVICE_NAME);
  info->platform = g_strdup_printf ("%s, %s", platform_name, platform_version);
  info->kind = device_kind (device);
  info->memory = device_number (device, CL_DEVICE_GLOBAL_MEM_SIZE);
  info->n_units = device_number (device, CL_DEVICE_MAX_COMPUTE_UNITS);
  info->native_bf16 = traits.has_avx512_bf16;
  info->native_f16 = traits.has_f16c;
  info->unusable = device_unusable (device);
  info->index = index;
  persea_cl_traits_clear (&traits);
  return info;
}

typedef gboolean (*DeviceFunc) (cl_platform_id platform, cl_device_id device, unsigned index,
                                gpointer user_data);

/* calls @func for each device until it returns %FALSE */
static void
devices_foreach (DeviceFunc func, gpointer user_data)
{
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint n_platforms = 0;
  unsigned index = 0;

  if (clGetPlatformIDs (MAX_PLATFORMS, platforms, &n_platforms) != CL_SUCCESS)
    return;
  for (cl_uint p = 0; p < MIN (n_platforms, MAX_PLATFORMS); p++)
    {
      cl_device_id devices[MAX_DEVICES];
      cl_uint n_devices = 0;

      if (clGetDeviceIDs (platforms[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, devices, &n_devices)
          != CL_SUCCESS)
        continue;
      for (cl_uint d = 0; d < MIN (n_devices, MAX_DEVICES); d++)
        if (!func (platforms[p], devices[d], index++, user_data))
          return;
    }
}

static gboolean
list_add (cl_platform_id platform, cl_device_id device, unsigned index, gpointer user_data)
{
  g_ptr_array_add (user_data, device_describe (platform, device, index));
  return TRUE;
}

GPtrArray *
persea_cl_platform_list (void)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_device_info_free);

  devices_foreach (list_add, devices);
  return devices;
}

typedef struct
{
  const PerseaDeviceInfo *info;
  PerseaClTraits         *traits;
  gboolean                found;
} FindData;

static gboolean
find_device (cl_platform_id platform, cl_device_id device, unsigned index, gpointer user_data)
{
  FindData *find = user_data;
  g_autofree char *name = device_string (device, CL_DEVICE_NAME);

  if (index != find->info->index || strcmp (name, find->info->name) != 0)
    return TRUE;
  traits_init (find->traits, platform, device);
  find->found = TRUE;
  return FALSE;
}

gboolean
persea_cl_platform_find (const PerseaDeviceInfo *info, PerseaClTraits *traits, GError **error)
{
  FindData find = { info, traits, FALSE };

  devices_foreach (find_device, &find);
  if (!find.found)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE,
                 "OpenCL device “%s” is no longer there", info->name);
  return find.found;
}
