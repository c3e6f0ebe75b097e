/* persea-weight-loader.c - from a checkpoint to the weights of a model on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-weight-loader.h"

#include "persea-cache.h"
#include "persea-error.h"
#include "persea-pack.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

struct _PerseaWeightLoader
{
  PerseaDevice      *device;
  PerseaMatrixFormat format;       /* at the moment */
  PerseaMatrixFormat first_format; /* at the beginning of a walk */
  PerseaWeightLoad   load;
  PerseaWeightWalk   walk;
  gpointer           model;
  PerseaPackWriter  *writer; /* while packing, or */
  PerseaPack        *pack;   /* while binding */
  size_t             n_done; /* parameters */
  GError            *error;  /* the first */
};

void
persea_linear_clear (PerseaLinear *linear)
{
  g_clear_pointer (&linear->w, persea_matrix_free);
  g_clear_pointer (&linear->bias, persea_tensor_unref);
}

void
persea_norm_clear (PerseaNorm *norm)
{
  g_clear_pointer (&norm->weight, persea_tensor_unref);
  g_clear_pointer (&norm->bias, persea_tensor_unref);
}

void
persea_phases_clear (PerseaPhases *phases)
{
  for (unsigned i = 0; i < 4; i++)
    g_clear_pointer (&phases->w[i], persea_matrix_free);
  g_clear_pointer (&phases->bias, persea_tensor_unref);
}

gboolean
persea_weight_loader_go_on (PerseaWeightLoader *loader)
{
  return !loader->error
         && !g_cancellable_set_error_if_cancelled (loader->load.cancellable, &loader->error);
}

gboolean
persea_weight_loader_is_packing (const PerseaWeightLoader *loader)
{
  return loader->writer != NULL;
}

/* One NaN makes every result NaN: better to say so than to give nonsense. */
static gboolean
loader_check_finite (PerseaWeightLoader *loader, const char *name, const float *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite (values[i]))
      {
        g_set_error (&loader->error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                     "%s: tensor %s: expected finite numbers, found %f at element %zu",
                     loader->load.name, name, values[i], i);
        return FALSE;
      }
  return TRUE;
}

float *
persea_weight_loader_read (PerseaWeightLoader *loader, const char *name, size_t n)
{
  if (!persea_weight_loader_go_on (loader))
    return NULL;

  g_autofree float *values = g_try_new (float, n);
  if (!values)
    {
      g_set_error (&loader->error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                   "%s: no memory for %zu elements", name, n);
      return NULL;
    }
  if (!loader->load.read (loader->load.weights, name, values, n, &loader->error)
      || !loader_check_finite (loader, name, values, n))
    return NULL;

  loader->n_done += n;
  if (loader->load.progress)
    loader->load.progress (_("Packing weights"),
                           (double) loader->n_done / MAX (loader->load.n_parameters, 1),
                           loader->load.progress_data);
  return g_steal_pointer (&values);
}

void
persea_weight_loader_put_tensor (PerseaWeightLoader *loader,
                                 const char         *name,
                                 PerseaDtype         dtype,
                                 const float        *values,
                                 size_t              n)
{
  if (!loader->error)
    persea_pack_writer_add_tensor (loader->writer, name, dtype, values, n, &loader->error);
}

void
persea_weight_loader_put_matrix (PerseaWeightLoader *loader,
                                 const char         *name,
                                 const float        *rows,
                                 size_t              n,
                                 size_t              k)
{
  if (!loader->error)
    persea_pack_writer_add_matrix (loader->writer, name, &loader->format, rows, n, k,
                                   &loader->error);
}

void
persea_weight_loader_bind_linear (PerseaWeightLoader *loader,
                                  const char         *weight,
                                  const char         *bias,
                                  size_t              n,
                                  size_t              k,
                                  PerseaLinear       *linear)
{
  if (!loader->error)
    linear->w = persea_pack_get_matrix (loader->pack, loader->device, weight, &loader->format, n,
                                        k, &loader->error);
  if (!loader->error && bias)
    linear->bias = persea_pack_get_tensor (loader->pack, loader->device, bias, PERSEA_DTYPE_F32, 0,
                                           n, &loader->error);
}

