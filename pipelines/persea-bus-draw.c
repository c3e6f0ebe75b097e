/* persea-bus-draw.c - from variants to what is to be drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-draw.h"

#include "persea-error.h"
#include "persea-work-draw.h"

#include <string.h>

#include <glib/gi18n.h>

/* how much of a picture changes, unless somebody says it */
#define VARY_STRENGTH 0.5

/* fewer than a folder may ask for: they are kept in memory until somebody fetches them */
#define DRAW_MAX_PICTURES 64

/* what the three have; strings that are not freed belong to the message */
typedef struct
{
  PerseaPromptOptions     options;
  PerseaWorkCanvasOptions canvas;
  const char             *prompt;
  const char             *uri;  /* (nullable): of the picture */
  int                     file; /* of the picture, or -1 */
  const char             *mask_uri;  /* (nullable) */
  int                     mask_file; /* or -1 */
  unsigned                n_masks;   /* ways in which the mask was given */
  gboolean                unranked;
  gboolean                preview;
  char                   *folder; /* (nullable) */
} Drawing;

static gboolean
draw_set_text (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;

  return persea_prompt_options_set (&drawing->options, key, g_variant_get_string (value, NULL), error);
}

static gboolean
draw_set_count (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;
  g_autofree char *text = g_strdup_printf ("%u", g_variant_get_uint32 (value));

  return persea_prompt_options_set (&drawing->options, key, text, error);
}

static gboolean
draw_set_seed (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));

  return persea_prompt_options_set (&drawing->options, key, text, error);
}

static gboolean
draw_set_fraction (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (text, sizeof text, g_variant_get_double (value));
  return persea_prompt_options_set (&drawing->options, key, text, error);
}

static gboolean
draw_set_rank (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  ((Drawing *) target)->unranked = !g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
draw_set_preview (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  ((Drawing *) target)->preview = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
draw_set_folder (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;
  g_autoptr (PerseaPictures) local = persea_pictures_new ();
  const GError *reason;

  persea_pictures_add_uri (local, g_variant_get_string (value, NULL));
  reason = persea_pictures_get_error (local, 0);
  drawing->folder = g_strdup (persea_pictures_get_path (local, 0));
  if (reason != NULL)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, "folder: %s", reason->message);
  return reason == NULL;
}

static gboolean
draw_set_file (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;

  drawing->file = persea_bus_call_take_file (call, key, value, error);
  return drawing->file >= 0;
}

static gboolean
draw_set_mask (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;

  drawing->canvas.mask = PERSEA_WORK_MASK_PICTURE;
  drawing->mask_uri = g_variant_get_string (value, NULL);
  drawing->n_masks++;
  return TRUE;
}

static gboolean
draw_set_mask_file (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;

  drawing->canvas.mask = PERSEA_WORK_MASK_PICTURE;
  drawing->mask_file = persea_bus_call_take_file (call, key, value, error);
  drawing->n_masks++;
  return drawing->mask_file >= 0;
}

static gboolean
draw_set_keep (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;

  drawing->canvas.mask = PERSEA_WORK_MASK_SIDE;
  drawing->n_masks++;
  if (persea_side_parse (g_variant_get_string (value, NULL), &drawing->canvas.side, error))
    return TRUE;
  g_prefix_error (error, "keep: ");
  return FALSE;
}

static gboolean
draw_set_keep_rows (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;

  drawing->canvas.mask = PERSEA_WORK_MASK_ROWS;
  drawing->canvas.rows = g_variant_get_string (value, NULL);
  drawing->n_masks++;
  return TRUE;
}

static gboolean
draw_set_prompt (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  ((Drawing *) target)->prompt = g_variant_get_string (value, NULL);
  return TRUE;
}

static gboolean
draw_set_strength (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Drawing *drawing = target;

  drawing->canvas.strength = g_variant_get_double (value);
  if (drawing->canvas.strength >= 0 && drawing->canvas.strength <= 1)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("strength: expected a number from 0 to 1"));
  return FALSE;
}

#define DRAW_OPTIONS \
  { "negative", "s", draw_set_text }, \
  { "count", "u", draw_set_count }, \
  { "candidates", "u", draw_set_count }, \
  { "seed", "t", draw_set_seed }, \
  { "guidance", "d", draw_set_fraction }, \
  { "temperature", "d", draw_set_fraction }, \
  { "top-k", "u", draw_set_count }, \
  { "top-p", "d", draw_set_fraction }, \
  { "rank", "b", draw_set_rank }, \
  { "preview", "b", draw_set_preview }, \
  { "folder", "s", draw_set_folder }

static const PerseaBusOption generate_options[] = {
  DRAW_OPTIONS,
  { "size", "u", draw_set_count },
};

