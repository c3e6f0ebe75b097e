/* persea-taps.c - what each output of a scaled row takes of its inputs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-taps.h"

#include <math.h>

typedef double (*KernelFunc) (double distance);

static double
kernel_triangle (double distance)
{
  return distance < 1 ? 1 - distance : 0;
}

static double
kernel_cubic (double distance)
{
  if (distance < 1)
    return (1.5 * distance - 2.5) * distance * distance + 1;
  return distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0;
}

static void
taps_init (PerseaTaps *taps, unsigned n_in, unsigned n_out, KernelFunc kernel, double support)
{
  double scale = (double) n_in / n_out;
  double stretch = MAX (scale, 1);

  taps->n = n_out;
  taps->max_taps = (unsigned) (2 * support * stretch) + 2;
  taps->first = g_new (unsigned, n_out);
  taps->n_taps = g_new (unsigned, n_out);
  taps->weights = g_new0 (float, (size_t) n_out * taps->max_taps);
  for (unsigned i = 0; i < n_out; i++)
    {
      double center = (i + 0.5) * scale - 0.5; /* inputs are at whole numbers */
      int first = MAX ((int) ceil (center - support * stretch), 0);
      int last = MIN ((int) floor (center + support * stretch), (int) n_in - 1);
      float *weights = taps->weights + (size_t) i * taps->max_taps;
      double sum = 0;

      for (int j = first; j <= last; j++)
        sum += kernel (fabs (j - center) / stretch);
      for (int j = first; j <= last; j++)
        weights[j - first] = (float) (kernel (fabs (j - center) / stretch) / sum);
      taps->first[i] = first;
      taps->n_taps[i] = last - first + 1;
    }
}

void
persea_taps_init_triangle (PerseaTaps *taps, unsigned n_in, unsigned n_out)
{
  taps_init (taps, n_in, n_out, kernel_triangle, 1);
}

void
persea_taps_init_cubic (PerseaTaps *taps, unsigned n_in, unsigned n_out)
{
  taps_init (taps, n_in, n_out, kernel_cubic, 2);
}

void
persea_taps_clear (PerseaTaps *taps)
{
  g_free (taps->first);
  g_free (taps->n_taps);
  g_free (taps->weights);
}