void
persea_weight_loader_tensor (PerseaWeightLoader *loader,
                             const char         *name,
                             PerseaDtype         dtype,
                             size_t              n_rows,
                             size_t              n_columns,
                             PerseaTensor      **tensor)
{
  size_t n = MAX (n_rows, 1) * n_columns;

  if (!persea_weight_loader_go_on (loader))
    return;
  if (loader->writer)
    {
      g_autofree float *values = persea_weight_loader_read (loader, name, n);

      persea_weight_loader_put_tensor (loader, name, dtype, values, n);
    }
  else
    {
      *tensor = persea_pack_get_tensor (loader->pack, loader->device, name, dtype, n_rows,
                                        n_columns, &loader->error);
    }
}

static void
loader_pack_linear (PerseaWeightLoader *loader, const char *weight, const char *bias,
                    const char *scale, size_t n, size_t k)
{
  g_autofree float *rows = persea_weight_loader_read (loader, weight, n * k);
  g_autofree float *offsets = bias ? persea_weight_loader_read (loader, bias, n) : NULL;
  g_autofree float *factors = scale ? persea_weight_loader_read (loader, scale, n) : NULL;

  if (loader->error)
    return;
  for (size_t i = 0; factors && i < n * k; i++)
    rows[i] *= factors[i / k];
  for (size_t i = 0; factors && offsets && i < n; i++)
    offsets[i] *= factors[i];
  persea_weight_loader_put_matrix (loader, weight, rows, n, k);
  if (offsets)
    persea_weight_loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, offsets, n);
}

void
persea_weight_loader_linear (PerseaWeightLoader *loader,
                             const char         *weight,
                             const char         *bias,
                             const char         *scale,
                             size_t              n,
                             size_t              k,
                             PerseaLinear       *linear)
{
  if (!persea_weight_loader_go_on (loader))
    return;
  if (loader->writer)
    loader_pack_linear (loader, weight, bias, scale, n, k);
  else
    persea_weight_loader_bind_linear (loader, weight, bias, n, k, linear);
}

/* a part of a stack, into its place in @rows and @offsets */
static gboolean
loader_read_part (PerseaWeightLoader *loader, const char *prefix, const char *part, size_t n,
                  size_t k, float *rows, float *offsets)
{
  g_autofree char *weight = g_strconcat (prefix, part, ".weight", NULL);
  g_autofree char *bias = g_strconcat (prefix, part, ".bias", NULL);
  g_autofree float *part_rows = persea_weight_loader_read (loader, weight, n * k);
  g_autofree float *part_offsets = persea_weight_loader_read (loader, bias, n);

  if (loader->error)
    return FALSE;
  memcpy (rows, part_rows, n * k * sizeof *rows);
  memcpy (offsets, part_offsets, n * sizeof *offsets);
  return TRUE;
}

void
persea_weight_loader_stack (PerseaWeightLoader *loader,
                            const char         *prefix,
                            const char *const  *parts,
                            unsigned            n_parts,
                            size_t              n,
                            size_t              k,
                            PerseaLinear       *linear)
{
  g_autofree char *weight = g_strconcat (prefix, parts[0], " and the rest.weight", NULL);
  g_autofree char *bias = g_strconcat (prefix, parts[0], " and the rest.bias", NULL);

  if (!persea_weight_loader_go_on (loader))
    return;
  if (!loader->writer)
    {
      persea_weight_loader_bind_linear (loader, weight, bias, n_parts * n, k, linear);
      return;
    }

  g_autofree float *rows = g_new (float, n_parts * n * k);
  g_autofree float *offsets = g_new (float, n_parts * n);
  for (unsigned i = 0; i < n_parts; i++)
    if (!loader_read_part (loader, prefix, parts[i], n, k, rows + i * n * k, offsets + i * n))
      return;
  persea_weight_loader_put_matrix (loader, weight, rows, n_parts * n, k);
  persea_weight_loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, offsets, n_parts * n);
}

