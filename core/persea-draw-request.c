/* persea-draw-request.c - what is to be drawn: defaults, and what is out of range
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-draw-request.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "persea-error.h"

#define CANDIDATES_PER_PICTURE 4
#define MAX_DEFAULT_CANDIDATES 16
#define MAX_GUIDANCE 1000
#define MAX_KEPT_BYTES (UINT64_C (2) << 30) /* of the pixels that are kept at once */

uint64_t
persea_draw_request_choose_seed (void)
{
  return g_random_int ();
}

size_t
persea_draw_request_get_n_candidates (const PerseaDrawRequest *request, gboolean ranked)
{
  size_t n = request->n_pictures;

  if (request->n_candidates > 0)
    return request->n_candidates;
  return ranked ? MAX (n, MIN (n * CANDIDATES_PER_PICTURE, MAX_DEFAULT_CANDIDATES)) : n;
}

static gboolean
request_refuse (GError **error, char *message)
{
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, message);
  g_free (message);
  return FALSE;
}

/* Control characters are neither words nor XML. */
static gboolean
request_check_text (const char *text, GError **error)
{
  if (strlen (text) > PERSEA_DRAW_MAX_PROMPT_BYTES)
    return request_refuse (error, g_strdup_printf (_("the prompt has %zu bytes, at most %d are read"),
                                                   strlen (text), PERSEA_DRAW_MAX_PROMPT_BYTES));
  if (!g_utf8_validate (text, -1, NULL))
    return request_refuse (error, g_strdup (_("the prompt is not UTF-8 text")));
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if ((c < 0x20 && !g_unichar_isspace (c)) || c == 0x0b || c == 0x0c || c == 0x7f || c == 0xfffe || c == 0xffff)
        return request_refuse (error, g_strdup_printf (_("the prompt has a control character (U+%04X)"), c));
    }
  return TRUE;
}

static gboolean
request_check_prompt (const PerseaDrawRequest *request, GError **error)
{
  const char *p = request->prompt;

  if (!request_check_text (request->prompt, error)
      || (request->negative && !request_check_text (request->negative, error)))
    return FALSE;
  while (g_unichar_isspace (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  /* a picture can be varied without a word */
  return *p || (request->canvas && persea_draw_canvas_is_variation (request->canvas))
         || request_refuse (error, g_strdup (_("the prompt is empty")));
}

static gboolean
request_check_memory (const PerseaDrawRequest *request, GError **error)
{
  uint64_t of_one = (uint64_t) request->size * request->size * 3;

  if (of_one == 0 || request->n_pictures <= MAX_KEPT_BYTES / of_one)
    return TRUE;
  return request_refuse (error, g_strdup_printf (_("%zu pictures of %u × %u pixels need too much memory; there is "
                                                   "room for %" PRIu64), request->n_pictures, request->size,
                                                 request->size, MAX_KEPT_BYTES / of_one));
}

static gboolean
request_check_numbers (const PerseaDrawRequest *request, GError **error)
{
  if (request->n_pictures < 1 || request->n_pictures > PERSEA_DRAW_MAX_CANDIDATES)
    return request_refuse (error, g_strdup_printf (_("%zu pictures: expected 1 to %d"), request->n_pictures,
                                                   PERSEA_DRAW_MAX_CANDIDATES));
  if (request->n_candidates > PERSEA_DRAW_MAX_CANDIDATES)
    return request_refuse (error, g_strdup_printf (_("%zu candidates: expected 1 to %d"), request->n_candidates,
                                                   PERSEA_DRAW_MAX_CANDIDATES));
  if (request->n_candidates > 0 && request->n_candidates < request->n_pictures)
    return request_refuse (error, g_strdup_printf (_("%zu pictures cannot be chosen from %zu candidates"),
                                                   request->n_pictures, request->n_candidates));
  if (request->size > PERSEA_DRAW_MAX_SIZE)
    return request_refuse (error, g_strdup_printf (_("%u pixels: expected 1 to %d for each side"), request->size,
                                                   PERSEA_DRAW_MAX_SIZE));
  return request_check_memory (request, error);
}

static gboolean
request_check_sampling (const PerseaDrawRequest *request, GError **error)
{
  const PerseaSampling usual = PERSEA_SAMPLING_DEFAULT;
  PerseaSampling sampling = persea_draw_request_get_sampling (request, &usual);

  if (!isfinite (request->guidance) || request->guidance > MAX_GUIDANCE)
    return request_refuse (error, g_strdup_printf (_("a guidance of %g: expected 0 to %d"), request->guidance,
                                                   MAX_GUIDANCE));
  return persea_sampling_check (&sampling, error);
}

PerseaSampling
persea_draw_request_get_sampling (const PerseaDrawRequest *request, const PerseaSampling *usual)
{
  PerseaSampling sampling = *usual;

  if (!(request->temperature < 0))
    sampling.temperature = request->temperature;
  if (request->top_k >= 0)
    sampling.top_k = request->top_k;
  if (!(request->top_p < 0))
    sampling.top_p = request->top_p;
  return sampling;
}

gboolean
persea_draw_request_check (const PerseaDrawRequest *request, GError **error)
{
  return request_check_prompt (request, error) && request_check_numbers (request, error)
         && request_check_sampling (request, error);
}
