/* persea-relevance.c - where in a picture the words are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The network's part: windows of the picture, their cells, and how much these say what the words
 * say.  Borders are persea-relevance-edges.c's, pixels persea-relevance-map.c's.
 */
#include "config.h"

#include "persea-relevance.h"

#include <math.h>
#include <string.h>

#include "persea-error.h"
#include "persea-preprocess.h"
#include "persea-relevance-private.h"

/* How near the windows are; each closer look is half a window apart. */
static const double closeness[] = { 1, 1.5, 2 };

#define EDGES_SIDE 256    /* pixels of the longer side of the copy in which borders are sought */
#define MAX_WINDOWS 16    /* in a row */
#define TAPER 0.25f       /* of a window's side, on which it counts less towards its border */
#define LEAST_WEIGHT 0.05f
#define SALIENCE 2        /* power of the cells' lengths that similarities are multiplied with */
#define CUT 0.65f         /* between the median and the maximum of a picture's similarities */
#define STEEPNESS 4       /* logits from the one to the other */

/* what is measured against where nobody says anything else: things, stuff and grounds */
static const char *const usual_background[] = {
  "a thing",     "the background",    "a plain background", "a white background", "the sky",
  "clouds",      "grass",             "the ground",         "sand",               "water",
  "the sea",     "the night",         "a wall",             "a floor",            "a table",
  "a tree",      "a house",           "a car",              "a person",           "an animal",
  "food",        "furniture",         "clothes",            "a tool",             "a toy",
  NULL,
};

struct _PerseaRelevance
{
  gatomicrefcount  ref_count;
  PerseaClip      *clip;
  int              width, height; /* of what was looked at */
  GArray          *windows;       /* of PerseaRectangle, in its pixels */
  float           *cells;         /* [windows, grid, grid, E], unit length */
  float           *salience;      /* [windows, grid, grid]: see relevance_weigh_cells () */
  int              edges_width, edges_height;
  float           *edges;         /* [edges_height, edges_width, 3]: the copy for borders */
};

/* the first pixel of window @i of @n in a row */
static int
window_start (int i, int n, int window, int side)
{
  return n > 1 ? (int) lround ((double) i * (side - window) / (n - 1)) : (side - window) / 2;
}

/* Square windows of the short side's length divided by each closeness, half overlapping; larger ones
 * in pictures so long that there were too many, clipped to the picture then. */
static void
relevance_plan (PerseaRelevance *relevance)
{
  int width = relevance->width, height = relevance->height;

  relevance->windows = g_array_new (FALSE, FALSE, sizeof (PerseaRectangle));
  for (size_t c = 0; c < G_N_ELEMENTS (closeness); c++)
    {
      double side = MIN (width, height) / closeness[c];
      side = MAX (side, MAX (width, height) * 2.0 / (MAX_WINDOWS + 1));
      int w = CLAMP ((int) lround (side), 1, width), h = CLAMP ((int) lround (side), 1, height);
      int columns = 1 + (int) ceil (2.0 * (width - w) / w);
      int rows = 1 + (int) ceil (2.0 * (height - h) / h);

      for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
          {
            const PerseaRectangle window = { window_start (j, columns, w, width),
                                             window_start (i, rows, h, height), w, h };

            g_array_append_val (relevance->windows, window);
          }
    }
}

/* part of a picture of bytes, as it is */
static uint8_t *
cut_window (const uint8_t *pixels, int width, const PerseaRectangle *window)
{
  size_t row = (size_t) window->width * 3;
  uint8_t *cut = g_malloc (row * window->height);

  for (int y = 0; y < window->height; y++)
    memcpy (cut + y * row, pixels + ((size_t) (window->y + y) * width + window->x) * 3, row);
  return cut;
}

static gboolean
scale_bytes (const uint8_t *pixels, int width, int height, int out_width, int out_height,
             PerseaInterpolation interpolation, uint8_t *out, GError **error)
{
  const PerseaResampleOptions options = {
    .width = width,
    .height = height,
    .out_width = out_width,
    .out_height = out_height,
    .crop = { 0, 0, out_width, out_height },
    .interpolation = interpolation,
  };

  return persea_resample (&options, pixels, out, error);
}