void
persea_weight_loader_norm (PerseaWeightLoader *loader,
                           const char         *prefix,
                           const char         *name,
                           size_t              width,
                           PerseaNorm         *norm)
{
  g_autofree char *weight = g_strdup_printf ("%s%s.weight", prefix, name);
  g_autofree char *bias = g_strdup_printf ("%s%s.bias", prefix, name);

  persea_weight_loader_tensor (loader, weight, PERSEA_DTYPE_F32, 0, width, &norm->weight);
  persea_weight_loader_tensor (loader, bias, PERSEA_DTYPE_F32, 0, width, &norm->bias);
}

void
persea_weight_loader_turn_conv (float       *out,
                                const float *rows,
                                size_t       n,
                                size_t       channels,
                                size_t       n_taps)
{
  size_t k = channels * n_taps;

  for (size_t row = 0; row < n; row++)
    for (size_t i = 0; i < k; i++)
      out[row * k + i % n_taps * channels + i / n_taps] = rows[row * k + i];
}

void
persea_weight_loader_conv (PerseaWeightLoader *loader,
                           const char         *weight,
                           const char         *bias,
                           size_t              n,
                           size_t              channels,
                           size_t              kernel,
                           PerseaLinear       *linear)
{
  size_t n_taps = kernel * kernel, k = channels * n_taps;

  if (!persea_weight_loader_go_on (loader))
    return;
  if (!loader->writer)
    {
      persea_weight_loader_bind_linear (loader, weight, bias, n, k, linear);
      return;
    }

  g_autofree float *rows = persea_weight_loader_read (loader, weight, n * k);
  g_autofree float *offsets = bias ? persea_weight_loader_read (loader, bias, n) : NULL;
  if (loader->error)
    return;

  g_autofree float *turned = g_new (float, n * k);
  persea_weight_loader_turn_conv (turned, rows, n, channels, n_taps);
  persea_weight_loader_put_matrix (loader, weight, turned, n, k);
  if (offsets)
    persea_weight_loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, offsets, n);
}

void
persea_weight_loader_set_format (PerseaWeightLoader *loader, const PerseaMatrixFormat *format)
{
  loader->format = *format;
}

/* Output rows 2i see the rows i - 1, i, i of the picture, output rows 2i + 1 the rows i, i, i + 1;
 * columns likewise. */
void
persea_weight_loader_fold_phase (float       *out,
                                 const float *rows,
                                 size_t       n,
                                 size_t       channels,
                                 unsigned     phase)
{
  unsigned a = phase / 2, b = phase % 2;

  memset (out, 0, n * 4 * channels * sizeof *out);
  for (size_t row = 0; row < n; row++)
    for (unsigned tap = 0; tap < 9; tap++)
      {
        unsigned y = (tap / 3 + 1 - a) / 2, x = (tap % 3 + 1 - b) / 2;
        float *to = out + (row * 4 + 2 * y + x) * channels;
        const float *from = rows + (row * 9 + tap) * channels;

        for (size_t c = 0; c < channels; c++)
          to[c] += from[c];
      }
}

static void
loader_pack_phases (PerseaWeightLoader *loader, char **names, const char *weight, const char *bias,
                    size_t n, size_t channels)
{
  g_autofree float *rows = persea_weight_loader_read (loader, weight, n * 9 * channels);
  g_autofree float *offsets = bias ? persea_weight_loader_read (loader, bias, n) : NULL;

  if (loader->error)
    return;

  g_autofree float *turned = g_new (float, n * 9 * channels);
  g_autofree float *folded = g_new (float, n * 4 * channels);
  persea_weight_loader_turn_conv (turned, rows, n, channels, 9);
  for (unsigned i = 0; i < 4; i++)
    {
      persea_weight_loader_fold_phase (folded, turned, n, channels, i);
      persea_weight_loader_put_matrix (loader, names[i], folded, n, 4 * channels);
    }
  if (offsets)
    persea_weight_loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, offsets, n);
}

