/* orchard-draw.c - from a scene to pixels
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The ground is drawn by cairo.  A thing is sketched by cairo as coverage layers at twice the
 * picture's resolution; its inside is blown up to a cushion between its lines, coloured by its
 * look, lit from the upper left, and averaged down onto the ground.
 */
#include "config.h"

#include "orchard-field.h"
#include "orchard-grounds.h"
#include "orchard-looks.h"
#include "orchard-world.h"

#include <math.h>
#include <string.h>

enum
{
  SAMPLES = 2, /* per pixel, each way */
};

static const float outline = 1.7f; /* 128ths of the picture's side, for a large thing alone */

/* One thing's layers, in a box of the picture. */
typedef struct
{
  const OrchardItem *item;
  const OrchardForm *form;
  double             pixel;     /* pixels in a 128th of the picture */
  int                x0, y0;    /* of the box, pixels */
  int                columns, rows; /* of the box, pixels */
  int                width, height; /* of the layers, samples */
  int                stride;
  cairo_surface_t   *ink, *shape, *pale;
} Layers;

/* A large thing alone has half extent 40 or so. */
static double
item_scale (const OrchardItem *item)
{
  return CLAMP (item->half / 40, 0.3, 1.1);
}

static void
layers_place (Layers *layers, const OrchardItem *item, int size)
{
  double pixel = size / 128.0;
  double reach = item->half * 1.12 + 2;
  int    x1 = MIN ((int) ceil ((item->x + reach) * pixel), size);
  int    y1 = MIN ((int) ceil ((item->y + reach) * pixel), size);

  layers->item = item;
  layers->form = orchard_form (item->thing);
  layers->pixel = pixel;
  layers->x0 = MAX ((int) floor ((item->x - reach) * pixel), 0);
  layers->y0 = MAX ((int) floor ((item->y - reach) * pixel), 0);
  layers->columns = MAX (x1 - layers->x0, 1);
  layers->rows = MAX (y1 - layers->y0, 1);
  layers->width = layers->columns * SAMPLES;
  layers->height = layers->rows * SAMPLES;
}

static cairo_t *
layers_open (Layers *layers, cairo_surface_t **surface)
{
  const OrchardItem *item = layers->item;
  cairo_t           *cr;

  *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, layers->width, layers->height);
  cr = cairo_create (*surface);
  cairo_translate (cr, -layers->x0 * SAMPLES, -layers->y0 * SAMPLES);
  cairo_scale (cr, layers->pixel * SAMPLES, layers->pixel * SAMPLES);
  cairo_translate (cr, item->x, item->y);
  cairo_rotate (cr, item->tilt);
  cairo_scale (cr, item->half, item->half);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_FAST); /* SAMPLES do the rest */
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  return cr;
}

static void
layers_init (Layers *layers, const OrchardItem *item, int size)
{
  OrchardPen pen;

  layers_place (layers, item, size);
  pen.cr = layers_open (layers, &layers->ink);
  pen.shape = layers_open (layers, &layers->shape);
  pen.pale = layers_open (layers, &layers->pale);
  pen.width = outline * (0.35 + 0.65 * item_scale (item)) / item->half;
  layers->form->sketch (&pen);
  cairo_destroy (pen.cr);
  cairo_destroy (pen.shape);
  cairo_destroy (pen.pale);
  cairo_surface_flush (layers->ink);
  cairo_surface_flush (layers->shape);
  cairo_surface_flush (layers->pale);
  layers->stride = cairo_image_surface_get_stride (layers->ink);
}

static void
layers_clear (Layers *layers)
{
  cairo_surface_destroy (layers->ink);
  cairo_surface_destroy (layers->shape);
  cairo_surface_destroy (layers->pale);
}