static gboolean
relevance_read_window (PerseaRelevance *relevance, const uint8_t *pixels,
                       const PerseaRectangle *window, float *out, GError **error)
{
  const PerseaPreprocess *preprocess = persea_clip_get_preprocess (relevance->clip);
  int size = preprocess->image_size;
  g_autofree uint8_t *cut = cut_window (pixels, relevance->width, window);
  g_autofree uint8_t *square = g_malloc ((size_t) size * size * 3);

  if (!scale_bytes (cut, window->width, window->height, size, size, preprocess->interpolation,
                    square, error))
    return FALSE;
  persea_preprocess_normalize (preprocess, square, out);
  return TRUE;
}

/* Brings the cells to unit length.  How long they were tells how much there is to be seen: an attention
 * pool adds up values as they are.  The ground's are short in ResNets; in ViTs, whose last norm makes
 * all about as long, nothing is lost. */
static void
relevance_weigh_cells (PerseaRelevance *relevance)
{
  size_t grid = persea_clip_get_grid (relevance->clip);
  size_t n = relevance->windows->len * grid * grid, dim = persea_clip_get_embed_dim (relevance->clip);
  double sum = 0;

  relevance->salience = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    {
      double square = 0;

      for (size_t c = 0; c < dim; c++)
        square += (double) relevance->cells[i * dim + c] * relevance->cells[i * dim + c];
      relevance->salience[i] = (float) sqrt (square);
      sum += relevance->salience[i];
    }
  for (size_t i = 0; i < n && sum > 0; i++)
    relevance->salience[i] = (float) pow (relevance->salience[i] * n / sum, SALIENCE);
  persea_clip_normalize (relevance->cells, n, dim);
}

static gboolean
relevance_look (PerseaRelevance *relevance, const uint8_t *pixels, GCancellable *cancellable,
                PerseaProgressFunc progress, gpointer progress_data, GError **error)
{
  PerseaClip *clip = relevance->clip;
  size_t size = persea_clip_get_image_size (clip), grid = persea_clip_get_grid (clip);
  size_t n = relevance->windows->len, batch = MIN (n, persea_clip_get_batch_size (clip));
  size_t dim = persea_clip_get_embed_dim (clip), n_values = grid * grid * dim;
  g_autofree float *input = g_new (float, batch * 3 * size * size);

  relevance->cells = g_new (float, n * n_values);
  for (size_t done = 0, count; done < n; done += count)
    {
      count = MIN (batch, n - done);
      if (progress)
        progress (NULL, (double) done / n, progress_data);
      for (size_t i = 0; i < count; i++)
        if (!relevance_read_window (relevance, pixels,
                                    &g_array_index (relevance->windows, PerseaRectangle, done + i),
                                    input + i * 3 * size * size, error))
          return FALSE;
      if (!persea_clip_encode_cells (clip, input, count, relevance->cells + done * n_values,
                                     cancellable, error))
        return FALSE;
    }
  relevance_weigh_cells (relevance);
  if (progress)
    progress (NULL, 1, progress_data);
  return TRUE;
}

/* the copy in which borders are sought, at most EDGES_SIDE on its longer side */
static gboolean
relevance_copy_edges (PerseaRelevance *relevance, const uint8_t *pixels, GError **error)
{
  int width = relevance->width, height = relevance->height;
  double scale = MIN (1, (double) EDGES_SIDE / MAX (width, height));
  int out_width = MAX (1, (int) lround (width * scale));
  int out_height = MAX (1, (int) lround (height * scale));
  size_t n = (size_t) out_width * out_height * 3;
  g_autofree uint8_t *bytes = g_malloc (n);

  if (!scale_bytes (pixels, width, height, out_width, out_height, PERSEA_INTERPOLATION_BILINEAR,
                    bytes, error))
    return FALSE;
  relevance->edges_width = out_width;
  relevance->edges_height = out_height;
  relevance->edges = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    relevance->edges[i] = bytes[i] / 255.0f;
  return TRUE;
}

PerseaRelevance *
persea_relevance_new (PerseaClip                    *clip,
                      const PerseaRelevancePicture  *picture,
                      GCancellable                  *cancellable,
                      PerseaProgressFunc             progress,
                      gpointer                       progress_data,
                      GError                       **error)
{
  g_autoptr (PerseaRelevance) relevance = g_new0 (PerseaRelevance, 1);
  size_t n = (size_t) picture->width * picture->height * 3;
  g_autofree uint8_t *pixels = g_malloc (n);

  g_atomic_ref_count_init (&relevance->ref_count);
  relevance->clip = persea_clip_ref (clip);
  relevance->width = picture->width;
  relevance->height = picture->height;
  for (size_t i = 0; i < n; i++)
    pixels[i] = (uint8_t) lrintf (persea_relevance_clamp (picture->rgb[i]) * 255);
  relevance_plan (relevance);
  if (!relevance_copy_edges (relevance, pixels, error)
      || !relevance_look (relevance, pixels, cancellable, progress, progress_data, error))
    return NULL;
  return g_steal_pointer (&relevance);
}

