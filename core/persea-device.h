/* persea-device.h - where the arithmetic is done, as its users see it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A driver (OpenCL, the plain reference) lists the devices that it knows and opens them.  A
 * program owns the table of the drivers that it was built with and passes it on:
 *
 *     static const PerseaDriver *const drivers[] = { &persea_opencl_driver, &persea_cpu_driver, NULL };
 *
 * What a device does is in persea-ops.h; what a driver has to fill in is in persea-device-impl.h.
 * Threads: a device may be used from any thread; a pass (persea-pass.h) holds it while it is open.
 */
#pragma once

#include <gio/gio.h>

#include "persea-dtype.h"

G_BEGIN_DECLS

typedef struct _PerseaDevice PerseaDevice;
typedef struct _PerseaDriver PerseaDriver;

/**
 * PerseaPrecision:
 * @PERSEA_PRECISION_AUTO: the fastest of the device's that keeps embeddings at a cosine of 0.999
 *   or better to the reference: bf16 where the device multiplies bf16 natively, otherwise f32; for
 *   models that draw, see persea_device_resolve_reading_precision()
 * @PERSEA_PRECISION_F32: weights and arithmetic in f32
 * @PERSEA_PRECISION_BF16: weights in bf16; products in bf16 with f32 sums where the device has
 *   them, otherwise in f32
 * @PERSEA_PRECISION_F16: weights in f16, arithmetic in f32
 * @PERSEA_PRECISION_INT8: weights and products in int8 (no device offers it yet)
 */
typedef enum
{
  PERSEA_PRECISION_AUTO,
  PERSEA_PRECISION_F32,
  PERSEA_PRECISION_BF16,
  PERSEA_PRECISION_F16,
  PERSEA_PRECISION_INT8,
} PerseaPrecision;

const char *persea_precision_name (PerseaPrecision precision);
gboolean    persea_precision_parse (const char       *text,
                                    PerseaPrecision  *precision,
                                    GError          **error);

typedef enum
{
  PERSEA_DEVICE_KIND_GPU,
  PERSEA_DEVICE_KIND_ACCELERATOR,
  PERSEA_DEVICE_KIND_CPU,
  PERSEA_DEVICE_KIND_REFERENCE, /* the plain device of core: slow, for tests */
} PerseaDeviceKind;

/**
 * PerseaDeviceInfo:
 * @driver: who opens it
 * @name: as the vendor writes it
 * @platform: what it runs on, with its version ("Portable Computing Language, PoCL 3.1")
 * @kind: what it is; the order of the values is the order of preference
 * @memory: bytes that may be allocated in all
 * @n_units: cores or compute units
 * @native_bf16: multiplies bf16 faster than f32
 * @native_f16: widens f16 to f32 as fast as it comes from memory
 * @unusable: (nullable): why the device cannot be used, for people; %NULL if it can
 * @index: the driver's own number for it
 */
typedef struct
{
  const PerseaDriver *driver;
  char               *name;
  char               *platform;
  PerseaDeviceKind    kind;
  uint64_t            memory;
  unsigned            n_units;
  gboolean            native_bf16;
  gboolean            native_f16;
  char               *unusable;
  unsigned            index;
} PerseaDeviceInfo;

void persea_device_info_free (PerseaDeviceInfo *info);

/**
 * PerseaProgressFunc:
 * @what: (nullable): what is being done, translated, for people
 * @fraction: 0 to 1, or below 0 if unknown
 *
 * Called now and then during long work, perhaps from another thread.
 */
typedef void (*PerseaProgressFunc) (const char *what,
                                    double      fraction,
                                    gpointer    user_data);

/**
 * PerseaDeviceOptions:
 * @memory_limit: bytes that the device may allocate in all; 0: what its driver thinks fit
 * @profile: measure each kernel (persea_device_get_profile())
 * @cache_folder: (nullable): where built kernels are kept; %NULL: the user's cache
 * @progress: (nullable): told about first-use builds
 * @progress_data: passed to @progress
 */
typedef struct
{
  uint64_t           memory_limit;
  gboolean           profile;
  const char        *cache_folder;
  PerseaProgressFunc progress;
  gpointer           progress_data;
} PerseaDeviceOptions;

