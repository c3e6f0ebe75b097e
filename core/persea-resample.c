/* persea-resample.c - Pillow's resampling of 8-bit pictures, to the bit
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pillow makes all rows narrow, keeps them, and then makes the columns short.  Here every narrow
 * row is at once multiplied into those output rows that it belongs to.  Sums of integers do not
 * depend on their order, so the bytes are the same, and nothing but the result is kept.
 *
 * Nearly all the time goes into the rows; that loop is in persea-resample-rows.c.
 */
#include "config.h"

#include "persea-resample-private.h"

#include "persea-error.h"

#include <math.h>
#include <string.h>

#define MAX_CROP_SIDE 16384

typedef struct
{
  double (*weight) (double x); /* NULL: the nearest pixel */
  double   support;
} ResampleFilter;

static double
box_weight (double x)
{
  return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double
triangle_weight (double x)
{
  x = fabs (x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

/* R. G. Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981, with a = -1/2.
 * The order of the operations is Pillow's: another one differs in the last bit of the double, and
 * with it, once in a while, in a weight. */
static double
cubic_weight (double x)
{
  const double a = -0.5;

  x = fabs (x);
  if (x < 1.0)
    return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0)
    return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

static double
sinc (double x)
{
  if (x == 0.0)
    return 1.0;
  x *= G_PI;
  return sin (x) / x;
}

static double
lanczos_weight (double x)
{
  return x >= -3.0 && x < 3.0 ? sinc (x) * sinc (x / 3.0) : 0.0;
}

static const ResampleFilter resample_filters[PERSEA_N_INTERPOLATIONS] = {
  [PERSEA_INTERPOLATION_NEAREST] = { NULL, 0.5 },
  [PERSEA_INTERPOLATION_BOX] = { box_weight, 0.5 },
  [PERSEA_INTERPOLATION_BILINEAR] = { triangle_weight, 1.0 },
  [PERSEA_INTERPOLATION_BICUBIC] = { cubic_weight, 2.0 },
  [PERSEA_INTERPOLATION_LANCZOS] = { lanczos_weight, 3.0 },
};

static const char *const interpolation_names[PERSEA_N_INTERPOLATIONS] = {
  [PERSEA_INTERPOLATION_NEAREST] = "nearest",
  [PERSEA_INTERPOLATION_BOX] = "box",
  [PERSEA_INTERPOLATION_BILINEAR] = "bilinear",
  [PERSEA_INTERPOLATION_BICUBIC] = "bicubic",
  [PERSEA_INTERPOLATION_LANCZOS] = "lanczos",
};

const char *
persea_interpolation_name (PerseaInterpolation interpolation)
{
  g_return_val_if_fail (interpolation < PERSEA_N_INTERPOLATIONS, "?");

  return interpolation_names[interpolation];
}

/* One direction: output i of the crop is the sum of weights[i * n_taps + t] × input first[i] + t.
 * Unused taps have weight 0; first[i] counts from the beginning of the window. */
typedef struct
{
  int      start, length; /* the window in the source */
  int      n_out;
  int      n_taps;
  int     *first;
  int     *end;
  int32_t *weights;
} ResampleAxis;

struct _PerseaResampler
{
  PerseaRectangle      window;
  ResampleAxis         across, down;
  PerseaResampleKernel kernel;

  int      next_row;      /* of the window */
  int      first_out_row; /* output rows before it are complete */
  uint8_t *padded;        /* [PERSEA_RESAMPLE_ROWS, padded_stride] */
  size_t   padded_stride;
  uint8_t *narrow;      /* [PERSEA_RESAMPLE_ROWS, crop width, 3] */
  int32_t *accumulator; /* [crop height, crop width, 3] */
};

static void
resample_axis_clear (ResampleAxis *axis)
{
  g_free (axis->first);
  g_free (axis->end);
  g_free (axis->weights);
}

/* Pillow's nearest neighbour is an affine transform that adds up the scale from output to output,
 * starting at the left edge, so the same has to be done here (unless the crop begins so far away
 * that nobody waits for it). */
static void
resample_axis_fill_nearest (ResampleAxis *axis, double scale, int in, int crop_start)
{
  int64_t begin = crop_start > PERSEA_RESAMPLE_MAX_SIDE ? crop_start : 0;
  double position = scale * (begin + 0.5);

  for (int64_t i = begin; i < (int64_t) crop_start + axis->n_out; i++, position += scale)
    if (i >= crop_start)
      {
        int at = MIN ((int) position, in - 1);

        axis->first[i - crop_start] = at;
        axis->end[i - crop_start] = at + 1;
        axis->weights[(i - crop_start) * axis->n_taps] = 1 << PERSEA_RESAMPLE_BITS;
      }
}

static int32_t
weight_to_integer (double weight)
{
  double scaled = weight * (1 << PERSEA_RESAMPLE_BITS);

  return (int32_t) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void
resample_axis_fill (ResampleAxis         *axis,
                    const ResampleFilter *filter,
                    double                scale,
                    int                   in,
                    int                   crop_start)
{
  double filter_scale = MAX (scale, 1.0);
  double support = filter->support * filter_scale;
  double inverse = 1.0 / filter_scale;
  g_autofree double *weights = g_new (double, axis->n_taps);

  for (int i = 0; i < axis->n_out; i++)
    {
      double center = ((double) crop_start + i + 0.5) * scale;
      int lo = MAX ((int) (center - support + 0.5), 0);
      int hi = MIN ((int) (center + support + 0.5), in);
      double sum = 0;

      for (int j = lo; j < hi; j++)
        {
          weights[j - lo] = filter->weight ((j - center + 0.5) * inverse);
          sum += weights[j - lo];
        }
      for (int j = lo; j < hi; j++)
        axis->weights[(size_t) i * axis->n_taps + j - lo]
          = weight_to_integer (sum != 0.0 ? weights[j - lo] / sum : weights[j - lo]);
      axis->first[i] = lo;
      axis->end[i] = hi;
    }
}

/* @tap_multiple: the number of taps is rounded up to it */
static gboolean
resample_axis_init (ResampleAxis        *axis,
                    PerseaInterpolation  interpolation,
                    int                  in,
                    int                  out,
                    int                  crop_start,
                    int                  crop_size,
                    int                  tap_multiple,
                    GError             **error)
{
  const ResampleFilter *filter = &resample_filters[interpolation];
  double scale = (double) in / out;
  /* Pillow's bound, and never more than the source has */
  double bound = ceil (filter->support * MAX (scale, 1.0)) * 2 + 1;
  int n_taps = filter->weight ? (int) MIN (bound, (double) in) : 1;
  gsize n_weights;

  n_taps = (n_taps + tap_multiple - 1) / tap_multiple * tap_multiple;
  if (!g_size_checked_mul (&n_weights, n_taps, crop_size) || n_weights > G_MAXINT / 4)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "Resampling %d pixels to %d needs too many weights", in, out);
      return FALSE;
    }

  axis->n_out = crop_size;
  axis->n_taps = n_taps;
  axis->first = g_new (int, crop_size);
  axis->end = g_new (int, crop_size);
  axis->weights = g_new0 (int32_t, n_weights);
  if (filter->weight)
    resample_axis_fill (axis, filter, scale, in, crop_start);
  else
    resample_axis_fill_nearest (axis, scale, in, crop_start);

  axis->start = axis->first[0];
  axis->length = axis->end[crop_size - 1] - axis->start;
  for (int i = 0; i < crop_size; i++)
    {
      axis->first[i] -= axis->start;
      axis->end[i] -= axis->start;
    }
  return TRUE;
}

static gboolean
resample_options_check (const PerseaResampleOptions *options, GError **error)
{
  const PerseaRectangle *crop = &options->crop;

  g_return_val_if_fail (options->interpolation < PERSEA_N_INTERPOLATIONS, FALSE);

  if (options->width < 1 || options->width > PERSEA_RESAMPLE_MAX_SIDE
      || options->height < 1 || options->height > PERSEA_RESAMPLE_MAX_SIDE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "Expected a picture with sides of 1 to %d pixels, found %d × %d",
                   PERSEA_RESAMPLE_MAX_SIDE, options->width, options->height);
      return FALSE;
    }
  if (options->out_width < 1 || options->out_height < 1
      || crop->x < 0 || crop->width < 1 || crop->width > MAX_CROP_SIDE
      || crop->x > options->out_width - crop->width
      || crop->y < 0 || crop->height < 1 || crop->height > MAX_CROP_SIDE
      || crop->y > options->out_height - crop->height)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "Expected a crop inside %d × %d pixels, found %d × %d at %d, %d",
                   options->out_width, options->out_height,
                   crop->width, crop->height, crop->x, crop->y);
      return FALSE;
    }
  return TRUE;
}