/* @depth: distance from the shape's edge; @relief: height between its lines.  In samples. */
static void
layers_measure (const Layers *layers, float *depth, float *relief)
{
  const uint8_t      *shape = cairo_image_surface_get_data (layers->shape);
  const uint8_t      *ink = cairo_image_surface_get_data (layers->ink);
  int                 n = layers->width * layers->height;
  float               unit = (float) layers->pixel * SAMPLES * (float) item_scale (layers->item);
  g_autofree uint8_t *inside = g_malloc (n);

  for (int y = 0; y < layers->height; y++)
    for (int x = 0; x < layers->width; x++)
      inside[y * layers->width + x] = shape[y * layers->stride + x] >= 128;
  orchard_field_distance (inside, layers->width, layers->height, depth);
  for (int y = 0; y < layers->height; y++)
    for (int x = 0; x < layers->width; x++)
      inside[y * layers->width + x] &= ink[y * layers->stride + x] < 128;
  orchard_field_distance (inside, layers->width, layers->height, relief);
  orchard_field_inflate (relief, n, 7 * unit);
  for (int pass = 0; pass < 2; pass++)
    orchard_field_blur (relief, layers->width, layers->height, MAX ((int) (0.8f * unit), 1));
}

/* Lights @paint for a surface that falls by @dx and @dy to the right and down. */
static void
light (const OrchardLook *look, OrchardPaint *paint, float dx, float dy)
{
  /* towards the light, and half way between it and the eye; both of length 1 */
  static const float to_light[3] = { -0.46f, -0.62f, 0.635f };
  static const float half_way[3] = { -0.254f, -0.343f, 0.904f };
  float z = 1 / sqrtf (1 + dx * dx + dy * dy);
  float x = -dx * z;
  float y = -dy * z;
  float bright = MAX (x * to_light[0] + y * to_light[1] + z * to_light[2], 0);
  float shine = MAX (x * half_way[0] + y * half_way[1] + z * half_way[2], 0);

  for (int i = 0; i < look->polish; i++)
    shine *= shine;
  shine *= look->specular;
  for (int c = 0; c < 3; c++)
    {
      float lit = paint->rgba[c] * (look->ambient + look->diffuse * bright);

      lit += (1 - lit) * MIN (shine, 0.9f);
      paint->rgba[c] = lit + (paint->rgba[c] - lit) * paint->glow;
    }
}

typedef struct
{
  const Layers      *layers;
  const OrchardLook *look;
  const float       *depth, *relief;
  float              rim[3]; /* colour of the outline proper */
  float              rim_width; /* samples */
  float              cosine, sine; /* of the tilt */
} Brush;

/* Adds the sample's premultiplied colour to @sum. */
static void
brush_sample (const Brush *brush, int x, int y, float sum[4])
{
  const Layers *layers = brush->layers;
  size_t        at = (size_t) y * layers->stride + x;
  uint8_t       shape = cairo_image_surface_get_data (layers->shape)[at];

  if (shape == 0)
    return;

  const OrchardItem *item = layers->item;
  float              sample = 1 / ((float) layers->pixel * SAMPLES);
  int                i = y * layers->width + x;
  float              u = ((float) (layers->x0 * SAMPLES + x) + 0.5f) * sample;
  float              v = ((float) (layers->y0 * SAMPLES + y) + 0.5f) * sample;
  float              dx = (u - (float) item->x) / (float) item->half;
  float              dy = (v - (float) item->y) / (float) item->half;
  OrchardSpot        spot = {
    .u = u,
    .v = v,
    .x = dx * brush->cosine + dy * brush->sine,
    .y = dy * brush->cosine - dx * brush->sine,
    .depth = brush->depth[i] * sample,
    .scale = (float) item_scale (item),
    .form = layers->form,
  };
  OrchardPaint paint;

  brush->look->paint (&spot, &paint);

  float pale = (float) cairo_image_surface_get_data (layers->pale)[at] / 255 * paint.pale * 0.68f;
  paint.rgba[0] += (0.99f - paint.rgba[0]) * pale;
  paint.rgba[1] += (0.97f - paint.rgba[1]) * pale;
  paint.rgba[2] += (0.90f - paint.rgba[2]) * pale;
  paint.glow *= 1 - pale;

  int left = MAX (x - 1, 0), right = MIN (x + 1, layers->width - 1);
  int above = MAX (y - 1, 0), below = MIN (y + 1, layers->height - 1);
  light (brush->look, &paint,
         (brush->relief[y * layers->width + right] - brush->relief[y * layers->width + left]) / 2,
         (brush->relief[below * layers->width + x] - brush->relief[above * layers->width + x]) / 2);

  float ink = (float) cairo_image_surface_get_data (layers->ink)[at] / 255;
  float opacity = (paint.rgba[3] + (1 - paint.rgba[3]) * ink) * (float) shape / 255;
  const float *line = brush->depth[i] <= brush->rim_width ? brush->rim : brush->look->ink;
  for (int c = 0; c < 3; c++)
    {
      float colour = paint.rgba[c] + (line[c] - paint.rgba[c]) * ink;

      sum[c] += CLAMP (colour, 0, 1) * opacity;
    }
  sum[3] += opacity;
}

