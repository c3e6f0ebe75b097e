/* persea-inspect-drawing.c - what drawing models get to see and say
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-inspect.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-draw-preview.h"
#include "persea-error.h"
#include "persea-json-line.h"
#include "persea-npy.h"
#include "persea-picture-writer.h"

#define MAX_CODES (16 * 1024 * 1024)

/* An array of codes from a file, in whatever integers: PyTorch and NumPy write 64 bits. */
static int32_t *
inspect_load_codes (const char *path, size_t *shape, int *n_dims, GError **error)
{
  g_autoptr (PerseaNpy) npy = persea_npy_load (path, error);
  g_autofree int32_t *codes = NULL;

  if (!npy)
    return NULL;
  if ((npy->dtype != PERSEA_DTYPE_I32 && npy->dtype != PERSEA_DTYPE_I64) || npy->n_dims < 1 || npy->n_dims > 3
      || npy->n_elements == 0 || npy->n_elements > MAX_CODES)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   _("%s: expected codes: i32 or i64 in one to three dimensions, found %s in %d"), path,
                   persea_dtype_name (npy->dtype), npy->n_dims);
      return NULL;
    }
  codes = g_new (int32_t, npy->n_elements);
  for (size_t i = 0; i < npy->n_elements; i++)
    {
      int64_t code = npy->dtype == PERSEA_DTYPE_I32 ? ((const int32_t *) npy->data)[i]
                                                    : ((const int64_t *) npy->data)[i];

      /* what is no code is found later, by those who know how many there are */
      codes[i] = code < 0 || code > G_MAXINT32 ? -1 : (int32_t) code;
    }
  memcpy (shape, npy->shape, npy->n_dims * sizeof *shape);
  *n_dims = npy->n_dims;
  return g_steal_pointer (&codes);
}

static PerseaGenerator *
inspect_load_generator (PerseaCommand *command, PerseaEngine **engine)
{
  g_autoptr (GError) error = NULL;
  PerseaGenerator *generator = NULL;

  *engine = persea_command_open_engine (command);
  if (!*engine)
    return NULL;
  generator = persea_engine_load_generator (*engine, command->model, command->cancellable, &error);
  persea_progress_clear (command->progress);
  if (!generator && !persea_error_is_cancelled (error))
    persea_command_error (command, "%s", error->message);
  return generator;
}

static PerseaCodebook *
inspect_load_codebook (PerseaCommand *command, PerseaEngine **engine)
{
  g_autoptr (GError) error = NULL;
  PerseaCodebook *codebook = NULL;

  *engine = persea_command_open_engine (command);
  if (!*engine)
    return NULL;
  codebook = persea_engine_load_codebook (*engine, command->model, command->cancellable, &error);
  persea_progress_clear (command->progress);
  if (!codebook && !persea_error_is_cancelled (error))
    persea_command_error (command, "%s", error->message);
  return codebook;
}

int
persea_inspect_prompt (PerseaInspection *inspection, char **texts)
{
  g_autoptr (PerseaEngine) engine = NULL;
  g_autoptr (PerseaGenerator) generator = inspect_load_generator (inspection->command, &engine);
  g_autoptr (GArray) rows = NULL;
  size_t context;

  if (!generator)
    return persea_command_get_load_status (inspection->command);
  context = persea_generator_get_context_length (generator);
  rows = g_array_new (FALSE, TRUE, sizeof (int32_t) * context);
  for (size_t i = 0; texts[i]; i++)
    {
      g_autoptr (GError) error = NULL;
      int32_t *ids;
      size_t n_ids;
      gboolean truncated;

      g_array_set_size (rows, rows->len + 1);
      ids = (int32_t *) rows->data + (rows->len - 1) * context;
      if (!persea_generator_tokenize (generator, texts[i], ids, &n_ids, &truncated, &error))
        {
          persea_command_fail_input (inspection->command, texts[i], error);
          g_array_set_size (rows, rows->len - 1);
          inspection->n_failed++;
        }
      else if (!inspection->output)
        persea_inspection_print_tokens (inspection, texts[i], ids, n_ids, truncated);
    }
  if (inspection->output
      && !persea_inspection_save (inspection, PERSEA_DTYPE_I32, (size_t[]) { rows->len, context }, 2, rows->data))
    return PERSEA_EXIT_SOME_FAILED;
  return persea_inspection_finish (inspection);
}