PerseaResampler *
persea_resampler_new (const PerseaResampleOptions *options, GError **error)
{
  g_autoptr (PerseaResampler) resampler = g_new0 (PerseaResampler, 1);
  ResampleAxis *across = &resampler->across;
  ResampleAxis *down = &resampler->down;

  if (!resample_options_check (options, error)
      || !resample_axis_init (across, options->interpolation,
                              options->width, options->out_width,
                              options->crop.x, options->crop.width,
                              PERSEA_RESAMPLE_TAPS, error)
      || !resample_axis_init (down, options->interpolation,
                              options->height, options->out_height,
                              options->crop.y, options->crop.height, 1, error))
    return NULL;

  resampler->window = (PerseaRectangle) {
    across->start, down->start, across->length, down->length
  };
  persea_resample_kernel_init (&resampler->kernel, across->n_out, across->n_taps,
                               across->first, across->weights);
  /* taps of weight 0 are read, too */
  resampler->padded_stride = ((size_t) across->length + across->n_taps) * 3;
  resampler->padded = g_malloc0 (resampler->padded_stride * PERSEA_RESAMPLE_ROWS);
  resampler->narrow = g_malloc ((size_t) across->n_out * 3 * PERSEA_RESAMPLE_ROWS);
  resampler->accumulator = g_new (int32_t, (size_t) across->n_out * 3 * down->n_out);
  for (size_t i = 0; i < (size_t) across->n_out * 3 * down->n_out; i++)
    resampler->accumulator[i] = 1 << (PERSEA_RESAMPLE_BITS - 1);
  return g_steal_pointer (&resampler);
}

