/* persea-gimp-studio.c - the models that a procedure works with
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-studio.h"

#include "persea-error.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  &persea_cpu_driver,
  NULL
};

PerseaGimpStudio *
persea_gimp_studio_new (void)
{
  return g_new0 (PerseaGimpStudio, 1);
}

static void
studio_drop_artist (PerseaGimpStudio *studio)
{
  g_clear_pointer (&studio->generator, persea_generator_unref);
  g_clear_pointer (&studio->codebook, persea_codebook_unref);
  g_clear_pointer (&studio->artist, g_free);
}

static void
studio_drop_clip (PerseaGimpStudio *studio)
{
  g_clear_pointer (&studio->clip, persea_clip_unref);
  g_clear_pointer (&studio->eye, g_free);
}

void
persea_gimp_studio_free (PerseaGimpStudio *studio)
{
  if (!studio)
    return;

  studio_drop_artist (studio);
  studio_drop_clip (studio);
  g_clear_pointer (&studio->engine, persea_engine_unref);
  g_free (studio);
}

/* a PerseaProgressFunc: the engine stays, the tasks change */
static void
studio_show_progress (const char *what, double fraction, gpointer data)
{
  PerseaGimpStudio *studio = data;

  if (studio->task)
    persea_gimp_task_report (what, fraction, studio->task);
}

static gboolean
studio_open_engine (PerseaGimpStudio *studio, GError **error)
{
  const PerseaEngineOptions options = {
    .drivers = drivers,
    .device_options = { .progress = studio_show_progress, .progress_data = studio },
  };

  if (!studio->engine)
    studio->engine = persea_engine_new (&options, error);
  return studio->engine != NULL;
}

static const char *
studio_get_model (const char *model)
{
  return *model ? model : NULL;
}

static gboolean
studio_load_clip (PerseaGimpStudio *studio, const char *model, PerseaGimpTask *task, GError **error)
{
  if (studio->clip && g_strcmp0 (studio->eye, model) == 0)
    return TRUE;
  studio_drop_clip (studio);
  studio->clip = persea_engine_load_clip (studio->engine, studio_get_model (model),
                                          persea_gimp_task_get_cancellable (task), error);
  studio->eye = g_strdup (model);
  return studio->clip != NULL;
}

static gboolean
studio_load_artist (PerseaGimpStudio *studio, const char *model, PerseaGimpTask *task, GError **error)
{
  if (studio->generator && g_strcmp0 (studio->artist, model) == 0)
    return TRUE;
  studio_drop_artist (studio);
  persea_engine_drop_unused (studio->engine);
  if (!persea_engine_load_artist (studio->engine, studio_get_model (model), persea_gimp_task_get_cancellable (task),
                                  &studio->generator, &studio->codebook, error))
    return FALSE;
  studio->artist = g_strdup (model);
  return TRUE;
}

gboolean
persea_gimp_studio_load_artist (PerseaGimpStudio *studio, const char *model, PerseaGimpTask *task, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  gboolean done;

  studio->task = task;
  done = studio_open_engine (studio, error) && studio_load_artist (studio, model, task, error);
  /* nobody to rank is no reason not to draw */
  if (done && !studio->clip && !studio_load_clip (studio, "", task, &wrong)
      && !g_error_matches (wrong, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      done = FALSE;
    }
  studio->task = NULL;
  return done;
}

gboolean
persea_gimp_studio_load_clip (PerseaGimpStudio *studio, const char *model, PerseaGimpTask *task, GError **error)
{
  gboolean done;

  studio->task = task;
  done = studio_open_engine (studio, error) && studio_load_clip (studio, model, task, error);
  studio->task = NULL;
  return done;
}
