/* persea-image-remote.c - pictures that are decoded by other processes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-image-remote.h"

#include <unistd.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-image-writer.h"
#include "persea-shared-memory.h"

#define REMOTE_MAX_XMP (32 << 20)
#define REMOTE_MAX_FILE (UINT64_C (2) << 30) /* bytes of a picture that is encoded */
#define REMOTE_MAX_PROVENANCE (32 << 20)
#define REMOTE_MAX_PROBE 65536

/* one question and its answer */
typedef struct
{
  PerseaDecoderRequest request;
  PerseaDecoderReply   reply;
  int                  memory;
} Exchange;

/* what the whole process decodes with; set before there are threads */
static PerseaDecoderPool *image_decoders = NULL;

void
persea_image_set_decoders (PerseaDecoderPool *decoders)
{
  g_atomic_pointer_set (&image_decoders, decoders);
}

PerseaDecoderPool *
persea_image_remote_get_decoders (void)
{
  return g_atomic_pointer_get (&image_decoders);
}

static void
exchange_clear (Exchange *exchange)
{
  if (exchange->memory >= 0)
    close (exchange->memory);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Exchange, exchange_clear)

static gboolean
remote_lies (const PerseaImageSource *source, GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, "%s: what its decoder says makes no sense",
               persea_image_source_get_name (source));
  return FALSE;
}

/* Asks, and sees to it that the result is not changed any more.  @exchange has the request. */
static gboolean
remote_ask (PerseaDecoderPool       *decoders,
            const PerseaImageSource *source,
            Exchange                *exchange,
            uint64_t                 capacity,
            int                      input,
            GCancellable            *cancellable,
            GError                 **error)
{
  exchange->request.capacity = capacity;
  exchange->memory = persea_shared_memory_new (capacity, error);
  if (exchange->memory < 0
      || !persea_decoder_pool_ask (decoders, source, &exchange->request, exchange->memory, input,
                                   &exchange->reply, cancellable, error)
      || !persea_shared_memory_seal (exchange->memory, error))
    return FALSE;
  return exchange->reply.size <= capacity || remote_lies (source, error);
}

static uint64_t
remote_get_max_pixels (const PerseaImageSource *source)
{
  return source->max_pixels > 0 ? source->max_pixels : PERSEA_IMAGE_MAX_PIXELS;
}

/* The result, if it has @n_bands bytes for each pixel of what the reply says. */
static uint8_t *
remote_take_pixels (const PerseaImageSource *source, const Exchange *exchange, int n_bands, GError **error)
{
  const PerseaDecoderReply *reply = &exchange->reply;
  g_autofree uint8_t *pixels = NULL;

  if (reply->width < 1 || reply->height < 1
      || (uint64_t) reply->width * reply->height > remote_get_max_pixels (source)
      || reply->size != (uint64_t) reply->width * reply->height * n_bands)
    {
      remote_lies (source, error);
      return NULL;
    }
  pixels = g_try_malloc (reply->size);
  if (pixels == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
                   _("%s: there is not enough memory for %d × %d pixels"),
                   persea_image_source_get_name (source), reply->width, reply->height);
      return NULL;
    }
  return persea_shared_memory_read (exchange->memory, pixels, reply->size, error)
           ? g_steal_pointer (&pixels) : NULL;
}

static GBytes *
remote_take_bytes (const Exchange *exchange, GError **error)
{
  return persea_shared_memory_copy (exchange->memory, exchange->reply.size, error);
}

gboolean
persea_image_remote_preprocess (PerseaDecoderPool        *decoders,
                                const PerseaImageSource  *source,
                                const PerseaPreprocess   *preprocess,
                                PerseaImageQuality        quality,
                                uint8_t                  *square,
                                GCancellable             *cancellable,
                                GError                  **error)
{
  size_t size = (size_t) preprocess->image_size * preprocess->image_size * 3;
  g_auto (Exchange) exchange = {
    .request = {
      .operation = PERSEA_DECODER_PREPROCESS,
      .quality = quality,
      .preprocess = *preprocess,
    },
    .memory = -1,
  };

  if (!remote_ask (decoders, source, &exchange, size, -1, cancellable, error))
    return FALSE;
  if (exchange.reply.size != size)
    return remote_lies (source, error);
  return persea_shared_memory_read (exchange.memory, square, size, error);
}

