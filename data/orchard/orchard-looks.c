/* orchard-looks.c - what the surface of a thing is made of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-looks.h"
#include "orchard-noise.h"
#include "orchard-world.h"

#include <math.h>

typedef struct
{
  float r, g, b;
} Colour;

static inline Colour
mix (Colour a, Colour b, float t)
{
  return (Colour) { a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t };
}

static inline Colour
shade (Colour c, float factor)
{
  return (Colour) { c.r * factor, c.g * factor, c.b * factor };
}

/* 0 below @low, 1 above @high, a straight ramp between */
static inline float
ramp (float low, float high, float value)
{
  return CLAMP ((value - low) / (high - low), 0.0f, 1.0f);
}

static inline float
fraction (float value)
{
  return value - orchard_floor (value);
}

static inline void
set (OrchardPaint *paint, Colour c)
{
  paint->rgba[0] = c.r;
  paint->rgba[1] = c.g;
  paint->rgba[2] = c.b;
  paint->rgba[3] = 1;
  paint->pale = 1;
  paint->glow = 0;
}

static void
paint_avocado (const OrchardSpot *spot, OrchardPaint *paint)
{
  static const Colour skin = { 0.16f, 0.27f, 0.10f };
  static const Colour rind = { 0.49f, 0.66f, 0.18f };
  static const Colour flesh = { 0.86f, 0.90f, 0.52f };
  static const Colour core = { 0.96f, 0.93f, 0.68f };
  float wide = 0.55f + 0.45f * spot->scale;
  float depth = spot->depth / wide;
  const OrchardForm *form = spot->form;
  float dx = spot->x - (float) form->stone_x;
  float dy = spot->y - (float) form->stone_y;
  float away = sqrtf (dx * dx + dy * dy) / (float) form->stone;

  if (away < 1)
    {
      float shine = ramp (0.55f, 0.0f, hypotf (dx / (float) form->stone + 0.36f,
                                               dy / (float) form->stone + 0.4f));
      Colour stone = mix ((Colour) { 0.50f, 0.28f, 0.11f }, (Colour) { 0.30f, 0.14f, 0.05f },
                          ramp (0.2f, 1.0f, away));

      set (paint, mix (stone, (Colour) { 0.86f, 0.62f, 0.40f }, shine * 0.8f));
      paint->pale = 0;
      return;
    }

  Colour c = mix (skin, rind, ramp (3.0f, 3.8f, depth));
  c = mix (c, flesh, ramp (4.2f, 7.5f, depth));
  c = mix (c, core, ramp (7.5f, 15.0f, depth));
  if (depth < 3.4f)
    c = shade (c, 0.8f + 0.5f * orchard_noise (spot->u * 0.9f, spot->v * 0.9f));
  c = mix (c, (Colour) { 0.70f, 0.74f, 0.34f }, 0.7f * ramp (1.22f, 1.04f, away));
  set (paint, c);
}

/* Seeds in rows 7 apart, every second row shifted; 1 inside a drop-shaped seed */
static float
seed (float u, float v, float pitch, float rx, float ry)
{
  float row = orchard_floor (v / pitch);
  float x = fraction (u / pitch + ((int) row & 1 ? 0.5f : 0)) - 0.5f;
  float y = v / pitch - row - 0.5f;
  float narrow = 1 - 0.5f * y / (ry / pitch);

  x *= pitch / (rx * MAX (narrow, 0.3f));
  y *= pitch / ry;
  return ramp (1.25f, 0.85f, x * x + y * y);
}

