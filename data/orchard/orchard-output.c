/* orchard-output.c - pictures, sheets and streams of the Orchard
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-output.h"

#include <cairo.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

enum
{
  SCENE_BYTES = 12,
};

/* Copies @rgb into an image @at columns and rows of pictures. */
static void
put_picture (cairo_surface_t *sheet, int left, int top, int size, const uint8_t *rgb)
{
  int stride = cairo_image_surface_get_stride (sheet);

  for (int y = 0; y < size; y++)
    {
      uint32_t *row = (uint32_t *) (cairo_image_surface_get_data (sheet)
                                    + (size_t) (top + y) * stride)
                      + left;

      for (int x = 0; x < size; x++, rgb += 3)
        row[x] = (uint32_t) rgb[0] << 16 | (uint32_t) rgb[1] << 8 | rgb[2];
    }
}

static gboolean
write_png (cairo_surface_t *surface, const char *path, GError **error)
{
  cairo_status_t status;

  cairo_surface_mark_dirty (surface);
  status = cairo_surface_write_to_png (surface, path);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", path,
               cairo_status_to_string (status));
  return FALSE;
}

static gboolean
write_scene (const OrchardScene *scene, int size, const char *path, GError **error)
{
  g_autofree uint8_t *rgb = g_malloc ((size_t) size * size * 3);
  cairo_surface_t    *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, size, size);

  orchard_draw (scene, size, rgb);
  put_picture (surface, 0, 0, size, rgb);

  gboolean done = write_png (surface, path, error);
  cairo_surface_destroy (surface);
  return done;
}

static gboolean
write_mask (const OrchardScene *scene, int item, int size, const char *path, GError **error)
{
  g_autofree uint8_t *mask = g_malloc ((size_t) size * size);
  g_autofree uint8_t *rgb = g_malloc ((size_t) size * size * 3);
  cairo_surface_t    *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, size, size);

  orchard_draw_mask (scene, item, size, mask);
  for (size_t i = 0; i < (size_t) size * size * 3; i++)
    rgb[i] = mask[i / 3];
  put_picture (surface, 0, 0, size, rgb);

  gboolean done = write_png (surface, path, error);
  cairo_surface_destroy (surface);
  return done;
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static char *
builder_line (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}

static char *
describe_scene (const OrchardScene *scene, const char *file, const char *caption)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_string (builder, "file", file);
  add_string (builder, "caption", caption);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (int i = 0; i < scene->n_items; i++)
    {
      const OrchardItem *item = &scene->items[i];

      json_builder_begin_object (builder);
      add_string (builder, "thing", orchard_thing_name (item->thing));
      add_string (builder, "look", orchard_look_name (item->look));
      add_string (builder, "size", orchard_size_name (item->size));
      add_string (builder, "place", orchard_place_name (item->place));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  add_string (builder, "ground", orchard_ground_name (scene->ground));
  add_string (builder, "split", orchard_split_name (scene->split));
  json_builder_set_member_name (builder, "index");
  json_builder_add_int_value (builder, (gint64) scene->index);
  json_builder_end_object (builder);
  return builder_line (builder);
}

/* Writes STEM.png, and appends what it shows to @lines. */
static gboolean
output_scene (const OrchardScene *scene, const OrchardClaim *claim, int size, const char *folder,
              const char *stem, gboolean masks, GString *lines, GError **error)
{
  g_autofree char *file = g_strconcat (stem, ".png", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);

  if (!write_scene (scene, size, path, error))
    return FALSE;
  for (int i = 0; masks && i < scene->n_items; i++)
    {
      g_autofree char *mask = g_strdup_printf ("%s/%s-mask%d.png", folder, stem, i);

      if (!write_mask (scene, i, size, mask, error))
        return FALSE;
    }

  g_autofree char *caption = orchard_claim_caption (claim, scene->index);
  g_autofree char *line = describe_scene (scene, file, caption);
  g_string_append_printf (lines, "%s\n", line);
  return TRUE;
}

static gboolean
make_folder (const char *folder, GError **error)
{
  if (g_mkdir_with_parents (folder, 0777) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", folder,
               g_strerror (errno));
  return FALSE;
}

static gboolean
write_captions (const char *folder, const GString *lines, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "captions.jsonl", NULL);

  return g_file_set_contents (path, lines->str, (gssize) lines->len, error);
}

