/* persea-search-sketch.c - turned rows, and the products of their beginnings
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The basis is found by subspace iteration on some of the rows: how good it is decides how many
 * candidates there are, not whether all are there.
 */
#include "config.h"

#include "persea-search-sketch.h"

#include <math.h>
#include <string.h>

#include "persea-dtype.h"
#include "persea-parts.h"

#if defined(__x86_64__)
#define HAVE_X86_VARIANTS 1
#include <immintrin.h>
#define AVX2 __attribute__ ((target ("avx2,fma")))
#else
#define HAVE_X86_VARIANTS 0
#endif

/* coordinates of a sketch */
#define SKETCH_DIM 64
/* rows that lie together, coordinate by coordinate */
#define SKETCH_PANEL 16
/* rows of which the basis is made, and steps of the iteration */
#define SKETCH_SAMPLE 2048
#define SKETCH_STEPS 3
/* What rounding may do: to the square of the length of the rest, and to a bound.  Sums of SKETCH_DIM
 * f32 products of unit vectors are wrong by less than 1e-5. */
#define SKETCH_REST_SLACK 1e-5
#define SKETCH_SLACK 1e-4f

typedef struct
{
  /* panel: [SKETCH_DIM, SKETCH_PANEL]; query: [SKETCH_DIM, 4]; products: [4, SKETCH_PANEL] */
  void (*multiply) (const float *panel, const float *query, float *products);
  /* adds @row [dim] times @basis [dim, SKETCH_DIM] to @sketch */
  void (*project) (const float *row, const float *basis, size_t dim, float *sketch);
} SketchVariant;

struct _PerseaSearchSketch
{
  const SketchVariant *variant;
  size_t               n;
  size_t               stride;
  float               *panels; /* [n / SKETCH_PANEL, SKETCH_DIM, SKETCH_PANEL] */
  float               *rests;  /* [n], and up to the end of the panel */
};

/* Variants */

static void
multiply_plain (const float *panel, const float *query, float *products)
{
  memset (products, 0, 4 * SKETCH_PANEL * sizeof *products);
  for (size_t d = 0; d < SKETCH_DIM; d++)
    for (size_t q = 0; q < 4; q++)
      for (size_t i = 0; i < SKETCH_PANEL; i++)
        products[q * SKETCH_PANEL + i] += query[d * 4 + q] * panel[d * SKETCH_PANEL + i];
}

static inline __attribute__ ((always_inline)) void
project_row (const float *row, const float *basis, size_t dim, float *sketch)
{
  for (size_t d = 0; d < dim; d++)
    for (size_t k = 0; k < SKETCH_DIM; k++)
      sketch[k] += row[d] * basis[d * SKETCH_DIM + k];
}

static void
project_plain (const float *row, const float *basis, size_t dim, float *sketch)
{
  project_row (row, basis, dim, sketch);
}

static const SketchVariant sketch_plain = { multiply_plain, project_plain };

#if HAVE_X86_VARIANTS
static AVX2 void
multiply_avx2 (const float *panel, const float *query, float *products)
{
  /* one by one: as an array, gcc -O2 leaves them in memory */
  __m256 left_0 = _mm256_setzero_ps (), right_0 = left_0;
  __m256 left_1 = left_0, right_1 = left_0;
  __m256 left_2 = left_0, right_2 = left_0;
  __m256 left_3 = left_0, right_3 = left_0;

  for (size_t d = 0; d < SKETCH_DIM; d++, panel += SKETCH_PANEL, query += 4)
    {
      const __m256 left = _mm256_loadu_ps (panel), right = _mm256_loadu_ps (panel + 8);
      __m256 factor = _mm256_broadcast_ss (query);

      left_0 = _mm256_fmadd_ps (factor, left, left_0);
      right_0 = _mm256_fmadd_ps (factor, right, right_0);
      factor = _mm256_broadcast_ss (query + 1);
      left_1 = _mm256_fmadd_ps (factor, left, left_1);
      right_1 = _mm256_fmadd_ps (factor, right, right_1);
      factor = _mm256_broadcast_ss (query + 2);
      left_2 = _mm256_fmadd_ps (factor, left, left_2);
      right_2 = _mm256_fmadd_ps (factor, right, right_2);
      factor = _mm256_broadcast_ss (query + 3);
      left_3 = _mm256_fmadd_ps (factor, left, left_3);
      right_3 = _mm256_fmadd_ps (factor, right, right_3);
    }
  _mm256_storeu_ps (products, left_0);
  _mm256_storeu_ps (products + 8, right_0);
  _mm256_storeu_ps (products + SKETCH_PANEL, left_1);
  _mm256_storeu_ps (products + SKETCH_PANEL + 8, right_1);
  _mm256_storeu_ps (products + 2 * SKETCH_PANEL, left_2);
  _mm256_storeu_ps (products + 2 * SKETCH_PANEL + 8, right_2);
  _mm256_storeu_ps (products + 3 * SKETCH_PANEL, left_3);
  _mm256_storeu_ps (products + 3 * SKETCH_PANEL + 8, right_3);
}

