/* persea-resample.h - Pillow's resampling of 8-bit pictures, to the bit
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The networks were trained on pictures that Pillow had made small, and Pillow computes with
 * integers: weights with 22 fractional bits, first along the rows, rounded to 8 bits, then along
 * the columns (src/libImaging/Resample.c).  This gives the same bytes.
 *
 * A resampler takes the source row by row, from the top, so a picture never has to be in memory
 * as a whole; it keeps one accumulator per output value and the tables of weights.  Only the part
 * of the result that is asked for is computed, and rows and columns of the source that do not
 * touch it are not looked at.  Pixels are RGB, 8 bits each, interleaved.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/* No side of a source may be longer: the tables of weights grow with the sides. */
#define PERSEA_RESAMPLE_MAX_SIDE 1000000

typedef enum
{
  PERSEA_INTERPOLATION_NEAREST,
  PERSEA_INTERPOLATION_BOX,
  PERSEA_INTERPOLATION_BILINEAR,
  PERSEA_INTERPOLATION_BICUBIC, /* Keys, a = -0.5 */
  PERSEA_INTERPOLATION_LANCZOS, /* three lobes */
  PERSEA_N_INTERPOLATIONS,
} PerseaInterpolation;

/**
 * persea_interpolation_name:
 *
 * Returns: (transfer none): "nearest", "box", "bilinear", "bicubic" or "lanczos"
 */
const char *persea_interpolation_name (PerseaInterpolation interpolation);

typedef struct
{
  int x, y, width, height;
} PerseaRectangle;

/* The source of width × height is resized to out_width × out_height, of which the rectangle crop
 * (inside the result, at least one pixel) is wanted.  Result sizes may be far larger than what
 * could be stored: a strip of 1 × 100000 pixels made 224 wide is 22,400,000 high. */
typedef struct
{
  int                 width, height;
  int                 out_width, out_height;
  PerseaRectangle     crop;
  PerseaInterpolation interpolation;
} PerseaResampleOptions;

typedef struct _PerseaResampler PerseaResampler;

/**
 * persea_resampler_new:
 * @options: copied
 * @error: %PERSEA_ERROR_INVALID_ARGUMENT when a size is below 1, a side of the source is over
 *   %PERSEA_RESAMPLE_MAX_SIDE, or the crop is not inside the result or has a side over 16384
 *
 * Returns: (transfer full) (nullable): a resampler that waits for the first row
 */
PerseaResampler *persea_resampler_new (const PerseaResampleOptions *options, GError **error);

/**
 * persea_resampler_get_window:
 *
 * Returns: the part of the source that has any influence on the result; whoever feeds the
 *   resampler may leave out the decoding of everything else
 */
PerseaRectangle persea_resampler_get_window (const PerseaResampler *resampler);

/**
 * persea_resampler_add_rows:
 * @rows: @n_rows rows of the window, the next from the top; each holds window.width pixels
 * @stride: bytes from one row to the next
 * @n_rows: rows beyond the end of the window are ignored
 */
void persea_resampler_add_rows (PerseaResampler *resampler,
                                const uint8_t   *rows,
                                size_t           stride,
                                int              n_rows);

/**
 * persea_resampler_finish:
 * @out: the crop, [crop.height, crop.width, 3], to be written here
 * @stride: bytes from one row of @out to the next, at least 3 × crop.width
 *
 * To be called once, when all rows of the window have been added.
 */
void persea_resampler_finish (PerseaResampler *resampler, uint8_t *out, size_t stride);

void persea_resampler_free (PerseaResampler *resampler);

/**
 * persea_resample:
 * @pixels: the whole source, [height, width, 3] without gaps
 * @out: [crop.height, crop.width, 3], to be written
 *
 * All of the above for a picture that is in memory.
 */
gboolean persea_resample (const PerseaResampleOptions *options,
                          const uint8_t               *pixels,
                          uint8_t                     *out,
                          GError                     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaResampler, persea_resampler_free)

G_END_DECLS