gboolean
orchard_output_folder (const OrchardRange *range, const char *folder, gboolean masks,
                       GError **error)
{
  g_autoptr (GString) lines = g_string_new (NULL);

  if (!make_folder (folder, error))
    return FALSE;
  for (uint64_t i = 0; i < range->count; i++)
    {
      OrchardScene     scene;
      OrchardClaim     claim;
      g_autofree char *stem = g_strdup_printf ("%s-%06" G_GUINT64_FORMAT,
                                               orchard_split_name (range->split),
                                               range->first + i);

      orchard_scene_init (&scene, range->split, range->first + i);
      orchard_scene_claim (&scene, ORCHARD_CAPTION_USUAL, 0, &claim);
      if (!output_scene (&scene, &claim, range->size, folder, stem, masks, lines, error))
        return FALSE;
    }
  return write_captions (folder, lines, error);
}

gboolean
orchard_output_samples (const char *folder, int size, GError **error)
{
  static const struct
  {
    const char  *thing, *look, *ground;
    OrchardSize  extent;
    OrchardPlace place;
  } samples[] = {
    { "armchair", "avocado", "plain", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "ball", "zebra", "sand", ORCHARD_LARGE, ORCHARD_RIGHT },
    { "boat", "wood", "sea", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "boot", "wool", "grass", ORCHARD_SMALL, ORCHARD_LEFT },
    { "car", "lava", "sand", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "clock", "watermelon", "plain", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "cup", "strawberry", "table", ORCHARD_LARGE, ORCHARD_RIGHT },
    { "fish", "rainbow", "sea", ORCHARD_LARGE, ORCHARD_LEFT },
    { "guitar", "wood", "grass", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "hat", "zebra", "plain", ORCHARD_SMALL, ORCHARD_LEFT },
    { "heart", "polka dots", "sky", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "house", "brick", "grass", ORCHARD_LARGE, ORCHARD_LEFT },
    { "key", "gold", "sea", ORCHARD_SMALL, ORCHARD_RIGHT },
    { "lamp", "wool", "table", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "mushroom", "polka dots", "grass", ORCHARD_LARGE, ORCHARD_RIGHT },
    { "rocket", "checkerboard", "night", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "star", "gold", "night", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "teapot", "glass", "table", ORCHARD_LARGE, ORCHARD_LEFT },
    { "tree", "snow", "grass", ORCHARD_LARGE, ORCHARD_MIDDLE },
    { "umbrella", "rainbow", "sky", ORCHARD_SMALL, ORCHARD_MIDDLE },
  };
  static const struct
  {
    const char *stem;
    uint64_t    index; /* of the test split */
  } pairs[] = {
    { "boot-and-cup", 29 },
    { "lamp-and-car", 61 },
    { "rocket-and-star", 117 },
  };
  g_autoptr (GString) lines = g_string_new (NULL);
  OrchardScene scene;
  OrchardClaim claim;

  if (!make_folder (folder, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree char *stem = g_strdup_printf ("%s-%s", samples[i].thing, samples[i].look);

      orchard_scene_init_single (&scene, orchard_find_thing (samples[i].thing),
                                 orchard_find_look (samples[i].look),
                                 orchard_find_ground (samples[i].ground), samples[i].extent,
                                 samples[i].place, 17 + i);
      orchard_scene_claim (&scene, ORCHARD_CAPTION_FULL, 0, &claim);
      claim.items[0].size = claim.items[0].place = ORCHARD_UNSAID;
      g_strdelimit (stem, " ", '-');
      if (!output_scene (&scene, &claim, size, folder, stem, FALSE, lines, error))
        return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      orchard_scene_init (&scene, ORCHARD_SPLIT_TEST, pairs[i].index);
      orchard_scene_claim (&scene, ORCHARD_CAPTION_USUAL, 0, &claim);
      if (!output_scene (&scene, &claim, size, folder, pairs[i].stem, FALSE, lines, error))
        return FALSE;
    }
  return write_captions (folder, lines, error);
}

static void
pack_claim (const OrchardClaim *claim, uint64_t variant, uint8_t *record)
{
  g_autofree char *caption = orchard_claim_caption (claim, variant);
  int8_t          *fields = (int8_t *) record;

  *fields++ = (int8_t) claim->n_items;
  for (int i = 0; i < ORCHARD_MAX_ITEMS; i++)
    {
      *fields++ = (int8_t) claim->items[i].thing;
      *fields++ = (int8_t) claim->items[i].look;
      *fields++ = (int8_t) claim->items[i].size;
      *fields++ = (int8_t) claim->items[i].place;
    }
  *fields++ = (int8_t) claim->ground;
  *fields++ = (int8_t) claim->relation;
  *fields++ = 0;
  g_strlcpy ((char *) fields, caption, ORCHARD_STREAM_TEXT);
}

static void
pack_scene (const OrchardScene *scene, uint8_t *record)
{
  int8_t *fields = (int8_t *) record;

  *fields++ = (int8_t) scene->n_items;
  for (int i = 0; i < ORCHARD_MAX_ITEMS; i++)
    {
      const OrchardItem *item = &scene->items[i];
      gboolean           there = i < scene->n_items;

      *fields++ = (int8_t) (there ? item->thing : ORCHARD_UNSAID);
      *fields++ = (int8_t) (there ? item->look : ORCHARD_UNSAID);
      *fields++ = (int8_t) (there ? item->size : ORCHARD_UNSAID);
      *fields++ = (int8_t) (there ? item->place : ORCHARD_UNSAID);
    }
  *fields = (int8_t) scene->ground;
}

/* The first near miss turns the relation around, if there is one: of all that can be said it is
 * the hardest to learn.
 */
static void
choose_miss (const OrchardClaim *claim, const OrchardScene *scene, int number, OrchardClaim *miss)
{
  if (number == 0 && claim->relation != ORCHARD_UNSAID)
    {
      *miss = *claim;
      miss->relation = ORCHARD_LEFT + ORCHARD_RIGHT - claim->relation;
    }
  else
    orchard_claim_near_miss (claim, scene, number, miss);
}

/* What is said of the scene, and what would be wrong: 1 + ORCHARD_STREAM_MISSES claims. */
static void
pack_claims (const OrchardScene *scene, uint64_t number, uint64_t variant, uint8_t *at)
{
  OrchardCaptionStyle style = number % 8 < 2 ? ORCHARD_CAPTION_SPARSE
                              : number % 8 < 4 ? ORCHARD_CAPTION_FULL
                                               : ORCHARD_CAPTION_USUAL;
  OrchardClaim        claim, miss;

  orchard_scene_claim (scene, style, 0, &claim);
  pack_claim (&claim, variant, at);
  for (int m = 0; m < ORCHARD_STREAM_MISSES; m++)
    {
      at += SCENE_BYTES + ORCHARD_STREAM_TEXT;
      choose_miss (&claim, scene, m, &miss);
      pack_claim (&miss, variant + (m + 1) * UINT64_C (0x100000000), at);
    }
}

static void
pack_wishes (const OrchardScene *scene, uint64_t variant, uint8_t *at)
{
  OrchardClaim claim;

  for (int w = 0; w < 1 + ORCHARD_STREAM_MISSES; w++)
    {
      orchard_scene_claim (scene, ORCHARD_CAPTION_WISH, w, &claim);
      pack_claim (&claim, variant + w * UINT64_C (0x100000000), at);
      at += SCENE_BYTES + ORCHARD_STREAM_TEXT;
    }
}

/* where any of the scene's things is */
static void
draw_masks (const OrchardScene *scene, int size, uint8_t *mask)
{
  size_t              n = (size_t) size * size;
  g_autofree uint8_t *one = g_malloc (n);

  for (int item = 0; item < scene->n_items; item++)
    {
      orchard_draw_mask (scene, item, size, one);
      for (size_t i = 0; i < n; i++)
        mask[i] |= one[i];
    }
}

gboolean
orchard_output_stream (const OrchardRange *range, GError **error)
{
  size_t              area = (size_t) range->size * range->size;
  size_t              claims = (1 + ORCHARD_STREAM_MISSES) * (SCENE_BYTES + ORCHARD_STREAM_TEXT);
  size_t              pixels = area * (range->wishes ? 4 : 3);
  size_t              bytes = pixels + SCENE_BYTES + claims;
  g_autofree uint8_t *record = g_malloc (bytes);

  for (uint64_t i = 0, done = 0; done < range->count; i++)
    {
      OrchardScene scene;

      orchard_scene_init (&scene, range->split, range->first + i);
      if (range->pairs && scene.n_items == 1 && i % 4 != 0)
        continue;
      done++;
      if (range->aligned)
        orchard_scene_align (&scene);
      memset (record, 0, bytes);
      orchard_draw (&scene, range->size, record);
      if (range->wishes)
        draw_masks (&scene, range->size, record + 3 * area);
      pack_scene (&scene, record + pixels);
      if (range->wishes)
        pack_wishes (&scene, range->first + i, record + pixels + SCENE_BYTES);
      else
        pack_claims (&scene, i, range->first + i, record + pixels + SCENE_BYTES);
      if (fwrite (record, bytes, 1, stdout) != 1)
        break;
    }
  if (fflush (stdout) == 0 || errno == EPIPE)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "standard output: %s",
               g_strerror (errno));
  return FALSE;
}

