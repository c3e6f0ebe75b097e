/* persea-model-files.c - what a model can do, and from which files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-files.h"

#include <glib/gstdio.h>

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
  g_free (files);
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
