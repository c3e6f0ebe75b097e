/* persea-completion.c - the region, its cells, and their codes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is decided here has integer results; persea-completion-pixels.c has the sums.
 */
#include "config.h"

#include "persea-completion-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "persea-error.h"
#include "persea-random.h"

/* The blend reaches half a cell into what is drawn, but not further than this, pixels. */
#define COMPLETION_MAX_BLEND 64
/* units of distance for one pixel across; 4 diagonally (Borgefors, 1986) */
#define COMPLETION_STEP 3

/* where the choice of kept codes has its random numbers; below are those of drawing */
#define COMPLETION_POSITION (UINT64_C (1) << 32)

/* one direction of the plane */
typedef struct
{
  int      total;         /* of the picture, pixels */
  int      asked, length; /* what is to be drawn */
  int      start, size;   /* the region */
  unsigned n_cells;
} Axis;

/* The smallest rectangle around what is to be drawn; its width is 0 if there is nothing. */
static PerseaRectangle
completion_find_asked (const PerseaCompletionOptions *options)
{
  int left = options->width, right = -1, top = -1, bottom = -1;

  if (options->mask == NULL)
    return (PerseaRectangle) { 0, 0, options->width, options->height };
  for (int y = 0; y < options->height; y++)
    {
      const uint8_t *row = options->mask + (size_t) y * options->width;
      int first = 0, last = options->width - 1;

      while (first < options->width && row[first] < PERSEA_COMPLETION_DRAW)
        first++;
      if (first == options->width)
        continue;
      while (row[last] < PERSEA_COMPLETION_DRAW)
        last--;
      left = MIN (left, first);
      right = MAX (right, last);
      top = top < 0 ? y : top;
      bottom = y;
    }
  return right < 0 ? (PerseaRectangle) { 0, 0, 0, 0 }
                   : (PerseaRectangle) { left, top, right - left + 1, bottom - top + 1 };
}

/* @side: of a window, pixels of the picture */
static void
axis_plan (Axis *axis, int side, unsigned grid)
{
  double cell = (double) side / grid;
  int lowest, highest, before;

  /* hardly anything would be left to go by: more windows, if there is more of the picture */
  if (axis->length + axis->length / 8 > side && axis->total > side)
    axis->size = MIN (axis->total, MAX (side, axis->length + side / 2));
  else
    axis->size = side;
  axis->n_cells = MAX (grid, (unsigned) lround (axis->size / cell));

  before = (axis->size - axis->length) * 2 / 3;
  /* what is asked for begins with a cell, if it can: fewer cells are touched */
  before = (int) ceil (lround (before / cell) * cell);
  lowest = MAX (0, axis->asked + axis->length - axis->size);
  highest = MIN (axis->asked, axis->total - axis->size);
  axis->start = CLAMP (axis->asked - before, lowest, highest);
}

static unsigned
axis_count_windows (unsigned n_cells, unsigned grid)
{
  unsigned stride = MAX (1, grid / 2);

  return n_cells > grid ? 1 + (n_cells - grid + stride - 1) / stride : 1;
}

static void
completion_plan (PerseaCompletion              *completion,
                 const PerseaCompletionOptions *options,
                 const PerseaRectangle         *asked)
{
  PerseaCompletionPlan *plan = &completion->plan;
  int length = MAX (asked->width, asked->height);
  int side = MAX (length + length / 2, (int) (options->grid * options->factor));
  Axis x = { .total = options->width, .asked = asked->x, .length = asked->width };
  Axis y = { .total = options->height, .asked = asked->y, .length = asked->height };

  side = MIN (side, MIN (options->width, options->height));
  axis_plan (&x, side, options->grid);
  axis_plan (&y, side, options->grid);

  plan->asked = *asked;
  plan->region = (PerseaRectangle) { x.start, y.start, x.size, y.size };
  plan->columns = x.n_cells;
  plan->rows = y.n_cells;
  plan->canvas_width = x.n_cells * options->factor;
  plan->canvas_height = y.n_cells * options->factor;
  plan->cell_width = (double) x.size / x.n_cells;
  plan->cell_height = (double) y.size / y.n_cells;
  plan->n_windows = MAX (axis_count_windows (x.n_cells, options->grid),
                         axis_count_windows (y.n_cells, options->grid));
}

static gboolean
completion_check_shape (const PerseaCompletion         *completion,
                        const PerseaCompletionOptions  *options,
                        GError                        **error)
{
  const PerseaCompletionPlan *plan = &completion->plan;

  if (plan->n_windows <= PERSEA_COMPLETION_MAX_WINDOWS)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               _("what is to be drawn, %d × %d pixels of %d × %d, is too long and narrow: "
                 "expected at most %d times as long as the picture's shorter side"),
               plan->asked.width, plan->asked.height, options->width, options->height,
               PERSEA_COMPLETION_MAX_WINDOWS / 2);
  return FALSE;
}

/* The cells that a pixel touches, of @n_cells in @size pixels: several, if they are smaller. */
static void
completion_find_cells (int pixel, int size, unsigned n_cells, unsigned *first, unsigned *last)
{
  *first = (uint64_t) pixel * n_cells / size;
  *last = ((uint64_t) (pixel + 1) * n_cells - 1) / size;
}

