/* persea-cl-program.c - building kernels, and keeping what was built
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One program after the other: PoCL holds one lock of the context while it builds a program or
 * specialises a kernel (pocl/pocl, lib/CL/pocl_llvm_build.cc, PoclCompilerMutexGuard), since LLVM's
 * interface is for one thread, so threads of ours would only wait for each other.
 */
#include "config.h"

#include "persea-cl-program.h"

#include "persea-cl-cache.h"
#include "persea-cl-source.h"
#include "persea-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Without -w, PoCL prints how many warnings its compiler has: on processors without AVX-512, one for each
 * function that takes a vector of 16. */
#define BUILD_OPTIONS "-cl-std=CL1.2 -cl-mad-enable -w"
#define MAX_LOG 4000 /* bytes of a build log in a message */

typedef struct
{
  cl_program  program;
  GHashTable *kernels;   /* name → cl_kernel */
  char       *fresh_key; /* (nullable): of the cache, if it was built by us */
} Program;

struct _PerseaClPrograms
{
  PerseaClDevice    *device;
  char              *cache_folder;
  PerseaProgressFunc progress;
  gpointer           progress_data;
  GHashTable        *programs; /* "name options" → Program */
};

static void
kernel_free (gpointer kernel)
{
  clReleaseKernel (kernel);
}

static void
program_free (gpointer data)
{
  Program *program = data;

  g_hash_table_unref (program->kernels);
  clReleaseProgram (program->program);
  g_free (program->fresh_key);
  g_free (program);
}

PerseaClPrograms *
persea_cl_programs_new (PerseaClDevice     *device,
                        const char         *cache_folder,
                        PerseaProgressFunc  progress,
                        gpointer            progress_data)
{
  PerseaClPrograms *programs = g_new0 (PerseaClPrograms, 1);

  programs->device = device;
  programs->cache_folder = cache_folder
    ? g_build_filename (cache_folder, "kernels", NULL)
    : g_build_filename (g_get_user_cache_dir (), "persea", "kernels", NULL);
  programs->progress = progress;
  programs->progress_data = progress_data;
  programs->programs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, program_free);
  return programs;
}

static const char *
source_find (const char *name)
{
  for (const PerseaClSource *source = persea_cl_sources; source->name; source++)
    if (strcmp (source->name, name) == 0)
      return source->text;
  return NULL;
}

/* everything that a binary depends on */
static char *
program_cache_key (PerseaClDevice *device, const char *source, const char *options)
{
  const char *parts[] = { device->base.info->platform, device->base.info->name,
                          device->traits.version, options, source };
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (unsigned i = 0; i < G_N_ELEMENTS (parts); i++)
    g_checksum_update (checksum, (const guchar *) parts[i], strlen (parts[i]) + 1);
  return g_strdup (g_checksum_get_string (checksum));
}

/* (nullable): %NULL if there is no binary that the driver takes */
static cl_program
program_from_cache (PerseaClPrograms *programs, const char *key, const char *options)
{
  PerseaClDevice *device = programs->device;
  g_autoptr (GBytes) binary = persea_cl_cache_load (programs->cache_folder, key);

  if (!binary)
    return NULL;

  size_t size;
  const unsigned char *data = g_bytes_get_data (binary, &size);
  cl_int status, binary_status;
  cl_program program = clCreateProgramWithBinary (device->context, 1, &device->traits.id, &size,
                                                  &data, &binary_status, &status);
  if (status != CL_SUCCESS)
    return NULL;
  if (binary_status != CL_SUCCESS
      || clBuildProgram (program, 1, &device->traits.id, options, NULL, NULL) != CL_SUCCESS)
    {
      g_debug ("%s: the driver refuses its binary", key);
      clReleaseProgram (program);
      return NULL;
    }
  return program;
}

static void
program_to_cache (PerseaClPrograms *programs, cl_program program, const char *key)
{
  size_t size = 0;

  if (clGetProgramInfo (program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS
      || size == 0)
    return;
  g_autofree unsigned char *binary = g_try_malloc (size);
  if (!binary)
    return;
  if (clGetProgramInfo (program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) == CL_SUCCESS)
    persea_cl_cache_save (programs->cache_folder, key, binary, size);
}

/* PoCL finishes a kernel when it is first run, for the sizes at hand; once more, then, with that. */
static void
programs_save_fresh (PerseaClPrograms *programs)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, programs->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Program *program = value;

      if (program->fresh_key)
        program_to_cache (programs, program->program, program->fresh_key);
    }
}

