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
/* how often progress is told at most, µs */
#define REQUEST_PROGRESS_TIME (G_USEC_PER_SEC / 5)
/* how long a cancelled request may take to its own end, before its caller is told without it, ms */
#define REQUEST_CANCEL_TIME 300

struct _PerseaRequest
{
  gatomicrefcount            ref_count;
  PerseaWork                *work;
  PerseaPriority             priority;
  GCancellable              *cancellable;
  GMainContext              *context; /* where events are told */
  const PerseaRequestEvents *events;
  gpointer                   user_data;
  gint                       ended;     /* atomic: whether its end is told, or on its way */
  gint                       cancelled; /* atomic: for good, and not only put off */
  gboolean                   over;  /* @context's: the end has been told, and nobody listens any more */

  /* the worker's thread's */
  gboolean        begun;
  gboolean        put_off; /* what it does is to be begun anew, later */
  gint64          since; /* when this part of the work began, without loading, monotonic, µs */
  PerseaYieldFunc yield;
  gpointer        yield_data;
  GPtrArray      *items;    /* (nullable): not told yet */
  gint64          told;     /* when the last were told, monotonic, µs */
  gint64          progress; /* when the last progress was told, monotonic, µs */
  GVariant       *details;  /* (nullable) */
};

typedef enum
{
  NEWS_LOADING,
  NEWS_RUNNING,
  NEWS_PROGRESS,
  NEWS_ITEMS,
  NEWS_PREVIEW,
  NEWS_FINISHED,
} NewsKind;

/* What does not belong to the kind is not set. */
typedef struct
{
  PerseaRequest *request;
  NewsKind       kind;
  char          *model;
  double         fraction;
  GPtrArray     *items;
  GBytes        *picture;
  GVariant      *details;
  GError        *error; /* (nullable) */
} News;

static void
request_item_free (PerseaRequestItem *item)
{
  g_clear_pointer (&item->values, g_variant_unref);
  g_clear_pointer (&item->picture, g_bytes_unref);
  g_clear_error (&item->error);
  g_free (item);
}

PerseaRequest *
persea_request_new (PerseaWork                *work,
                    PerseaPriority             priority,
                    const PerseaRequestEvents *events,
                    gpointer                   user_data)
{
  PerseaRequest *request = g_new0 (PerseaRequest, 1);

  g_atomic_ref_count_init (&request->ref_count);
  request->work = work;
  request->priority = priority;
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
  persea_work_free (request->work);
  g_clear_pointer (&request->items, g_ptr_array_unref);
  g_clear_pointer (&request->details, g_variant_unref);
  g_object_unref (request->cancellable);
  g_main_context_unref (request->context);
  g_free (request);
}

PerseaPriority
persea_request_get_priority (PerseaRequest *request)
{
  return request->priority;
}

gboolean
persea_request_draws (PerseaRequest *request)
{
  return request->work->kind->draws;
}

static void
news_free (gpointer data)
{
  News *news = data;

  persea_request_unref (news->request);
  g_free (news->model);
  g_clear_pointer (&news->items, g_ptr_array_unref);
  g_clear_pointer (&news->picture, g_bytes_unref);
  g_clear_pointer (&news->details, g_variant_unref);
  g_clear_error (&news->error);
  g_free (news);
}

static gboolean
news_deliver (gpointer data)
{
  News *news = data;
  PerseaRequest *request = news->request;
  const PerseaRequestEvents *events = request->events;

  if (request->over)
    return G_SOURCE_REMOVE;
  request->over = news->kind == NEWS_FINISHED;
  switch (news->kind)
    {
    case NEWS_LOADING:
      events->loading (request, request->user_data);
      break;
    case NEWS_RUNNING:
      events->running (request, news->model, request->user_data);
      break;
    case NEWS_PROGRESS:
      events->progress (request, news->fraction, request->user_data);
      break;
    case NEWS_ITEMS:
      events->items (request, news->items, request->user_data);
      break;
    case NEWS_PREVIEW:
      events->preview (request, news->picture, request->user_data);
      break;
    case NEWS_FINISHED:
      events->finished (request, news->details, news->error, request->user_data);
      break;
    }
  return G_SOURCE_REMOVE;
}

static News *
news_new (PerseaRequest *request, NewsKind kind)
{
  News *news = g_new0 (News, 1);

  news->request = persea_request_ref (request);
  news->kind = kind;
  return news;
}

/* Always by a source, never at once: news stay in their order. */
static void
news_send (News *news)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, news_deliver, news, news_free);
  g_source_attach (source, news->request->context);
}

/* For those who do the work */

GCancellable *
persea_request_get_cancellable (PerseaRequest *request)
{
  return request->cancellable;
}

gboolean
persea_request_should_yield (PerseaRequest *request)
{
  return request->yield (request->priority, request->since, request->yield_data);
}

void
persea_request_tell_running (PerseaRequest *request, const char *model)
{
  News *news = news_new (request, NEWS_RUNNING);

  request->since = g_get_monotonic_time ();
  news->model = g_strdup (model);
  news_send (news);
}

