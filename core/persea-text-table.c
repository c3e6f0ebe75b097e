/* persea-text-table.c - many texts, encoded once, compared with pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The rows and their codes.  Ranking is in persea-text-rank.c, files and the encoding are in
 * persea-text-cache.c.
 */
#include "config.h"

#include "persea-text-table-private.h"

#include <math.h>
#include <string.h>

/* rows that decide how coarse the codes are */
#define SAMPLE_ROWS 512

static size_t
align (size_t size)
{
  return (size + PERSEA_TEXT_TABLE_ALIGNMENT - 1) & ~(size_t) (PERSEA_TEXT_TABLE_ALIGNMENT - 1);
}

size_t
persea_text_table_layout (PerseaTextTable *table, size_t n, size_t dim, const uint8_t *base)
{
  size_t plane, errors, mean, codes, rows;

  if (n == 0 || n > PERSEA_TEXT_TABLE_MAX_ROWS || dim == 0 || dim > PERSEA_TEXT_TABLE_MAX_DIM)
    return 0;

  table->n = n;
  table->dim = dim;
  table->stride = align ((dim + 1) / 2);
  plane = n * table->stride;
  errors = align (n * sizeof (float));
  mean = 2 * plane + 2 * errors;
  codes = mean + align (dim * sizeof (float));
  rows = codes + sizeof (PerseaTextCodes);
  table->upper = base;
  table->lower = base + plane;
  table->upper_errors = (const float *) (base + 2 * plane);
  table->lower_errors = (const float *) (base + 2 * plane + errors);
  table->mean = (const float *) (base + mean);
  table->codes = (const PerseaTextCodes *) (base + codes);
  table->rows = (const float *) (base + rows);
  return rows + n * dim * sizeof (float);
}

static int
code_element (float x, float step)
{
  return CLAMP ((int) lrintf (CLAMP (x / step, -1000.0f, 1000.0f)) + 128, 0, 255);
}

/* What the middle of the sixteen codes with the same upper half stands for. */
static float
code_get_upper_value (int code, float step)
{
  return ((float) (code & 0xf0) - 120.5f) * step;
}

static void
table_find_mean (PerseaTextTable *table)
{
  g_autofree double *sums = g_new0 (double, table->dim);
  float *mean = (float *) table->mean;

  for (size_t row = 0; row < table->n; row++)
    for (size_t i = 0; i < table->dim; i++)
      sums[i] += table->rows[row * table->dim + i];
  for (size_t i = 0; i < table->dim; i++)
    mean[i] = (float) (sums[i] / (double) table->n);
}

/* What the upper halves lose with such a step: the sum of the squares over some of the rows. */
static double
table_try_step (PerseaTextTable *table, float step)
{
  size_t stride = MAX (1, table->n / SAMPLE_ROWS);
  double loss = 0;

  for (size_t row = 0; row < table->n; row += stride)
    for (size_t i = 0; i < table->dim; i++)
      {
        float x = table->rows[row * table->dim + i] - table->mean[i];
        float error = x - code_get_upper_value (code_element (x, step), step);

        loss += error * error;
      }
  return loss;
}

/* The best step for elements as they are: a finer one cuts off large elements, a coarser one
 * rounds all of them.  For a normal distribution it is a third of the deviation for sixteen codes. */
static float
table_find_step (PerseaTextTable *table)
{
  double square = 0;
  float best = 0;
  double least = INFINITY;
  float deviation;

  for (size_t row = 0; row < table->n; row++)
    for (size_t i = 0; i < table->dim; i++)
      {
        double x = table->rows[row * table->dim + i] - table->mean[i];

        square += x * x;
      }
  /* finer steps than 1e-5 would tell nothing apart, and PERSEA_TEXT_TAKEN has to be far away */
  deviation = MAX ((float) sqrt (square / ((double) table->n * (double) table->dim)), 8e-4f);
  for (float factor = 0.2f; factor < 8; factor *= 1.25f)
    {
      float step = deviation * factor / 16;
      double loss = table_try_step (table, step);

      if (loss < least)
        {
          least = loss;
          best = step;
        }
    }
  return best;
}