/* of each position, the code that the model likes best under the text */
static void
inspect_print_logits (PerseaInspection *inspection, const float *logits, const int32_t *codes, size_t n_codes, size_t n)
{
  for (size_t i = 0; i < n_codes; i++)
    {
      const float *row = logits + (n_codes + i) * n;
      g_autofree char *line = NULL;
      size_t best = 0;

      for (size_t j = 1; j < n; j++)
        if (row[j] > row[best])
          best = j;
      /* TRANSLATORS: position, its code and its logit, the likeliest code and its logit */
      line = g_strdup_printf (_("%zu: code %d, logit %.4f; likeliest %zu, logit %.4f\n"), i, codes[i], row[codes[i]],
                              best, row[best]);
      persea_command_print (inspection->command, line);
    }
}

static int
inspect_logits (PerseaInspection *inspection, PerseaGenerator *generator, const char *text)
{
  PerseaCommand *command = inspection->command;
  g_autoptr (GError) error = NULL;
  size_t shape[3], n_codes = 1, n = persea_generator_get_vocab_size (generator);
  int n_dims;
  g_autofree int32_t *codes = inspect_load_codes (inspection->codes, shape, &n_dims, &error);
  g_autofree float *logits = NULL;

  for (int i = 0; codes && i < n_dims; i++)
    n_codes *= shape[i];
  if (codes && n_codes > persea_generator_get_n_codes (generator))
    g_set_error (&error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: expected at most %u codes, found %zu"),
                 inspection->codes, persea_generator_get_n_codes (generator), n_codes);
  for (size_t i = 0; !error && i < n_codes; i++)
    if (codes[i] < 0 || (unsigned) codes[i] >= persea_generator_get_n_entries (generator))
      g_set_error (&error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("%s: the code of position %zu is none of the %u that there are"), inspection->codes, i,
                   persea_generator_get_n_entries (generator));
  if (!error)
    {
      logits = g_new (float, 2 * n_codes * n);
      persea_generator_logits (generator, text, NULL, codes, n_codes, logits, command->cancellable, &error);
      persea_progress_clear (command->progress);
    }
  if (error)
    {
      persea_command_fail_input (command, inspection->codes, error);
      return PERSEA_EXIT_SOME_FAILED;
    }
  if (!inspection->output)
    inspect_print_logits (inspection, logits, codes, n_codes, n);
  else if (!persea_inspection_save (inspection, PERSEA_DTYPE_F32, (size_t[]) { 2, n_codes, n }, 3, logits))
    return PERSEA_EXIT_SOME_FAILED;
  return persea_inspection_finish (inspection);
}

int
persea_inspect_logits (PerseaInspection *inspection, char **texts)
{
  g_autoptr (PerseaEngine) engine = NULL;
  g_autoptr (PerseaGenerator) generator = NULL;

  if (texts[1] || !inspection->codes)
    return persea_command_usage_error (inspection->command, _("logits needs one text, and --codes"));
  generator = inspect_load_generator (inspection->command, &engine);
  return generator ? inspect_logits (inspection, generator, texts[0])
                   : persea_command_get_load_status (inspection->command);
}

static void
inspect_print_codes (PerseaInspection *inspection, const char *path, const int32_t *codes, size_t grid)
{
  g_autofree char *name = persea_command_display_name (path);
  g_autoptr (GString) text = g_string_new (name);

  if (inspection->command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_file (line, path);
      persea_json_line_begin_array (line, "codes");
      for (size_t i = 0; i < grid * grid; i++)
        persea_json_line_add_integer (line, NULL, codes[i]);
      persea_json_line_end (line);
      persea_command_print (inspection->command, persea_json_line_finish (line));
      return;
    }
  for (size_t i = 0; i < grid * grid; i++)
    g_string_append_printf (text, i % grid == 0 ? "\n%d" : " %d", codes[i]);
  g_string_append_c (text, '\n');
  persea_command_print (inspection->command, text->str);
}

/* @codes: [grid, grid], to be written */
static gboolean
inspect_encode (PerseaInspection *inspection, PerseaCodebook *codebook, const char *path, int32_t *codes, GError **error)
{
  size_t size = persea_codebook_get_size (codebook);
  /* pixels from 0 to 1 */
  const PerseaPreprocess preprocess = {
    .image_size = (int) size,
    .std = { 1, 1, 1 },
    .interpolation = PERSEA_INTERPOLATION_LANCZOS,
    .resize_mode = PERSEA_RESIZE_SHORTEST,
    .crop_rule = PERSEA_CROP_HALF_EVEN,
  };
  g_autofree uint8_t *square = g_malloc (size * size * 3);
  g_autofree float *pixels = g_new (float, size * size * 3);

  if (!persea_inspection_preprocess (inspection, path, &preprocess, square, error))
    return FALSE;
  persea_preprocess_normalize (&preprocess, square, pixels);
  return persea_codebook_encode (codebook, pixels, 1, size, size, codes, inspection->command->cancellable, error);
}

