/* persea-contact-sheet.c - pictures on one page
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
#define CELL PERSEA_CONTACT_SHEET_CELL /* a picture; others are made that large */
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
  const PerseaContactSheet *page;
  int                       n_columns, n_lines;
  int                       width, height;
  int                       top; /* where the pictures begin */
  PerseaTextMask           *heading; /* (nullable) */
  PerseaTextMask           *footer;  /* (nullable) */
  PerseaImage              *canvas;
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
  g_autofree char *heading = sheet_shorten (sheet->page->heading);
  size_t n = sheet->page->n_cells;
  int inner;

  sheet->n_columns = (int) ceil (sqrt ((double) n));
  sheet->n_lines = (int) ((n + sheet->n_columns - 1) / sheet->n_columns);
  inner = sheet->n_columns * CELL + (sheet->n_columns - 1) * GAP;
  sheet->heading = persea_image_render_text (heading, HEADING_SIZE, TRUE, inner);
  sheet->footer = persea_image_render_text (sheet->page->footer, FOOTER_SIZE, FALSE, inner);
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

/* A word that is too long loses its end. */
static void
sheet_draw_note (Sheet *sheet, int x, int end, int y, const char *note)
{
  g_autofree char *text = sheet_shorten (note);

  while (*text)
    {
      g_autoptr (PerseaTextMask) mask = persea_image_render_text (text, NUMBER_SIZE, FALSE, 0);
      char *last = g_utf8_prev_char (text + strlen (text));
      g_autofree char *shorter = NULL;

      if (!mask || x + mask->width <= end)
        break;
      /* the mark of what was left out, and a letter */
      if (g_utf8_get_char (last) == 0x2026 && last > text)
        last = g_utf8_prev_char (last);
      *last = '\0';
      shorter = *text ? g_strconcat (text, "…", NULL) : g_strdup ("");
      g_free (text);
      text = g_steal_pointer (&shorter);
    }
  if (*text)
    sheet_draw_caption (sheet, x, y, text, NUMBER_SIZE, FALSE, FALSE, PALE);
}

static void
sheet_draw_captions (Sheet *sheet, size_t index, int x, int y)
{
  const PerseaContactSheetCell *cell = &sheet->page->cells[index];
  g_autofree char *rank = g_strdup_printf ("%zu", index + 1);
  char score[G_ASCII_DTOSTR_BUF_SIZE];
  int start = x + PADDING + 12;
  int end = x + CELL - PADDING;

  start += sheet_draw_caption (sheet, x + PADDING, y, rank, RANK_SIZE, TRUE, FALSE, INK);
  if (isfinite (cell->score))
    end -= 12 + sheet_draw_caption (sheet, end, y, g_ascii_formatd (score, sizeof score, "%.3f", cell->score),
                                    SCORE_SIZE, TRUE, TRUE, LEAF);
  if (cell->note && sheet->heading) /* words need a font, and there is one */
    sheet_draw_note (sheet, start, end, y, cell->note);
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
  g_autoptr (PerseaImage) fitted = sheet_fit (sheet->page->cells[index].image, error);

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
persea_contact_sheet_draw_cells (const PerseaContactSheet *page, GError **error)
{
  Sheet sheet = { .page = page };
  gboolean drawn = TRUE;

  g_return_val_if_fail (page->n_cells > 0, NULL);

  sheet_lay_out (&sheet);
  sheet.canvas = persea_image_new (sheet.width, sheet.height);
  persea_canvas_fill (sheet.canvas, PAPER);
  if (sheet.heading)
    persea_canvas_draw_mask (sheet.canvas, MARGIN, MARGIN, sheet.heading, INK);
  if (sheet.footer)
    persea_canvas_draw_mask (sheet.canvas, MARGIN, sheet.height - MARGIN - sheet.footer->height, sheet.footer, PALE);
  for (size_t i = 0; i < page->n_cells && drawn; i++)
    drawn = sheet_draw_entry (&sheet, i, error);

  g_clear_pointer (&sheet.heading, persea_text_mask_free);
  g_clear_pointer (&sheet.footer, persea_text_mask_free);
  if (!drawn)
    g_clear_pointer (&sheet.canvas, persea_image_free);
  return sheet.canvas;
}

PerseaImage *
persea_contact_sheet_draw (const PerseaContactSheetEntry *entries, size_t n_entries, GError **error)
{
  g_autofree PerseaContactSheetCell *cells = g_new (PerseaContactSheetCell, n_entries);
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *footer = sheet_describe (entries[0].provenance);

  for (size_t i = 0; i < n_entries; i++)
    {
      const PerseaProvenance *provenance = entries[i].provenance;
      char *note = g_strdup_printf ("#%" G_GUINT64_FORMAT, provenance->candidate);

      g_ptr_array_add (notes, note);
      cells[i] = (PerseaContactSheetCell) { entries[i].image, note, provenance->score };
    }
  return persea_contact_sheet_draw_cells (&(PerseaContactSheet) { entries[0].provenance->prompt, footer, cells, n_entries },
                                          error);
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
