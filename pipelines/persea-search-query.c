/* persea-search-query.c - from words and pictures to one vector
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-search-query.h"

#include "persea-dtype.h"
#include "persea-error.h"
#include "persea-picture-stream.h"

#include <string.h>

#include <glib/gi18n.h>

typedef struct
{
  const char *path; /* (nullable): to be given out */
  float      *unit;
  size_t      dim;
  GError     *error;
} QueryPicture;

static size_t
query_count (const char *const *parts)
{
  return parts ? g_strv_length ((char **) parts) : 0;
}

/* @sum: (inout): @weight times the unit vectors of @texts are added */
static gboolean
query_add_texts (PerseaClip         *clip,
                 const char *const  *texts,
                 float               weight,
                 float              *sum,
                 GCancellable       *cancellable,
                 GError            **error)
{
  size_t n = query_count (texts);
  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree float *embeddings = g_new (float, n * dim + 1);

  if (n == 0)
    return TRUE;
  if (!persea_clip_encode_texts (clip, texts, n, embeddings, cancellable, error))
    return FALSE;
  persea_clip_normalize (embeddings, n, dim);
  for (size_t i = 0; i < n * dim; i++)
    sum[i % dim] += weight * embeddings[i];
  return TRUE;
}

static char *
query_next (gpointer *item, gpointer user_data)
{
  QueryPicture *picture = user_data;
  char *path = g_strdup (picture->path);

  picture->path = NULL;
  return path;
}

static gboolean
query_done (const char    *path,
            gpointer       item,
            const float   *embedding,
            const GError  *failure,
            gpointer       user_data,
            GError       **error)
{
  QueryPicture *picture = user_data;

  if (embedding)
    memcpy (picture->unit, embedding, picture->dim * sizeof *embedding);
  else
    picture->error = g_error_copy (failure);
  return TRUE;
}

/* Only looked at: a picture does not get into the library by being asked for. */
static gboolean
query_encode_picture (PerseaClip     *clip,
                      const char     *path,
                      float          *unit,
                      GCancellable   *cancellable,
                      GError        **error)
{
  const PerseaPictureStreamOptions stream = { .clip = clip };
  size_t dim = persea_clip_get_embed_dim (clip);
  QueryPicture picture = { .path = path, .unit = unit, .dim = dim };
  gboolean ok = persea_picture_stream_run (&stream, query_next, query_done, &picture, cancellable, error);

  if (ok && picture.error)
    {
      g_propagate_error (error, picture.error);
      return FALSE;
    }
  g_clear_error (&picture.error);
  if (ok)
    persea_picture_memory_round (unit, dim);
  return ok;
}

static gboolean
query_add_pictures (const PerseaSearchQuery  *query,
                    PerseaClip               *clip,
                    PerseaLibrary            *library,
                    float                    *sum,
                    GCancellable             *cancellable,
                    GError                  **error)
{
  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree float *unit = g_new (float, dim);
  g_autoptr (PerseaPictureMemory) memory = NULL;

  if (query_count (query->pictures) == 0)
    return TRUE;
  memory = persea_picture_memory_new (library, clip, FALSE, error);
  if (!memory)
    return FALSE;
  for (const char *const *path = query->pictures; *path; path++)
    {
      g_auto (PerseaPictureTrace) trace = { NULL };

      persea_picture_memory_recall (memory, *path, &trace, cancellable);
      if (trace.half)
        persea_dtype_to_f32 (PERSEA_DTYPE_F16, trace.half, unit, dim);
      else if (!query_encode_picture (clip, *path, unit, cancellable, error))
        return FALSE;
      for (size_t i = 0; i < dim; i++)
        sum[i] += unit[i];
    }
  return TRUE;
}

gboolean
persea_search_query_encode (const PerseaSearchQuery  *query,
                            PerseaClip               *clip,
                            PerseaLibrary            *library,
                            float                    *unit,
                            GCancellable             *cancellable,
                            GError                  **error)
{
  size_t dim = persea_clip_get_embed_dim (clip);
  size_t n_wanted = query_count (query->words) + query_count (query->pictures);

  if (n_wanted == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("there is nothing to look for"));
      return FALSE;
    }
  if (n_wanted + query_count (query->minus) > PERSEA_SEARCH_QUERY_MAX_PARTS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("more than %d words and pictures to look for"), PERSEA_SEARCH_QUERY_MAX_PARTS);
      return FALSE;
    }
  memset (unit, 0, dim * sizeof *unit);
  if (!query_add_texts (clip, query->words, 1, unit, cancellable, error)
      || !query_add_pictures (query, clip, library, unit, cancellable, error)
      || !query_add_texts (clip, query->minus, -1, unit, cancellable, error))
    return FALSE;
  persea_clip_normalize (unit, 1, dim);
  return TRUE;
}
