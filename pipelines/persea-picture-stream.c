/* persea-picture-stream.c - many pictures in, their embeddings out
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * As many decoding threads as there are processors: on a CPU device they take turns with the
 * encoding, and since a queue of some batches lies between the two, no processor waits.
 */
#include "config.h"

#include "persea-picture-stream.h"

#include <math.h>
#include <string.h>

#include "persea-dtype.h"
#include "persea-error.h"
#include "persea-image-file.h"
#include "persea-preprocess.h"

/* batches that may be decoded or under way */
#define QUEUE_BATCHES 3
/* as many of each size before larger ones, to begin with small ones */
#define GENTLE_STEPS 4

typedef struct
{
  char               *path;
  gpointer            item;
  PerseaPictureTrace  trace;  /* empty without a memory */
  uint8_t            *square; /* [size, size, 3]; NULL if it failed or its embedding is known */
  size_t              row;    /* of the stream's embeddings */
  GError             *error;
  gboolean            decoded; /* under the stream's mutex */
} Picture;

typedef struct
{
  PerseaClip             *clip;
  PerseaPictureMemory    *memory; /* (nullable) */
  const PerseaPreprocess *preprocess;
  PerseaImageQuality      quality;
  GCancellable           *cancellable;
  GThreadPool            *pool;
  GMutex                  mutex;
  GCond                   decoded;
  GQueue                  pictures; /* in the order in which they were given out */
  size_t                  size;     /* pixels of each side */
  size_t                  dim;
  size_t                  max_batch;
  size_t                  batch;   /* at the moment */
  unsigned                n_steps;
  float                  *pixels;     /* [max_batch, 3, size, size] */
  float                  *embeddings; /* [max_batch, dim] */
  float                  *finished;   /* [dim] */
  gboolean                exhausted;  /* @next has nothing more */
} Stream;

static void
picture_free (gpointer data)
{
  Picture *picture = data;

  g_free (picture->path);
  persea_picture_trace_clear (&picture->trace);
  g_free (picture->square);
  g_clear_error (&picture->error);
  g_free (picture);
}

static void
picture_decode (Picture *picture, Stream *stream)
{
  gboolean is_stdin = strcmp (picture->path, "-") == 0;
  g_autoptr (GBytes) bytes = is_stdin ? persea_image_source_read_stdin (stream->cancellable, &picture->error)
                                       : NULL;
  PerseaImageSource source = { .path = is_stdin ? NULL : picture->path, .bytes = bytes, .name = picture->path };
  g_autofree uint8_t *square = g_malloc (stream->size * stream->size * 3);

  if (!picture->error
      && persea_image_preprocess (&source, stream->preprocess, stream->quality, square,
                                  stream->cancellable, &picture->error))
    picture->square = g_steal_pointer (&square);
}

/* runs on a thread of the pool */
static void
picture_prepare (gpointer data, gpointer user_data)
{
  Picture *picture = data;
  Stream *stream = user_data;

  if (stream->memory)
    persea_picture_memory_recall (stream->memory, picture->path, &picture->trace, stream->cancellable);
  if (!picture->trace.half)
    picture_decode (picture, stream);
  if (!picture->error)
    persea_picture_memory_date (&picture->trace);

  g_mutex_lock (&stream->mutex);
  picture->decoded = TRUE;
  g_cond_broadcast (&stream->decoded);
  g_mutex_unlock (&stream->mutex);
}

static void
stream_fill (Stream *stream, PerseaPictureNextFunc next, gpointer user_data)
{
  while (!stream->exhausted && stream->pictures.length < QUEUE_BATCHES * stream->batch
         && !g_cancellable_is_cancelled (stream->cancellable))
    {
      gpointer item = NULL;
      char *path = next (&item, user_data);
      Picture *picture;

      if (!path)
        {
          stream->exhausted = TRUE;
          return;
        }
      picture = g_new0 (Picture, 1);
      picture->path = path;
      picture->item = item;
      g_queue_push_tail (&stream->pictures, picture);
      g_thread_pool_push (stream->pool, picture, NULL);
    }
}

