/* persea-model-files.c - what a model can do, and from which files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-files.h"

#include <glib/gstdio.h>
#include <math.h>

#include "persea-checkpoint.h"
#include "persea-error.h"

#define FILES_BLOCK (1024 * 1024) /* elements that are read at once */

void
persea_model_files_free (PerseaModelFiles *files)
{
  if (!files)
    return;
  g_free (files->name);
  g_free (files->folder);
  g_strfreev (files->weights);
  g_free (files->config);
  g_free (files->vocabulary);
  g_free (files->merges);
  g_free (files->words);
  g_free (files);
}

GStrv
persea_model_files_list (const PerseaModelFiles *files, GError **error)
{
  const char *const beside[] = { files->config, files->vocabulary, files->merges, files->words };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (size_t i = 0; files->weights[i]; i++)
    {
      g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (files->weights[i], error);

      if (!checkpoint)
        return NULL;
      g_strv_builder_addv (builder, (const char **) persea_checkpoint_get_files (checkpoint));
    }
  for (size_t i = 0; i < G_N_ELEMENTS (beside); i++)
    if (beside[i])
      g_strv_builder_add (builder, beside[i]);
  return g_strv_builder_end (builder);
}

static gboolean
files_check_tensor (PerseaCheckpoint *checkpoint, const PerseaCheckpointTensor *tensor,
                    float *values, double *sum, GError **error)
{
  for (size_t first = 0, n; first < tensor->n_elements; first += n)
    {
      n = MIN (tensor->n_elements - first, FILES_BLOCK);
      if (!persea_checkpoint_read_f32_part (checkpoint, tensor, first, n, values, error))
        return FALSE;
      for (size_t i = 0; i < n; i++)
        {
          if (!isfinite (values[i]))
            {
              g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "%s: tensor %s: expected finite numbers, found %f at element %zu",
                           persea_checkpoint_get_files (checkpoint)[tensor->file], tensor->name,
                           values[i], first + i);
              return FALSE;
            }
          *sum += values[i];
        }
    }
  return TRUE;
}

gboolean
persea_model_files_check_finite (const PerseaModelFiles *files, double *sum,
                                 GCancellable *cancellable, GError **error)
{
  g_autofree float *values = g_new (float, FILES_BLOCK);
  double total = 0;

  for (size_t i = 0; files->weights[i]; i++)
    {
      g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (files->weights[i], error);
      const PerseaCheckpointTensor *tensors;
      size_t n;

      if (!checkpoint)
        return FALSE;
      tensors = persea_checkpoint_get_tensors (checkpoint, &n);
      for (size_t j = 0; j < n; j++)
        if (g_cancellable_set_error_if_cancelled (cancellable, error)
            || !files_check_tensor (checkpoint, &tensors[j], values, &total, error))
          return FALSE;
    }
  *sum = total;
  return TRUE;
}

char *
persea_model_load_get_pack_path (const PerseaModelLoad *load,
                                 PerseaDevice          *device,
                                 PerseaPrecision        precision)
{
  g_autofree char *name = g_strdup_printf ("%.32s-%s-%s.pack", load->identity,
                                           persea_device_get_key (device),
                                           persea_precision_name (precision));

  if (!load->cache_folder || g_mkdir_with_parents (load->cache_folder, 0700) < 0)
    return NULL;
  return g_build_filename (load->cache_folder, name, NULL);
}