void
persea_request_tell_progress (PerseaRequest *request, double fraction)
{
  gint64 now = g_get_monotonic_time ();
  News *news;

  if (now - request->progress < REQUEST_PROGRESS_TIME)
    return;
  request->progress = now;
  news = news_new (request, NEWS_PROGRESS);
  news->fraction = CLAMP (fraction, 0, 1);
  news_send (news);
}

void
persea_request_tell_preview (PerseaRequest *request, GBytes *picture)
{
  News *news = news_new (request, NEWS_PREVIEW);

  news->picture = g_bytes_ref (picture);
  news_send (news);
}

static void
request_flush (PerseaRequest *request)
{
  News *news;

  request->told = g_get_monotonic_time ();
  if (request->items == NULL)
    return;
  news = news_new (request, NEWS_ITEMS);
  news->items = g_steal_pointer (&request->items);
  news_send (news);
}

void
persea_request_add_item (PerseaRequest *request,
                         unsigned       index,
                         GVariant      *values,
                         GBytes        *picture,
                         const GError  *error)
{
  PerseaRequestItem *item = g_new0 (PerseaRequestItem, 1);

  item->index = index;
  item->values = values != NULL ? g_variant_ref_sink (values) : NULL;
  item->picture = picture != NULL ? g_bytes_ref (picture) : NULL;
  item->error = error != NULL ? g_error_copy (error) : NULL;
  if (request->items == NULL)
    request->items = g_ptr_array_new_with_free_func ((GDestroyNotify) request_item_free);
  g_ptr_array_add (request->items, item);
  if (request->items->len >= REQUEST_PARCEL_SIZE
      || g_get_monotonic_time () - request->told >= REQUEST_PARCEL_TIME)
    request_flush (request);
}

void
persea_request_set_details (PerseaRequest *request, GVariant *details)
{
  g_clear_pointer (&request->details, g_variant_unref);
  request->details = g_variant_ref_sink (details);
}

/* For the worker */

/* Once; whoever comes second is not heard.  @details: (nullable) */
static void
request_tell_finished (PerseaRequest *request, GVariant *details, const GError *error)
{
  News *news;

  if (!g_atomic_int_compare_and_exchange (&request->ended, FALSE, TRUE))
    return;
  news = news_new (request, NEWS_FINISHED);
  if (details == NULL)
    details = g_variant_new_parsed ("@a{sv} {}");
  news->details = g_variant_ref_sink (details);
  news->error = error != NULL ? g_error_copy (error) : NULL;
  news_send (news);
}

void
persea_request_tell_cancelled (PerseaRequest *request)
{
  g_autoptr (GError) cancelled = g_error_new (PERSEA_ERROR, PERSEA_ERROR_CANCELLED, "cancelled");

  request_tell_finished (request, NULL, cancelled);
}

static gboolean
request_give_up (gpointer data)
{
  persea_request_tell_cancelled (data);
  return G_SOURCE_REMOVE;
}

void
persea_request_give_up (PerseaRequest *request)
{
  g_autoptr (GSource) source = g_timeout_source_new (REQUEST_CANCEL_TIME);

  g_source_set_callback (source, request_give_up, persea_request_ref (request),
                         (GDestroyNotify) persea_request_unref);
  g_source_set_static_name (source, "persea-request");
  g_source_attach (source, request->context);
}

void
persea_request_cancel (PerseaRequest *request)
{
  g_atomic_int_set (&request->cancelled, TRUE);
  g_cancellable_cancel (request->cancellable);
}

void
persea_request_put_off (PerseaRequest *request)
{
  request->put_off = TRUE;
  g_cancellable_cancel (request->cancellable);
}

/* Whether it has stopped because it was put off; it can be run again then. */
static gboolean
request_take_put_off (PerseaRequest *request, const GError *error)
{
  gboolean put_off = request->put_off && persea_error_is_cancelled (error);

  if (!request->put_off)
    return FALSE;
  request->put_off = FALSE;
  g_cancellable_reset (request->cancellable);
  if (g_atomic_int_get (&request->cancelled)) /* maybe in the meantime */
    g_cancellable_cancel (request->cancellable);
  return put_off;
}

gboolean
persea_request_run (PerseaRequest   *request,
                    PerseaLoader    *loader,
                    PerseaYieldFunc  yield,
                    gpointer         user_data,
                    gboolean        *more)
{
  g_autoptr (GError) error = NULL;
  PerseaWork *work = request->work;
  gboolean ok;

  request->yield = yield;
  request->yield_data = user_data;
  request->since = g_get_monotonic_time ();
  if (!request->begun)
    news_send (news_new (request, NEWS_LOADING));
  request->begun = TRUE;

  *more = FALSE;
  ok = work->kind->run (work, request, loader, more, &error);
  *more = request_take_put_off (request, error) || (*more && ok);
  if (g_atomic_int_get (&request->cancelled))
    {
      *more = FALSE;
      if (ok)
        g_cancellable_set_error_if_cancelled (request->cancellable, &error);
    }
  request_flush (request);
  if (!*more)
    request_tell_finished (request, request->details, error);
  return !g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST);
}
