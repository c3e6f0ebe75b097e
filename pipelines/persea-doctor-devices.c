/* persea-doctor-devices.c - OpenCL's drivers and devices, and who may use them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-doctor.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define VENDORS "/etc/OpenCL/vendors"
#define DRM "/dev/dri"

static void
devices_add (GPtrArray *findings, PerseaFindingState state, const char *about, char *text, char *mend)
{
  persea_doctor_add (findings, PERSEA_DOCTOR_DEVICES, state, about, text, mend);
}

static char *
devices_mend_none (void)
{
#ifdef HAVE_OPENCL
  return g_strdup (_("Install an OpenCL driver: pocl-opencl-icd for any processor; for graphics cards "
                     "intel-opencl-icd, mesa-opencl-icd (AMD) or nvidia-opencl-icd."));
#else
  return g_strdup (_("This Persea was built without OpenCL: install ocl-icd-opencl-dev and build it again."));
#endif
}

/* The loader reads a file for each driver, which names its library. */
static void
devices_look_at_driver (GPtrArray *findings, const char *path)
{
  g_autofree char *content = NULL;

  if (!g_file_get_contents (path, &content, NULL, NULL))
    {
      devices_add (findings, PERSEA_FINDING_PROBLEM, path, g_strdup (_("this OpenCL driver's file cannot be read")),
                   g_strdup_printf (_("Let everybody read it: sudo chmod a+r %s"), path));
      return;
    }
  g_strstrip (content);
  if (g_path_is_absolute (content) && !g_file_test (content, G_FILE_TEST_EXISTS))
    devices_add (findings, PERSEA_FINDING_PROBLEM, path,
                 g_strdup_printf (_("this OpenCL driver's library is missing: %s"), content),
                 g_strdup (_("Install the driver's package again, or remove it.")));
  else
    devices_add (findings, PERSEA_FINDING_WELL, path, g_strdup_printf (_("an OpenCL driver: %s"), content), NULL);
}

static void
devices_look_at_drivers (GPtrArray *findings)
{
  const char *other = g_getenv ("OCL_ICD_VENDORS");
  const char *folder = other && *other ? other : VENDORS;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  unsigned n = 0;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".icd"))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        devices_look_at_driver (findings, path);
        n++;
      }
  /* OCL_ICD_VENDORS may also name a file or a library */
  if (n == 0 && !g_file_test (folder, G_FILE_TEST_IS_REGULAR))
    devices_add (findings, PERSEA_FINDING_PROBLEM, folder, g_strdup (_("no OpenCL driver is installed")),
                 devices_mend_none ());
}

/* What has no permission is not listed by its driver at all, so the files are looked at. */
static void
devices_look_at_permission (GPtrArray *findings, const char *path, gboolean have_gpu)
{
  struct stat status;
  const struct group *group;

  if (g_access (path, R_OK | W_OK) == 0 || errno != EACCES || stat (path, &status) != 0)
    return;
  group = getgrgid (status.st_gid);
  devices_add (findings, have_gpu ? PERSEA_FINDING_REMARK : PERSEA_FINDING_PROBLEM, path,
               g_strdup_printf (_("you may not use this graphics card; it is for the group %s"),
                                group ? group->gr_name : "?"),
               g_strdup_printf (_("Join the group, and log in again: sudo usermod -aG %s %s"),
                                group ? group->gr_name : "render", g_get_user_name ()));
}

static void
devices_look_at_permissions (GPtrArray *findings, gboolean have_gpu)
{
  g_autoptr (GDir) dir = g_dir_open (DRM, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_prefix (name, "renderD"))
      {
        g_autofree char *path = g_build_filename (DRM, name, NULL);

        devices_look_at_permission (findings, path, have_gpu);
      }
  devices_look_at_permission (findings, "/dev/kfd", have_gpu);
  devices_look_at_permission (findings, "/dev/nvidiactl", have_gpu);
}

static void
devices_describe (GPtrArray *findings, const PerseaDeviceInfo *info, gboolean chosen)
{
  g_autofree char *memory = g_format_size_full (info->memory, G_FORMAT_SIZE_IEC_UNITS);

  if (info->unusable)
    devices_add (findings, PERSEA_FINDING_REMARK, info->name,
                 g_strdup_printf (_("cannot be used: %s"), info->unusable), NULL);
  else if (chosen)
    devices_add (findings, PERSEA_FINDING_WELL, info->name,
                 g_strdup_printf (_("computes, unless another one is asked for (%s)"), memory), NULL);
  else
    devices_add (findings, PERSEA_FINDING_WELL, info->name,
                 g_strdup_printf (_("can be used (%s)"), memory), NULL);
}

void
persea_doctor_devices_look (GPtrArray *findings, const PerseaDriver *const *drivers)
{
  g_autoptr (GPtrArray) devices = persea_devices_list (drivers, NULL);
  gboolean chosen = FALSE;
  gboolean have_gpu = FALSE;

#ifdef HAVE_OPENCL
  devices_look_at_drivers (findings);
#endif
  for (unsigned i = 0; i < devices->len; i++)
    {
      const PerseaDeviceInfo *info = devices->pdata[i];

      /* it is always there, and for tests */
      if (info->kind == PERSEA_DEVICE_KIND_REFERENCE)
        continue;
      devices_describe (findings, info, !chosen && !info->unusable);
      chosen |= !info->unusable;
      have_gpu |= info->kind == PERSEA_DEVICE_KIND_GPU && !info->unusable;
    }
  devices_look_at_permissions (findings, have_gpu);
  if (!chosen)
    devices_add (findings, PERSEA_FINDING_PROBLEM, "OpenCL", g_strdup (_("there is no device to compute with")),
                 devices_mend_none ());
}
