/* persea-contact-sheet.c - the pictures of one prompt on one page
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-contact-sheet.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-canvas.h"

/* pixels */
#define MARGIN 36
#define GAP 20
#define CELL 256     /* a picture; others are made that large */
#define CAPTION 44   /* below it, on its card */
#define PADDING 14   /* of the caption */
#define RADIUS 14
#define HEADING_GAP 26
#define HEADING_SIZE 26
#define RANK_SIZE 19
#define SCORE_SIZE 17
#define NUMBER_SIZE 14
#define FOOTER_SIZE 14
#define MAX_HEADING_CHARS 240

#define PAPER 0xf7f5ec
#define SHADOW 0xe6e3d4
#define CARD 0xffffff
#define INK 0x2c3320
#define LEAF 0x5f7d2b
#define PALE 0x8b8f7e

typedef struct
{
  const PerseaContactSheetEntry *entries;
  size_t                         n_entries;
  int                            n_columns, n_lines;
  int                            width, height;
  int                            top; /* where the pictures begin */
  PerseaTextMask                *heading; /* (nullable) */
  PerseaTextMask                *footer;  /* (nullable) */
  PerseaImage                   *canvas;
} Sheet;

static char *
sheet_shorten (const char *prompt)
{
  g_autofree char *line = g_strstrip (g_strdup (prompt));
  g_autofree char *start = NULL;

  g_strdelimit (line, "\n\r\t", ' ');
  if (g_utf8_strlen (line, -1) <= MAX_HEADING_CHARS)
    return g_steal_pointer (&line);
  start = g_utf8_substring (line, 0, MAX_HEADING_CHARS - 1);
  return g_strconcat (start, "…", NULL);
}

static char *
sheet_describe (const PerseaProvenance *provenance)
{
  if (provenance->clip)
    /* TRANSLATORS: below a contact sheet: model, the model that ranked, seed, program */
    return g_strdup_printf (_("drawn by %s, ranked by %s · seed %" PRIu64 " · %s"),
                            provenance->model, provenance->clip, provenance->seed, provenance->software);
  /* TRANSLATORS: below a contact sheet: model, seed, program */
  return g_strdup_printf (_("drawn by %s · seed %" PRIu64 " · %s"), provenance->model,
                          provenance->seed, provenance->software);
}

/* As wide as it is high, rather wider. */
static void
sheet_lay_out (Sheet *sheet)
{
  const PerseaProvenance *provenance = sheet->entries[0].provenance;
  g_autofree char *heading = sheet_shorten (provenance->prompt);
  g_autofree char *footer = sheet_describe (provenance);
  int inner;

  sheet->n_columns = (int) ceil (sqrt ((double) sheet->n_entries));
  sheet->n_lines = (int) ((sheet->n_entries + sheet->n_columns - 1) / sheet->n_columns);
  inner = sheet->n_columns * CELL + (sheet->n_columns - 1) * GAP;
  sheet->heading = persea_image_render_text (heading, HEADING_SIZE, TRUE, inner);
  sheet->footer = persea_image_render_text (footer, FOOTER_SIZE, FALSE, inner);
  sheet->width = inner + 2 * MARGIN;
  sheet->top = MARGIN + (sheet->heading ? sheet->heading->height + HEADING_GAP : 0);
  sheet->height = sheet->top + sheet->n_lines * (CELL + CAPTION + GAP) - GAP + MARGIN
                  + (sheet->footer ? sheet->footer->height + HEADING_GAP : 0);
}

static PerseaTextMask *
sheet_render_number (const char *text, int size, gboolean bold)
{
  PerseaTextMask *mask = persea_image_render_text (text, size, bold, 0);

  /* capitals and digits are about so high */
  return mask ? mask : persea_canvas_render_digits (text, size * 7 / 10);
}

/* Texts are cut to their ink: those of one line stand on one line. */
static int
sheet_draw_caption (Sheet *sheet, int x, int y, const char *text, int size, gboolean bold, gboolean right, uint32_t color)
{
  g_autoptr (PerseaTextMask) mask = sheet_render_number (text, size, bold);
  int baseline = y + CAPTION / 2 + RANK_SIZE * 7 / 20;

  persea_canvas_draw_mask (sheet->canvas, right ? x - mask->width : x, baseline - mask->height, mask, color);
  return mask->width;
}