static void
completion_mark_row (PerseaCompletion *completion, int y, const uint8_t *mask)
{
  PerseaCompletionPlan *plan = &completion->plan;
  uint8_t *drawn = completion->drawn + (size_t) y * plan->region.width;
  unsigned top, bottom, left, right;

  completion_find_cells (y, plan->region.height, plan->rows, &top, &bottom);
  for (int x = 0; x < plan->region.width; x++)
    {
      if (mask[x] < PERSEA_COMPLETION_DRAW)
        continue;
      drawn[x] = 255;
      plan->n_pixels++;
      completion_find_cells (x, plan->region.width, plan->columns, &left, &right);
      for (unsigned row = top; row <= bottom; row++)
        memset (completion->cells + (size_t) row * plan->columns + left, TRUE, right - left + 1);
    }
}

/* The cells that are drawn, the rectangle around them, and how many. */
static void
completion_count_cells (PerseaCompletion *completion)
{
  PerseaCompletionPlan *plan = &completion->plan;
  unsigned left = plan->columns, right = 0, top = plan->rows, bottom = 0;
  PerseaRectangle *aligned = &plan->aligned;

  for (unsigned row = 0; row < plan->rows; row++)
    for (unsigned column = 0; column < plan->columns; column++)
      if (completion->cells[row * plan->columns + column])
        {
          plan->n_drawn++;
          left = MIN (left, column);
          right = MAX (right, column + 1);
          top = MIN (top, row);
          bottom = MAX (bottom, row + 1);
        }
  aligned->x = (int) floor (left * plan->cell_width);
  aligned->y = (int) floor (top * plan->cell_height);
  aligned->width = (int) ceil (right * plan->cell_width) - aligned->x;
  aligned->height = (int) ceil (bottom * plan->cell_height) - aligned->y;
  aligned->x += plan->region.x;
  aligned->y += plan->region.y;
}

static void
completion_mark (PerseaCompletion *completion, const PerseaCompletionOptions *options)
{
  PerseaCompletionPlan *plan = &completion->plan;
  const PerseaRectangle *region = &plan->region;
  size_t n_pixels = (size_t) region->width * region->height;
  size_t n_cells = (size_t) plan->columns * plan->rows;

  completion->drawn = g_malloc0 (n_pixels);
  completion->cells = g_malloc0 (n_cells);
  if (options->mask == NULL)
    {
      memset (completion->drawn, 255, n_pixels);
      memset (completion->cells, TRUE, n_cells);
      plan->n_pixels = n_pixels;
    }
  else
    for (int y = 0; y < region->height; y++)
      completion_mark_row (completion, y,
                           options->mask + (size_t) (region->y + y) * options->width + region->x);
  completion_count_cells (completion);
}

static gboolean
completion_check_cells (const PerseaCompletion         *completion,
                        const PerseaCompletionOptions  *options,
                        GError                        **error)
{
  const PerseaCompletionPlan *plan = &completion->plan;

  if (options->mask == NULL || plan->n_drawn < plan->columns * plan->rows)
    return TRUE;
  if (plan->n_pixels == (uint64_t) options->width * options->height)
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                         _("there is nothing to keep: all of the picture is to be drawn"));
  else
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                 _("there is nothing to keep: pictures are drawn in cells, here of %.0f × %.0f "
                   "pixels, and what is to be drawn touches all of them"),
                 plan->cell_width, plan->cell_height);
  return FALSE;
}

/* Distances to the nearest kept pixel, in two passes, then from distances to shares. */

static inline unsigned
completion_nearer (unsigned distance, const uint8_t *from, int step)
{
  return MIN (distance, (unsigned) *from + step);
}

static void
completion_sweep (uint8_t *drawn, int width, int height, gboolean down)
{
  ptrdiff_t row = down ? -(ptrdiff_t) width : width; /* to the row that was done before */
  ptrdiff_t column = down ? -1 : 1;

  for (int i = 0; i < height; i++)
    for (int j = 0; j < width; j++)
      {
        size_t at = down ? (size_t) i * width + j
                         : (size_t) (height - 1 - i) * width + (width - 1 - j);
        uint8_t *p = drawn + at;
        unsigned distance = *p;

        if (distance == 0)
          continue;
        if (j > 0)
          distance = completion_nearer (distance, p + column, COMPLETION_STEP);
        if (i > 0)
          distance = completion_nearer (distance, p + row, COMPLETION_STEP);
        if (i > 0 && j > 0)
          distance = completion_nearer (distance, p + row + column, COMPLETION_STEP + 1);
        if (i > 0 && j < width - 1)
          distance = completion_nearer (distance, p + row - column, COMPLETION_STEP + 1);
        *p = distance;
      }
}

