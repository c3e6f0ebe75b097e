/* persea-preprocess.h - from a picture to the numbers that an image tower takes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Resize, crop or pad to a square, scale to 0…1, subtract the mean and divide by the standard
 * deviation: what torchvision (openai/CLIP, open_clip) and Hugging Face's image processors do
 * with a picture that is RGB already.  Checkpoints say how in a PerseaPreprocess.  Decoding is
 * somebody else's work; so are orientation, colour profiles and transparency.
 */
#pragma once

#include "persea-resample.h"

G_BEGIN_DECLS

/* How the picture gets its new size, before the square is cut out. */
typedef enum
{
  PERSEA_RESIZE_SHORTEST, /* the shorter side becomes resize_size, the longer is cut */
  PERSEA_RESIZE_LONGEST,  /* the longer side becomes resize_size, the rest is filled */
  PERSEA_RESIZE_SQUASH,   /* both sides become resize_size */
} PerseaResizeMode;

/* Where the square begins when an odd number of pixels is left over. */
typedef enum
{
  PERSEA_CROP_HALF_EVEN, /* torchvision: half of the rest, rounded to even */
  PERSEA_CROP_FLOOR,     /* Hugging Face: half of the rest, rounded down */
} PerseaCropRule;

typedef struct _PerseaPreprocess PerseaPreprocess;

struct _PerseaPreprocess
{
  int                 image_size;  /* pixels of each side of the square, 1 to 2048 */
  int                 resize_size; /* what the resize aims at; 0 means image_size */
  float               mean[3];     /* red, green, blue, on the scale 0…1 */
  float               std[3];
  PerseaInterpolation interpolation;
  PerseaResizeMode    resize_mode;
  PerseaCropRule      crop_rule;
  uint8_t             fill; /* grey value of what the picture does not cover */
};

/**
 * PERSEA_PREPROCESS_CLIP:
 * @size: pixels of each side
 *
 * The initialiser for OpenAI's models, and the defaults of everybody else.
 */
#define PERSEA_PREPROCESS_CLIP(size)                     \
  {                                                      \
    .image_size = (size),                                \
    .mean = { 0.48145466f, 0.4578275f, 0.40821073f },    \
    .std = { 0.26862954f, 0.26130258f, 0.27577711f },    \
    .interpolation = PERSEA_INTERPOLATION_BICUBIC,       \
    .resize_mode = PERSEA_RESIZE_SHORTEST,               \
    .crop_rule = PERSEA_CROP_HALF_EVEN,                  \
    .fill = 0,                                           \
  }

/* What is to be done with a picture of a certain size. */
typedef struct
{
  PerseaResampleOptions resample;
  int                   x, y; /* where the resampled part lies in the square */
} PerseaPreprocessPlan;

/**
 * persea_preprocess_plan:
 * @width: of the picture
 * @height: of the picture
 * @plan: (out caller-allocates)
 * @error: %PERSEA_ERROR_INVALID_ARGUMENT when a size is outside its limits
 *
 * For those who feed a #PerseaResampler themselves, row by row.
 */
gboolean persea_preprocess_plan (const PerseaPreprocess *preprocess,
                                 int                     width,
                                 int                     height,
                                 PerseaPreprocessPlan   *plan,
                                 GError                **error);

/**
 * persea_preprocess_finish:
 * @plan: the plan of @preprocess for the picture
 * @resampler: has taken all its rows
 * @square: [image_size, image_size, 3], to be written: the picture, and the fill around it
 */
void persea_preprocess_finish (const PerseaPreprocess     *preprocess,
                               const PerseaPreprocessPlan *plan,
                               PerseaResampler            *resampler,
                               uint8_t                    *square);

/**
 * persea_preprocess_square:
 * @pixels: the picture, RGB, [height, width, 3] without gaps
 * @square: [image_size, image_size, 3], to be written
 *
 * Plan, resampling and fill for a picture that is in memory.
 */
gboolean persea_preprocess_square (const PerseaPreprocess *preprocess,
                                   const uint8_t          *pixels,
                                   int                     width,
                                   int                     height,
                                   uint8_t                *square,
                                   GError                **error);

/**
 * persea_preprocess_normalize:
 * @square: [image_size, image_size, 3]
 * @out: [3, image_size, image_size], to be written: (value / 255 - mean) / std, in f32
 */
void persea_preprocess_normalize (const PerseaPreprocess *preprocess,
                                  const uint8_t          *square,
                                  float                  *out);

G_END_DECLS