static const PerseaBusOption complete_options[] = {
  DRAW_OPTIONS,
  { "file", "h", draw_set_file },
  { "mask", "s", draw_set_mask },
  { "mask-file", "h", draw_set_mask_file },
  { "keep", "s", draw_set_keep },
  { "keep-rows", "s", draw_set_keep_rows },
};

static const PerseaBusOption vary_options[] = {
  DRAW_OPTIONS,
  { "file", "h", draw_set_file },
  { "prompt", "s", draw_set_prompt },
  { "strength", "d", draw_set_strength },
};

#undef DRAW_OPTIONS

static void
drawing_init (Drawing *drawing)
{
  *drawing = (Drawing) { .prompt = "", .file = -1, .mask_file = -1 };
  persea_prompt_options_init (&drawing->options);
}

static void
drawing_clear (Drawing *drawing)
{
  persea_prompt_options_clear (&drawing->options);
  g_free (drawing->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Drawing, drawing_clear)

/* @uri: (nullable); @file: (transfer full): or -1 */
static void
drawing_add_source (PerseaBusCall *call, const char *uri, int file)
{
  if (file >= 0)
    persea_pictures_add_file (call->sources, file);
  else
    persea_pictures_add_uri (call->sources, uri);
}

/* The picture comes first, its mask second.  Whatever happens, the descriptors belong to @call. */
static gboolean
drawing_choose_sources (Drawing *drawing, PerseaBusCall *call, GError **error)
{
  gboolean twice = drawing->file >= 0 && drawing->uri[0] != '\0';

  drawing_add_source (call, drawing->uri, drawing->file);
  if (drawing->mask_file >= 0 || drawing->mask_uri != NULL)
    drawing_add_source (call, drawing->mask_uri, drawing->mask_file);
  if (twice)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                 _("file: the picture is given twice, as a URI, too"));
  else if (drawing->n_masks > 1)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                 _("only one of mask, mask-file, keep and keep-rows can be given"));
  else
    return TRUE;
  return FALSE;
}

static PerseaWork *
drawing_make_work (Drawing *drawing, PerseaBusCall *call, PerseaMade made, GError **error)
{
  PerseaWorkDrawOptions options = {
    .made = made,
    .prompt = drawing->prompt,
    .options = &drawing->options,
    .unranked = drawing->unranked,
    .preview = drawing->preview,
    .folder = drawing->folder,
  };

  if (drawing->options.count > DRAW_MAX_PICTURES)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("count: expected 1 to %d, found %u"), DRAW_MAX_PICTURES, drawing->options.count);
      return NULL;
    }
  if (!persea_work_draw_check (&options, error))
    return NULL;
  drawing->options.model = g_strdup (call->model);
  drawing->canvas.pictures = call->sources;
  if (made != PERSEA_MADE_DRAWN)
    options.canvas = persea_work_canvas_new (&drawing->canvas);
  return persea_work_draw_new (&options);
}

PerseaWork *
persea_bus_generate_parse (PerseaBusCall *call, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 1);
  g_auto (Drawing) drawing;

  drawing_init (&drawing);
  g_variant_get_child (arguments, 0, "&s", &drawing.prompt);
  return persea_bus_call_parse_options (call, options, generate_options,
                                        G_N_ELEMENTS (generate_options), &drawing, error)
           ? drawing_make_work (&drawing, call, PERSEA_MADE_DRAWN, error)
           : NULL;
}

PerseaWork *
persea_bus_complete_parse (PerseaBusCall *call, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 2);
  g_auto (Drawing) drawing;
  gboolean ok;

  drawing_init (&drawing);
  drawing.canvas.mask = PERSEA_WORK_MASK_TRANSPARENCY;
  g_variant_get_child (arguments, 0, "&s", &drawing.uri);
  g_variant_get_child (arguments, 1, "&s", &drawing.prompt);
  ok = persea_bus_call_parse_options (call, options, complete_options,
                                      G_N_ELEMENTS (complete_options), &drawing, error);
  ok = drawing_choose_sources (&drawing, call, ok ? error : NULL) && ok;
  return ok ? drawing_make_work (&drawing, call, PERSEA_MADE_COMPLETED, error) : NULL;
}

PerseaWork *
persea_bus_vary_parse (PerseaBusCall *call, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 1);
  g_auto (Drawing) drawing;
  gboolean ok;

  drawing_init (&drawing);
  drawing.canvas.mask = PERSEA_WORK_MASK_NONE;
  drawing.canvas.strength = VARY_STRENGTH;
  g_variant_get_child (arguments, 0, "&s", &drawing.uri);
  ok = persea_bus_call_parse_options (call, options, vary_options, G_N_ELEMENTS (vary_options),
                                      &drawing, error);
  ok = drawing_choose_sources (&drawing, call, ok ? error : NULL) && ok;
  return ok ? drawing_make_work (&drawing, call, PERSEA_MADE_VARIED, error) : NULL;
}