static void
paint_strawberry (const OrchardSpot *spot, OrchardPaint *paint)
{
  static const Colour red = { 0.90f, 0.11f, 0.16f };
  static const Colour deep = { 0.74f, 0.05f, 0.12f };
  const OrchardForm *form = spot->form;
  float span = (float) (form->bottom - form->top);
  float below = (spot->y - (float) form->top) / span;
  float tooth = fabsf (fraction (spot->x * 2.6f + 0.5f) - 0.5f) * 2;
  float leaf = 0.12f + 0.14f * tooth;

  if (below < leaf)
    {
      Colour green = mix ((Colour) { 0.42f, 0.73f, 0.24f }, (Colour) { 0.18f, 0.48f, 0.14f },
                          ramp (0.0f, leaf, below));

      set (paint, shade (green, 1.05f - 0.3f * ramp (0.15f, 0.0f, tooth)));
      paint->pale = 0.5f;
      return;
    }

  Colour c = mix (red, deep, ramp (0.35f, 1.05f, below));
  float  grain = seed (spot->u, spot->v, 7, 0.95f, 1.45f);
  float  hollow = seed (spot->u, spot->v, 7, 1.6f, 2.1f);

  c = mix (c, shade (deep, 0.82f), hollow * 0.7f);
  c = mix (c, (Colour) { 0.99f, 0.86f, 0.45f }, grain);
  c = shade (c, 1 - 0.45f * ramp (leaf + 0.05f, leaf, below));
  set (paint, c);
  paint->pale = 0.75f;
}

static void
paint_watermelon (const OrchardSpot *spot, OrchardPaint *paint)
{
  static const Colour dark = { 0.08f, 0.36f, 0.14f };
  static const Colour light = { 0.30f, 0.62f, 0.24f };
  static const Colour white = { 0.90f, 0.96f, 0.80f };
  static const Colour red = { 0.93f, 0.22f, 0.27f };
  float wide = 0.55f + 0.45f * spot->scale;
  float depth = spot->depth / wide;
  float stripe = sinf ((spot->u + spot->v) * 0.8f) > 0.1f;
  Colour c = mix (dark, light, stripe);

  c = mix (c, white, ramp (3.2f, 4.0f, depth));
  c = mix (c, red, ramp (5.0f, 6.6f, depth));
  c = shade (c, 1 + 0.08f * orchard_noise (spot->u * 0.6f, spot->v * 0.6f));
  if (depth > 7)
    c = mix (c, (Colour) { 0.10f, 0.05f, 0.05f },
             seed (spot->u, spot->v, 11, 1.2f, 1.9f) * ramp (7, 8, depth));
  set (paint, c);
  paint->pale = 0.75f;
}

static void
paint_brick (const OrchardSpot *spot, OrchardPaint *paint)
{
  float row = orchard_floor (spot->v / 8);
  float across = spot->u / 16 + ((int) row & 1 ? 0.5f : 0);
  float column = orchard_floor (across);
  float x = (across - column) * 16;
  float y = spot->v - row * 8;
  float edge = MIN (MIN (x, 16 - x), MIN (y, 8 - y));
  float tone = orchard_hash ((int) column, (int) row);
  Colour brick = mix ((Colour) { 0.80f, 0.33f, 0.22f }, (Colour) { 0.60f, 0.20f, 0.14f }, tone);

  brick = shade (brick, 0.90f + 0.22f * orchard_noise (spot->u * 1.1f, spot->v * 1.1f));
  brick = shade (brick, y < 2 || x < 2 ? 1.12f : y > 6 ? 0.86f : 1.0f);
  set (paint, mix ((Colour) { 0.90f, 0.86f, 0.80f }, brick, ramp (0.6f, 1.1f, edge)));
}

static void
paint_wood (const OrchardSpot *spot, OrchardPaint *paint)
{
  static const Colour light = { 0.72f, 0.47f, 0.26f };
  static const Colour dark = { 0.45f, 0.25f, 0.11f };
  float bend = 7 * orchard_noise (spot->u * 0.035f, spot->v * 0.07f)
               + 1.2f * orchard_noise (spot->u * 0.12f, spot->v * 0.3f);
  float rings = fraction (spot->v * 0.19f + bend * 0.55f);
  float grain = orchard_noise (spot->u * 0.16f, spot->v * 1.7f);
  Colour c = mix (light, dark, rings * rings * 0.85f);

  set (paint, shade (c, 0.90f + 0.20f * grain));
}

static void
paint_gold (const OrchardSpot *spot, OrchardPaint *paint)
{
  float wave = 0.5f + 0.5f * sinf (spot->u * 0.055f + spot->v * 0.09f
                                   + 1.5f * orchard_noise (spot->u * 0.04f, spot->v * 0.04f));
  Colour c = mix ((Colour) { 0.93f, 0.66f, 0.08f }, (Colour) { 1.0f, 0.86f, 0.30f }, wave);

  set (paint, c);
  paint->pale = 0.8f;
}

