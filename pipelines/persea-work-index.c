/* persea-work-index.c - the work of the method Index
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One place after the other is looked through, while the pictures of the one before are still being
 * encoded: a place is done when its last picture is.
 */
#include "config.h"

#include "persea-work-index.h"

#include "persea-error.h"
#include "persea-inputs.h"
#include "persea-picture-stream.h"
#include "persea-request-private.h"

/* what is known of a place */
typedef struct
{
  unsigned  n_waiting; /* given out, and no result yet */
  unsigned  n_done;
  unsigned  n_failed;
  GError   *error;     /* (nullable): the first */
  unsigned  n_found;   /* pictures in it */
  gboolean  complete;  /* all is given out */
} Place;

typedef struct
{
  PerseaWork      work;
  PerseaPictures *list;
  char           *model; /* (nullable) */
  Place          *places;
  unsigned        next;   /* the first place that has not been looked through */
  PerseaInputs   *inputs; /* (nullable): of that place */
  PerseaRequest  *request; /* while it runs, as the following */
  PerseaClip     *clip;
} IndexWork;

static void
index_free (PerseaWork *work)
{
  IndexWork *index = (IndexWork *) work;

  for (unsigned i = 0; i < work->n_items; i++)
    g_clear_error (&index->places[i].error);
  g_free (index->places);
  g_clear_pointer (&index->inputs, persea_inputs_free);
  persea_pictures_unref (index->list);
  g_free (index->model);
  g_free (index);
}

/* Tells what came of a place, if all of it is done.  One of which nothing could be read failed. */
static void
index_tell (IndexWork *index, unsigned number)
{
  const Place *place = &index->places[number];
  GVariantBuilder values;

  if (!place->complete || place->n_waiting > 0)
    return;
  if (place->n_done == 0 && place->error != NULL)
    {
      persea_request_add_item (index->request, number, NULL, NULL, place->error);
      return;
    }
  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&values, "{sv}", "model",
                         g_variant_new_string (persea_clip_get_name (index->clip)));
  g_variant_builder_add (&values, "{sv}", "pictures", g_variant_new_uint32 (place->n_done));
  g_variant_builder_add (&values, "{sv}", "failed", g_variant_new_uint32 (place->n_failed));
  persea_request_add_item (index->request, number, g_variant_builder_end (&values), NULL, NULL);
}

static void
place_fail (Place *place, const GError *error)
{
  place->n_failed++;
  if (place->error == NULL)
    place->error = g_error_copy (error);
}

/* a PerseaInputsFailFunc */
static void
index_fail_input (const char *path, const GError *error, gpointer user_data)
{
  IndexWork *index = user_data;

  place_fail (&index->places[index->next], error);
}

/* Looks through the next place. */
static void
index_open_place (IndexWork *index)
{
  const char *path = persea_pictures_get_path (index->list, index->next);
  const char *names[] = { path, NULL };

  if (path == NULL)
    place_fail (&index->places[index->next], persea_pictures_get_error (index->list, index->next));
  index->inputs = persea_inputs_new (names, NULL, TRUE, index_fail_input, index,
                                     persea_request_get_cancellable (index->request), NULL);
  index->places[index->next].n_found = (unsigned) persea_inputs_get_total (index->inputs);
}

/* a PerseaPictureNextFunc; links and the like have no place in the library */
static char *
index_next (gpointer *item, gpointer user_data)
{
  IndexWork *index = user_data;

  for (; index->next < index->work.n_items; index->next++)
    {
      Place *place = &index->places[index->next];
      char *path;

      if (index->inputs == NULL)
        index_open_place (index);
      while (!persea_request_should_yield (index->request)
             && (path = persea_inputs_next (index->inputs)) != NULL)
        {
          g_autoptr (GError) error = NULL;
          PerseaFileStamp stamp;

          if (persea_file_stamp_read (path, &stamp, &error))
            {
              place->n_waiting++;
              *item = GUINT_TO_POINTER (index->next);
              return path;
            }
          place_fail (place, error);
          g_free (path);
        }
      if (persea_request_should_yield (index->request))
        return NULL;
      g_clear_pointer (&index->inputs, persea_inputs_free);
      place->complete = TRUE;
      index_tell (index, index->next);
    }
  return NULL;
}

/* a PerseaPictureDoneFunc */
static gboolean
index_done (const char    *path,
            gpointer       item,
            const float   *embedding,
            const GError  *failure,
            gpointer       user_data,
            GError       **error)
{
  IndexWork *index = user_data;
  unsigned number = GPOINTER_TO_UINT (item);
  Place *place = &index->places[number];

  place->n_waiting--;
  if (embedding != NULL)
    place->n_done++;
  else
    place_fail (place, failure);
  if (embedding != NULL || !persea_error_is_cancelled (failure))
    index_tell (index, number);
  /* of several places, those that are done say how far it is */
  if (index->work.n_items == 1)
    persea_request_tell_progress (index->request, (double) (place->n_done + place->n_failed) / MAX (place->n_found, 1));
  return TRUE;
}

static gboolean
index_run (PerseaWork     *work,
           PerseaRequest  *request,
           PerseaLoader   *loader,
           gboolean       *more,
           GError        **error)
{
  IndexWork *index = (IndexWork *) work;
  GCancellable *cancellable = persea_request_get_cancellable (request);
  g_autoptr (PerseaClip) clip = persea_loader_get_clip (loader, index->model, cancellable, error);
  g_autoptr (PerseaPictureMemory) memory = NULL;
  PerseaPictureStreamOptions stream = { .clip = clip };

  if (clip != NULL)
    memory = persea_picture_memory_new (persea_loader_get_library (loader), clip, FALSE, error);
  if (memory == NULL)
    return FALSE;
  stream.memory = memory;
  index->clip = clip;
  index->request = request;
  persea_request_tell_running (request, persea_clip_get_name (clip));
  if (!persea_picture_stream_run (&stream, index_next, index_done, index, cancellable, error))
    return FALSE;
  *more = index->next < work->n_items;
  return TRUE;
}

static const PerseaWorkKind index_kind = {
  .role = "index",
  .run = index_run,
  .free = index_free,
};

PerseaWork *
persea_work_index_new (PerseaPictures *places, const char *model)
{
  IndexWork *work = g_new0 (IndexWork, 1);

  work->work.kind = &index_kind;
  work->work.n_items = persea_pictures_get_length (places);
  work->list = persea_pictures_ref (places);
  work->model = g_strdup (model);
  work->places = g_new0 (Place, work->work.n_items);
  return &work->work;
}