PerseaImage *
persea_image_remote_load (PerseaDecoderPool        *decoders,
                          const PerseaImageSource  *source,
                          GCancellable             *cancellable,
                          GError                  **error)
{
  g_auto (Exchange) exchange = { .request = { .operation = PERSEA_DECODER_LOAD }, .memory = -1 };
  PerseaImage *image;
  uint8_t *pixels;

  if (!remote_ask (decoders, source, &exchange, remote_get_max_pixels (source) * 3, -1, cancellable, error))
    return NULL;
  pixels = remote_take_pixels (source, &exchange, 3, error);
  if (pixels == NULL)
    return NULL;
  image = g_new (PerseaImage, 1);
  *image = (PerseaImage) { exchange.reply.width, exchange.reply.height, pixels };
  return image;
}

uint8_t *
persea_image_remote_load_plane (PerseaDecoderPool        *decoders,
                                PerseaDecoderOperation    operation,
                                const PerseaImageSource  *source,
                                int                      *width,
                                int                      *height,
                                GCancellable             *cancellable,
                                GError                  **error)
{
  g_auto (Exchange) exchange = { .request = { .operation = operation }, .memory = -1 };
  uint8_t *plane;

  if (!remote_ask (decoders, source, &exchange, remote_get_max_pixels (source), -1, cancellable, error))
    return NULL;
  plane = remote_take_pixels (source, &exchange, 1, error);
  if (plane != NULL)
    {
      *width = exchange.reply.width;
      *height = exchange.reply.height;
    }
  return plane;
}

gboolean
persea_image_remote_read_xmp (PerseaDecoderPool        *decoders,
                              const PerseaImageSource  *source,
                              GBytes                  **xmp,
                              GError                  **error)
{
  g_auto (Exchange) exchange = { .request = { .operation = PERSEA_DECODER_READ_XMP }, .memory = -1 };
  GBytes *packet = NULL;

  if (!remote_ask (decoders, source, &exchange, REMOTE_MAX_XMP, -1, NULL, error))
    return FALSE;
  if (exchange.reply.size > 0 && (packet = remote_take_bytes (&exchange, error)) == NULL)
    return FALSE;
  *xmp = packet;
  return TRUE;
}

gboolean
persea_image_remote_read_date (PerseaDecoderPool        *decoders,
                               const PerseaImageSource  *source,
                               gboolean                 *has_date,
                               int64_t                  *date,
                               GError                  **error)
{
  g_auto (Exchange) exchange = { .request = { .operation = PERSEA_DECODER_READ_DATE }, .memory = -1 };

  if (!remote_ask (decoders, source, &exchange, sizeof *date, -1, NULL, error))
    return FALSE;
  *has_date = exchange.reply.size > 0;
  if (!*has_date)
    return TRUE;
  if (exchange.reply.size != sizeof *date)
    return remote_lies (source, error);
  return persea_shared_memory_read (exchange.memory, date, sizeof *date, error);
}

/* Shared memory with all that a decoder needs for a patch; -1 with @error set */
static int
remote_put_patch (const PerseaImagePatch *patch, GBytes *words, uint64_t *size, GError **error)
{
  size_t n = (size_t) patch->place.width * patch->place.height;
  gsize words_size = 0;
  const void *text = words != NULL ? g_bytes_get_data (words, &words_size) : NULL;
  size_t offset = 0;
  int memory;

  *size = n * 4 + words_size;
  memory = persea_shared_memory_new (*size, error);
  if (memory >= 0
      && persea_shared_memory_write (memory, patch->pixels, n * 3, &offset, error)
      && persea_shared_memory_write (memory, patch->painted, n, &offset, error)
      && persea_shared_memory_write (memory, text, words_size, &offset, error)
      && persea_shared_memory_seal (memory, error))
    return memory;
  if (memory >= 0)
    close (memory);
  return -1;
}