void
persea_cl_programs_free (PerseaClPrograms *programs)
{
  if (!programs)
    return;
  programs_save_fresh (programs);
  g_hash_table_unref (programs->programs);
  g_free (programs->cache_folder);
  g_free (programs);
}

static void
set_build_error (PerseaClDevice *device, cl_program program, const char *name, cl_int status,
                 GError **error)
{
  size_t size = 0;
  g_autofree char *log = NULL;

  if (clGetProgramBuildInfo (program, device->traits.id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size)
      == CL_SUCCESS)
    {
      log = g_malloc0 (size + 1);
      clGetProgramBuildInfo (program, device->traits.id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
      if (size > MAX_LOG)
        log[MAX_LOG] = 0;
    }
  g_autofree char *valid = g_utf8_make_valid (log ? log : "", -1);
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, "%s: building %s.cl: %s (%d)\n%s",
               device->base.info->name, name, persea_cl_error_name (status), status, valid);
}

static cl_program
program_from_source (PerseaClPrograms *programs, const char *name, const char *source,
                     const char *options, GError **error)
{
  PerseaClDevice *device = programs->device;
  cl_int status;

  if (programs->progress)
    {
      /* TRANSLATORS: kernels are being compiled; %s is a file's name */
      g_autofree char *what = g_strdup_printf (_ ("Preparing the device for first use (%s)"), name);
      programs->progress (what, -1, programs->progress_data);
    }
  gint64 start = g_get_monotonic_time ();
  cl_program program = clCreateProgramWithSource (device->context, 1, &source, NULL, &status);
  if (!persea_cl_device_succeeded (device, status, "making a program", error))
    return NULL;

  status = clBuildProgram (program, 1, &device->traits.id, options, NULL, NULL);
  if (status != CL_SUCCESS)
    {
      set_build_error (device, program, name, status, error);
      clReleaseProgram (program);
      return NULL;
    }
  g_debug ("%s.cl %s: built in %.2f s", name, options,
           (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
  return program;
}

static Program *
programs_ensure (PerseaClPrograms *programs, const char *name, const char *extra_options,
                 GError **error)
{
  g_autofree char *id = g_strjoin (" ", name, extra_options, NULL);
  Program *found = g_hash_table_lookup (programs->programs, id);

  if (found)
    return found;

  const char *source = source_find (name);
  if (!source)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, "there is no kernel source %s", name);
      return NULL;
    }

  g_autofree char *options = g_strjoin (" ", BUILD_OPTIONS, extra_options, NULL);
  g_autofree char *key = program_cache_key (programs->device, source, options);
  gboolean fresh = FALSE;
  cl_program program = program_from_cache (programs, key, options);
  if (!program)
    {
      program = program_from_source (programs, name, source, options, error);
      if (!program)
        return NULL;
      program_to_cache (programs, program, key);
      fresh = TRUE;
    }

  found = g_new0 (Program, 1);
  found->program = program;
  found->kernels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, kernel_free);
  if (fresh)
    found->fresh_key = g_steal_pointer (&key);
  g_hash_table_insert (programs->programs, g_steal_pointer (&id), found);
  return found;
}

cl_kernel
persea_cl_programs_ensure_kernel (PerseaClPrograms        *programs,
                                  const PerseaClKernelId  *id,
                                  GError                 **error)
{
  Program *program = programs_ensure (programs, id->program, id->options, error);
  cl_int status;

  if (!program)
    return NULL;

  cl_kernel kernel = g_hash_table_lookup (program->kernels, id->kernel);
  if (kernel)
    return kernel;

  kernel = clCreateKernel (program->program, id->kernel, &status);
  if (status != CL_SUCCESS)
    {
      persea_cl_error_set (error, status, id->kernel, "making the kernel");
      return NULL;
    }
  g_hash_table_insert (program->kernels, g_strdup (id->kernel), kernel);
  return kernel;
}