PerseaRelevance *
persea_relevance_ref (PerseaRelevance *relevance)
{
  g_atomic_ref_count_inc (&relevance->ref_count);
  return relevance;
}

void
persea_relevance_unref (PerseaRelevance *relevance)
{
  if (!relevance || !g_atomic_ref_count_dec (&relevance->ref_count))
    return;

  persea_clip_unref (relevance->clip);
  g_clear_pointer (&relevance->windows, g_array_unref);
  g_free (relevance->cells);
  g_free (relevance->salience);
  g_free (relevance->edges);
  g_free (relevance);
}

/* [n, E], unit length */
static float *
embed_texts (PerseaClip *clip, const char *const *texts, size_t *n, GCancellable *cancellable,
             GError **error)
{
  *n = g_strv_length ((char **) texts);
  if (*n == 0 || *n > PERSEA_RELEVANCE_MAX_TEXTS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "expected 1 to %d texts, found %zu", PERSEA_RELEVANCE_MAX_TEXTS, *n);
      return NULL;
    }

  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree float *rows = g_new (float, *n * dim);

  if (!persea_clip_encode_texts (clip, texts, *n, rows, cancellable, error))
    return NULL;
  persea_clip_normalize (rows, *n, dim);
  return g_steal_pointer (&rows);
}

static void
mean_row (const float *rows, size_t n, size_t dim, float *mean)
{
  for (size_t c = 0; c < dim; c++)
    {
      double sum = 0;

      for (size_t i = 0; i < n; i++)
        sum += rows[i * dim + c];
      mean[c] = (float) (sum / n);
    }
}

/* the directions that a cell is compared with: row 0 the texts, row 1 the background, then what is
 * not meant */
typedef struct
{
  float *rows; /* [n, E] */
  size_t n;
} Directions;

static gboolean
query_embed (const PerseaRelevanceQuery *query, PerseaClip *clip, Directions *directions,
             GCancellable *cancellable, GError **error)
{
  const char *const *background = query->background && *query->background ? query->background
                                                                          : usual_background;
  size_t dim = persea_clip_get_embed_dim (clip), n_texts, n_background, n_minus = 0;
  g_autofree float *texts = embed_texts (clip, query->texts, &n_texts, cancellable, error);
  g_autofree float *behind = texts ? embed_texts (clip, background, &n_background, cancellable, error)
                                   : NULL;
  g_autofree float *minus = NULL;

  if (!behind)
    return FALSE;
  if (query->minus && *query->minus
      && !(minus = embed_texts (clip, query->minus, &n_minus, cancellable, error)))
    return FALSE;

  directions->n = 2 + n_minus;
  directions->rows = g_new (float, directions->n * dim);
  mean_row (texts, n_texts, dim, directions->rows);
  persea_clip_normalize (directions->rows, 1, dim);
  mean_row (behind, n_background, dim, directions->rows + dim);
  if (minus)
    memcpy (directions->rows + 2 * dim, minus, n_minus * dim * sizeof *minus);
  return TRUE;
}

/* how much better the texts fit a cell than the best of the rest */
static float
compare_cell (const Directions *directions, const float *cell, size_t dim)
{
  double texts = 0, best = -INFINITY;

  for (size_t i = 0; i < directions->n; i++)
    {
      const float *row = directions->rows + i * dim;
      double product = 0;

      for (size_t c = 0; c < dim; c++)
        product += (double) row[c] * cell[c];
      if (i == 0)
        texts = product;
      else
        best = MAX (best, product);
    }
  return (float) (texts - best);
}

/* the value of a grid at @x, @y, which are 0 to 1 from border to border; constant beyond the centres
 * of its outer cells */