static void
paint_zebra (const OrchardSpot *spot, OrchardPaint *paint)
{
  float bend = 9 * orchard_noise (spot->u * 0.045f, spot->v * 0.045f);
  float wave = sinf (spot->u * 0.62f + 0.22f * spot->v + bend);
  float black = ramp (-0.12f, 0.22f, wave);

  set (paint, mix ((Colour) { 0.97f, 0.96f, 0.94f }, (Colour) { 0.09f, 0.08f, 0.09f }, black));
  paint->pale = 0.8f;
}

static void
paint_glass (const OrchardSpot *spot, OrchardPaint *paint)
{
  float rim = ramp (5.0f, 1.0f, spot->depth);
  float slant = fraction ((spot->u + spot->v * 0.8f) / 40);
  float streak = (slant > 0.18f && slant < 0.34f) || (slant > 0.41f && slant < 0.46f);
  Colour c = mix ((Colour) { 0.72f, 0.91f, 0.95f }, (Colour) { 0.28f, 0.66f, 0.76f }, rim);

  c = mix (c, (Colour) { 1, 1, 1 }, streak * 0.85f);
  set (paint, c);
  paint->rgba[3] = MIN (0.42f + 0.40f * rim + 0.22f * streak, 1);
  paint->pale = 0.35f;
}

static void
paint_snow (const OrchardSpot *spot, OrchardPaint *paint)
{
  static const Colour white = { 0.99f, 1.00f, 1.00f };
  static const Colour blue = { 0.76f, 0.87f, 0.98f };
  float drift = orchard_noise (spot->u * 0.14f, spot->v * 0.18f);
  float glint = orchard_hash ((int) (spot->u * 0.75f), (int) (spot->v * 0.75f));
  Colour c = mix (white, blue, ramp (0.45f, 0.9f, drift));

  if (glint > 0.95f)
    c = (Colour) { 0.60f, 0.78f, 0.97f };
  set (paint, c);
  paint->pale = 0.3f;
}

static void
paint_lava (const OrchardSpot *spot, OrchardPaint *paint)
{
  float edge = orchard_cells (spot->u / 12, spot->v / 12);
  float wide = 0.07f + 0.22f * orchard_noise (spot->u * 0.07f, spot->v * 0.07f);
  float heat = ramp (wide, 0.02f, edge);
  Colour rock = shade ((Colour) { 0.25f, 0.14f, 0.13f },
                       0.70f + 0.6f * orchard_noise (spot->u * 0.5f, spot->v * 0.5f));
  Colour fire = mix ((Colour) { 0.80f, 0.12f, 0.02f }, (Colour) { 1.0f, 0.80f, 0.20f },
                     ramp (0.4f, 1.0f, heat));

  set (paint, mix (rock, fire, ramp (0.0f, 0.5f, heat)));
  paint->glow = ramp (0.1f, 0.5f, heat);
  paint->pale = 0.55f;
}

static void
paint_checkerboard (const OrchardSpot *spot, OrchardPaint *paint)
{
  gboolean black = ((int) orchard_floor (spot->u / 8) + (int) orchard_floor (spot->v / 8)) & 1;

  set (paint, black ? (Colour) { 0.11f, 0.11f, 0.13f } : (Colour) { 0.97f, 0.97f, 0.95f });
  paint->pale = 0.7f;
}

static void
paint_dots (const OrchardSpot *spot, OrchardPaint *paint)
{
  static const Colour pink = { 0.91f, 0.27f, 0.62f };
  float row = orchard_floor (spot->v / 8);
  float x = fraction (spot->u / 16 + ((int) row & 1 ? 0.5f : 0)) * 16 - 8;
  float y = spot->v - row * 8 - 4;

  set (paint, mix ((Colour) { 1, 1, 1 }, pink, ramp (2.8f, 3.3f, sqrtf (x * x + y * y))));
  paint->pale = 0.8f;
}

