/* persea-guided-filter.c - values that follow a picture's edges
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Sums over windows are running sums, first along the rows, then along the columns, in double.
 */
#include "config.h"

#include "persea-guided-filter.h"

#include <math.h>

/* What is averaged over a window to fit a line: colours, the value, their products. */
enum
{
  MEAN_RGB = 0,    /* 3 */
  MEAN_VALUE = 3,  /* 1 */
  MEAN_CROSS = 4,  /* 3: colour · value */
  MEAN_SQUARE = 7, /* 6: rr rg rb gg gb bb */
  N_MEANS = 13,
};

/* Means over the windows of a row or column of @n, whose values are @step apart. */
static void
box_line (const float *in, float *out, int n, size_t step, int radius)
{
  double sum = 0;
  int first = 0, end = 0;

  for (int i = 0; i < n; i++)
    {
      for (; end < n && end <= i + radius; end++)
        sum += in[end * step];
      for (; first < i - radius; first++)
        sum -= in[first * step];
      out[i * step] = (float) (sum / (end - first));
    }
}

/* @values: [height, width, n], each of the n alone */
static void
box_means (float *values, int width, int height, int n, int radius)
{
  g_autofree float *copy = g_new (float, (size_t) width * height * n);

  for (int y = 0; y < height; y++)
    for (int c = 0; c < n; c++)
      box_line (values + (size_t) y * width * n + c, copy + (size_t) y * width * n + c, width, n,
                radius);
  for (int x = 0; x < width; x++)
    for (int c = 0; c < n; c++)
      box_line (copy + (size_t) x * n + c, values + (size_t) x * n + c, height, (size_t) width * n,
                radius);
}

/* Solves (covariance + eps) · slopes = cross; symmetric, so by Cholesky. */
static void
solve_slopes (double m[3][3], const double cross[3], float slopes[3])
{
  double l[3][3] = { { 0 } }, y[3], x[3];

  for (int i = 0; i < 3; i++)
    for (int j = 0; j <= i; j++)
      {
        double sum = m[i][j];

        for (int k = 0; k < j; k++)
          sum -= l[i][k] * l[j][k];
        l[i][j] = i == j ? sqrt (MAX (sum, 1e-12)) : sum / l[j][j];
      }
  for (int i = 0; i < 3; i++)
    {
      y[i] = cross[i];
      for (int k = 0; k < i; k++)
        y[i] -= l[i][k] * y[k];
      y[i] /= l[i][i];
    }
  for (int i = 2; i >= 0; i--)
    {
      x[i] = y[i];
      for (int k = i + 1; k < 3; k++)
        x[i] -= l[k][i] * x[k];
      x[i] /= l[i][i];
      slopes[i] = (float) x[i];
    }
}

/* the line through a window's means */
static void
fit_line (const float *means, float eps, float line[4])
{
  const float *rgb = means + MEAN_RGB;
  double m[3][3], cross[3], offset = means[MEAN_VALUE];
  int square = MEAN_SQUARE;

  for (int i = 0; i < 3; i++)
    {
      cross[i] = means[MEAN_CROSS + i] - (double) rgb[i] * means[MEAN_VALUE];
      for (int j = i; j < 3; j++)
        m[i][j] = m[j][i] = means[square++] - (double) rgb[i] * rgb[j] + (i == j ? eps : 0);
    }
  solve_slopes (m, cross, line);
  for (int i = 0; i < 3; i++)
    offset -= (double) line[i] * rgb[i];
  line[3] = (float) offset;
}

void
persea_guided_filter_fit (const float *rgb,
                          const float *values,
                          int          width,
                          int          height,
                          int          radius,
                          float        eps,
                          float       *lines)
{
  size_t n = (size_t) width * height;
  g_autofree float *means = g_new (float, n * N_MEANS);

  for (size_t i = 0; i < n; i++)
    {
      const float *pixel = rgb + i * 3;
      float *mean = means + i * N_MEANS;
      int square = MEAN_SQUARE;

      mean[MEAN_VALUE] = values[i];
      for (int a = 0; a < 3; a++)
        {
          mean[MEAN_RGB + a] = pixel[a];
          mean[MEAN_CROSS + a] = pixel[a] * values[i];
          for (int b = a; b < 3; b++)
            mean[square++] = pixel[a] * pixel[b];
        }
    }
  box_means (means, width, height, N_MEANS, radius);
  for (size_t i = 0; i < n; i++)
    fit_line (means + i * N_MEANS, eps, lines + i * 4);
  box_means (lines, width, height, 4, radius);
}
