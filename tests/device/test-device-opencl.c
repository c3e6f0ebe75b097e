/* test-device-opencl.c - what an OpenCL device does besides arithmetic
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Caches of built kernels, the memory budget, mapped memory, the profile, and devices that fail: the
 * linker wraps clEnqueueNDRangeKernel and clFinish (see meson.build), so that a test can say what
 * they return.
 */
#include "config.h"

#include "persea-error.h"
#include "persea-opencl.h"
#include "persea-ops.h"

#include <glib/gstdio.h>
#include <string.h>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#define DIMS(...) \
  sizeof ((const size_t[]) { __VA_ARGS__ }) / sizeof (size_t), (const size_t[]) { __VA_ARGS__ }

static const PerseaDriver *const drivers[] = { &persea_opencl_driver, &persea_cpu_driver, NULL };

static cl_int injected_enqueue = CL_SUCCESS;
static cl_int injected_finish = CL_SUCCESS;

cl_int __real_clEnqueueNDRangeKernel (cl_command_queue queue, cl_kernel kernel, cl_uint n_dims,
                                      const size_t *offset, const size_t *global,
                                      const size_t *local, cl_uint n_events,
                                      const cl_event *events, cl_event *event);
cl_int __wrap_clEnqueueNDRangeKernel (cl_command_queue queue, cl_kernel kernel, cl_uint n_dims,
                                      const size_t *offset, const size_t *global,
                                      const size_t *local, cl_uint n_events,
                                      const cl_event *events, cl_event *event);
cl_int __real_clFinish (cl_command_queue queue);
cl_int __wrap_clFinish (cl_command_queue queue);

cl_int
__wrap_clEnqueueNDRangeKernel (cl_command_queue queue, cl_kernel kernel, cl_uint n_dims,
                               const size_t *offset, const size_t *global, const size_t *local,
                               cl_uint n_events, const cl_event *events, cl_event *event)
{
  if (injected_enqueue != CL_SUCCESS)
    return injected_enqueue;
  return __real_clEnqueueNDRangeKernel (queue, kernel, n_dims, offset, global, local, n_events,
                                        events, event);
}

cl_int
__wrap_clFinish (cl_command_queue queue)
{
  return injected_finish != CL_SUCCESS ? injected_finish : __real_clFinish (queue);
}

/* the first OpenCL device; %NULL, and the test skipped, if there is none */
static PerseaDevice *
device_open (const PerseaDeviceOptions *options)
{
  g_autoptr (GError) error = NULL;
  PerseaDevice *device = persea_device_open (drivers, NULL, options, &error);

  if (!device)
    g_test_skip ("no usable OpenCL device");
  return device;
}

/* doubles the numbers of @x by adding them to themselves, on the device */
static gboolean
run_something (PerseaDevice *device, GError **error)
{
  const float table[] = { 1, 2, 3 };
  const int32_t zero = 0;
  float sum[3] = { 0 };
  g_autoptr (PerseaTensor) x = persea_tensor_new (device, PERSEA_DTYPE_F32, DIMS (1, 3), error);
  g_autoptr (PerseaTensor) y = x ? persea_tensor_new (device, PERSEA_DTYPE_F32, DIMS (1, 3), error)
                                 : NULL;
  g_autoptr (PerseaTensor) ids = y ? persea_tensor_new (device, PERSEA_DTYPE_I32, DIMS (1), error)
                                   : NULL;
  if (!ids)
    return FALSE;

  PerseaPass *pass = persea_pass_begin (device, NULL);
  persea_pass_upload (pass, x, table);
  persea_pass_upload (pass, ids, &zero);
  persea_embed_tokens (pass, y, x, ids, x, ids);
  persea_pass_download (pass, y, sum);
  if (!persea_pass_end (pass, error))
    return FALSE;
  for (int i = 0; i < 3; i++)
    g_assert_cmpfloat (sum[i], ==, 2 * table[i]);
  return TRUE;
}

typedef void (*FileFunc) (const char *path);

/* how many files of @folder @func was called for */
static unsigned
files_foreach (const char *folder, FileFunc func)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  unsigned n = 0;
  g_assert_no_error (error);

  for (const char *name; (name = g_dir_read_name (dir)); n++)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      func (path);
    }
  return n;
}

static void
file_rewrite (const char *path, size_t keep_divisor, char change)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  data[size / 2] ^= change;
  g_file_set_contents (path, data, keep_divisor ? size / keep_divisor : 0, &error);
  g_assert_no_error (error);
}

static void
file_change (const char *path)
{
  file_rewrite (path, 1, 1);
}

static void
file_cut (const char *path)
{
  file_rewrite (path, 2, 0);
}

static void
file_empty (const char *path)
{
  file_rewrite (path, 0, 0);
}

static void
file_check (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (data, "persea kernels 1\n"));
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) data + 82,
                                                      size - 82);
  g_assert_cmpint (memcmp (data + 17, sum, 64), ==, 0);
}

static void
file_remove (const char *path)
{
  g_remove (path);
}

static void
run_with_cache (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = device_open (&(PerseaDeviceOptions) { .cache_folder = folder });

  if (!device)
    return;
  run_something (device, &error);
  g_assert_no_error (error);
}

static void
test_cache (void)
{
  static const FileFunc damages[] = { file_change, file_cut, file_empty };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("persea-kernels-XXXXXX", &error);
  g_autofree char *kernels = g_build_filename (folder, "kernels", NULL);
  g_assert_no_error (error);

  run_with_cache (folder);
  if (!g_file_test (kernels, G_FILE_TEST_IS_DIR))
    return; /* skipped */
  unsigned n = files_foreach (kernels, file_check);
  g_assert_cmpuint (n, >=, 1);

  /* built anew and written again */
  for (unsigned i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      files_foreach (kernels, damages[i]);
      run_with_cache (folder);
      g_assert_cmpuint (files_foreach (kernels, file_check), ==, n);
    }

  files_foreach (kernels, file_remove);
  g_rmdir (kernels);
  g_rmdir (folder);
}

