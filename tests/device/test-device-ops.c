/* test-device-ops.c - every OpenCL device against the reference
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One test for each device and case.  No device: skipped, never passed.
 */
#include "config.h"

#include "device-ops.h"
#include "persea-opencl.h"

#include <math.h>

static const PerseaDriver *const drivers[] = { &persea_opencl_driver, &persea_cpu_driver, NULL };

typedef struct
{
  PerseaDevice     *device;
  PerseaDevice     *reference;
  const DeviceCase *c;
} DeviceTest;

static void
test_case (gconstpointer data)
{
  const DeviceTest *test = data;
  size_t n, n_expected;
  double worst = 0;
  g_autofree float *found = device_case_run (test->c, test->device, test->device, &n);
  g_autofree float *expected = device_case_run (test->c, test->reference, test->device,
                                                &n_expected);

  g_assert_cmpuint (n, ==, n_expected);
  for (size_t i = 0; i < n; i++)
    {
      double tolerance = device_case_tolerance (test->c, expected[i]);
      double difference = fabs ((double) found[i] - expected[i]);

      if (!(difference <= tolerance))
        g_error ("%s: element %zu of %zu: expected %g, found %g, may differ by %g", test->c->name, i,
                 n, expected[i], found[i], tolerance);
      worst = fmax (worst, tolerance > 0 ? difference / tolerance : 0);
    }
  g_test_message ("worst difference: %.2f of the tolerance", worst);
}

static void
test_no_device (void)
{
  g_test_skip ("no usable OpenCL device");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);

  g_autoptr (GPtrArray) infos = persea_devices_list (drivers, NULL);
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_device_unref);
  g_autoptr (GPtrArray) tests = g_ptr_array_new_with_free_func (g_free);
  PerseaDevice *reference = persea_device_open (drivers, "reference", NULL, &error);
  g_assert_no_error (error);
  g_ptr_array_add (devices, reference);

  for (unsigned i = 0; i < infos->len; i++)
    {
      const PerseaDeviceInfo *info = infos->pdata[i];
      if (info->unusable || info->kind == PERSEA_DEVICE_KIND_REFERENCE)
        continue;
      g_autofree char *position = g_strdup_printf ("%u", i);
      PerseaDevice *device = persea_device_open (drivers, position, NULL, &error);
      g_assert_no_error (error);
      g_ptr_array_add (devices, device);
      for (const DeviceCase *c = device_cases; c->name; c++)
        {
          g_autofree char *path = g_strdup_printf ("/device/%u/%s", i, c->name);
          DeviceTest *test = g_new (DeviceTest, 1);

          *test = (DeviceTest) { device, reference, c };
          g_ptr_array_add (tests, test);
          g_test_add_data_func (path, test, test_case);
        }
    }
  if (tests->len == 0)
    g_test_add_func ("/device/none", test_no_device);
  return g_test_run ();
}
