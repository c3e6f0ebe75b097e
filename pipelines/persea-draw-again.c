/* persea-draw-again.c - a picture drawn once more, as it says itself
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-draw-again.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-codebook.h"
#include "persea-generator.h"

PerseaDrawRequest
persea_draw_again_get_request (const PerseaProvenance *again)
{
  return (PerseaDrawRequest) {
    .prompt = again->prompt,
    .negative = again->negative,
    .seed = again->seed,
    .first_candidate = again->candidate,
    .n_candidates = 1,
    .n_pictures = 1,
    .guidance = again->guidance,
    .temperature = again->temperature,
    .top_k = (int) again->top_k,
    .top_p = again->top_p,
    .size = again->size,
  };
}

const char *
persea_draw_again_choose_model (PerseaCommand *command, const PerseaProvenance *again)
{
  if (again && again->precision && command->precision == PERSEA_PRECISION_AUTO)
    persea_precision_parse (again->precision, &command->precision, NULL);
  return command->model || !again ? command->model : again->model;
}

static gboolean
again_check_identity (PerseaCommand *command, const char *name, const char *found, const char *expected)
{
  if (!expected || strcmp (found, expected) == 0)
    return TRUE;
  if (command->model)
    {
      persea_command_remark (command,
                             _("%s is not the model that made the picture (%.12s instead of %.12s): "
                               "another picture will come out"), name, found, expected);
      return TRUE;
    }
  persea_command_error (command,
                        _("%s is not the model that made the picture (%.12s instead of %.12s); "
                          "--model=%s draws with it all the same"), name, found, expected, name);
  return FALSE;
}

gboolean
persea_draw_again_check (PerseaCommand          *command,
                         const PerseaProvenance *again,
                         PerseaEngine           *engine,
                         PerseaGenerator        *generator,
                         PerseaCodebook         *codebook)
{
  const char *device = persea_device_get_info (persea_engine_get_device (engine))->name;
  const char *precision = persea_precision_name (persea_generator_get_precision (generator));

  if (!again_check_identity (command, persea_generator_get_name (generator),
                             persea_generator_get_identity (generator), again->model_identity)
      || !again_check_identity (command, persea_codebook_get_name (codebook),
                                persea_codebook_get_identity (codebook), again->codebook_identity))
    return FALSE;
  if (again->precision && strcmp (again->precision, precision) != 0)
    persea_command_remark (command, _("the picture was made in %s, not in %s: it may differ"), again->precision,
                           precision);
  if (again->device && strcmp (again->device, device) != 0)
    persea_command_remark (command, _("the picture was made on %s, not on %s: it may differ"), again->device, device);
  return TRUE;
}

void
persea_draw_again_copy_ranking (const PerseaProvenance *again, PerseaProvenance *provenance)
{
  provenance->n_candidates = again->n_candidates;
  provenance->score = again->score;
  provenance->clip = g_strdup (again->clip);
  provenance->clip_identity = g_strdup (again->clip_identity);
}