static AVX2 void
project_avx2 (const float *row, const float *basis, size_t dim, float *sketch)
{
  __m256 sums[SKETCH_DIM / 8];

  for (int k = 0; k < SKETCH_DIM / 8; k++)
    sums[k] = _mm256_loadu_ps (sketch + 8 * k);
  for (size_t d = 0; d < dim; d++, basis += SKETCH_DIM)
    for (int k = 0; k < SKETCH_DIM / 8; k++)
      sums[k] = _mm256_fmadd_ps (_mm256_set1_ps (row[d]), _mm256_loadu_ps (basis + 8 * k), sums[k]);
  for (int k = 0; k < SKETCH_DIM / 8; k++)
    _mm256_storeu_ps (sketch + 8 * k, sums[k]);
}

static const SketchVariant sketch_avx2 = { multiply_avx2, project_avx2 };
#endif

static const SketchVariant *
sketch_choose (void)
{
#if HAVE_X86_VARIANTS
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    return &sketch_avx2;
#endif
  return &sketch_plain;
}

/* Parts of the rows on all processors */

typedef struct _SketchPart SketchPart;

struct _SketchPart
{
  void (*run) (SketchPart *part);
  size_t first, end; /* panels */
  /* of the making */
  PerseaSearchSketch *made;
  const uint16_t     *rows;
  const float        *basis; /* [stride, SKETCH_DIM] */
  /* of a look */
  const PerseaSearchSketch *sketch;
  const size_t             *leaders;
  size_t                    n_leaders;
  const float              *queries; /* [n_leaders / 4, SKETCH_DIM, 4] */
  float                     least;
  GArray                   *candidates[PERSEA_SEARCH_SKETCH_LEADERS];
};

/* a PerseaPartFunc */
static void
part_main (size_t number, gpointer parts)
{
  SketchPart *part = (SketchPart *) parts + number;

  part->run (part);
}

/* @common: what all parts are like; returns them when they have run */
static SketchPart *
parts_run (const SketchPart *common, size_t first, size_t end, size_t *n_parts)
{
  size_t n = CLAMP ((end - first) / 16, 1, g_get_num_processors ());
  SketchPart *parts = g_new (SketchPart, n);

  for (size_t i = 0; i < n; i++)
    {
      parts[i] = *common;
      parts[i].first = first + (end - first) * i / n;
      parts[i].end = first + (end - first) * (i + 1) / n;
    }
  persea_parts_run (n, part_main, parts);
  *n_parts = n;
  return parts;
}

/* The basis */

/* Makes the columns of @basis [dim, SKETCH_DIM] orthonormal, by Gram and Schmidt, twice for the sake of
 * rounding.  One that depends on those before it becomes zero. */