PerseaRectangle
persea_resampler_get_window (const PerseaResampler *resampler)
{
  return resampler->window;
}

/* adds row @y of the window, already narrow, to the output rows that it belongs to */
static void
resampler_accumulate (PerseaResampler *resampler, const uint8_t *narrow, int y)
{
  const ResampleAxis *down = &resampler->down;
  size_t n = (size_t) resampler->across.n_out * 3;

  while (resampler->first_out_row < down->n_out && down->end[resampler->first_out_row] <= y)
    resampler->first_out_row++;
  for (int i = resampler->first_out_row; i < down->n_out && down->first[i] <= y; i++)
    {
      int32_t weight = down->weights[(size_t) i * down->n_taps + y - down->first[i]];

      if (weight != 0)
        persea_resample_accumulate (&resampler->kernel, resampler->accumulator + i * n,
                                    narrow, weight, n);
    }
}

void
persea_resampler_add_rows (PerseaResampler *resampler,
                           const uint8_t   *rows,
                           size_t           stride,
                           int              n_rows)
{
  size_t n = (size_t) resampler->across.n_out * 3;
  size_t row_size = (size_t) resampler->window.width * 3;

  n_rows = MIN (n_rows, resampler->window.height - resampler->next_row);
  while (n_rows > 0)
    {
      int batch = MIN (n_rows, PERSEA_RESAMPLE_ROWS);

      for (int i = 0; i < batch; i++)
        memcpy (resampler->padded + i * resampler->padded_stride, rows + i * stride, row_size);
      persea_resample_rows (&resampler->kernel, resampler->padded, resampler->padded_stride,
                            resampler->narrow);
      for (int i = 0; i < batch; i++)
        resampler_accumulate (resampler, resampler->narrow + i * n, resampler->next_row + i);

      rows += batch * stride;
      n_rows -= batch;
      resampler->next_row += batch;
    }
}

void
persea_resampler_finish (PerseaResampler *resampler, uint8_t *out, size_t stride)
{
  size_t n = (size_t) resampler->across.n_out * 3;

  g_return_if_fail (resampler->next_row == resampler->window.height);

  for (int y = 0; y < resampler->down.n_out; y++)
    for (size_t i = 0; i < n; i++)
      {
        int32_t value = resampler->accumulator[y * n + i] >> PERSEA_RESAMPLE_BITS;

        out[y * stride + i] = CLAMP (value, 0, 255);
      }
}

void
persea_resampler_free (PerseaResampler *resampler)
{
  if (!resampler)
    return;

  resample_axis_clear (&resampler->across);
  resample_axis_clear (&resampler->down);
  persea_resample_kernel_clear (&resampler->kernel);
  g_free (resampler->padded);
  g_free (resampler->narrow);
  g_free (resampler->accumulator);
  g_free (resampler);
}

gboolean
persea_resample (const PerseaResampleOptions *options,
                 const uint8_t               *pixels,
                 uint8_t                     *out,
                 GError                     **error)
{
  g_autoptr (PerseaResampler) resampler = persea_resampler_new (options, error);
  size_t stride = (size_t) options->width * 3;

  if (!resampler)
    return FALSE;

  persea_resampler_add_rows (resampler,
                             pixels + resampler->window.y * stride + resampler->window.x * 3,
                             stride, resampler->window.height);
  persea_resampler_finish (resampler, out, (size_t) options->crop.width * 3);
  return TRUE;
}