static void
paint_rainbow (const OrchardSpot *spot, OrchardPaint *paint)
{
  static const Colour bands[6] = {
    { 0.92f, 0.20f, 0.22f }, { 0.98f, 0.56f, 0.14f }, { 0.99f, 0.87f, 0.22f },
    { 0.28f, 0.74f, 0.32f }, { 0.17f, 0.50f, 0.90f }, { 0.55f, 0.27f, 0.74f },
  };
  float across = (spot->v + 1.6f * sinf (spot->u * 0.1f)) / 6;
  int   band = (int) orchard_floor (across);
  float edge = ramp (0.9f, 1.0f, across - (float) band);

  set (paint, mix (bands[band % 6 < 0 ? band % 6 + 6 : band % 6],
                   bands[(band + 1) % 6 < 0 ? (band + 1) % 6 + 6 : (band + 1) % 6], edge));
  paint->pale = 0.8f;
}

/* Stockinette: columns of V-shaped stitches, 6 wide and 5 high */
static void
paint_wool (const OrchardSpot *spot, OrchardPaint *paint)
{
  static const Colour blue = { 0.30f, 0.42f, 0.78f };
  static const Colour cream = { 0.95f, 0.91f, 0.80f };
  float x = fraction (spot->u / 8) * 2 - 1;
  float leg = fabsf (x);
  float rise = spot->v / 5.333f + leg * 0.62f;
  float stitch = fraction (rise);
  int   row = (int) orchard_floor (rise);
  float round = 1 - fabsf (stitch - 0.5f) * 2;
  float side = 1 - fabsf (leg - 0.5f) * 2;
  float body = sqrtf (MAX (round * (0.35f + 0.65f * side), 0));
  Colour c = row % 4 == 0 ? cream : blue;

  set (paint, shade (c, 0.52f + 0.60f * body));
  paint->pale = 0.6f;
}

static const OrchardLook looks[ORCHARD_N_LOOKS] = {
  /* paint, ink, ambient, diffuse, specular, polish */
  [LOOK_AVOCADO] = { paint_avocado, { 0.10f, 0.15f, 0.05f }, 0.72f, 0.36f, 0.10f, 3 },
  [LOOK_STRAWBERRY] = { paint_strawberry, { 0.30f, 0.02f, 0.05f }, 0.66f, 0.44f, 0.34f, 4 },
  [LOOK_WATERMELON] = { paint_watermelon, { 0.05f, 0.18f, 0.07f }, 0.74f, 0.34f, 0.12f, 3 },
  [LOOK_BRICK] = { paint_brick, { 0.24f, 0.09f, 0.06f }, 0.62f, 0.46f, 0.00f, 1 },
  [LOOK_WOOD] = { paint_wood, { 0.20f, 0.10f, 0.04f }, 0.62f, 0.48f, 0.10f, 3 },
  [LOOK_GOLD] = { paint_gold, { 0.36f, 0.20f, 0.02f }, 0.42f, 0.70f, 0.85f, 4 },
  [LOOK_ZEBRA] = { paint_zebra, { 0.06f, 0.06f, 0.07f }, 0.68f, 0.40f, 0.08f, 3 },
  [LOOK_GLASS] = { paint_glass, { 0.10f, 0.34f, 0.44f }, 0.80f, 0.25f, 0.90f, 5 },
  [LOOK_SNOW] = { paint_snow, { 0.36f, 0.50f, 0.70f }, 0.70f, 0.38f, 0.00f, 1 },
  [LOOK_LAVA] = { paint_lava, { 0.12f, 0.03f, 0.02f }, 0.62f, 0.50f, 0.10f, 2 },
  [LOOK_CHECKERBOARD] = { paint_checkerboard, { 0.05f, 0.05f, 0.07f }, 0.68f, 0.40f, 0.10f, 3 },
  [LOOK_DOTS] = { paint_dots, { 0.36f, 0.04f, 0.22f }, 0.68f, 0.40f, 0.16f, 3 },
  [LOOK_RAINBOW] = { paint_rainbow, { 0.16f, 0.10f, 0.22f }, 0.68f, 0.40f, 0.25f, 4 },
  [LOOK_WOOL] = { paint_wool, { 0.10f, 0.13f, 0.32f }, 0.66f, 0.44f, 0.00f, 1 },
};

const OrchardLook *
orchard_look (int look)
{
  g_return_val_if_fail (look >= 0 && look < ORCHARD_N_LOOKS, &looks[0]);

  return &looks[look];
}
