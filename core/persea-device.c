/* persea-device.c - choosing and opening devices
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What all drivers have in common.  The arithmetic is theirs.
 */
#include "config.h"

#include "persea-device.h"

#include "persea-device-impl.h"
#include "persea-error.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* see persea-pass.c: what a small processor does in 25 ms, floating-point operations */
#define DEVICE_FIRST_PORTION 2e9

static const char *const precision_names[] = {
  [PERSEA_PRECISION_AUTO] = "auto", [PERSEA_PRECISION_F32] = "f32",
  [PERSEA_PRECISION_BF16] = "bf16", [PERSEA_PRECISION_F16] = "f16",
  [PERSEA_PRECISION_INT8] = "int8",
};

const char *
persea_precision_name (PerseaPrecision precision)
{
  g_return_val_if_fail (precision < G_N_ELEMENTS (precision_names), "?");

  return precision_names[precision];
}

gboolean
persea_precision_parse (const char *text, PerseaPrecision *precision, GError **error)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (precision_names); i++)
    if (strcmp (text, precision_names[i]) == 0)
      {
        *precision = i;
        return TRUE;
      }

  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               "precision: expected auto, f32, bf16, f16 or int8, found “%s”", text);
  return FALSE;
}

void
persea_device_info_free (PerseaDeviceInfo *info)
{
  if (!info)
    return;
  g_free (info->name);
  g_free (info->platform);
  g_free (info->unusable);
  g_free (info);
}

PerseaDeviceInfo *
persea_device_info_copy (const PerseaDeviceInfo *info)
{
  PerseaDeviceInfo *copy = g_memdup2 (info, sizeof *info);

  copy->name = g_strdup (info->name);
  copy->platform = g_strdup (info->platform);
  copy->unusable = g_strdup (info->unusable);
  return copy;
}

/* usable before unusable, then by kind; otherwise the order in which the drivers listed them */
static int
device_info_compare (gconstpointer a, gconstpointer b)
{
  const PerseaDeviceInfo *left = *(const PerseaDeviceInfo *const *) a;
  const PerseaDeviceInfo *right = *(const PerseaDeviceInfo *const *) b;

  if (!left->unusable != !right->unusable)
    return left->unusable ? 1 : -1;
  return (int) left->kind - (int) right->kind;
}

/* (nullable): the driver whose very name is @selector */
static const PerseaDriver *
device_find_driver (const PerseaDriver *const *drivers, const char *selector)
{
  for (unsigned i = 0; selector && drivers[i]; i++)
    if (g_ascii_strcasecmp (selector, drivers[i]->name) == 0)
      return drivers[i];
  return NULL;
}

GPtrArray *
persea_devices_list (const PerseaDriver *const *drivers, const char *selector)
{
  const PerseaDriver *only = device_find_driver (drivers, selector);
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_device_info_free);

  for (unsigned i = 0; drivers[i]; i++)
    if (!only || drivers[i] == only)
      g_ptr_array_extend_and_steal (devices, drivers[i]->list ());
  g_ptr_array_sort (devices, device_info_compare); /* GLib's sort is stable */
  return devices;
}

static gboolean
device_info_matches (const PerseaDeviceInfo *info, unsigned position, const char *selector)
{
  uint64_t number;

  if (g_ascii_string_to_unsigned (selector, 10, 0, G_MAXUINT, &number, NULL))
    return number == position;

  g_autofree char *needle = g_utf8_casefold (selector, -1);
  g_autofree char *name = g_utf8_casefold (info->name, -1);
  g_autofree char *platform = g_utf8_casefold (info->platform, -1);

  return strstr (name, needle) || strstr (platform, needle)
         || g_ascii_strcasecmp (selector, info->driver->name) == 0;
}

/* @all: the reference device, too, which nobody wants but who asks for it */
static char *
devices_describe (GPtrArray *devices, gboolean all)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < devices->len; i++)
    {
      const PerseaDeviceInfo *info = devices->pdata[i];

      if (!all && info->kind == PERSEA_DEVICE_KIND_REFERENCE)
        continue;
      g_string_append_printf (text, "%s%u “%s”", text->len > 0 ? ", " : "", i, info->name);
      if (info->unusable)
        g_string_append_printf (text, " (%s)", info->unusable);
    }
  if (text->len == 0)
    g_string_append (text, _("nothing"));
  return g_string_free (text, FALSE);
}

/* In words for people: this is where those learn about OpenCL who never heard of it. */
static void
devices_explain_none (GPtrArray *devices, GError **error)
{
  const char *cache = g_get_user_cache_dir ();
  g_autofree char *found = devices_describe (devices, FALSE);

  /* PoCL shows no platform at all where it cannot write its cache */
  if (g_mkdir_with_parents (cache, 0700) != 0 || g_access (cache, W_OK) != 0)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE,
                 _("no usable OpenCL device was found (there is: %s): OpenCL drivers need a cache that can be written, "
                   "but %s cannot; set XDG_CACHE_HOME"),
                 found, cache);
  else
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE,
                 _("no usable OpenCL device was found (there is: %s). Install a driver: Debian's package "
                   "pocl-opencl-icd makes a device of any processor. “persea doctor” in a terminal tells what is "
                   "missing."),
                 found);
}

