/* persea-codebook.c - pictures as grids of numbered patches, and back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is the same for all families: checks, batches, references.  The networks are in
 * core/models/.
 */
#include "config.h"

#include "persea-codebook-impl.h"

#include "persea-error.h"

#include <math.h>

/* Bytes of the largest tensor of a pass: enough to keep a device busy, little enough for its memory,
 * which has room for four or five of them.  Two pictures of the full-size VQGAN have as much. */
#define BATCH_BYTES ((size_t) 64 << 20)

void
persea_codebook_init (PerseaCodebook            *codebook,
                      const PerseaCodebookClass *codebook_class,
                      PerseaDevice              *device,
                      PerseaPrecision            precision,
                      const char                *name,
                      const char                *identity)
{
  codebook->class = codebook_class;
  g_atomic_ref_count_init (&codebook->ref_count);
  codebook->device = persea_device_ref (device);
  codebook->precision = precision;
  codebook->name = g_strdup (name);
  codebook->identity = g_strdup (identity);
}

void
persea_codebook_clear (PerseaCodebook *codebook)
{
  persea_device_unref (codebook->device);
  g_free (codebook->name);
  g_free (codebook->identity);
}

PerseaCodebook *
persea_codebook_ref (PerseaCodebook *codebook)
{
  g_atomic_ref_count_inc (&codebook->ref_count);
  return codebook;
}

void
persea_codebook_unref (PerseaCodebook *codebook)
{
  if (codebook && g_atomic_ref_count_dec (&codebook->ref_count))
    codebook->class->free (codebook);
}

gboolean
persea_codebook_is_unshared (PerseaCodebook *codebook)
{
  return g_atomic_ref_count_compare (&codebook->ref_count, 1);
}

const char *
persea_codebook_get_name (PerseaCodebook *codebook)
{
  return codebook->name;
}

const char *
persea_codebook_get_identity (PerseaCodebook *codebook)
{
  return codebook->identity;
}

PerseaPrecision
persea_codebook_get_precision (PerseaCodebook *codebook)
{
  return codebook->precision;
}

unsigned
persea_codebook_get_n_entries (PerseaCodebook *codebook)
{
  return codebook->n_entries;
}

unsigned
persea_codebook_get_factor (PerseaCodebook *codebook)
{
  return codebook->factor;
}

unsigned
persea_codebook_get_size (PerseaCodebook *codebook)
{
  return codebook->size;
}

gboolean
persea_codebook_has_encoder (PerseaCodebook *codebook)
{
  return codebook->has_encoder;
}

double
persea_codebook_get_decode_flops (PerseaCodebook *codebook, size_t grid_height, size_t grid_width)
{
  return codebook->class->decode_flops (codebook, grid_height, grid_width);
}

double
persea_codebook_get_encode_flops (PerseaCodebook *codebook, size_t grid_height, size_t grid_width)
{
  if (!codebook->has_encoder)
    return 0;
  return codebook->class->encode_flops (codebook, grid_height, grid_width);
}

static gboolean
codebook_check_grid (PerseaCodebook *codebook, size_t grid_height, size_t grid_width,
                     GError **error)
{
  if (grid_height >= 1 && grid_height <= PERSEA_CODEBOOK_MAX_GRID && grid_width >= 1
      && grid_width <= PERSEA_CODEBOOK_MAX_GRID)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               "%s: expected a grid of 1 to %d codes on each side, found %zu × %zu",
               codebook->name, PERSEA_CODEBOOK_MAX_GRID, grid_height, grid_width);
  return FALSE;
}

/* the sizes of one picture, both ways */
typedef struct
{
  size_t grid_height;
  size_t grid_width;
  size_t n_codes;
  size_t n_values; /* of pixels */
} CodebookSizes;

static CodebookSizes
codebook_sizes (const PerseaCodebook *codebook, size_t grid_height, size_t grid_width)
{
  size_t n_codes = grid_height * grid_width;

  return (CodebookSizes) { grid_height, grid_width, n_codes,
                           3 * n_codes * codebook->factor * codebook->factor };
}

typedef gboolean (*CodebookBatch) (PerseaCodebook *codebook, const CodebookSizes *sizes, size_t n,
                                   float *pixels, int32_t *codes, GCancellable *cancellable,
                                   GError **error);

/* Batches of equal size, as far as possible.  One that does not fit into the device's memory is
 * halved until it does. */
static gboolean
codebook_run_batches (PerseaCodebook *codebook, const CodebookSizes *sizes, CodebookBatch run,
                      size_t n, float *pixels, int32_t *codes, GCancellable *cancellable,
                      GError **error)
{
  size_t batch = MAX (BATCH_BYTES / (codebook->cell_bytes * sizes->n_codes), 1);

  for (size_t done = 0; done < n;)
    {
      size_t left = n - done, n_batches = (left + batch - 1) / batch;
      size_t count = (left + n_batches - 1) / n_batches;
      g_autoptr (GError) batch_error = NULL;

      if (run (codebook, sizes, count, pixels + done * sizes->n_values,
               codes + done * sizes->n_codes, cancellable, &batch_error))
        {
          done += count;
          continue;
        }
      if (count == 1 || !g_error_matches (batch_error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY))
        {
          g_propagate_error (error, g_steal_pointer (&batch_error));
          return FALSE;
        }
      batch = count / 2;
    }
  return TRUE;
}