int
persea_inspect_codes (PerseaInspection *inspection, char **paths)
{
  PerseaCommand *command = inspection->command;
  g_autoptr (PerseaEngine) engine = NULL;
  g_autoptr (PerseaCodebook) codebook = inspect_load_codebook (command, &engine);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (int32_t));
  size_t grid, n_done = 0;

  if (!codebook)
    return persea_command_get_load_status (command);
  grid = persea_codebook_get_size (codebook) / persea_codebook_get_factor (codebook);
  for (size_t i = 0; paths[i]; i++)
    {
      g_autoptr (GError) error = NULL;
      int32_t *codes;

      g_array_set_size (all, (n_done + 1) * grid * grid);
      codes = (int32_t *) all->data + n_done * grid * grid;
      if (!inspect_encode (inspection, codebook, paths[i], codes, &error))
        {
          if (persea_error_is_cancelled (error))
            return PERSEA_EXIT_CANCELLED;
          persea_command_fail_input (command, paths[i], error);
          inspection->n_failed++;
          continue;
        }
      if (inspection->output)
        n_done++;
      else
        inspect_print_codes (inspection, paths[i], codes, grid);
    }
  if (inspection->output
      && !persea_inspection_save (inspection, PERSEA_DTYPE_I32, (size_t[]) { n_done, grid, grid }, 3, all->data))
    return PERSEA_EXIT_SOME_FAILED;
  return persea_inspection_finish (inspection);
}

/* [positions] is a square grid, [grid, grid] one picture.  @shape: (inout): becomes [n, height, width] */
static gboolean
inspect_shape_grid (const char *path, size_t *shape, int n_dims, GError **error)
{
  size_t side = 1;

  if (n_dims == 1)
    {
      while (side * side < shape[0])
        side++;
      if (side * side != shape[0])
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, _("%s: %zu codes are no square"), path, shape[0]);
          return FALSE;
        }
      shape[0] = 1;
      shape[1] = shape[2] = side;
    }
  else if (n_dims == 2)
    {
      shape[2] = shape[1];
      shape[1] = shape[0];
      shape[0] = 1;
    }
  return TRUE;
}

/* one picture as a file */
static gboolean
inspect_decode_picture (PerseaInspection *inspection,
                        PerseaCodebook   *codebook,
                        const int32_t    *codes,
                        const size_t     *shape,
                        GError          **error)
{
  g_autoptr (PerseaImage) image = NULL;

  if (shape[0] != 1)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("%s: a picture file takes the codes of one picture, not of %zu"), inspection->output, shape[0]);
      return FALSE;
    }
  image = persea_draw_decode (codebook, codes, shape[1], shape[2], inspection->command->cancellable, error);
  return image
         && persea_picture_writer_save (inspection->output, image, NULL, inspection->command->interrupt, error);
}

static gboolean
inspect_decode (PerseaInspection *inspection, PerseaCodebook *codebook, const char *path, GError **error)
{
  size_t factor = persea_codebook_get_factor (codebook);
  size_t shape[3], height, width;
  int n_dims;
  g_autofree int32_t *codes = inspect_load_codes (path, shape, &n_dims, error);
  g_autofree float *pixels = NULL;

  if (!codes || !inspect_shape_grid (path, shape, n_dims, error))
    return FALSE;
  if (persea_picture_writer_knows_suffix (inspection->output))
    return inspect_decode_picture (inspection, codebook, codes, shape, error);
  height = shape[1] * factor;
  width = shape[2] * factor;
  pixels = g_try_new (float, shape[0] * 3 * height * width);
  if (!pixels)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY, _("%s: there is not enough memory for its pictures"),
                   path);
      return FALSE;
    }
  if (!persea_codebook_decode (codebook, codes, shape[0], shape[1], shape[2], pixels,
                               inspection->command->cancellable, error))
    return FALSE;
  if (!persea_inspection_save (inspection, PERSEA_DTYPE_F32, (size_t[]) { shape[0], 3, height, width }, 4, pixels))
    inspection->n_failed++;
  return TRUE;
}

int
persea_inspect_decode (PerseaInspection *inspection, char **paths)
{
  g_autoptr (PerseaEngine) engine = NULL;
  g_autoptr (PerseaCodebook) codebook = NULL;
  g_autoptr (GError) error = NULL;

  if (paths[1] || !inspection->output)
    return persea_command_usage_error (inspection->command, _("decode needs one file of codes, and -o"));
  codebook = inspect_load_codebook (inspection->command, &engine);
  if (!codebook)
    return persea_command_get_load_status (inspection->command);
  if (!inspect_decode (inspection, codebook, paths[0], &error))
    {
      if (persea_error_is_cancelled (error))
        return PERSEA_EXIT_CANCELLED;
      persea_command_fail_input (inspection->command, paths[0], error);
      inspection->n_failed++;
    }
  return persea_inspection_finish (inspection);
}
