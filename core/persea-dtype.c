/* persea-dtype.c - element types
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Conversions are plain integer code, so that they give the same bits on every machine.
 */
#include "config.h"

#include "persea-dtype.h"

#include <string.h>

static const struct
{
  const char *name;
  size_t      size;
} dtypes[PERSEA_N_DTYPES] = {
  [PERSEA_DTYPE_F32] = { "f32", 4 },
  [PERSEA_DTYPE_F16] = { "f16", 2 },
  [PERSEA_DTYPE_BF16] = { "bf16", 2 },
  [PERSEA_DTYPE_F64] = { "f64", 8 },
  [PERSEA_DTYPE_I8] = { "i8", 1 },
  [PERSEA_DTYPE_U8] = { "u8", 1 },
  [PERSEA_DTYPE_I16] = { "i16", 2 },
  [PERSEA_DTYPE_I32] = { "i32", 4 },
  [PERSEA_DTYPE_I64] = { "i64", 8 },
  [PERSEA_DTYPE_BOOL] = { "bool", 1 },
};

size_t
persea_dtype_size (PerseaDtype dtype)
{
  g_return_val_if_fail (dtype < PERSEA_N_DTYPES, 1);

  return dtypes[dtype].size;
}

const char *
persea_dtype_name (PerseaDtype dtype)
{
  g_return_val_if_fail (dtype < PERSEA_N_DTYPES, "?");

  return dtypes[dtype].name;
}

static inline float
float_from_bits (uint32_t bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline uint32_t
float_to_bits (float value)
{
  uint32_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

float
persea_f16_to_f32 (uint16_t half)
{
  uint32_t sign = (uint32_t) (half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 0x1f;
  uint32_t mantissa = half & 0x3ff;

  if (exponent == 0) /* zero and subnormals: mantissa * 2^-24 */
    {
      float value = (float) mantissa * 0x1p-24f;
      return sign ? -value : value;
    }
  if (exponent == 0x1f)
    return float_from_bits (sign | 0x7f800000 | (mantissa << 13));

  return float_from_bits (sign | ((exponent + 112) << 23) | (mantissa << 13));
}

uint16_t
persea_f32_to_f16 (float value)
{
  uint32_t bits = float_to_bits (value);
  uint16_t sign = (bits >> 16) & 0x8000;
  uint32_t magnitude = bits & 0x7fffffff;

  if (magnitude > 0x7f800000)
    return sign | 0x7e00;
  if (magnitude >= 0x477ff000) /* 65520 and above round to infinity */
    return sign | 0x7c00;
  if (magnitude < 0x38800000) /* below 2^-14: adding 0.5 leaves the subnormal in the low bits */
    return sign | (float_to_bits (float_from_bits (magnitude) + 0.5f) - float_to_bits (0.5f));

  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
}

float
persea_bf16_to_f32 (uint16_t bits)
{
  return float_from_bits ((uint32_t) bits << 16);
}

uint16_t
persea_f32_to_bf16 (float value)
{
  uint32_t bits = float_to_bits (value);

  if ((bits & 0x7fffffff) > 0x7f800000)
    return (bits >> 16) | 0x40;
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

#define CONVERT(ctype, expression)                \
  for (size_t i = 0; i < n; i++)                  \
    {                                             \
      ctype element;                              \
      memcpy (&element, bytes + i * sizeof element, sizeof element); \
      out[i] = (expression);                      \
    }

void
persea_dtype_to_f32 (PerseaDtype dtype, const void *source, float *out, size_t n)
{
  const uint8_t *bytes = source;

  switch (dtype)
    {
    case PERSEA_DTYPE_F32:
      memcpy (out, source, n * sizeof *out);
      break;
    case PERSEA_DTYPE_F16:
      CONVERT (uint16_t, persea_f16_to_f32 (element));
      break;
    case PERSEA_DTYPE_BF16:
      CONVERT (uint16_t, persea_bf16_to_f32 (element));
      break;
    case PERSEA_DTYPE_F64:
      CONVERT (double, (float) element);
      break;
    case PERSEA_DTYPE_I8:
      CONVERT (int8_t, (float) element);
      break;
    case PERSEA_DTYPE_U8:
      CONVERT (uint8_t, (float) element);
      break;
    case PERSEA_DTYPE_I16:
      CONVERT (int16_t, (float) element);
      break;
    case PERSEA_DTYPE_I32:
      CONVERT (int32_t, (float) element);
      break;
    case PERSEA_DTYPE_I64:
      CONVERT (int64_t, (float) element);
      break;
    case PERSEA_DTYPE_BOOL:
      CONVERT (uint8_t, element ? 1.0f : 0.0f);
      break;
    case PERSEA_N_DTYPES:
      g_return_if_reached ();
    }
}

#undef CONVERT

void
persea_dtype_from_f32 (PerseaDtype dtype, const float *source, void *out, size_t n)
{
  uint16_t *halves = out;

  switch (dtype)
    {
    case PERSEA_DTYPE_F32:
      memcpy (out, source, n * sizeof *source);
      break;
    case PERSEA_DTYPE_F16:
      for (size_t i = 0; i < n; i++)
        halves[i] = persea_f32_to_f16 (source[i]);
      break;
    case PERSEA_DTYPE_BF16:
      for (size_t i = 0; i < n; i++)
        halves[i] = persea_f32_to_bf16 (source[i]);
      break;
    default:
      g_return_if_reached ();
    }
}
