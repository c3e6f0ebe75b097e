/* persea-work-rank.c - the work of the method Rank
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-work-rank.h"

#include "persea-request-private.h"
#include "persea-text-table.h"
#include "persea-work-pictures.h"

#include <string.h>

/* so few texts are encoded in no time */
#define RANK_FEW_TEXTS 16

typedef struct
{
  PerseaWork         work;
  PerseaWorkPictures pictures;
  char              *model; /* (nullable) */
  char             **texts;
  size_t             n_texts;
  size_t             n_hits;
  PerseaTextTable   *table;    /* (nullable): once they are encoded */
  char              *identity; /* (nullable): of the model that encoded them */
  PerseaTextHit     *hits;     /* [n_hits] */
  float             *unit;     /* (nullable): [E] */
  PerseaClip        *clip;     /* (nullable): while it runs */
  PerseaRequest     *request;  /* likewise */
} RankWork;

static void
rank_free (PerseaWork *work)
{
  RankWork *rank = (RankWork *) work;

  persea_pictures_unref (rank->pictures.list);
  persea_text_table_unref (rank->table);
  g_strfreev (rank->texts);
  g_free (rank->identity);
  g_free (rank->model);
  g_free (rank->hits);
  g_free (rank->unit);
  g_free (rank);
}

static GVariant *
rank_describe (RankWork *rank)
{
  GVariantBuilder values;

  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&values, "{sv}", "model",
                         g_variant_new_string (persea_clip_get_name (rank->clip)));
  g_variant_builder_open (&values, G_VARIANT_TYPE ("{sv}"));
  g_variant_builder_add (&values, "s", "ranking");
  g_variant_builder_open (&values, G_VARIANT_TYPE_VARIANT);
  g_variant_builder_open (&values, G_VARIANT_TYPE ("a(sdd)"));
  for (size_t i = 0; i < rank->n_hits; i++)
    {
      const PerseaTextHit *hit = &rank->hits[i];

      g_variant_builder_add (&values, "(sdd)", rank->texts[hit->row], (double) hit->score,
                             (double) hit->similarity);
    }
  g_variant_builder_close (&values);
  g_variant_builder_close (&values);
  g_variant_builder_close (&values);
  return g_variant_builder_end (&values);
}

/* a PerseaWorkPictureFunc */
static void
rank_done (unsigned index, const float *embedding, gpointer user_data)
{
  RankWork *rank = user_data;
  size_t dim = persea_text_table_get_dim (rank->table);

  memcpy (rank->unit, embedding, dim * sizeof *rank->unit);
  persea_clip_normalize (rank->unit, 1, dim);
  persea_text_table_rank (rank->table, rank->unit, persea_clip_get_logit_scale (rank->clip),
                          rank->n_hits, rank->hits);
  persea_request_add_item (rank->request, index, rank_describe (rank), NULL, NULL);
}

/* Once; or again, if the configured model has changed between two parts. */
static gboolean
rank_encode_texts (RankWork *rank, PerseaLoader *loader, GError **error)
{
  const PerseaTextGroups groups = {
    .texts = (const char *const *) rank->texts,
    .n_texts = rank->n_texts,
  };
  const PerseaTextTableOptions options = {
    .no_cache = rank->n_texts < RANK_FEW_TEXTS,
    .progress = persea_loader_make_way,
    .progress_data = loader,
  };

  if (g_strcmp0 (rank->identity, persea_clip_get_identity (rank->clip)) == 0)
    return TRUE;
  g_clear_pointer (&rank->table, persea_text_table_unref);
  rank->table = persea_text_table_ensure (rank->clip, &groups, &options,
                                          persea_request_get_cancellable (rank->request), error);
  if (rank->table == NULL)
    return FALSE;
  g_free (rank->identity);
  rank->identity = g_strdup (persea_clip_get_identity (rank->clip));
  rank->unit = g_renew (float, rank->unit, persea_text_table_get_dim (rank->table));
  return TRUE;
}

static gboolean
rank_run (PerseaWork     *work,
          PerseaRequest  *request,
          PerseaLoader   *loader,
          gboolean       *more,
          GError        **error)
{
  RankWork *rank = (RankWork *) work;
  g_autoptr (PerseaClip) clip = NULL;

  clip = persea_loader_get_clip (loader, rank->model, persea_request_get_cancellable (request), error);
  if (clip == NULL)
    return FALSE;
  rank->clip = clip;
  rank->request = request;
  if (!rank_encode_texts (rank, loader, error))
    return FALSE;
  persea_request_tell_running (request, persea_clip_get_name (clip));
  if (!persea_work_pictures_run (&rank->pictures, request, clip, rank_done, rank, error))
    return FALSE;
  *more = rank->pictures.next < work->n_items;
  return TRUE;
}

static const PerseaWorkKind rank_kind = {
  .role = "rank",
  .run = rank_run,
  .free = rank_free,
};

PerseaWork *
persea_work_rank_new (PerseaPictures *pictures, const PerseaRankOptions *options)
{
  RankWork *work = g_new0 (RankWork, 1);

  work->work.kind = &rank_kind;
  work->work.n_items = persea_pictures_get_length (pictures);
  work->pictures.list = persea_pictures_ref (pictures);
  work->pictures.exact = options->exact;
  work->model = g_strdup (options->model);
  work->texts = g_strdupv ((char **) options->texts);
  work->n_texts = g_strv_length (work->texts);
  work->n_hits = options->top > 0 ? MIN (options->top, work->n_texts) : work->n_texts;
  work->hits = g_new (PerseaTextHit, work->n_hits);
  return &work->work;
}