/* Pictures from the head of the queue that will be encoded together: up to a batch of good ones,
 * and the bad ones between them. */
static GPtrArray *
stream_take_batch (Stream *stream)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func (picture_free);
  size_t n_good = 0;

  while (n_good < stream->batch && stream->pictures.length > 0)
    {
      Picture *picture = stream->pictures.head->data;

      g_mutex_lock (&stream->mutex);
      while (!picture->decoded)
        g_cond_wait (&stream->decoded, &stream->mutex);
      g_mutex_unlock (&stream->mutex);
      n_good += picture->square != NULL;
      g_ptr_array_add (taken, g_queue_pop_head (&stream->pictures));
    }
  return taken;
}

/* (nullable): the picture before number @i of @batch that has the same content and is encoded */
static const Picture *
stream_find_twin (GPtrArray *batch, unsigned i)
{
  const char *content = ((const Picture *) batch->pdata[i])->trace.content;

  for (unsigned k = 0; content && k < i; k++)
    {
      const Picture *other = batch->pdata[k];

      if (other->square && g_strcmp0 (other->trace.content, content) == 0)
        return other;
    }
  return NULL;
}

/* Copies are encoded once, be they in one batch or in several. */
static gboolean
stream_encode (Stream *stream, GPtrArray *batch, GError **error)
{
  size_t n = 0;

  for (unsigned i = 0; i < batch->len; i++)
    {
      Picture *picture = batch->pdata[i];
      const Picture *twin;

      if (!picture->square)
        continue;
      if (stream->memory)
        persea_picture_memory_recall_again (stream->memory, &picture->trace);
      if (picture->trace.half)
        {
          g_clear_pointer (&picture->square, g_free);
          continue;
        }
      twin = stream_find_twin (batch, i);
      picture->row = twin ? twin->row : n;
      if (!twin)
        persea_preprocess_normalize (stream->preprocess, picture->square,
                                     stream->pixels + n++ * 3 * stream->size * stream->size);
    }
  return n == 0
         || persea_clip_encode_images (stream->clip, stream->pixels, n, stream->embeddings,
                                       stream->cancellable, error);
}

static gboolean
embedding_is_finite (const float *embedding, size_t dim)
{
  for (size_t i = 0; i < dim; i++)
    if (!isfinite (embedding[i]))
      return FALSE;
  return TRUE;
}

/* The embedding of a good picture, as @done gets it. */
static const float *
stream_finish (Stream *stream, Picture *picture, GError **error)
{
  const float *encoded = stream->embeddings + picture->row * stream->dim;

  if (picture->trace.half)
    persea_dtype_to_f32 (PERSEA_DTYPE_F16, picture->trace.half, stream->finished, stream->dim);
  else if (!embedding_is_finite (encoded, stream->dim))
    {
      g_set_error (&picture->error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "the embedding of the picture is not a number; are the weights damaged?");
      return NULL;
    }
  else if (!stream->memory)
    return encoded;
  else
    {
      memcpy (stream->finished, encoded, stream->dim * sizeof *encoded);
      persea_picture_memory_round (stream->finished, stream->dim);
    }
  return persea_picture_memory_keep (stream->memory, &picture->trace, stream->finished, error) ? stream->finished
                                                                                               : NULL;
}

/* Results of @batch; of those left when @done fails, or with @failure, that error is the result. */
static gboolean
stream_report (Stream                 *stream,
               GPtrArray              *batch,
               const GError           *failure,
               PerseaPictureDoneFunc   done,
               gpointer                user_data,
               GError                **error)
{
  g_autoptr (GError) done_error = NULL;

  for (unsigned i = 0; i < batch->len; i++)
    {
      Picture *picture = batch->pdata[i];
      gboolean is_good = picture->square || picture->trace.half;
      const float *embedding = NULL;

      if (is_good && !failure && !done_error)
        embedding = stream_finish (stream, picture, &done_error);
      if (!embedding && !picture->error)
        picture->error = g_error_copy (failure ? failure : done_error);
      done (picture->path, picture->item, embedding, picture->error, user_data,
            done_error ? NULL : &done_error);
    }
  if (done_error)
    {
      g_propagate_error (error, g_steal_pointer (&done_error));
      return FALSE;
    }
  return TRUE;
}

