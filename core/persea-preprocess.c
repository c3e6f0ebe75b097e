/* persea-preprocess.c - from a picture to the numbers that an image tower takes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Sizes and offsets are rounded as in torchvision (transforms.Resize, CenterCrop), open_clip
 * (transform.py: ResizeKeepRatio, CenterCropOrPad) and transformers (image_transforms.py:
 * get_resize_output_image_size, center_crop).
 */
#include "config.h"

#include "persea-preprocess.h"

#include "persea-error.h"

#include <math.h>
#include <string.h>

#define MAX_IMAGE_SIZE 2048

/* the size before cropping; sides that the originals would round to 0 are 1 */
static void
preprocess_resized_size (const PerseaPreprocess *preprocess, int width, int height, int *out)
{
  int64_t size = preprocess->resize_size ? preprocess->resize_size : preprocess->image_size;
  double ratio = MAX (width, height) / (double) size;

  switch (preprocess->resize_mode)
    {
    case PERSEA_RESIZE_SHORTEST: /* the longer side is cut to an integer, not rounded */
      out[0] = width <= height ? size : (int) (size * width / height);
      out[1] = width <= height ? (int) (size * height / width) : size;
      break;
    case PERSEA_RESIZE_LONGEST: /* rounded half to even, in double precision */
      out[0] = MAX (1, (int) rint (width / ratio));
      out[1] = MAX (1, (int) rint (height / ratio));
      break;
    case PERSEA_RESIZE_SQUASH:
    default:
      out[0] = out[1] = size;
      break;
    }
}

/* @resized: pixels along one side after resizing; the part of them that the square shows begins
 * at *@crop_start, and lies at *@offset in the square */
static int
preprocess_crop (const PerseaPreprocess *preprocess, int resized, int *crop_start, int *offset)
{
  int size = preprocess->image_size;
  int rest = resized - size;

  *crop_start = 0;
  *offset = 0;
  if (rest > 0)
    *crop_start = preprocess->crop_rule == PERSEA_CROP_FLOOR ? rest / 2 : (int) rint (rest / 2.0);
  else if (preprocess->crop_rule == PERSEA_CROP_FLOOR) /* the larger half of the fill first */
    *offset = (-rest + 1) / 2;
  else
    *offset = -rest / 2;
  return MIN (size, resized);
}

gboolean
persea_preprocess_plan (const PerseaPreprocess *preprocess,
                        int                     width,
                        int                     height,
                        PerseaPreprocessPlan   *plan,
                        GError                **error)
{
  PerseaPreprocessPlan result = { .resample = { .width = width, .height = height } };
  PerseaRectangle *crop = &result.resample.crop;
  int resized[2];

  if (preprocess->image_size < 1 || preprocess->image_size > MAX_IMAGE_SIZE
      || preprocess->resize_size < 0 || preprocess->resize_size > MAX_IMAGE_SIZE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "Expected an image size of 1 to %d pixels, found %d (resize to %d)",
                   MAX_IMAGE_SIZE, preprocess->image_size, preprocess->resize_size);
      return FALSE;
    }
  if (width < 1 || width > PERSEA_RESAMPLE_MAX_SIDE
      || height < 1 || height > PERSEA_RESAMPLE_MAX_SIDE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "Expected a picture with sides of 1 to %d pixels, found %d × %d",
                   PERSEA_RESAMPLE_MAX_SIDE, width, height);
      return FALSE;
    }

  preprocess_resized_size (preprocess, width, height, resized);
  result.resample.interpolation = preprocess->interpolation;
  result.resample.out_width = resized[0];
  result.resample.out_height = resized[1];
  crop->width = preprocess_crop (preprocess, resized[0], &crop->x, &result.x);
  crop->height = preprocess_crop (preprocess, resized[1], &crop->y, &result.y);
  *plan = result;
  return TRUE;
}

void
persea_preprocess_finish (const PerseaPreprocess     *preprocess,
                          const PerseaPreprocessPlan *plan,
                          PerseaResampler            *resampler,
                          uint8_t                    *square)
{
  size_t stride = (size_t) preprocess->image_size * 3;

  if (plan->resample.crop.width < preprocess->image_size
      || plan->resample.crop.height < preprocess->image_size)
    memset (square, preprocess->fill, stride * preprocess->image_size);
  persea_resampler_finish (resampler, square + plan->y * stride + (size_t) plan->x * 3, stride);
}

gboolean
persea_preprocess_square (const PerseaPreprocess *preprocess,
                          const uint8_t          *pixels,
                          int                     width,
                          int                     height,
                          uint8_t                *square,
                          GError                **error)
{
  PerseaPreprocessPlan plan;
  g_autoptr (PerseaResampler) resampler = NULL;
  PerseaRectangle window;
  size_t stride = (size_t) width * 3;

  if (!persea_preprocess_plan (preprocess, width, height, &plan, error))
    return FALSE;
  resampler = persea_resampler_new (&plan.resample, error);
  if (!resampler)
    return FALSE;

  window = persea_resampler_get_window (resampler);
  persea_resampler_add_rows (resampler, pixels + window.y * stride + (size_t) window.x * 3,
                             stride, window.height);
  persea_preprocess_finish (preprocess, &plan, resampler, square);
  return TRUE;
}

void
persea_preprocess_normalize (const PerseaPreprocess *preprocess,
                             const uint8_t          *square,
                             float                  *out)
{
  size_t n = (size_t) preprocess->image_size * preprocess->image_size;

  for (int color = 0; color < 3; color++)
    {
      float table[256];

      for (int value = 0; value < 256; value++)
        table[value] = (value / 255.0f - preprocess->mean[color]) / preprocess->std[color];
      for (size_t i = 0; i < n; i++)
        out[color * n + i] = table[square[i * 3 + color]];
    }
}