static void
completion_make_ramp (PerseaCompletion *completion)
{
  const PerseaCompletionPlan *plan = &completion->plan;
  size_t n_pixels = (size_t) plan->region.width * plan->region.height;
  int blend = (int) (MIN (plan->cell_width, plan->cell_height) / 2);
  int full = (CLAMP (blend, 1, COMPLETION_MAX_BLEND) + 1) * COMPLETION_STEP;

  if (completion->everything)
    return; /* there is no border */
  completion_sweep (completion->drawn, plan->region.width, plan->region.height, TRUE);
  completion_sweep (completion->drawn, plan->region.width, plan->region.height, FALSE);
  for (size_t i = 0; i < n_pixels; i++)
    completion->drawn[i] = MIN (completion->drawn[i] * 255 / full, 255);
}

PerseaCompletion *
persea_completion_new (const PerseaCompletionOptions *options, GError **error)
{
  g_autoptr (PerseaCompletion) completion = NULL;
  PerseaRectangle asked;

  g_return_val_if_fail (options->width > 0 && options->height > 0, NULL);
  g_return_val_if_fail (options->grid > 0 && options->factor > 0, NULL);

  asked = completion_find_asked (options);
  if (asked.width == 0)
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                           _("there is nothing to draw: all of the picture is to be kept"));
      return NULL;
    }
  completion = g_new0 (PerseaCompletion, 1);
  completion->everything = options->mask == NULL;
  completion->grid = options->grid;
  completion_plan (completion, options, &asked);
  if (!completion_check_shape (completion, options, error))
    return NULL;
  completion_mark (completion, options);
  if (!completion_check_cells (completion, options, error))
    return NULL;
  completion_make_ramp (completion);
  return g_steal_pointer (&completion);
}

void
persea_completion_free (PerseaCompletion *completion)
{
  if (completion == NULL)
    return;
  g_free (completion->drawn);
  g_free (completion->cells);
  g_free (completion->input);
  g_free (completion->known);
  g_free (completion);
}

const PerseaCompletionPlan *
persea_completion_get_plan (const PerseaCompletion *completion)
{
  return &completion->plan;
}

const uint8_t *
persea_completion_get_drawn (const PerseaCompletion *completion)
{
  return completion->drawn;
}

/* Codes */

void
persea_completion_begin (const PerseaCompletion *completion, const int32_t *encoded, int32_t *codes)
{
  size_t n_codes = (size_t) completion->plan.columns * completion->plan.rows;

  for (size_t i = 0; i < n_codes; i++)
    codes[i] = completion->cells[i] ? -1 : encoded[i];
}

typedef struct
{
  double   number;
  unsigned index;
} Lot;

static int
lot_compare (const void *a, const void *b)
{
  const Lot *x = a;
  const Lot *y = b;

  if (x->number != y->number)
    return x->number > y->number ? -1 : 1;
  return x->index < y->index ? -1 : 1;
}

void
persea_completion_begin_variation (const PerseaCompletion *completion,
                                   double                  strength,
                                   uint64_t                seed,
                                   uint64_t                candidate,
                                   const int32_t          *encoded,
                                   int32_t                *codes)
{
  size_t n_codes = (size_t) completion->plan.columns * completion->plan.rows;
  size_t n_kept = lround ((1 - CLAMP (strength, 0, 1)) * n_codes);
  g_autofree Lot *lots = g_new (Lot, n_codes);

  for (unsigned i = 0; i < n_codes; i++)
    lots[i] = (Lot) { persea_random_uniform (seed, candidate, COMPLETION_POSITION + i), i };
  qsort (lots, n_codes, sizeof *lots, lot_compare);
  for (size_t i = 0; i < n_codes; i++)
    codes[lots[i].index] = i < n_kept ? encoded[lots[i].index] : -1;
}

/* its first code in [rows, columns] */
static size_t
completion_find_window (const PerseaCompletion *completion, unsigned window)
{
  const PerseaCompletionPlan *plan = &completion->plan;
  unsigned at = window * MAX (1, completion->grid / 2);

  g_return_val_if_fail (window < plan->n_windows, 0);

  /* only one direction has several */
  return (size_t) MIN (at, plan->rows - completion->grid) * plan->columns
         + MIN (at, plan->columns - completion->grid);
}

gboolean
persea_completion_get_window (const PerseaCompletion *completion,
                              unsigned                window,
                              const int32_t          *codes,
                              int32_t                *kept)
{
  size_t start = completion_find_window (completion, window);
  unsigned grid = completion->grid;
  gboolean any = FALSE;

  for (unsigned row = 0; row < grid; row++)
    {
      const int32_t *from = codes + start + (size_t) row * completion->plan.columns;

      memcpy (kept + (size_t) row * grid, from, grid * sizeof *kept);
      for (unsigned column = 0; column < grid; column++)
        any |= from[column] < 0;
    }
  return any;
}

void
persea_completion_put_window (const PerseaCompletion *completion,
                              unsigned                window,
                              const int32_t          *drawn,
                              int32_t                *codes)
{
  size_t start = completion_find_window (completion, window);
  unsigned grid = completion->grid;

  for (unsigned row = 0; row < grid; row++)
    memcpy (codes + start + (size_t) row * completion->plan.columns, drawn + (size_t) row * grid,
            grid * sizeof *codes);
}