/* Averages the samples of one pixel over the RGB24 pixel @below. */
static uint32_t
brush_pixel (const Brush *brush, int x, int y, uint32_t below)
{
  float sum[4] = { 0, 0, 0, 0 };
  float share = 1.0f / (SAMPLES * SAMPLES);

  for (int j = 0; j < SAMPLES; j++)
    for (int i = 0; i < SAMPLES; i++)
      brush_sample (brush, x * SAMPLES + i, y * SAMPLES + j, sum);
  if (sum[3] == 0)
    return below;

  uint32_t pixel = 0;
  for (int c = 0; c < 3; c++)
    {
      float old = (float) (below >> (16 - 8 * c) & 255);
      float colour = sum[c] * share * 255 + old * (1 - sum[3] * share);

      pixel |= (uint32_t) CLAMP (colour + 0.5f, 0, 255) << (16 - 8 * c);
    }
  return pixel;
}

static void
draw_item (cairo_surface_t *picture, const OrchardItem *item, int size, gboolean is_dark)
{
  Layers layers;

  layers_init (&layers, item, size);

  size_t             n = (size_t) layers.width * layers.height;
  g_autofree float  *depth = g_new (float, n);
  g_autofree float  *relief = g_new (float, n);
  const OrchardLook *look = orchard_look (item->look);
  Brush              brush = { &layers, look, depth, relief };

  layers_measure (&layers, depth, relief);
  brush.cosine = (float) cos (item->tilt);
  brush.sine = (float) sin (item->tilt);
  brush.rim_width = outline * (float) (0.35 + 0.65 * item_scale (item)) * (float) layers.pixel
                    * SAMPLES * 1.15f;
  for (int c = 0; c < 3; c++)
    brush.rim[c] = is_dark ? look->ink[c] * 0.35f + (c == 2 ? 0.62f : 0.55f) : look->ink[c];

  cairo_surface_flush (picture);
  uint8_t *pixels = cairo_image_surface_get_data (picture);
  int      stride = cairo_image_surface_get_stride (picture);
  for (int y = 0; y < layers.rows; y++)
    {
      uint32_t *row = (uint32_t *) (pixels + (size_t) (layers.y0 + y) * stride) + layers.x0;

      for (int x = 0; x < layers.columns; x++)
        row[x] = brush_pixel (&brush, x, y, row[x] & 0xffffff);
    }
  cairo_surface_mark_dirty (picture);
  layers_clear (&layers);
}

/* A soft round spot: a shadow on the floor, or a glow in the dark. */
static void
draw_spot (cairo_t *cr, double x, double y, double rx, double ry, double grey, double opacity)
{
  cairo_pattern_t *fade = cairo_pattern_create_radial (0, 0, 0.3, 0, 0, 1);

  cairo_pattern_add_color_stop_rgba (fade, 0, grey, grey, grey * 1.1, opacity);
  cairo_pattern_add_color_stop_rgba (fade, 1, grey, grey, grey * 1.1, 0);
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, rx, ry);
  cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_set_source (cr, fade);
  cairo_fill (cr);
  cairo_restore (cr);
  cairo_pattern_destroy (fade);
}