static void
basis_orthonormalize (float *basis, size_t dim)
{
  g_autofree double *columns = g_new (double, SKETCH_DIM * dim);

  for (size_t k = 0; k < SKETCH_DIM; k++)
    for (size_t d = 0; d < dim; d++)
      columns[k * dim + d] = basis[d * SKETCH_DIM + k];
  for (size_t k = 0; k < SKETCH_DIM; k++)
    {
      double *own = columns + k * dim;
      double before = 0, square = 0;

      for (size_t d = 0; d < dim; d++)
        before += own[d] * own[d];
      for (size_t i = 0; i < 2 * k; i++)
        {
          const double *other = columns + i % k * dim;
          double product = 0;

          for (size_t d = 0; d < dim; d++)
            product += own[d] * other[d];
          for (size_t d = 0; d < dim; d++)
            own[d] -= product * other[d];
        }
      for (size_t d = 0; d < dim; d++)
        square += own[d] * own[d];
      for (size_t d = 0; d < dim; d++)
        basis[d * SKETCH_DIM + k] = own[d] = square > 1e-12 * before ? own[d] / sqrt (square) : 0;
    }
}

/* (transfer full): [stride, SKETCH_DIM] */
static float *
basis_make (const SketchVariant *variant, const uint16_t *rows, size_t n, size_t stride)
{
  size_t n_sample = MIN (n, SKETCH_SAMPLE);
  g_autofree float *sample = g_new (float, n_sample * stride);
  g_autofree float *basis = g_new (float, stride * SKETCH_DIM);
  g_autofree float *next = g_new (float, stride * SKETCH_DIM);
  g_autoptr (GRand) generator = g_rand_new_with_seed (1);

  for (size_t i = 0; i < n_sample; i++)
    persea_dtype_to_f32 (PERSEA_DTYPE_F16, rows + n * i / n_sample * stride, sample + i * stride, stride);
  for (size_t i = 0; i < stride * SKETCH_DIM; i++)
    basis[i] = (float) g_rand_double_range (generator, -1, 1);
  basis_orthonormalize (basis, stride);
  for (int step = 0; step < SKETCH_STEPS; step++)
    {
      memset (next, 0, stride * SKETCH_DIM * sizeof *next);
      for (size_t i = 0; i < n_sample; i++)
        {
          const float *row = sample + i * stride;
          float sketch[SKETCH_DIM] = { 0 };

          variant->project (row, basis, stride, sketch);
          for (size_t d = 0; d < stride; d++)
            for (size_t k = 0; k < SKETCH_DIM; k++)
              next[d * SKETCH_DIM + k] += row[d] * sketch[k];
        }
      memcpy (basis, next, stride * SKETCH_DIM * sizeof *basis);
      basis_orthonormalize (basis, stride);
    }
  return g_steal_pointer (&basis);
}

/* The sketches */

static void
part_project (SketchPart *part)
{
  PerseaSearchSketch *sketch = part->made;
  g_autofree float *row = g_new (float, sketch->stride);

  for (size_t i = part->first * SKETCH_PANEL; i < MIN (part->end * SKETCH_PANEL, sketch->n); i++)
    {
      float *panel = sketch->panels + i / SKETCH_PANEL * SKETCH_PANEL * SKETCH_DIM;
      float own[SKETCH_DIM] = { 0 };
      double square = 0;

      persea_dtype_to_f32 (PERSEA_DTYPE_F16, part->rows + i * sketch->stride, row, sketch->stride);
      sketch->variant->project (row, part->basis, sketch->stride, own);
      for (size_t d = 0; d < sketch->stride; d++)
        square += (double) row[d] * row[d];
      for (size_t k = 0; k < SKETCH_DIM; k++)
        {
          square -= (double) own[k] * own[k];
          panel[k * SKETCH_PANEL + i % SKETCH_PANEL] = own[k];
        }
      sketch->rests[i] = (float) sqrt (MAX (square, 0) + SKETCH_REST_SLACK);
    }
}

