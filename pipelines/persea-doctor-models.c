/* persea-doctor-models.c - installed models, and which of them are used
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-doctor.h"

#include <glib/gi18n.h>

#include "models/persea-clip-weights.h"
#include "persea-drawing-report.h"
#include "persea-error.h"
#include "persea-model-store.h"

static void
models_add (GPtrArray *findings, PerseaFindingState state, const char *about, char *text, char *mend)
{
  persea_doctor_add (findings, PERSEA_DOCTOR_MODELS, state, about, text, mend);
}

/* (transfer full) (nullable): why the model cannot be used */
static char *
models_find_problem (const PerseaModel *model, PerseaModelRole role)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModelParts) parts = persea_model_parts_find (model->path, &error);
  g_autoptr (PerseaDrawingReport) drawing = NULL;
  g_autoptr (PerseaClipWeights) clip = NULL;
  GPtrArray *problems;

  /* those who look for a CLIP describe best what is of no family */
  if (role == PERSEA_ROLE_CLIP && (!parts || parts->files[PERSEA_ROLE_CLIP]))
    {
      g_clear_error (&error);
      clip = persea_clip_weights_open (model->path, &error);
      return clip ? NULL : g_strdup (error->message);
    }
  if (!parts)
    return g_strdup (error->message);
  if (!parts->files[role])
    return g_strdup_printf (_("%s: this model does something else"), model->name);
  drawing = persea_drawing_report_new (model, g_steal_pointer (&parts));
  problems = persea_drawing_report_get_problems (drawing);
  return problems->len > 0 ? g_strdup (problems->pdata[0]) : NULL;
}

static PerseaModelRole
models_guess_role (const PerseaModel *model)
{
  g_autoptr (PerseaModelParts) parts = persea_model_parts_find (model->path, NULL);

  for (int role = 0; parts && role < PERSEA_N_ROLES; role++)
    if (parts->files[role])
      return role;
  return PERSEA_ROLE_CLIP;
}

static void
models_describe (GPtrArray *findings, const PerseaModel *model)
{
  static const char *const abilities[] = {
    [PERSEA_ROLE_CLIP] = N_("compares pictures with words; in %s"),
    [PERSEA_ROLE_GENERATOR] = N_("draws; in %s"),
    [PERSEA_ROLE_CODEBOOK] = N_("turns codes into pictures, for a model that draws; in %s"),
  };
  PerseaModelRole role = models_guess_role (model);
  g_autofree char *path = g_filename_display_name (model->path);
  g_autofree char *problem = models_find_problem (model, role);

  if (problem)
    models_add (findings, PERSEA_FINDING_PROBLEM, model->name, g_strdup (problem),
                g_strdup_printf (_("Add it again (persea models add), or remove it: %s"), path));
  else
    models_add (findings, PERSEA_FINDING_WELL, model->name, g_strdup_printf (_(abilities[role]), path), NULL);
}

/* what is used if nobody asks for another one */
static void
models_look_at_default (GPtrArray *findings, PerseaModelRole role, const char *use, char *none)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModel) model = persea_model_store_find_for (NULL, role, &error);
  g_autofree char *problem = model ? models_find_problem (model, role) : g_strdup (error->message);
  g_autofree char *sentence = none;

  if (!problem)
    models_add (findings, PERSEA_FINDING_WELL, model->name, g_strdup (use), NULL);
  else
    models_add (findings, PERSEA_FINDING_PROBLEM, sentence, g_strdup (problem),
                g_strdup (_("Install Persea with its own models (meson install), or add one: persea models add PATH")));
}

void
persea_doctor_models_look (GPtrArray *findings)
{
  g_autoptr (GPtrArray) models = persea_model_store_list ();

  for (unsigned i = 0; i < models->len; i++)
    models_describe (findings, models->pdata[i]);
  models_look_at_default (findings, PERSEA_ROLE_CLIP, _("looks at pictures, unless another one is asked for"),
                          g_strdup (_("looking at pictures")));
  models_look_at_default (findings, PERSEA_ROLE_GENERATOR, _("draws, unless another one is asked for"),
                          g_strdup (_("drawing")));
}