static void
draw_below_item (cairo_t *cr, const OrchardItem *item, const OrchardGround *ground)
{
  const OrchardForm *form = orchard_form (item->thing);
  double             floor = item->y + form->bottom * item->half;

  if (ground->is_dark)
    draw_spot (cr, item->x, item->y, item->half * 1.25, item->half * 1.25, 0.7, 0.35);
  if (ground->has_floor)
    draw_spot (cr, item->x + item->half * 0.08, floor - item->half * 0.03,
               item->half * form->reach * 1.1, item->half * 0.18, 0.05, 0.45);
}

static cairo_surface_t *
draw_scene (const OrchardScene *scene, int size)
{
  cairo_surface_t     *picture = cairo_image_surface_create (CAIRO_FORMAT_RGB24, size, size);
  cairo_t             *cr = cairo_create (picture);
  const OrchardGround *ground = orchard_ground (scene->ground);
  OrchardRandom random = scene->backdrop < 0
                           ? orchard_random (ORCHARD_USE_GROUND, scene->split, scene->index)
                           : orchard_random (ORCHARD_USE_BACKDROP, 0, (uint64_t) scene->backdrop);

  cairo_scale (cr, size / 128.0, size / 128.0);
  cairo_save (cr);
  ground->draw (cr, &random);
  cairo_restore (cr);
  for (int i = 0; i < scene->n_items; i++)
    draw_below_item (cr, &scene->items[i], ground);
  cairo_destroy (cr);
  for (int i = 0; i < scene->n_items; i++)
    draw_item (picture, &scene->items[i], size, ground->is_dark);
  return picture;
}

void
orchard_draw (const OrchardScene *scene, int size, uint8_t *pixels)
{
  g_return_if_fail (size >= ORCHARD_MIN_SIZE && size <= ORCHARD_MAX_SIZE);

  cairo_surface_t *picture = draw_scene (scene, size);
  const uint8_t   *data = cairo_image_surface_get_data (picture);
  int              stride = cairo_image_surface_get_stride (picture);

  for (int y = 0; y < size; y++)
    {
      const uint32_t *row = (const uint32_t *) (data + (size_t) y * stride);

      for (int x = 0; x < size; x++)
        {
          *pixels++ = row[x] >> 16 & 255;
          *pixels++ = row[x] >> 8 & 255;
          *pixels++ = row[x] & 255;
        }
    }
  cairo_surface_destroy (picture);
}

/* Lays the item's coverage over @mask: adds it, or takes it away from what it hides. */
static void
cover_mask (const OrchardItem *item, int size, gboolean adds, uint8_t *mask)
{
  Layers layers;

  layers_init (&layers, item, size);

  const uint8_t *shape = cairo_image_surface_get_data (layers.shape);
  for (int y = 0; y < layers.rows; y++)
    for (int x = 0; x < layers.columns; x++)
      {
        uint8_t *at = mask + (size_t) (layers.y0 + y) * size + layers.x0 + x;
        int      sum = 0;

        for (int j = 0; j < SAMPLES; j++)
          for (int i = 0; i < SAMPLES; i++)
            sum += shape[(y * SAMPLES + j) * layers.stride + x * SAMPLES + i];

        int cover = (sum + SAMPLES * SAMPLES / 2) / (SAMPLES * SAMPLES);
        *at = (uint8_t) (adds ? cover : *at * (255 - cover) / 255);
      }
  layers_clear (&layers);
}

void
orchard_draw_mask (const OrchardScene *scene, int item, int size, uint8_t *mask)
{
  g_return_if_fail (size >= ORCHARD_MIN_SIZE && size <= ORCHARD_MAX_SIZE);
  g_return_if_fail (item >= 0 && item < scene->n_items);

  memset (mask, 0, (size_t) size * size);
  cover_mask (&scene->items[item], size, TRUE, mask);
  for (int i = item + 1; i < scene->n_items; i++)
    cover_mask (&scene->items[i], size, FALSE, mask);
}