static void
sheet_draw_captions (Sheet *sheet, size_t index, int x, int y)
{
  const PerseaProvenance *provenance = sheet->entries[index].provenance;
  g_autofree char *rank = g_strdup_printf ("%zu", index + 1);
  g_autofree char *number = g_strdup_printf ("#%" G_GUINT64_FORMAT, provenance->candidate);
  char score[G_ASCII_DTOSTR_BUF_SIZE];
  int width = sheet_draw_caption (sheet, x + PADDING, y, rank, RANK_SIZE, TRUE, FALSE, INK);

  if (sheet->heading) /* "#" needs a font, too */
    sheet_draw_caption (sheet, x + PADDING + width + 12, y, number, NUMBER_SIZE, FALSE, FALSE, PALE);
  if (isfinite (provenance->score))
    sheet_draw_caption (sheet, x + CELL - PADDING, y, g_ascii_formatd (score, sizeof score, "%.3f", provenance->score),
                        SCORE_SIZE, TRUE, TRUE, LEAF);
}

/* the picture as large as its place; the shorter side of one that is not square is filled */
static PerseaImage *
sheet_fit (const PerseaImage *image, GError **error)
{
  int side = MIN (image->width, image->height);
  double scale = (double) CELL / side;
  int width = MAX ((int) (image->width * scale + 0.5), CELL);
  int height = MAX ((int) (image->height * scale + 0.5), CELL);
  const PerseaResampleOptions options = {
    .width = image->width,
    .height = image->height,
    .out_width = width,
    .out_height = height,
    .crop = { (width - CELL) / 2, (height - CELL) / 2, CELL, CELL },
    .interpolation = PERSEA_INTERPOLATION_LANCZOS,
  };
  g_autoptr (PerseaImage) fitted = persea_image_new (CELL, CELL);

  return persea_resample (&options, image->pixels, fitted->pixels, error) ? g_steal_pointer (&fitted) : NULL;
}

static gboolean
sheet_draw_entry (Sheet *sheet, size_t index, GError **error)
{
  int x = MARGIN + (int) (index % sheet->n_columns) * (CELL + GAP);
  int y = sheet->top + (int) (index / sheet->n_columns) * (CELL + CAPTION + GAP);
  g_autoptr (PerseaImage) fitted = sheet_fit (sheet->entries[index].image, error);

  if (!fitted)
    return FALSE;
  persea_canvas_draw_card (sheet->canvas, x, y + 3, CELL, CELL + CAPTION, RADIUS, SHADOW);
  persea_canvas_draw_card (sheet->canvas, x, y, CELL, CELL + CAPTION, RADIUS, CARD);
  persea_canvas_draw_picture (sheet->canvas, x, y, fitted, RADIUS);
  persea_canvas_draw_card (sheet->canvas, x, y + CELL, CELL, 1, 0, SHADOW); /* white ones end somewhere, too */
  sheet_draw_captions (sheet, index, x, y + CELL);
  return TRUE;
}

PerseaImage *
persea_contact_sheet_draw (const PerseaContactSheetEntry *entries, size_t n_entries, GError **error)
{
  Sheet sheet = { .entries = entries, .n_entries = n_entries };
  gboolean drawn = TRUE;

  g_return_val_if_fail (n_entries > 0, NULL);

  sheet_lay_out (&sheet);
  sheet.canvas = persea_image_new (sheet.width, sheet.height);
  persea_canvas_fill (sheet.canvas, PAPER);
  if (sheet.heading)
    persea_canvas_draw_mask (sheet.canvas, MARGIN, MARGIN, sheet.heading, INK);
  if (sheet.footer)
    persea_canvas_draw_mask (sheet.canvas, MARGIN, sheet.height - MARGIN - sheet.footer->height, sheet.footer, PALE);
  for (size_t i = 0; i < n_entries && drawn; i++)
    drawn = sheet_draw_entry (&sheet, i, error);

  g_clear_pointer (&sheet.heading, persea_text_mask_free);
  g_clear_pointer (&sheet.footer, persea_text_mask_free);
  if (!drawn)
    g_clear_pointer (&sheet.canvas, persea_image_free);
  return sheet.canvas;
}

PerseaProvenance *
persea_contact_sheet_make_provenance (const PerseaContactSheetEntry *entries, size_t n_entries)
{
  PerseaProvenance *provenance = persea_provenance_copy (entries[0].provenance);

  g_free (provenance->details);
  provenance->details = g_strdup_printf (PERSEA_CONTACT_SHEET_DETAILS " of %zu", n_entries);
  return provenance;
}

gboolean
persea_contact_sheet_is (const PerseaProvenance *provenance)
{
  return provenance->details && g_str_has_prefix (provenance->details, PERSEA_CONTACT_SHEET_DETAILS);
}
