/* persea-work-search.c - the work of the methods Search and FindDuplicates
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-work-search.h"

#include "persea-request-private.h"
#include "persea-search-query.h"

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

static void
search_set_results (PerseaRequest *request, const char *name, GVariant *value)
{
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", name, value);
  persea_request_set_details (request, g_variant_builder_end (&details));
}

static gboolean
search_find_duplicates (SearchWork     *work,
                        PerseaSearch   *search,
                        PerseaRequest  *request,
                        PerseaLoader   *loader,
                        GError        **error)
{
  g_autoptr (GPtrArray) groups = NULL;
  GVariantBuilder list;

  if (!persea_search_find_duplicates (search, &work->options, persea_loader_make_way, loader, &groups,
                                      persea_request_get_cancellable (request), error))
    return FALSE;
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa(sd)"));
  for (unsigned i = 0; i < groups->len; i++)
    g_variant_builder_add_value (&list, search_describe_hits (g_ptr_array_index (groups, i)));
  search_set_results (request, "groups", g_variant_builder_end (&list));
  return TRUE;
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
  work->options.except = pictures[0];
  if (!persea_search_query_encode (&query, clip, persea_loader_get_library (loader), unit,
                                   persea_request_get_cancellable (request), error)
      || !persea_search_find (search, unit, &work->options, &hits, error))
    return FALSE;
  search_set_results (request, "results", search_describe_hits (hits));
  return TRUE;
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
  return own->duplicates ? search_find_duplicates (own, search, request, loader, error)
                         : search_find (own, search, request, clip, loader, error);
}

static const PerseaWorkKind search_kind = {
  .role = "search",
  .run = search_run,
  .free = search_free,
};

PerseaWork *
persea_work_search_new (PerseaPictures *pictures, const PerseaSearchRequest *request)
{
  static const char *const nothing[] = { NULL };
  SearchWork *work = g_new0 (SearchWork, 1);

  work->work.kind = &search_kind;
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