static void
stream_init (Stream *stream, const PerseaPictureStreamOptions *options, GCancellable *cancellable)
{
  PerseaClip *clip = options->clip;

  *stream = (Stream) {
    .clip = clip,
    .memory = options->memory,
    .preprocess = persea_clip_get_preprocess (clip),
    .quality = options->exact ? PERSEA_IMAGE_EXACT : PERSEA_IMAGE_FAST,
    .cancellable = cancellable,
    .size = persea_clip_get_image_size (clip),
    .dim = persea_clip_get_embed_dim (clip),
    .max_batch = persea_clip_get_batch_size (clip),
  };
  stream->batch = options->gentle ? 1 : stream->max_batch;
  g_mutex_init (&stream->mutex);
  g_cond_init (&stream->decoded);
  g_queue_init (&stream->pictures);
  stream->pixels = g_new (float, stream->max_batch * 3 * stream->size * stream->size);
  stream->embeddings = g_new (float, stream->max_batch * stream->dim);
  stream->finished = g_new (float, stream->dim);
  stream->pool = g_thread_pool_new (picture_prepare, stream, (int) g_get_num_processors (), FALSE, NULL);
}

static void
stream_clear (Stream *stream)
{
  /* waits for what is under way */
  g_thread_pool_free (stream->pool, FALSE, TRUE);
  g_queue_clear_full (&stream->pictures, picture_free);
  g_free (stream->pixels);
  g_free (stream->embeddings);
  g_free (stream->finished);
  g_mutex_clear (&stream->mutex);
  g_cond_clear (&stream->decoded);
}

static gboolean
stream_step (Stream *stream, PerseaPictureDoneFunc done, gpointer user_data, GError **error)
{
  g_autoptr (GPtrArray) batch = stream_take_batch (stream);
  g_autoptr (GError) failure = NULL;

  if (g_cancellable_is_cancelled (stream->cancellable))
    g_set_error (&failure, PERSEA_ERROR, PERSEA_ERROR_CANCELLED, "cancelled");
  else
    stream_encode (stream, batch, &failure);
  if (!stream_report (stream, batch, failure, done, user_data, error))
    return FALSE;
  if (failure)
    g_propagate_error (error, g_steal_pointer (&failure));
  if (++stream->n_steps % GENTLE_STEPS == 0)
    stream->batch = MIN (2 * stream->batch, stream->max_batch);
  return !failure && !(error && *error);
}

gboolean
persea_picture_stream_run (const PerseaPictureStreamOptions  *options,
                           PerseaPictureNextFunc              next,
                           PerseaPictureDoneFunc              done,
                           gpointer                           user_data,
                           GCancellable                      *cancellable,
                           GError                           **error)
{
  Stream stream;
  g_autoptr (GError) failure = NULL;

  stream_init (&stream, options, cancellable);
  stream_fill (&stream, next, user_data);
  while (!failure && stream.pictures.length > 0)
    {
      stream_step (&stream, done, user_data, &failure);
      if (!failure)
        stream_fill (&stream, next, user_data);
    }
  if (failure)
    {
      /* what was given out and is not encoded any more */
      while (stream.pictures.length > 0)
        {
          g_autoptr (GPtrArray) batch = stream_take_batch (&stream);

          stream_report (&stream, batch, failure, done, user_data, NULL);
        }
    }
  else if (!stream.exhausted)
    g_cancellable_set_error_if_cancelled (cancellable, &failure);
  stream_clear (&stream);
  if (failure)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  return TRUE;
}