static GBytes *
remote_encode (PerseaDecoderPool        *decoders,
               PerseaDecoderOperation    operation,
               const PerseaImageSource  *source,
               const PerseaImagePatch   *patch,
               const char               *name,
               GBytes                   *words,
               GCancellable             *cancellable,
               GError                  **error)
{
  g_auto (Exchange) exchange = {
    .request = { .operation = operation, .place = patch->place },
    .memory = -1,
  };
  gboolean asked;
  int input;

  if (!persea_image_check_suffix (name, error))
    return NULL;
  input = remote_put_patch (patch, words, &exchange.request.input_size, error);
  if (input < 0)
    return NULL;
  exchange.request.words_size = words != NULL ? g_bytes_get_size (words) : 0;
  g_strlcpy (exchange.request.suffix, persea_image_find_suffix (name), sizeof exchange.request.suffix);
  asked = remote_ask (decoders, source, &exchange, REMOTE_MAX_FILE, input, cancellable, error);
  close (input);
  return asked ? remote_take_bytes (&exchange, error) : NULL;
}

GBytes *
persea_image_remote_encode_patched (PerseaDecoderPool        *decoders,
                                    const PerseaImageSource  *source,
                                    const PerseaImagePatch   *patch,
                                    const char               *name,
                                    GBytes                   *xmp,
                                    GCancellable             *cancellable,
                                    GError                  **error)
{
  return remote_encode (decoders, PERSEA_DECODER_ENCODE, source, patch, name, xmp, cancellable, error);
}

GBytes *
persea_image_remote_encode_made (PerseaDecoderPool        *decoders,
                                 const PerseaImageSource  *source,
                                 const PerseaImagePatch   *patch,
                                 const PerseaProvenance   *provenance,
                                 const char               *name,
                                 GCancellable             *cancellable,
                                 GError                  **error)
{
  g_autoptr (GBytes) packed = persea_decoder_provenance_pack (provenance);

  return remote_encode (decoders, PERSEA_DECODER_ENCODE_MADE, source, patch, name, packed, cancellable,
                        error);
}

PerseaProvenance *
persea_image_remote_find_provenance (PerseaDecoderPool        *decoders,
                                     const PerseaImageSource  *source,
                                     GError                  **error)
{
  g_auto (Exchange) exchange = {
    .request = { .operation = PERSEA_DECODER_FIND_PROVENANCE },
    .memory = -1,
  };
  g_autoptr (GBytes) packed = NULL;
  PerseaProvenance *provenance;

  if (!remote_ask (decoders, source, &exchange, REMOTE_MAX_PROVENANCE, -1, NULL, error))
    return NULL;
  packed = remote_take_bytes (&exchange, error);
  if (packed == NULL)
    return NULL;
  provenance = persea_decoder_provenance_unpack (packed);
  if (provenance == NULL)
    remote_lies (source, error);
  return provenance;
}

char *
persea_image_remote_probe (PerseaDecoderPool *decoders, GError **error)
{
  g_auto (Exchange) exchange = { .request = { .operation = PERSEA_DECODER_PROBE }, .memory = -1 };
  g_autoptr (GBytes) anything = g_bytes_new_static ("?", 1); /* a decoder wants a picture */
  const PerseaImageSource source = { .bytes = anything };
  g_autoptr (GBytes) report = NULL;

  if (!remote_ask (decoders, &source, &exchange, REMOTE_MAX_PROBE, -1, NULL, error))
    return NULL;
  report = remote_take_bytes (&exchange, error);
  return report != NULL ? g_strndup (g_bytes_get_data (report, NULL), g_bytes_get_size (report)) : NULL;
}
