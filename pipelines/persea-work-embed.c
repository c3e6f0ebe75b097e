/* persea-work-embed.c - the work of the method Embed
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-work-embed.h"

#include "persea-request-private.h"
#include "persea-work-pictures.h"

#include <string.h>

/* texts that are encoded before others may have their turn */
#define EMBED_TEXTS 32

typedef struct
{
  PerseaWork         work;
  PerseaWorkPictures pictures;
  unsigned           n_pictures;
  char              *model; /* (nullable) */
  gboolean           raw;
  char             **texts;
  unsigned           n_texts;
  unsigned           next_text;
  PerseaClip        *clip;    /* (nullable): while it runs */
  PerseaRequest     *request; /* likewise */
} EmbedWork;

static void
embed_free (PerseaWork *work)
{
  EmbedWork *embed = (EmbedWork *) work;

  persea_pictures_unref (embed->pictures.list);
  g_strfreev (embed->texts);
  g_free (embed->model);
  g_free (embed);
}

/* a PerseaWorkPictureFunc, also for texts */
static void
embed_done (unsigned index, const float *embedding, gpointer user_data)
{
  EmbedWork *embed = user_data;
  size_t dim = persea_clip_get_embed_dim (embed->clip);
  g_autofree float *unit = g_memdup2 (embedding, dim * sizeof *unit);
  g_autofree double *numbers = g_new (double, dim);
  GVariantBuilder values;

  if (!embed->raw)
    persea_clip_normalize (unit, 1, dim);
  for (size_t i = 0; i < dim; i++)
    numbers[i] = unit[i];
  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&values, "{sv}", "model",
                         g_variant_new_string (persea_clip_get_name (embed->clip)));
  g_variant_builder_add (&values, "{sv}", "embedding",
                         g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, numbers, dim,
                                                    sizeof *numbers));
  persea_request_add_item (embed->request, index, g_variant_builder_end (&values), NULL, NULL);
}

static gboolean
embed_some_texts (EmbedWork *embed, GError **error)
{
  size_t dim = persea_clip_get_embed_dim (embed->clip);
  unsigned n = MIN (embed->n_texts - embed->next_text, EMBED_TEXTS);
  g_autofree float *embeddings = g_new (float, n * dim);

  if (!persea_clip_encode_texts (embed->clip, (const char *const *) embed->texts + embed->next_text, n,
                                 embeddings, persea_request_get_cancellable (embed->request), error))
    return FALSE;
  for (unsigned i = 0; i < n; i++)
    embed_done (embed->n_pictures + embed->next_text + i, embeddings + i * dim, embed);
  embed->next_text += n;
  return TRUE;
}

static gboolean
embed_run (PerseaWork     *work,
           PerseaRequest  *request,
           PerseaLoader   *loader,
           gboolean       *more,
           GError        **error)
{
  EmbedWork *embed = (EmbedWork *) work;
  g_autoptr (PerseaClip) clip = NULL;

  clip = persea_loader_get_clip (loader, embed->model, persea_request_get_cancellable (request), error);
  if (clip == NULL)
    return FALSE;
  embed->clip = clip;
  embed->request = request;
  persea_request_tell_running (request, persea_clip_get_name (clip));
  if (!persea_work_pictures_run (&embed->pictures, request, clip, embed_done, embed, error))
    return FALSE;
  *more = TRUE;
  if (embed->pictures.next < embed->n_pictures)
    return TRUE;
  while (embed->next_text < embed->n_texts)
    if (persea_request_should_yield (request))
      return TRUE;
    else if (!embed_some_texts (embed, error))
      return FALSE;
  *more = FALSE;
  return TRUE;
}

static const PerseaWorkKind embed_kind = {
  .role = "embed",
  .run = embed_run,
  .free = embed_free,
};

PerseaWork *
persea_work_embed_new (PerseaPictures *pictures, const PerseaEmbedOptions *options)
{
  static const char *const no_texts[] = { NULL };
  EmbedWork *work = g_new0 (EmbedWork, 1);

  work->work.kind = &embed_kind;
  work->pictures.list = persea_pictures_ref (pictures);
  work->pictures.exact = options->exact;
  work->n_pictures = persea_pictures_get_length (pictures);
  work->model = g_strdup (options->model);
  work->raw = options->raw;
  work->texts = g_strdupv ((char **) (options->texts != NULL ? options->texts : no_texts));
  work->n_texts = g_strv_length (work->texts);
  work->work.n_items = work->n_pictures + work->n_texts;
  return &work->work;
}