PerseaSearchSketch *
persea_search_sketch_new (const uint16_t *rows, size_t n, size_t stride)
{
  PerseaSearchSketch *sketch = g_new0 (PerseaSearchSketch, 1);
  size_t n_panels = (n + SKETCH_PANEL - 1) / SKETCH_PANEL;
  g_autofree float *basis = NULL;
  g_autofree SketchPart *parts = NULL;
  size_t n_parts;

  sketch->variant = sketch_choose ();
  sketch->n = n;
  sketch->stride = stride;
  sketch->panels = g_new0 (float, n_panels * SKETCH_PANEL * SKETCH_DIM + 1);
  sketch->rests = g_new0 (float, n_panels * SKETCH_PANEL + 1);
  basis = basis_make (sketch->variant, rows, n, stride);
  parts = parts_run (&(SketchPart) { .run = part_project, .made = sketch, .rows = rows, .basis = basis }, 0,
                     n_panels, &n_parts);
  return sketch;
}

void
persea_search_sketch_free (PerseaSearchSketch *sketch)
{
  if (!sketch)
    return;

  g_free (sketch->panels);
  g_free (sketch->rests);
  g_free (sketch);
}

/* Candidates */

/* @products: of leader number @q with the rows of @panel */
static void
part_choose (SketchPart *part, size_t q, size_t panel, const float *products)
{
  const PerseaSearchSketch *sketch = part->sketch;
  const float *rests = sketch->rests + panel * SKETCH_PANEL;
  float own = sketch->rests[part->leaders[q]];
  unsigned alike = 0;

  for (unsigned i = 0; i < SKETCH_PANEL; i++)
    alike |= products[i] + own * rests[i] >= part->least;
  if (!alike)
    return;
  for (size_t i = 0; i < SKETCH_PANEL; i++)
    {
      size_t row = panel * SKETCH_PANEL + i;

      if (products[i] + own * rests[i] >= part->least && row > part->leaders[0] && row < sketch->n)
        g_array_append_val (part->candidates[q], row);
    }
}

static void
part_find (SketchPart *part)
{
  const PerseaSearchSketch *sketch = part->sketch;
  float products[4 * SKETCH_PANEL];

  for (size_t q = 0; q < part->n_leaders; q++)
    part->candidates[q] = g_array_new (FALSE, FALSE, sizeof (size_t));
  for (size_t panel = part->first; panel < part->end; panel++)
    for (size_t q = 0; q < part->n_leaders; q++)
      {
        if (q % 4 == 0)
          sketch->variant->multiply (sketch->panels + panel * SKETCH_PANEL * SKETCH_DIM,
                                     part->queries + q * SKETCH_DIM, products);
        part_choose (part, q, panel, products + q % 4 * SKETCH_PANEL);
      }
}

void
persea_search_sketch_find (const PerseaSearchSketch *sketch,
                           const size_t             *leaders,
                           size_t                    n_leaders,
                           float                     least,
                           GArray                  **candidates)
{
  float queries[PERSEA_SEARCH_SKETCH_LEADERS * SKETCH_DIM] = { 0 };
  const SketchPart common = {
    .run = part_find,
    .sketch = sketch,
    .leaders = leaders,
    .n_leaders = n_leaders,
    .queries = queries,
    .least = least - SKETCH_SLACK,
  };
  g_autofree SketchPart *parts = NULL;
  size_t n_parts;

  for (size_t q = 0; q < n_leaders; q++)
    for (size_t d = 0; d < SKETCH_DIM; d++)
      {
        size_t panel = leaders[q] / SKETCH_PANEL;

        queries[q / 4 * 4 * SKETCH_DIM + d * 4 + q % 4] =
          sketch->panels[(panel * SKETCH_DIM + d) * SKETCH_PANEL + leaders[q] % SKETCH_PANEL];
      }
  parts = parts_run (&common, leaders[0] / SKETCH_PANEL, (sketch->n + SKETCH_PANEL - 1) / SKETCH_PANEL, &n_parts);
  for (size_t i = 0; i < n_parts; i++)
    for (size_t q = 0; q < n_leaders; q++)
      {
        g_array_append_vals (candidates[q], parts[i].candidates[q]->data, parts[i].candidates[q]->len);
        g_array_unref (parts[i].candidates[q]);
      }
}
