/* persea-work-search.c - the work of the methods Search, FindDuplicates and ListDuplicates
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-work-search.h"

#include "persea-error.h"
#include "persea-request-private.h"
#include "persea-search-query.h"

#include <glib/gi18n.h>

/* bytes; arrays of D-Bus have 64 MiB at most */
#define SEARCH_MAX_ANSWER (48 << 20)

typedef struct
{
  PerseaWork          work;
  PerseaPictures     *pictures;
  char               *model; /* (nullable) */
  char              **words;
  char              **minus;
  char               *folder; /* (nullable) */
  char              **tags;   /* (nullable) */
  gboolean            duplicates;
  PerseaSearchOptions options; /* its strings are those above */
} SearchWork;

static void
search_free (PerseaWork *work)
{
  SearchWork *search = (SearchWork *) work;

  persea_pictures_unref (search->pictures);
  g_free (search->model);
  g_free (search->folder);
  g_strfreev (search->words);
  g_strfreev (search->minus);
  g_strfreev (search->tags);
  g_free (search);
}

/* Names that are no URI cannot be: paths are absolute. */
static GVariant *
search_describe_hits (GPtrArray *hits)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sd)"));
  for (unsigned i = 0; i < hits->len; i++)
    {
      const PerseaSearchHit *hit = g_ptr_array_index (hits, i);
      g_autofree char *uri = g_filename_to_uri (hit->path, NULL, NULL);

      g_variant_builder_add (&list, "(sd)", uri, hit->score);
    }
  return g_variant_builder_end (&list);
}

/* @n_pictures: that were looked at; @value: floating */
static gboolean
search_add_results (PerseaRequest  *request,
                    PerseaClip     *clip,
                    size_t          n_pictures,
                    const char     *name,
                    GVariant       *value,
                    GError        **error)
{
  g_autoptr (GVariant) results = g_variant_ref_sink (value);
  GVariantBuilder values;

  if (g_variant_get_size (results) > SEARCH_MAX_ANSWER)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("top: what was found has %zu bytes, which is too much for one answer"),
                   g_variant_get_size (results));
      return FALSE;
    }
  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&values, "{sv}", "model", g_variant_new_string (persea_clip_get_name (clip)));
  g_variant_builder_add (&values, "{sv}", "pictures", g_variant_new_uint32 ((guint32) n_pictures));
  g_variant_builder_add (&values, "{sv}", name, results);
  persea_request_add_item (request, 0, g_variant_builder_end (&values), NULL, NULL);
  return TRUE;
}

typedef struct
{
  PerseaRequest *request;
  PerseaLoader  *loader;
} Comparison;

/* a PerseaProgressFunc */
static void
search_show_progress (const char *what, double fraction, gpointer data)
{
  const Comparison *comparison = data;

  persea_request_tell_progress (comparison->request, fraction);
  persea_loader_make_way (what, fraction, comparison->loader);
}

static gboolean
search_find_duplicates (SearchWork     *work,
                        PerseaSearch   *search,
                        PerseaRequest  *request,
                        PerseaClip     *clip,
                        PerseaLoader   *loader,
                        GError        **error)
{
  Comparison comparison = { request, loader };
  g_autoptr (GPtrArray) groups = NULL;
  GVariantBuilder list;

  if (!persea_search_find_duplicates (search, &work->options, search_show_progress, &comparison, &groups,
                                      persea_request_get_cancellable (request), error))
    return FALSE;
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa(sd)"));
  for (unsigned i = 0; i < groups->len; i++)
    g_variant_builder_add_value (&list, search_describe_hits (g_ptr_array_index (groups, i)));
  return search_add_results (request, clip, persea_search_get_n_pictures (search), "groups",
                             g_variant_builder_end (&list), error);
}

/* (transfer container) (array zero-terminated=1) (nullable) */
static const char **
search_list_pictures (SearchWork *work, GError **error)
{
  unsigned n = persea_pictures_get_length (work->pictures);
  g_autofree const char **paths = g_new0 (const char *, n + 1);

  for (unsigned i = 0; i < n; i++)
    {
      paths[i] = persea_pictures_get_path (work->pictures, i);
      if (paths[i] != NULL)
        continue;
      g_propagate_error (error, g_error_copy (persea_pictures_get_error (work->pictures, i)));
      return NULL;
    }
  return g_steal_pointer (&paths);
}

static gboolean
search_find (SearchWork     *work,
             PerseaSearch   *search,
             PerseaRequest  *request,
             PerseaClip     *clip,
             PerseaLoader   *loader,
             GError        **error)
{
  g_autofree float *unit = g_new (float, persea_clip_get_embed_dim (clip));
  g_autofree const char **pictures = search_list_pictures (work, error);
  g_autoptr (GPtrArray) hits = NULL;
  const PerseaSearchQuery query = {
    .words = (const char *const *) work->words,
    .pictures = pictures,
    .minus = (const char *const *) work->minus,
  };

  if (pictures == NULL)
    return FALSE;
  /* as persea search has it */
  if (pictures[0] != NULL && pictures[1] == NULL)
    work->options.except = pictures[0];
  if (!persea_search_query_encode (&query, clip, persea_loader_get_library (loader), unit,
                                   persea_request_get_cancellable (request), error)
      || !persea_search_find (search, unit, &work->options, &hits, error))
    return FALSE;
  return search_add_results (request, clip, persea_search_get_n_pictures (search), "results",
                             search_describe_hits (hits), error);
}

static gboolean
search_run (PerseaWork     *work,
            PerseaRequest  *request,
            PerseaLoader   *loader,
            gboolean       *more,
            GError        **error)
{
  SearchWork *own = (SearchWork *) work;
  g_autoptr (PerseaClip) clip = NULL;
  g_autoptr (PerseaSearch) search = NULL;

  clip = persea_loader_get_clip (loader, own->model, persea_request_get_cancellable (request), error);
  if (clip == NULL)
    return FALSE;
  search = persea_loader_get_search (loader, clip);
  persea_request_tell_running (request, persea_clip_get_name (clip));
  return own->duplicates ? search_find_duplicates (own, search, request, clip, loader, error)
                         : search_find (own, search, request, clip, loader, error);
}

static const PerseaWorkKind search_kind = {
  .role = "search",
  .run = search_run,
  .free = search_free,
};

static const PerseaWorkKind duplicates_kind = {
  .role = "duplicates",
  .run = search_run,
  .free = search_free,
};

PerseaWork *
persea_work_search_new (PerseaPictures *pictures, const PerseaSearchRequest *request)
{
  static const char *const nothing[] = { NULL };
  SearchWork *work = g_new0 (SearchWork, 1);

  work->work.kind = request->duplicates ? &duplicates_kind : &search_kind;
  work->work.n_items = 1;
  work->pictures = persea_pictures_ref (pictures);
  work->model = g_strdup (request->model);
  work->words = g_strdupv ((char **) (request->words != NULL ? request->words : nothing));
  work->minus = g_strdupv ((char **) (request->minus != NULL ? request->minus : nothing));
  work->folder = g_strdup (request->options.folder);
  work->tags = g_strdupv ((char **) request->options.tags);
  work->duplicates = request->duplicates;
  work->options = request->options;
  work->options.folder = work->folder;
  work->options.tags = (const char *const *) work->tags;
  return &work->work;
}