static cairo_surface_t *
sheet_new (int columns, int rows, int cell)
{
  cairo_surface_t *sheet = cairo_image_surface_create (CAIRO_FORMAT_RGB24, columns * cell,
                                                       rows * cell);
  cairo_t         *cr = cairo_create (sheet);

  cairo_set_source_rgb (cr, 0.5, 0.5, 0.5);
  cairo_paint (cr);
  cairo_destroy (cr);
  cairo_surface_flush (sheet);
  return sheet;
}

static void
sheet_put (cairo_surface_t *sheet, int column, int row, int size, const OrchardScene *scene)
{
  g_autofree uint8_t *rgb = g_malloc ((size_t) size * size * 3);

  orchard_draw (scene, size, rgb);
  put_picture (sheet, column * (size + 2) + 1, row * (size + 2) + 1, size, rgb);
}

gboolean
orchard_output_sheet (const char *path, int size, GError **error)
{
  cairo_surface_t *sheet = sheet_new (ORCHARD_N_LOOKS, ORCHARD_N_THINGS, size + 2);

  for (int thing = 0; thing < ORCHARD_N_THINGS; thing++)
    for (int look = 0; look < ORCHARD_N_LOOKS; look++)
      {
        OrchardScene scene;
        OrchardSize  extent = (thing + look) % 4 == 3 ? ORCHARD_SMALL : ORCHARD_LARGE;

        orchard_scene_init_single (&scene, thing, look, (thing * 2 + look * 3) % ORCHARD_N_GROUNDS,
                                   extent, ORCHARD_MIDDLE, (uint64_t) (thing * 100 + look));
        sheet_put (sheet, look, thing, size, &scene);
      }

  gboolean done = write_png (sheet, path, error);
  cairo_surface_destroy (sheet);
  return done;
}

