/* persea-request.c - what a program asked for, done and told
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Results cross to the main thread in parcels, one for a tenth of a second, so that ten thousand
 * small pictures do not make as many messages.
 */
#include "config.h"

#include "persea-request-private.h"

#include "persea-error.h"

#define REQUEST_PARCEL_TIME (G_USEC_PER_SEC / 10)
#define REQUEST_PARCEL_SIZE 100

typedef enum
{
  NEWS_LOADING,
  NEWS_RUNNING,
  NEWS_ITEMS,
  NEWS_FINISHED,
} NewsKind;

typedef struct
{
  PerseaRequest *request;
  NewsKind       kind;
  char          *text;  /* (nullable): model or run */
  GPtrArray     *items; /* (nullable) */
  GError        *error; /* (nullable) */
} News;

typedef struct
{
  PerseaRequest *request;
  unsigned       next;
  GPtrArray     *items; /* not told yet */
  gint64         last;  /* when the last were told, monotonic, µs */
} Progress;

static void
request_item_free (PerseaRequestItem *item)
{
  g_clear_pointer (&item->tags, g_ptr_array_unref);
  g_clear_error (&item->error);
  g_free (item);
}

PerseaRequest *
persea_request_new (GPtrArray                 *paths,
                    const char                *model,
                    const PerseaTagOptions    *tag,
                    const PerseaRequestEvents *events,
                    gpointer                   user_data)
{
  PerseaRequest *request = g_new0 (PerseaRequest, 1);

  g_atomic_ref_count_init (&request->ref_count);
  request->paths = paths;
  request->model = g_strdup (model);
  persea_tag_options_copy (&request->tag, tag);
  request->cancellable = g_cancellable_new ();
  request->context = g_main_context_ref_thread_default ();
  request->events = events;
  request->user_data = user_data;
  return request;
}

PerseaRequest *
persea_request_ref (PerseaRequest *request)
{
  g_atomic_ref_count_inc (&request->ref_count);
  return request;
}

void
persea_request_unref (PerseaRequest *request)
{
  if (request == NULL || !g_atomic_ref_count_dec (&request->ref_count))
    return;
  g_ptr_array_unref (request->paths);
  g_free (request->model);
  persea_tag_options_clear (&request->tag);
  g_object_unref (request->cancellable);
  g_main_context_unref (request->context);
  g_free (request);
}

static void
news_free (gpointer data)
{
  News *news = data;

  persea_request_unref (news->request);
  g_free (news->text);
  g_clear_pointer (&news->items, g_ptr_array_unref);
  g_clear_error (&news->error);
  g_free (news);
}

static gboolean
news_deliver (gpointer data)
{
  News *news = data;
  PerseaRequest *request = news->request;
  const PerseaRequestEvents *events = request->events;

  switch (news->kind)
    {
    case NEWS_LOADING:
      events->loading (request, request->user_data);
      break;
    case NEWS_RUNNING:
      events->running (request, news->text, request->user_data);
      break;
    case NEWS_ITEMS:
      events->items (request, news->items, request->user_data);
      break;
    case NEWS_FINISHED:
      events->finished (request, news->text, news->error, request->user_data);
      break;
    }
  return G_SOURCE_REMOVE;
}

/* @items: (transfer full) (nullable) */
static void
request_tell (PerseaRequest *request,
              NewsKind       kind,
              const char    *text,
              GPtrArray     *items,
              const GError  *error)
{
  News *news = g_new0 (News, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  news->request = persea_request_ref (request);
  news->kind = kind;
  news->text = g_strdup (text);
  news->items = items;
  news->error = error != NULL ? g_error_copy (error) : NULL;
  /* always by a source, never at once: news stay in their order */
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, news_deliver, news, news_free);
  g_source_attach (source, request->context);
}

void
persea_request_tell_finished (PerseaRequest *request, const char *run, const GError *error)
{
  request_tell (request, NEWS_FINISHED, run, NULL, error);
}

static void
progress_flush (Progress *progress)
{
  if (progress->items != NULL && progress->items->len > 0)
    request_tell (progress->request, NEWS_ITEMS, NULL, g_steal_pointer (&progress->items), NULL);
  g_clear_pointer (&progress->items, g_ptr_array_unref);
  progress->items = g_ptr_array_new_with_free_func ((GDestroyNotify) request_item_free);
  progress->last = g_get_monotonic_time ();
}

static char *
progress_next (gpointer *item, gpointer user_data)
{
  Progress *progress = user_data;
  GPtrArray *paths = progress->request->paths;

  while (progress->next < paths->len)
    {
      const char *path = g_ptr_array_index (paths, progress->next);

      *item = GUINT_TO_POINTER (progress->next++);
      if (path != NULL)
        return g_strdup (path);
    }
  return NULL;
}

static void
progress_done (const PerseaTagResult *result, gpointer user_data)
{
  Progress *progress = user_data;
  PerseaRequestItem *item;

  if (result->error != NULL && persea_error_is_cancelled (result->error))
    return;
  item = g_new0 (PerseaRequestItem, 1);
  item->index = GPOINTER_TO_UINT (result->item);
  if (result->error != NULL)
    item->error = g_error_copy (result->error);
  else
    item->tags = g_ptr_array_ref (result->tags);
  g_ptr_array_add (progress->items, item);
  if (progress->items->len >= REQUEST_PARCEL_SIZE
      || g_get_monotonic_time () - progress->last >= REQUEST_PARCEL_TIME)
    progress_flush (progress);
}

static gboolean
request_work (PerseaRequest *request, PerseaLoader *loader, char **run, GError **error)
{
  Progress progress = { .request = request };
  PerseaTagJob *job;
  gboolean ok;

  job = persea_loader_get_tag_job (loader, NULL, request->model, &request->tag,
                                   request->cancellable, error);
  if (job == NULL)
    return FALSE;
  if (request->tag.write != PERSEA_WRITE_NONE && !persea_tag_job_begin_run (job, NULL, error))
    return FALSE;
  request_tell (request, NEWS_RUNNING, persea_loader_get_model_name (loader), NULL, NULL);
  progress_flush (&progress);
  ok = persea_tag_job_run (job, progress_next, progress_done, &progress, request->cancellable,
                           error);
  progress_flush (&progress);
  g_ptr_array_unref (progress.items);
  if (request->tag.write != PERSEA_WRITE_NONE)
    *run = g_strdup (persea_tag_job_get_run_name (job));
  return ok && !g_cancellable_set_error_if_cancelled (request->cancellable, error);
}

gboolean
persea_request_run (PerseaRequest *request, PerseaLoader *loader)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *run = NULL;

  request_tell (request, NEWS_LOADING, NULL, NULL, NULL);
  request_work (request, loader, &run, &error);
  request_tell (request, NEWS_FINISHED, run, NULL, error);
  return !g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST);
}