static float
grid_value (const float *grid, int side, float x, float y)
{
  float column = CLAMP (x * side - 0.5f, 0, side - 1), row = CLAMP (y * side - 0.5f, 0, side - 1);
  int j = (int) column, i = (int) row;
  int right = MIN (j + 1, side - 1), below = MIN (i + 1, side - 1);
  float a = column - j, b = row - i;

  return (1 - b) * ((1 - a) * grid[i * side + j] + a * grid[i * side + right])
         + b * ((1 - a) * grid[below * side + j] + a * grid[below * side + right]);
}

static float
taper (float x)
{
  return CLAMP (MIN (x, 1 - x) / TAPER, LEAST_WEIGHT, 1);
}

/* Adds what a window's cells say, [grid, grid], to the pixels of the copy inside it. */
static void
relevance_lay_window (const PerseaRelevance *relevance, const PerseaRectangle *window,
                      const float *grid, float *sums, float *weights)
{
  int side = persea_clip_get_grid (relevance->clip);
  float across = (float) relevance->width / relevance->edges_width;
  float down = (float) relevance->height / relevance->edges_height;

  for (int y = 0; y < relevance->edges_height; y++)
    {
      float v = ((y + 0.5f) * down - window->y) / window->height;

      if (v < 0 || v > 1)
        continue;
      for (int x = 0; x < relevance->edges_width; x++)
        {
          float u = ((x + 0.5f) * across - window->x) / window->width;

          if (u < 0 || u > 1)
            continue;
          size_t i = (size_t) y * relevance->edges_width + x;
          float weight = taper (u) * taper (v);
          sums[i] += weight * grid_value (grid, side, u, v);
          weights[i] += weight;
        }
    }
}

/* similarities of all pixels of the copy: (transfer full) */
static float *
relevance_compare (PerseaRelevance *relevance, const Directions *directions)
{
  size_t n_pixels = (size_t) relevance->edges_width * relevance->edges_height;
  size_t dim = persea_clip_get_embed_dim (relevance->clip);
  size_t side = persea_clip_get_grid (relevance->clip), n_cells = side * side;
  float *sums = g_new0 (float, n_pixels);
  g_autofree float *weights = g_new0 (float, n_pixels);
  g_autofree float *grid = g_new (float, n_cells);

  for (size_t w = 0; w < relevance->windows->len; w++)
    {
      for (size_t i = 0; i < n_cells; i++)
        grid[i] = relevance->salience[w * n_cells + i]
                  * compare_cell (directions, relevance->cells + (w * n_cells + i) * dim, dim);
      relevance_lay_window (relevance,
                            &g_array_index (relevance->windows, PerseaRectangle, w), grid, sums,
                            weights);
    }
  for (size_t i = 0; i < n_pixels; i++)
    sums[i] /= weights[i]; /* every pixel is in a window */
  return sums;
}

static int
compare_floats (const void *a, const void *b)
{
  float left = *(const float *) a, right = *(const float *) b;

  return (left > right) - (left < right);
}

/* Similarities become logits: 0 at the cut between median and maximum. */
static void
scale_to_logits (float *values, size_t n)
{
  g_autofree float *sorted = g_memdup2 (values, n * sizeof *values);

  qsort (sorted, n, sizeof *sorted, compare_floats);
  float low = sorted[n / 2], range = sorted[n - 1] - low;
  for (size_t i = 0; i < n; i++)
    {
      float place = range > 0 ? MAX (values[i] - low, 0) / range : 0;

      values[i] = STEEPNESS * (place - CUT);
    }
}

PerseaRelevanceMap *
persea_relevance_find (PerseaRelevance             *relevance,
                       const PerseaRelevanceQuery  *query,
                       GCancellable                *cancellable,
                       GError                     **error)
{
  size_t n = (size_t) relevance->edges_width * relevance->edges_height;
  float softness = persea_relevance_clamp (query->softness);
  Directions directions = { 0 };

  if (!query_embed (query, relevance->clip, &directions, cancellable, error))
    return NULL;
  g_autofree float *likely = relevance_compare (relevance, &directions);
  g_autofree float *inside = g_new (float, n);
  g_free (directions.rows);

  scale_to_logits (likely, n);
  if (!persea_relevance_segment (relevance->edges, likely, relevance->edges_width,
                                 relevance->edges_height, inside, cancellable, error))
    return NULL;
  for (size_t i = 0; i < n; i++)
    inside[i] = (1 - softness) * inside[i] + softness / (1 + expf (-2 * likely[i]));
  return persea_relevance_map_new (relevance->edges, inside, relevance->edges_width,
                                   relevance->edges_height);
}