/* Returns the length of x'; errors come out a trifle too large, never too small. */
static float
table_code_row (PerseaTextTable *table, size_t row)
{
  const float *x = table->rows + row * table->dim;
  uint8_t *upper = (uint8_t *) table->upper + row * table->stride;
  uint8_t *lower = (uint8_t *) table->lower + row * table->stride;
  float step = table->codes->step;
  double square = 0, upper_error = 0, lower_error = 0;

  for (size_t i = 0; i < table->dim; i++)
    {
      float centred = x[i] - table->mean[i];
      int code = code_element (centred, step);
      size_t byte = i % table->stride;
      int shift = i < table->stride ? 0 : 4;
      float upper_loss = centred - code_get_upper_value (code, step);
      float lower_loss = centred - (float) (code - 128) * step;

      upper[byte] |= (uint8_t) ((code >> 4) << shift);
      lower[byte] |= (uint8_t) ((code & 15) << shift);
      square += centred * centred;
      upper_error += upper_loss * upper_loss;
      lower_error += lower_loss * lower_loss;
    }
  ((float *) table->upper_errors)[row] = (float) sqrt (upper_error) * 1.00001f;
  ((float *) table->lower_errors)[row] = (float) sqrt (lower_error) * 1.00001f;
  return (float) sqrt (square) * 1.00001f;
}

static void
table_code (PerseaTextTable *table)
{
  PerseaTextCodes *codes = (PerseaTextCodes *) table->codes;
  double square = 0;

  table_find_mean (table);
  codes->step = table_find_step (table);
  for (size_t row = 0; row < table->n; row++)
    {
      codes->largest = MAX (codes->largest, table_code_row (table, row));
      square += (double) table->upper_errors[row] * table->upper_errors[row];
    }
  codes->mean_square = (float) (square / (double) table->n);
}

PerseaTextTable *
persea_text_table_new (const float *rows, size_t n, size_t dim)
{
  PerseaTextTable *table = g_atomic_rc_box_new0 (PerseaTextTable);
  size_t size = persea_text_table_layout (table, n, dim, NULL);
  uint8_t *base;
  float *unit;

  g_return_val_if_fail (size > 0, NULL);

  base = g_malloc0 (size);
  table->memory = g_bytes_new_take (base, size);
  persea_text_table_layout (table, n, dim, base);
  unit = (float *) table->rows;
  memcpy (unit, rows, n * dim * sizeof *unit);
  persea_clip_normalize (unit, n, dim);
  table_code (table);
  return table;
}

PerseaTextTable *
persea_text_table_ref (PerseaTextTable *table)
{
  return g_atomic_rc_box_acquire (table);
}

static void
text_table_clear (gpointer data)
{
  PerseaTextTable *table = data;

  g_clear_pointer (&table->memory, g_bytes_unref);
}

void
persea_text_table_unref (PerseaTextTable *table)
{
  if (table)
    g_atomic_rc_box_release_full (table, text_table_clear);
}

size_t
persea_text_table_get_n_rows (PerseaTextTable *table)
{
  return table->n;
}

size_t
persea_text_table_get_dim (PerseaTextTable *table)
{
  return table->dim;
}

const float *
persea_text_table_get_rows (PerseaTextTable *table)
{
  return table->rows;
}

float
persea_text_dot (const float *a, const float *b, size_t dim)
{
  float sums[16] = { 0 };
  float sum = 0;
  size_t i = 0;

  for (; i + 16 <= dim; i += 16)
    for (size_t lane = 0; lane < 16; lane++)
      sums[lane] += a[i + lane] * b[i + lane];
  for (; i < dim; i++)
    sum += a[i] * b[i];
  for (size_t lane = 0; lane < 16; lane++)
    sum += sums[lane];
  return sum;
}

void
persea_text_table_compare (PerseaTextTable *table, const float *image, float *similarities)
{
  for (size_t row = 0; row < table->n; row++)
    similarities[row] = persea_text_dot (table->rows + row * table->dim, image, table->dim);
}
