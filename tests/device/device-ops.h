/* device-ops.h - one operation on one device, from seeds to numbers
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-ops.h"

G_BEGIN_DECLS

typedef enum
{
  CASE_MATMUL,
  CASE_CONV2D,
  CASE_LAYER_NORM,
  CASE_RESIDUAL_NORM,
  CASE_ATTENTION,
  CASE_EMBED_TOKENS,
  CASE_PATCHIFY,
  CASE_PREPEND_TOKEN,
  CASE_GATHER_ROWS,
  CASE_STORE_KEYS,
  CASE_GLU,
  CASE_MEAN_ROWS,
  CASE_AVERAGE_POOL,
  CASE_CHANNELS_LAST,
  CASE_CONVERT,
  CASE_GROUP_NORM,
  CASE_MAX_POOL,
  CASE_UPSAMPLE,
  CASE_ACTIVATE,
  CASE_ARG_MAX,
} CaseKind;

/**
 * DeviceCase:
 * @name: of the test
 * @precision: of the matrix, for products
 * @x, @y: element types; for products with bf16 dot products x follows the matrix
 * @rows, @k, @n: of a product; rows × k for operations on rows; pictures × channels for pictures
 * @height, @width: of pictures
 * @size: kernel, patch, cell or head size
 * @phases: the convolution's window as one for each phase of a doubled picture
 * @tokens: lengths of sequences, ended by 0
 * @keys: lengths of the key sequences, where they differ
 * @fill: how many of those keys are there already
 * @shared: all sequences have the first one's keys
 * @capacity: above 0: keys lie by heads, with room for as many in each sequence
 */
typedef struct
{
  const char      *name;
  CaseKind         kind;
  PerseaPrecision  precision;
  PerseaDtype      x;
  PerseaDtype      y;
  unsigned         rows, k, n;
  unsigned         height, width;
  unsigned         size, stride, padding, upsample;
  PerseaActivation activation;
  gboolean         bias, residual, residual_in_place, activation_last;
  PerseaDtype      residual_type;
  gboolean         phases;
  unsigned         heads;
  gboolean         causal;
  unsigned         tokens[8];
  unsigned         keys[8];
  unsigned         fill[8];
  gboolean         shared;
  unsigned         capacity;
} DeviceCase;

/**
 * device_case_run:
 * @device: where to run it
 * @judge: whose matrix format to use, so that two devices multiply the very same numbers
 * @n: (out): number of results
 *
 * Returns: (transfer full): the results, as f32
 */
float *device_case_run (const DeviceCase *c, PerseaDevice *device, PerseaDevice *judge, size_t *n);

/* how far a result may be from the reference's @expected; the reasons are in docs/NUMERICS.md */
double device_case_tolerance (const DeviceCase *c, double expected);

/* all cases, ended by one without a name */
extern const DeviceCase device_cases[];

G_END_DECLS
