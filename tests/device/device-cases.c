/* device-cases.c - the operations, shapes and types that every device is tested with
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Sizes are odd on purpose: rows around the heights of tiles, outputs that do not fill a panel,
 * inputs that do not fill a group or a slice.
 */
#include "config.h"

#include "device-ops.h"

#define F32 PERSEA_DTYPE_F32
#define F16 PERSEA_DTYPE_F16
#define BF16 PERSEA_DTYPE_BF16

#define PRODUCT_IN(type, label, m, depth, outputs, ...) \
  { .name = "matmul/" label, .kind = CASE_MATMUL, .rows = m, .k = depth, .n = outputs, \
    .precision = PERSEA_PRECISION_##type, __VA_ARGS__ }
#define PRODUCT(label, ...) PRODUCT_IN (F32, label, __VA_ARGS__)
#define PRODUCT_16(label, ...) \
  PRODUCT_IN (BF16, "bf16/" label, __VA_ARGS__), PRODUCT_IN (F16, "f16/" label, __VA_ARGS__)
#define CONVOLUTION(label, ...) \
  { .name = "conv2d/" label, .kind = CASE_CONV2D, .precision = PERSEA_PRECISION_F32, __VA_ARGS__ }
#define CONVOLUTION_16(label, ...) \
  { .name = "conv2d/bf16/" label, .kind = CASE_CONV2D, .precision = PERSEA_PRECISION_BF16, \
    __VA_ARGS__ }, \
  { .name = "conv2d/f16/" label, .kind = CASE_CONV2D, .precision = PERSEA_PRECISION_F16, \
    __VA_ARGS__ }
#define GROUP_NORM(label, ...) \
  { .name = "group-norm/" label, .kind = CASE_GROUP_NORM, __VA_ARGS__ }
#define ATTENTION(label, ...) { .name = "attention/" label, .kind = CASE_ATTENTION, __VA_ARGS__ }

const DeviceCase device_cases[] = {
  PRODUCT ("1-row", 1, 64, 64),
  PRODUCT ("1-row-odd", 1, 67, 130, .bias = TRUE),
  PRODUCT ("2-rows", 2, 96, 65),
  PRODUCT ("3-rows", 3, 33, 63, .residual = TRUE),
  PRODUCT ("4-rows", 4, 40, 1),
  PRODUCT ("5-rows", 5, 1, 64),
  PRODUCT ("6-rows", 6, 2, 200),
  PRODUCT ("7-rows", 7, 77, 64, .bias = TRUE),
  PRODUCT ("8-rows", 8, 64, 96),
  PRODUCT ("9-rows", 9, 64, 64),
  PRODUCT ("11-rows", 11, 17, 128),
  PRODUCT ("13-rows", 13, 128, 70, .bias = TRUE, .residual_in_place = TRUE),
  PRODUCT ("50-rows", 50, 192, 256, .bias = TRUE),
  PRODUCT ("65-rows", 65, 129, 65, .bias = TRUE, .residual = TRUE),
  PRODUCT ("131-rows", 131, 64, 64),
  PRODUCT ("deep", 9, 3072, 64),
  PRODUCT ("to-bf16", 19, 64, 100, .y = BF16, .bias = TRUE),
  PRODUCT ("relu", 10, 64, 64, .activation = PERSEA_ACTIVATION_RELU),
  PRODUCT ("quick-gelu", 10, 64, 64, .activation = PERSEA_ACTIVATION_QUICK_GELU, .bias = TRUE),
  PRODUCT ("gelu-erf", 10, 64, 64, .activation = PERSEA_ACTIVATION_GELU_ERF, .bias = TRUE),
  PRODUCT ("gelu-tanh", 10, 64, 64, .activation = PERSEA_ACTIVATION_GELU_TANH, .residual = TRUE),
  PRODUCT ("silu", 10, 64, 70, .activation = PERSEA_ACTIVATION_SILU, .y = BF16),
  PRODUCT_16 ("1-row", 1, 67, 130, .bias = TRUE),
  PRODUCT_16 ("4-rows", 4, 64, 64, .y = BF16),
  PRODUCT_16 ("7-rows", 7, 33, 65, .residual = TRUE),
  PRODUCT_16 ("17-rows", 17, 64, 64, .activation = PERSEA_ACTIVATION_GELU_ERF),
  PRODUCT_16 ("50-rows", 50, 192, 256, .bias = TRUE, .y = BF16),
  PRODUCT_16 ("65-rows", 65, 129, 63, .bias = TRUE, .residual_in_place = TRUE),
  PRODUCT_16 ("quick-gelu", 12, 64, 64, .activation = PERSEA_ACTIVATION_QUICK_GELU, .y = BF16),

  CONVOLUTION ("1x1", .rows = 2, .height = 5, .width = 7, .k = 32, .n = 64, .size = 1),
  CONVOLUTION ("1x1-stride", .rows = 1, .height = 8, .width = 8, .k = 16, .n = 20, .size = 1,
               .stride = 2),
  CONVOLUTION ("3x3", .rows = 2, .height = 6, .width = 9, .k = 32, .n = 40, .size = 3, .padding = 1,
               .bias = TRUE, .activation = PERSEA_ACTIVATION_RELU),
  CONVOLUTION ("3x3-narrow", .rows = 1, .height = 9, .width = 11, .k = 16, .n = 32, .size = 3,
               .padding = 1),
  CONVOLUTION ("3x3-residual", .rows = 1, .height = 7, .width = 7, .k = 24, .n = 64, .size = 3,
               .padding = 1, .bias = TRUE, .residual = TRUE,
               .activation = PERSEA_ACTIVATION_RELU, .activation_last = TRUE),
  CONVOLUTION ("stem", .rows = 2, .height = 15, .width = 16, .k = 3, .n = 32, .size = 3,
               .stride = 2, .padding = 1, .activation = PERSEA_ACTIVATION_RELU),
  CONVOLUTION ("patch", .rows = 1, .height = 16, .width = 16, .k = 3, .n = 64, .size = 8,
               .stride = 8),
  CONVOLUTION ("upsample", .rows = 1, .height = 5, .width = 4, .k = 16, .n = 64, .size = 3,
               .padding = 1, .upsample = 2),
  CONVOLUTION ("phases", .rows = 2, .height = 5, .width = 4, .k = 16, .n = 64, .size = 3,
               .padding = 1, .upsample = 2, .phases = TRUE, .bias = TRUE,
               .activation = PERSEA_ACTIVATION_SILU),
  CONVOLUTION ("phases-odd", .rows = 1, .height = 3, .width = 7, .k = 7, .n = 21, .size = 3,
               .padding = 1, .upsample = 2, .phases = TRUE, .residual = TRUE),
  CONVOLUTION_16 ("phases", .rows = 1, .height = 6, .width = 5, .k = 32, .n = 70, .size = 3,
                  .padding = 1, .upsample = 2, .phases = TRUE, .bias = TRUE, .y = BF16),
  CONVOLUTION ("4x4-down", .rows = 1, .height = 8, .width = 10, .k = 20, .n = 24, .size = 4,
               .stride = 2, .padding = 1, .y = BF16),
  CONVOLUTION ("odd", .rows = 3, .height = 3, .width = 5, .k = 7, .n = 5, .size = 3, .padding = 2,
               .residual = TRUE, .activation = PERSEA_ACTIVATION_SILU),
  CONVOLUTION_16 ("3x3", .rows = 1, .height = 6, .width = 6, .k = 32, .n = 64, .size = 3,
                  .padding = 1, .bias = TRUE, .y = BF16),
  CONVOLUTION_16 ("residual", .rows = 1, .height = 5, .width = 5, .k = 16, .n = 70, .size = 1,
                  .y = BF16, .residual = TRUE, .residual_type = BF16,
                  .activation = PERSEA_ACTIVATION_RELU, .activation_last = TRUE),
  CONVOLUTION_16 ("stem", .rows = 2, .height = 15, .width = 16, .k = 3, .n = 32, .size = 3,
                  .stride = 2, .padding = 1),
  CONVOLUTION_16 ("odd", .rows = 1, .height = 4, .width = 4, .k = 7, .n = 5, .size = 3,
                  .padding = 1, .upsample = 2),

  { .name = "layer-norm/768", .kind = CASE_LAYER_NORM, .rows = 50, .k = 768 },
  { .name = "layer-norm/odd", .kind = CASE_LAYER_NORM, .rows = 7, .k = 77 },
  { .name = "layer-norm/tiny", .kind = CASE_LAYER_NORM, .rows = 3, .k = 5 },
  { .name = "layer-norm/bf16", .kind = CASE_LAYER_NORM, .rows = 13, .k = 192, .y = BF16 },
  { .name = "layer-norm/bf16-odd", .kind = CASE_LAYER_NORM, .rows = 2, .k = 83, .y = BF16 },

  { .name = "residual-norm/1024", .kind = CASE_RESIDUAL_NORM, .rows = 2, .k = 1024, .y = BF16 },
  { .name = "residual-norm/odd", .kind = CASE_RESIDUAL_NORM, .rows = 19, .k = 83 },
  { .name = "residual-norm/sum", .kind = CASE_RESIDUAL_NORM, .rows = 67, .k = 70,
    .residual = TRUE },

  ATTENTION ("head-64", .heads = 3, .size = 64, .tokens = { 50, 50 }),
  ATTENTION ("head-24", .heads = 2, .size = 24, .tokens = { 17 }),
  ATTENTION ("head-32", .heads = 2, .size = 32, .tokens = { 65, 1 }),
  ATTENTION ("head-80", .heads = 2, .size = 80, .tokens = { 33 }),
  ATTENTION ("head-88", .heads = 2, .size = 88, .tokens = { 19, 70 }),
  ATTENTION ("head-104", .heads = 1, .size = 104, .tokens = { 40 }),
  ATTENTION ("head-128", .heads = 1, .size = 128, .tokens = { 31 }),
  ATTENTION ("head-136", .heads = 2, .size = 136, .tokens = { 33 }),
  ATTENTION ("head-512", .heads = 1, .size = 512, .tokens = { 70, 256 }),
  ATTENTION ("head-512-bf16", .heads = 1, .size = 512, .tokens = { 64 }, .x = BF16, .y = BF16),
  ATTENTION ("head-5", .heads = 3, .size = 5, .tokens = { 9 }),
  ATTENTION ("long", .heads = 1, .size = 64, .tokens = { 257 }),
  ATTENTION ("causal", .heads = 2, .size = 64, .tokens = { 77, 10, 1, 66, 64 }, .causal = TRUE),
  ATTENTION ("ragged", .heads = 2, .size = 64, .tokens = { 3, 11, 8, 1, 64, 7 }, .causal = TRUE),
  ATTENTION ("cross", .heads = 2, .size = 64, .tokens = { 1, 5 }, .keys = { 50, 65 }),
  ATTENTION ("cached", .heads = 2, .size = 64, .tokens = { 1, 5 }, .keys = { 50, 65 },
             .causal = TRUE),
  ATTENTION ("filling", .heads = 2, .size = 64, .tokens = { 1, 1, 1 }, .keys = { 80, 80, 80 },
             .fill = { 1, 67, 80 }, .causal = TRUE),
  ATTENTION ("filling-more", .heads = 2, .size = 24, .tokens = { 3, 9 }, .keys = { 20, 70 },
             .fill = { 4, 66 }, .causal = TRUE),
  ATTENTION ("shared", .heads = 2, .size = 64, .tokens = { 1, 1, 2, 1 }, .keys = { 40, 1, 1, 1 },
             .fill = { 40, 2, 40, 11 }, .shared = TRUE),
  ATTENTION ("bf16-filling", .heads = 3, .size = 40, .tokens = { 1, 1 }, .keys = { 40, 150 },
             .fill = { 17, 130 }, .x = BF16, .y = BF16),
  ATTENTION ("bf16", .heads = 2, .size = 64, .tokens = { 50, 13 }, .x = BF16, .y = BF16),
  ATTENTION ("bf16-odd", .heads = 2, .size = 88, .tokens = { 20 }, .x = BF16, .y = F32),
  ATTENTION ("to-bf16", .heads = 2, .size = 32, .tokens = { 20 }, .y = BF16),

  { .name = "embed-tokens/f32", .kind = CASE_EMBED_TOKENS, .rows = 11, .k = 70 },
  { .name = "embed-tokens/f16", .kind = CASE_EMBED_TOKENS, .rows = 11, .k = 64, .x = F16 },
  { .name = "embed-tokens/bf16", .kind = CASE_EMBED_TOKENS, .rows = 5, .k = 512, .x = BF16 },
  { .name = "patchify/f32", .kind = CASE_PATCHIFY, .rows = 2, .height = 32, .size = 8 },
  { .name = "patchify/bf16", .kind = CASE_PATCHIFY, .rows = 1, .height = 42, .size = 14, .y = BF16 },
  { .name = "patchify/rest", .kind = CASE_PATCHIFY, .rows = 2, .height = 34, .size = 8 },
  { .name = "prepend-token/shared", .kind = CASE_PREPEND_TOKEN, .rows = 3, .n = 9, .k = 70 },
  { .name = "prepend-token/own", .kind = CASE_PREPEND_TOKEN, .rows = 3, .n = 4, .k = 64, .heads = 1,
    .x = BF16 },
  { .name = "gather-rows/f32", .kind = CASE_GATHER_ROWS, .rows = 5, .n = 40, .k = 96 },
  { .name = "gather-rows/bf16", .kind = CASE_GATHER_ROWS, .rows = 5, .n = 9, .k = 33, .y = BF16 },
  { .name = "gather-rows/from-bf16", .kind = CASE_GATHER_ROWS, .rows = 2, .n = 9, .k = 33,
    .x = BF16 },
  { .name = "scatter-rows/f32", .kind = CASE_SCATTER_ROWS, .rows = 5, .n = 9, .k = 33 },
  { .name = "scatter-rows/bf16", .kind = CASE_SCATTER_ROWS, .rows = 2, .n = 40, .k = 96, .size = 48,
    .x = BF16, .y = BF16 },
  { .name = "scatter-rows/to-bf16", .kind = CASE_SCATTER_ROWS, .rows = 9, .n = 9, .k = 83,
    .y = BF16 },
  { .name = "scatter-rows/from-bf16", .kind = CASE_SCATTER_ROWS, .rows = 3, .n = 4, .k = 64,
    .x = BF16 },
  { .name = "glu/gelu-erf", .kind = CASE_GLU, .rows = 3, .k = 170,
    .activation = PERSEA_ACTIVATION_GELU_ERF },
  { .name = "glu/silu", .kind = CASE_GLU, .rows = 18, .k = 64, .y = BF16,
    .activation = PERSEA_ACTIVATION_SILU },
  { .name = "glu/none", .kind = CASE_GLU, .rows = 1, .k = 7, .x = BF16 },
  { .name = "glu/relu", .kind = CASE_GLU, .rows = 2, .k = 2730, .x = BF16, .y = BF16,
    .activation = PERSEA_ACTIVATION_RELU },
  { .name = "mean-rows/f32", .kind = CASE_MEAN_ROWS, .rows = 2, .n = 49, .k = 100 },
  { .name = "mean-rows/bf16", .kind = CASE_MEAN_ROWS, .rows = 2, .n = 9, .k = 64, .x = BF16 },
  { .name = "average-pool/2", .kind = CASE_AVERAGE_POOL, .rows = 2, .height = 6, .width = 8, .k = 70,
    .size = 2 },
  { .name = "average-pool/bf16", .kind = CASE_AVERAGE_POOL, .rows = 1, .height = 7, .width = 9,
    .k = 64, .size = 3, .x = BF16, .y = BF16 },
  { .name = "channels-last/f32", .kind = CASE_CHANNELS_LAST, .rows = 2, .height = 5, .width = 7,
    .k = 3 },
  { .name = "channels-last/bf16", .kind = CASE_CHANNELS_LAST, .rows = 1, .height = 4, .width = 4,
    .k = 5, .y = BF16 },
  { .name = "convert/to-bf16", .kind = CASE_CONVERT, .rows = 3, .k = 77, .y = BF16 },
  { .name = "convert/to-f32", .kind = CASE_CONVERT, .rows = 3, .k = 77, .x = BF16 },

  GROUP_NORM ("vqgan", .rows = 2, .height = 16, .width = 9, .k = 64, .heads = 32,
              .activation = PERSEA_ACTIVATION_SILU),
  GROUP_NORM ("bf16", .rows = 1, .height = 8, .width = 8, .k = 96, .heads = 32, .y = BF16,
              .activation = PERSEA_ACTIVATION_SILU),
  GROUP_NORM ("from-bf16", .rows = 1, .height = 4, .width = 4, .k = 48, .heads = 3, .x = BF16),
  GROUP_NORM ("odd", .rows = 2, .height = 5, .width = 7, .k = 21, .heads = 3),
  GROUP_NORM ("chunks", .rows = 1, .height = 70, .width = 33, .k = 32, .heads = 4),
  GROUP_NORM ("gelu", .rows = 1, .height = 3, .width = 3, .k = 16, .heads = 1,
              .activation = PERSEA_ACTIVATION_GELU_ERF),
  { .name = "max-pool/2", .kind = CASE_MAX_POOL, .rows = 2, .height = 6, .width = 8, .k = 48,
    .size = 2 },
  { .name = "max-pool/odd", .kind = CASE_MAX_POOL, .rows = 1, .height = 7, .width = 9, .k = 5,
    .size = 3, .x = BF16, .y = BF16 },
  { .name = "upsample/f32", .kind = CASE_UPSAMPLE, .rows = 2, .height = 3, .width = 5, .k = 32 },
  { .name = "upsample/odd", .kind = CASE_UPSAMPLE, .rows = 2, .height = 3, .width = 4, .k = 7,
    .y = BF16 },
  { .name = "activate/relu", .kind = CASE_ACTIVATE, .rows = 3, .k = 77, .y = BF16,
    .activation = PERSEA_ACTIVATION_RELU },
  { .name = "activate/silu", .kind = CASE_ACTIVATE, .rows = 500, .k = 99,
    .activation = PERSEA_ACTIVATION_SILU },
  { .name = "arg-max/8192", .kind = CASE_ARG_MAX, .rows = 5, .k = 8192 },
  { .name = "arg-max/odd", .kind = CASE_ARG_MAX, .rows = 7, .k = 83 },
  { .name = "arg-max/tiny", .kind = CASE_ARG_MAX, .rows = 3, .k = 3 },
  { .name = "arg-max/ties", .kind = CASE_ARG_MAX, .rows = 9, .k = 200, .size = 4 },

  { .name = NULL },
};
