/* persea-work-tag.c - the work of the method Tag
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-work-tag.h"

#include "persea-error.h"
#include "persea-request-private.h"

typedef struct
{
  PerseaWork       work;
  PerseaPictures  *pictures;
  char            *model; /* (nullable) */
  PerseaTagOptions tag;
  unsigned         next;  /* picture to be given out */
  int64_t          run;   /* in the library; 0: not begun, or none */
  const char      *model_name; /* (nullable): while it runs */
  PerseaRequest   *request;    /* likewise */
} TagWork;

static void
tag_free (PerseaWork *work)
{
  TagWork *tag = (TagWork *) work;

  persea_pictures_unref (tag->pictures);
  persea_tag_options_clear (&tag->tag);
  g_free (tag->model);
  g_free (tag);
}

/* a PerseaTagNextFunc */
static char *
tag_next (gpointer *item, gpointer user_data)
{
  TagWork *tag = user_data;

  while (tag->next < tag->work.n_items)
    {
      unsigned index = tag->next;
      const char *path = persea_pictures_get_path (tag->pictures, index);

      if (path != NULL && persea_request_should_yield (tag->request))
        return NULL;
      tag->next++;
      if (path != NULL)
        {
          *item = GUINT_TO_POINTER (index);
          return g_strdup (path);
        }
      persea_request_add_item (tag->request, index, NULL, NULL,
                               persea_pictures_get_error (tag->pictures, index));
    }
  return NULL;
}

static GVariant *
tag_describe (TagWork *tag, GPtrArray *tags)
{
  GVariantBuilder values;

  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&values, "{sv}", "model", g_variant_new_string (tag->model_name));
  g_variant_builder_open (&values, G_VARIANT_TYPE ("{sv}"));
  g_variant_builder_add (&values, "s", "tags");
  g_variant_builder_open (&values, G_VARIANT_TYPE_VARIANT);
  g_variant_builder_open (&values, G_VARIANT_TYPE ("a(sd)"));
  for (unsigned i = 0; i < tags->len; i++)
    {
      const PerseaTagRecord *record = g_ptr_array_index (tags, i);

      g_variant_builder_add (&values, "(sd)", record->name, record->score);
    }
  g_variant_builder_close (&values);
  g_variant_builder_close (&values);
  g_variant_builder_close (&values);
  return g_variant_builder_end (&values);
}

/* a PerseaTagDoneFunc */
static void
tag_done (const PerseaTagResult *result, gpointer user_data)
{
  TagWork *tag = user_data;
  unsigned index = GPOINTER_TO_UINT (result->item);

  if (result->error == NULL)
    persea_request_add_item (tag->request, index, tag_describe (tag, result->tags), NULL, NULL);
  else if (!persea_error_is_cancelled (result->error))
    persea_request_add_item (tag->request, index, NULL, NULL, result->error);
}

/* The first part of the work begins a run, the others go on with it. */
static gboolean
tag_choose_run (TagWork *tag, PerseaTagJob *job, PerseaRequest *request, GError **error)
{
  GVariantBuilder details;

  if (tag->tag.write == PERSEA_WRITE_NONE)
    return TRUE;
  if (tag->run != 0)
    return persea_tag_job_continue_run (job, tag->run, error);
  if (!persea_tag_job_begin_run (job, &tag->run, error))
    return FALSE;
  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "run",
                         g_variant_new_string (persea_tag_job_get_run_name (job)));
  persea_request_set_details (request, g_variant_builder_end (&details));
  return TRUE;
}

static gboolean
tag_run (PerseaWork     *work,
         PerseaRequest  *request,
         PerseaLoader   *loader,
         gboolean       *more,
         GError        **error)
{
  TagWork *tag = (TagWork *) work;
  GCancellable *cancellable = persea_request_get_cancellable (request);
  PerseaTagJob *job;
  gboolean ok;

  job = persea_loader_get_tag_job (loader, NULL, tag->model, &tag->tag, cancellable, error);
  if (job == NULL || !tag_choose_run (tag, job, request, error))
    return FALSE;
  tag->request = request;
  tag->model_name = persea_loader_get_model_name (loader);
  persea_request_tell_running (request, tag->model_name);
  ok = persea_tag_job_run (job, tag_next, tag_done, tag, cancellable, error);
  *more = tag->next < work->n_items;
  return ok;
}

static const PerseaWorkKind tag_kind = {
  .role = "tag",
  .run = tag_run,
  .free = tag_free,
};

PerseaWork *
persea_work_tag_new (PerseaPictures *pictures, const char *model, const PerseaTagOptions *tag)
{
  TagWork *work = g_new0 (TagWork, 1);

  work->work.kind = &tag_kind;
  work->work.n_items = persea_pictures_get_length (pictures);
  work->pictures = persea_pictures_ref (pictures);
  work->model = g_strdup (model);
  persea_tag_options_copy (&work->tag, tag);
  return &work->work;
}