/* a folder that cannot be made costs time only */
static void
test_cache_unwritable (void)
{
  run_with_cache ("/proc/nowhere");
}

static void
test_budget (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = device_open (&(PerseaDeviceOptions) { .memory_limit = 1 << 20 });

  if (!device)
    return;
  for (int round = 0; round < 3; round++)
    {
      g_autoptr (PerseaTensor) fits = persea_tensor_new (device, PERSEA_DTYPE_U8,
                                                         DIMS (600000 + 50000 * round), &error);
      g_assert_no_error (error);
      g_autoptr (PerseaTensor) too_much = persea_tensor_new (device, PERSEA_DTYPE_U8, DIMS (600000),
                                                             &error);
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY);
      g_assert_null (too_much);
      g_clear_error (&error);
      g_assert_cmpuint (persea_device_get_memory_used (device), <=, 1 << 20);
    }

  g_autoptr (PerseaTensor) absurd = persea_tensor_new (device, PERSEA_DTYPE_F32,
                                                       DIMS (G_MAXSIZE / 8), &error);
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY);
  g_assert_null (absurd);
}

static void
count_release (gpointer data)
{
  (*(int *) data)++;
}

static void
test_mapped (void)
{
  static const float numbers[] = { 1, -2, 3.5f, 4 };
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = device_open (NULL);
  float copy[4] = { 0 };
  int n_released = 0;

  if (!device)
    return;
  PerseaTensor *tensor = persea_tensor_new_mapped (device, PERSEA_DTYPE_F32, DIMS (4), numbers,
                                                   &n_released, count_release, &error);
  g_assert_no_error (error);
  persea_tensor_download (tensor, copy, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (copy, sizeof copy, numbers, sizeof numbers);
  persea_tensor_unref (tensor);
  g_assert_cmpint (n_released, ==, 1);
}

static void
test_profile (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = device_open (&(PerseaDeviceOptions) { .profile = TRUE });

  if (!device)
    return;
  for (int i = 0; i < 3; i++)
    run_something (device, &error);
  g_assert_no_error (error);

  g_autoptr (GPtrArray) rows = persea_device_get_profile (device);
  g_assert_cmpuint (rows->len, ==, 1);
  const PerseaProfileRow *row = rows->pdata[0];
  g_assert_cmpstr (row->name, ==, "embed_tokens");
  g_assert_cmpuint (row->n_calls, ==, 3);
  g_assert_cmpfloat (row->seconds, >, 0);
}

static void
test_out_of_resources (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = device_open (NULL);

  if (!device)
    return;
  injected_enqueue = CL_OUT_OF_RESOURCES;
  gboolean ok = run_something (device, &error);
  injected_enqueue = CL_SUCCESS;
  g_assert_false (ok);
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY);
  g_assert_nonnull (strstr (error->message, "CL_OUT_OF_RESOURCES"));
  g_assert_nonnull (strstr (error->message, "embed_tokens"));
  g_clear_error (&error);

  run_something (device, &error); /* it may be better next time */
  g_assert_no_error (error);
}

static void
test_lost (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = device_open (NULL);

  if (!device)
    return;
  injected_finish = CL_DEVICE_NOT_AVAILABLE;
  gboolean ok = run_something (device, &error);
  injected_finish = CL_SUCCESS;
  g_assert_false (ok);
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST);
  g_clear_error (&error);

  g_assert_false (run_something (device, &error)); /* it sticks */
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST);
}

static void
test_no_platform (void)
{
  g_autoptr (GError) error = NULL;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  g_setenv ("OCL_ICD_VENDORS", "/nowhere", TRUE);
  g_assert_null (persea_device_open (drivers, NULL, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE);
}

/* what is computed is in f32 unless bf16 is faster; what is only read is never wider than it need be */
static void
test_auto_precision (void)
{
  g_autoptr (PerseaDevice) device = device_open (NULL);

  if (!device)
    return;

  const PerseaDeviceInfo *info = persea_device_get_info (device);
  PerseaPrecision auto_precision = PERSEA_PRECISION_AUTO;
  PerseaPrecision computed = persea_device_resolve_precision (device, auto_precision);
  PerseaPrecision read = persea_device_resolve_reading_precision (device, auto_precision);

  g_assert_cmpint (computed, ==,
                   info->native_bf16 ? PERSEA_PRECISION_BF16 : PERSEA_PRECISION_F32);
  if (computed == PERSEA_PRECISION_F32 && info->native_f16)
    g_assert_cmpint (read, ==, PERSEA_PRECISION_F16);
  else
    g_assert_cmpint (read, ==, computed);
  g_assert_cmpint (persea_device_resolve_reading_precision (device, PERSEA_PRECISION_F32), ==,
                   PERSEA_PRECISION_F32);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/opencl/no-platform", test_no_platform);
  g_test_add_func ("/opencl/cache", test_cache);
  g_test_add_func ("/opencl/cache-unwritable", test_cache_unwritable);
  g_test_add_func ("/opencl/auto-precision", test_auto_precision);
  g_test_add_func ("/opencl/budget", test_budget);
  g_test_add_func ("/opencl/mapped", test_mapped);
  g_test_add_func ("/opencl/profile", test_profile);
  g_test_add_func ("/opencl/out-of-resources", test_out_of_resources);
  g_test_add_func ("/opencl/lost", test_lost);
  return g_test_run ();
}