void
persea_weight_loader_phases (PerseaWeightLoader *loader,
                             const char         *weight,
                             const char         *bias,
                             size_t              n,
                             size_t              channels,
                             PerseaPhases       *phases)
{
  char *names[4];

  if (!persea_weight_loader_go_on (loader))
    return;
  for (unsigned i = 0; i < 4; i++)
    names[i] = g_strdup_printf ("%s phase %u", weight, i);
  if (loader->writer)
    loader_pack_phases (loader, names, weight, bias, n, channels);
  else
    for (unsigned i = 0; i < 4; i++)
      {
        PerseaLinear linear = { NULL, NULL };

        persea_weight_loader_bind_linear (loader, names[i], i == 0 ? bias : NULL, n, 4 * channels,
                                          &linear);
        phases->w[i] = linear.w;
        if (linear.bias)
          phases->bias = linear.bias;
      }
  for (unsigned i = 0; i < 4; i++)
    g_free (names[i]);
}

static gboolean
loader_walk (PerseaWeightLoader *loader, GError **error)
{
  loader->format = loader->first_format;
  loader->walk (loader, loader->model);
  if (!loader->error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&loader->error));
  return FALSE;
}

static gboolean
loader_pack (PerseaWeightLoader *loader, GError **error)
{
  g_autoptr (PerseaPackWriter) writer = persea_pack_writer_new (loader->load.pack_path, error);

  if (!writer)
    return FALSE;
  loader->writer = writer;
  loader->n_done = 0;
  gboolean ok = loader_walk (loader, error);
  loader->writer = NULL;
  if (ok)
    loader->pack = persea_pack_writer_finish (writer, error);
  if (loader->pack && loader->load.pack_path)
    persea_cache_tidy (loader->load.pack_path);
  return loader->pack != NULL;
}

/* Packs, in memory if the file cannot be written: a full disk or a home without write permission
 * must not keep anybody from using the model. */
static gboolean
loader_pack_somewhere (PerseaWeightLoader *loader, GError **error)
{
  g_autoptr (GError) file_error = NULL;

  if (loader_pack (loader, &file_error))
    return TRUE;
  if (!loader->load.pack_path || file_error->domain != G_FILE_ERROR)
    {
      g_propagate_error (error, g_steal_pointer (&file_error));
      return FALSE;
    }
  g_debug ("%s; keeping the packed weights in memory", file_error->message);
  loader->load.pack_path = NULL;
  return loader_pack (loader, error);
}

gboolean
persea_weight_loader_run (PerseaDevice             *device,
                          const PerseaMatrixFormat *format,
                          const PerseaWeightLoad   *load,
                          PerseaWeightWalk          walk,
                          GDestroyNotify            clear,
                          gpointer                  model,
                          GError                  **error)
{
  PerseaWeightLoader loader = {
    .device = device, .first_format = *format, .load = *load, .walk = walk, .model = model,
  };

  if (load->pack_path)
    {
      g_autoptr (GError) pack_error = NULL;

      loader.pack = persea_pack_open (load->pack_path, &pack_error);
      if (pack_error)
        g_debug ("%s", pack_error->message);
    }
  gboolean ok = loader.pack && loader_walk (&loader, NULL);
  if (!ok) /* no pack, or one of another making */
    {
      clear (model);
      g_clear_pointer (&loader.pack, persea_pack_unref);
      ok = !g_cancellable_set_error_if_cancelled (load->cancellable, error)
           && loader_pack_somewhere (&loader, error) && loader_walk (&loader, error);
    }
  if (ok && load->pack)
    *load->pack = g_steal_pointer (&loader.pack);
  persea_pack_unref (loader.pack);
  return ok;
}
