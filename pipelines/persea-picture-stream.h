/* persea-picture-stream.h - many pictures in, their embeddings out
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Threads decode and shrink pictures while the calling thread encodes them in batches; what is
 * decoded waits in a bounded queue.  Results come in the order of the pictures.  A picture that
 * fails disturbs no other.
 */
#pragma once

#include "models/persea-clip.h"
#include "persea-picture-memory.h"

G_BEGIN_DECLS

/**
 * PerseaPictureStreamOptions:
 * @clip: encodes
 * @exact: decode in full size and shrink as the reference does it; otherwise large pictures may be
 *   decoded smaller
 * @memory: (nullable): of @clip and @exact: what it knows is neither decoded nor encoded, what is
 *   new is remembered; embeddings are those of persea_picture_memory_round()
 * @gentle: begin with small batches: what is decoded and half encoded when it is cancelled is lost
 */
typedef struct
{
  PerseaClip          *clip;
  gboolean             exact;
  PerseaPictureMemory *memory;
  gboolean             gentle;
} PerseaPictureStreamOptions;

/**
 * PerseaPictureNextFunc:
 * @item: (out): handed back with the result; %NULL unless set
 *
 * Returns: (transfer full) (type filename) (nullable): the next picture, "-" for one on standard
 *   input; %NULL if there is none: it is not asked again then
 */
typedef char *(*PerseaPictureNextFunc) (gpointer *item, gpointer user_data);

/**
 * PerseaPictureDoneFunc:
 * @path: (type filename): a picture
 * @item: what came with it
 * @embedding: (nullable): [E], finite, not normalised unless there is a memory; %NULL if it failed
 * @failure: (nullable): why it failed
 * @error: return location: an error here ends the whole stream
 */
typedef gboolean (*PerseaPictureDoneFunc) (const char    *path,
                                           gpointer       item,
                                           const float   *embedding,
                                           const GError  *failure,
                                           gpointer       user_data,
                                           GError       **error);

/**
 * persea_picture_stream_run:
 * @next: gives out pictures; called ahead of the results, on the calling thread
 * @done: called once for each picture, in order, on the calling thread
 * @cancellable: (nullable): pictures that were given out fail with %PERSEA_ERROR_CANCELLED
 * @error: return location; failures of the device, of the memory, of @done, or the cancellation; pictures that
 *   were given out and have no result yet fail with the same error
 *
 * Returns: %TRUE when @next has nothing more and all results are out
 */
gboolean persea_picture_stream_run (const PerseaPictureStreamOptions  *options,
                                    PerseaPictureNextFunc              next,
                                    PerseaPictureDoneFunc              done,
                                    gpointer                           user_data,
                                    GCancellable                      *cancellable,
                                    GError                           **error);

G_END_DECLS