PerseaDevice *
persea_device_open (const PerseaDriver *const  *drivers,
                    const char                 *selector,
                    const PerseaDeviceOptions  *options,
                    GError                    **error)
{
  static const PerseaDeviceOptions no_options = { 0 };
  g_autoptr (GPtrArray) devices = persea_devices_list (drivers, selector);

  for (unsigned i = 0; i < devices->len; i++)
    {
      const PerseaDeviceInfo *info = devices->pdata[i];

      if (selector ? !device_info_matches (info, i, selector)
                   : info->unusable || info->kind == PERSEA_DEVICE_KIND_REFERENCE)
        continue;
      if (info->unusable)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE, "device “%s”: %s", info->name,
                       info->unusable);
          return NULL;
        }
      return info->driver->open (info, options ? options : &no_options, error);
    }

  g_autofree char *found = devices_describe (devices, TRUE);
  if (selector)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE, _("no device matches “%s”; there is: %s"),
                 selector, found);
  else
    devices_explain_none (devices, error);
  return NULL;
}

void
persea_device_init (PerseaDevice            *device,
                    const PerseaDeviceClass *device_class,
                    PerseaDeviceInfo        *info,
                    char                    *key)
{
  device->class = device_class;
  g_atomic_ref_count_init (&device->ref_count);
  g_rec_mutex_init (&device->lock);
  device->portion = DEVICE_FIRST_PORTION;
  device->info = info;
  device->key = key;
}

void
persea_device_clear (PerseaDevice *device)
{
  g_rec_mutex_clear (&device->lock);
  persea_device_info_free (device->info);
  g_free (device->key);
}

PerseaDevice *
persea_device_ref (PerseaDevice *device)
{
  g_atomic_ref_count_inc (&device->ref_count);
  return device;
}

void
persea_device_unref (PerseaDevice *device)
{
  if (device && g_atomic_ref_count_dec (&device->ref_count))
    device->class->free (device);
}

const PerseaDeviceInfo *
persea_device_get_info (PerseaDevice *device)
{
  return device->info;
}

const char *
persea_device_get_key (PerseaDevice *device)
{
  return device->key;
}

PerseaPrecision
persea_device_resolve_precision (PerseaDevice *device, PerseaPrecision precision)
{
  if (precision != PERSEA_PRECISION_AUTO)
    return precision;
  return device->info->native_bf16 ? PERSEA_PRECISION_BF16 : PERSEA_PRECISION_F32;
}

PerseaPrecision
persea_device_resolve_reading_precision (PerseaDevice *device, PerseaPrecision precision)
{
  if (precision == PERSEA_PRECISION_AUTO && !device->info->native_bf16 && device->info->native_f16)
    return PERSEA_PRECISION_F16;
  return persea_device_resolve_precision (device, precision);
}

uint64_t
persea_device_get_memory_used (PerseaDevice *device)
{
  return __atomic_load_n (&device->memory_used, __ATOMIC_RELAXED);
}

uint64_t
persea_device_get_memory_held (PerseaDevice *device)
{
  return __atomic_load_n (&device->memory_held, __ATOMIC_RELAXED);
}

static void
profile_row_free (gpointer data)
{
  PerseaProfileRow *row = data;

  g_free (row->name);
  g_free (row);
}

GPtrArray *
persea_device_get_profile (PerseaDevice *device)
{
  if (!device->class->profile)
    return g_ptr_array_new_with_free_func (profile_row_free);

  g_rec_mutex_lock (&device->lock);
  GPtrArray *rows = device->class->profile (device);
  g_rec_mutex_unlock (&device->lock);
  g_ptr_array_set_free_func (rows, profile_row_free);
  return rows;
}

gboolean
persea_device_measure (PerseaDevice    *device,
                       PerseaPrecision  precision,
                       double          *gflops,
                       double          *gbytes_per_second,
                       GError         **error)
{
  g_rec_mutex_lock (&device->lock);
  gboolean ok = device->class->measure (device, precision, gflops, gbytes_per_second, error);
  g_rec_mutex_unlock (&device->lock);
  return ok;
}

PerseaMatrixFormat
persea_device_get_matrix_format (PerseaDevice *device, PerseaPrecision precision)
{
  return device->class->matrix_format (device, persea_device_resolve_precision (device, precision));
}

PerseaDtype
persea_device_get_input_dtype (PerseaDevice *device, PerseaPrecision precision)
{
  PerseaMatrixFormat format = persea_device_get_matrix_format (device, precision);

  return format.dot && format.dtype == PERSEA_DTYPE_BF16 ? PERSEA_DTYPE_BF16 : PERSEA_DTYPE_F32;
}