static void
codebook_set_no_memory (const PerseaCodebook *codebook, size_t n, size_t height, size_t width,
                        GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
               "%s: no memory for %zu pictures of %zu × %zu pixels", codebook->name, n, width,
               height);
}

static gboolean
codebook_encode_batch (PerseaCodebook *codebook, const CodebookSizes *sizes, size_t n,
                       float *pixels, int32_t *codes, GCancellable *cancellable, GError **error)
{
  size_t height = sizes->grid_height * codebook->factor;
  size_t width = sizes->grid_width * codebook->factor;
  g_autofree float *values = g_try_new (float, n * sizes->n_values);

  if (!values)
    {
      codebook_set_no_memory (codebook, n, height, width, error);
      return FALSE;
    }
  for (size_t i = 0; i < n * sizes->n_values; i++)
    values[i] = codebook->low + (codebook->high - codebook->low) * pixels[i];

  PerseaPass *pass = persea_pass_begin (codebook->device, cancellable);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, 3, height, width);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n * sizes->n_codes);

  persea_pass_upload (pass, x, values);
  codebook->class->encode (codebook, pass, y, x);
  persea_pass_download (pass, y, codes);
  return persea_pass_end (pass, error);
}

gboolean
persea_codebook_encode (PerseaCodebook  *codebook,
                        const float     *pixels,
                        size_t           n,
                        size_t           height,
                        size_t           width,
                        int32_t         *codes,
                        GCancellable    *cancellable,
                        GError         **error)
{
  CodebookSizes sizes = codebook_sizes (codebook, height / codebook->factor,
                                        width / codebook->factor);

  if (!codebook->has_encoder)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "%s: this model has a decoder only, it cannot read pictures", codebook->name);
      return FALSE;
    }
  if (height % codebook->factor != 0 || width % codebook->factor != 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "%s: expected multiples of %u pixels, found %zu × %zu", codebook->name,
                   codebook->factor, width, height);
      return FALSE;
    }
  return codebook_check_grid (codebook, sizes.grid_height, sizes.grid_width, error)
         && codebook_run_batches (codebook, &sizes, codebook_encode_batch, n, (float *) pixels,
                                  codes, cancellable, error);
}

/* [height · width, 3] to [3, height · width], and into the range that files know; NaN becomes 0 */
static void
codebook_finish_pixels (const PerseaCodebook *codebook, float *pixels, const float *values,
                        size_t n_pixels)
{
  for (size_t i = 0; i < n_pixels; i++)
    for (size_t channel = 0; channel < 3; channel++)
      {
        float value = values[3 * i + channel];

        if (codebook->logits)
          value = 1 / (1 + expf (-value));
        value = (value - codebook->low) / (codebook->high - codebook->low);
        pixels[channel * n_pixels + i] = value > 0 ? MIN (value, 1) : 0;
      }
}

static gboolean
codebook_decode_batch (PerseaCodebook *codebook, const CodebookSizes *sizes, size_t n,
                       float *pixels, int32_t *codes, GCancellable *cancellable, GError **error)
{
  size_t height = sizes->grid_height * codebook->factor;
  size_t width = sizes->grid_width * codebook->factor;
  g_autofree float *values = g_try_new (float, n * sizes->n_values);

  if (!values)
    {
      codebook_set_no_memory (codebook, n, height, width, error);
      return FALSE;
    }

  PerseaPass *pass = persea_pass_begin (codebook->device, cancellable);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n * sizes->n_codes);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, height, width, 3);

  persea_pass_upload (pass, x, codes);
  codebook->class->decode (codebook, pass, y, x, sizes->grid_height, sizes->grid_width);
  persea_pass_download (pass, y, values);
  if (!persea_pass_end (pass, error))
    return FALSE;
  for (size_t i = 0; i < n; i++)
    codebook_finish_pixels (codebook, pixels + i * sizes->n_values,
                            values + i * sizes->n_values, height * width);
  return TRUE;
}

gboolean
persea_codebook_decode (PerseaCodebook  *codebook,
                        const int32_t   *codes,
                        size_t           n,
                        size_t           grid_height,
                        size_t           grid_width,
                        float           *pixels,
                        GCancellable    *cancellable,
                        GError         **error)
{
  CodebookSizes sizes = codebook_sizes (codebook, grid_height, grid_width);

  if (!codebook_check_grid (codebook, grid_height, grid_width, error))
    return FALSE;
  for (size_t i = 0; i < n * sizes.n_codes; i++)
    if (codes[i] < 0 || (unsigned) codes[i] >= codebook->n_entries)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     "%s: picture %zu, code %zu: expected a number below %u, found %d",
                     codebook->name, i / sizes.n_codes, i % sizes.n_codes, codebook->n_entries,
                     codes[i]);
        return FALSE;
      }
  return codebook_run_batches (codebook, &sizes, codebook_decode_batch, n, pixels,
                               (int32_t *) codes, cancellable, error);
}