gboolean
orchard_output_contact (const OrchardRange *range, int columns, const char *path, GError **error)
{
  int              rows = (int) ((range->count + columns - 1) / columns);
  cairo_surface_t *sheet = sheet_new (columns, rows, range->size + 2);

  for (uint64_t i = 0; i < range->count; i++)
    {
      OrchardScene scene;

      orchard_scene_init (&scene, range->split, range->first + i);
      sheet_put (sheet, (int) (i % columns), (int) (i / columns), range->size, &scene);
    }

  gboolean done = write_png (sheet, path, error);
  cairo_surface_destroy (sheet);
  return done;
}

void
orchard_output_quiz (const OrchardRange *range, int n, int n_near)
{
  for (uint64_t i = 0; i < range->count; i++)
    {
      OrchardScene scene;
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      orchard_scene_init (&scene, range->split, range->first + i);

      g_auto (GStrv) captions = orchard_quiz (&scene, n, n_near);
      json_builder_begin_object (builder);
      add_string (builder, "split", orchard_split_name (scene.split));
      json_builder_set_member_name (builder, "index");
      json_builder_add_int_value (builder, (gint64) scene.index);
      json_builder_set_member_name (builder, "captions");
      json_builder_begin_array (builder);
      for (char **caption = captions; *caption != NULL; caption++)
        json_builder_add_string_value (builder, *caption);
      json_builder_end_array (builder);
      json_builder_end_object (builder);

      g_autofree char *line = builder_line (builder);
      printf ("%s\n", line);
    }
}

static void
add_names (JsonBuilder *builder, const char *member, const char *(*name) (int), int n)
{
  json_builder_set_member_name (builder, member);
  json_builder_begin_array (builder);
  for (int i = 0; i < n; i++)
    json_builder_add_string_value (builder, name (i));
  json_builder_end_array (builder);
}

void
orchard_output_list (void)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_names (builder, "things", orchard_thing_name, ORCHARD_N_THINGS);
  add_names (builder, "looks", orchard_look_name, ORCHARD_N_LOOKS);
  add_names (builder, "grounds", orchard_ground_name, ORCHARD_N_GROUNDS);
  add_names (builder, "sizes", orchard_size_name, ORCHARD_N_SIZES);
  add_names (builder, "places", orchard_place_name, ORCHARD_N_PLACES);
  json_builder_set_member_name (builder, "held_out");
  json_builder_begin_array (builder);
  for (int i = 0; i < ORCHARD_N_HELD_OUT; i++)
    {
      int thing, look;

      orchard_held_out_pair (i, &thing, &look);
      json_builder_begin_array (builder);
      json_builder_add_string_value (builder, orchard_thing_name (thing));
      json_builder_add_string_value (builder, orchard_look_name (look));
      json_builder_end_array (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  g_autofree char *line = builder_line (builder);
  printf ("%s\n", line);
}