/**
 * persea_devices_list:
 * @drivers: (array zero-terminated=1): whom to ask
 * @selector: (nullable): as for persea_device_open(): if it is the name of a driver ("reference"), others
 *   are not asked, which may take long
 *
 * Returns: (transfer full) (element-type PerseaDeviceInfo): every device of every driver, the one
 *   that would be chosen first; unusable ones last, with the reason
 */
GPtrArray *persea_devices_list (const PerseaDriver *const *drivers, const char *selector);

/**
 * persea_device_open:
 * @drivers: (array zero-terminated=1): whom to ask
 * @selector: (nullable): a number as listed by persea_devices_list(), a part of the name or
 *   platform in any case, or %NULL for the first (never the reference device, which wants to be asked for)
 * @options: (nullable): see #PerseaDeviceOptions
 * @error: return location; %PERSEA_ERROR_NO_DEVICE names what there is
 *
 * Returns: (transfer full) (nullable): the device
 */
PerseaDevice *persea_device_open (const PerseaDriver *const  *drivers,
                                  const char                 *selector,
                                  const PerseaDeviceOptions  *options,
                                  GError                    **error);

PerseaDevice *persea_device_ref (PerseaDevice *device);
void          persea_device_unref (PerseaDevice *device);

/**
 * persea_device_get_info:
 *
 * Returns: (transfer none): what was opened
 */
const PerseaDeviceInfo *persea_device_get_info (PerseaDevice *device);

/**
 * persea_device_get_key:
 *
 * Returns: (transfer none): a short word for file names that changes whenever packed weights or
 *   built kernels of this device would: driver, device, version, layout revision
 */
const char *persea_device_get_key (PerseaDevice *device);

/**
 * persea_device_resolve_precision:
 * @precision: any
 *
 * Returns: @precision, or what %PERSEA_PRECISION_AUTO means on @device
 */
PerseaPrecision persea_device_resolve_precision (PerseaDevice    *device,
                                                 PerseaPrecision  precision);

/**
 * persea_device_resolve_reading_precision:
 * @precision: any
 *
 * For models that read all their weights for a few rows at a time, which takes longer than their
 * products: reading half as many bytes pays even where products are made in f32.
 *
 * Returns: @precision, or what %PERSEA_PRECISION_AUTO means for such a model on @device
 */
PerseaPrecision persea_device_resolve_reading_precision (PerseaDevice    *device,
                                                         PerseaPrecision  precision);

/**
 * persea_device_get_memory_used:
 *
 * Returns: bytes allocated at the moment, pooled buffers included, mapped weights excluded
 */
uint64_t persea_device_get_memory_used (PerseaDevice *device);

/**
 * persea_device_get_memory_held:
 *
 * Returns: bytes of the tensors that there are at the moment, mapped weights included, pooled
 *   buffers excluded
 */
uint64_t persea_device_get_memory_held (PerseaDevice *device);

/**
 * PerseaProfileRow:
 * @name: kernel, or operation on devices without kernels
 * @n_calls: how often it ran
 * @seconds: time on the device, in all
 * @flops: floating-point operations, in all, as counted by persea-ops
 * @bytes: bytes read and written at the least, in all
 */
typedef struct
{
  char    *name;
  unsigned n_calls;
  double   seconds;
  double   flops;
  double   bytes;
} PerseaProfileRow;

/**
 * persea_device_get_profile:
 *
 * Returns: (transfer full) (element-type PerseaProfileRow): what ran since the device was opened,
 *   the most expensive first; empty unless opened with @profile
 */
GPtrArray *persea_device_get_profile (PerseaDevice *device);

/* Measured ceilings, for persea bench: a large product and a large read, medians of a few runs */
gboolean persea_device_measure (PerseaDevice    *device,
                                PerseaPrecision  precision,
                                double          *gflops,
                                double          *gbytes_per_second,
                                GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDevice, persea_device_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDeviceInfo, persea_device_info_free)

/* The plain reference device of core: obvious loops, the judge of every other device. */
extern const PerseaDriver persea_cpu_driver;

G_END_DECLS
