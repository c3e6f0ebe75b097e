/* persea-dtype.h - element types
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The types that checkpoints hold and devices compute with.  All are little-endian in files.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  PERSEA_DTYPE_F32,
  PERSEA_DTYPE_F16,  /* IEEE 754 binary16 */
  PERSEA_DTYPE_BF16, /* the upper half of an f32 */
  PERSEA_DTYPE_F64,
  PERSEA_DTYPE_I8,
  PERSEA_DTYPE_U8,
  PERSEA_DTYPE_I16,
  PERSEA_DTYPE_I32,
  PERSEA_DTYPE_I64,
  PERSEA_DTYPE_BOOL, /* one byte, 0 or 1 */
  PERSEA_N_DTYPES,
} PerseaDtype;

/**
 * persea_dtype_size:
 *
 * Returns: bytes of one element, 1 to 8
 */
size_t persea_dtype_size (PerseaDtype dtype);

/**
 * persea_dtype_name:
 *
 * Returns: (transfer none): "f32", "bf16", "i64", …
 */
const char *persea_dtype_name (PerseaDtype dtype);

float    persea_f16_to_f32 (uint16_t half);
uint16_t persea_f32_to_f16 (float value);  /* rounds to nearest even; overflow gives infinity */
float    persea_bf16_to_f32 (uint16_t bits);
uint16_t persea_f32_to_bf16 (float value); /* rounds to nearest even; NaN stays NaN */

/**
 * persea_dtype_to_f32:
 * @dtype: the type of @source
 * @source: @n elements, of any alignment
 * @out: (array length=n): where the converted elements go
 * @n: number of elements
 *
 * Converts any type to f32, as numpy's astype does.
 */
void persea_dtype_to_f32 (PerseaDtype dtype, const void *source, float *out, size_t n);

/**
 * persea_dtype_from_f32:
 * @dtype: one of f32, f16, bf16
 * @source: (array length=n): elements
 * @out: room for @n elements of @dtype
 * @n: number of elements
 */
void persea_dtype_from_f32 (PerseaDtype dtype, const float *source, void *out, size_t n);

G_END_DECLS
