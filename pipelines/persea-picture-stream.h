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

G_BEGIN_DECLS

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
 * @embedding: (nullable): [E], not normalised, finite; %NULL if it failed
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
 * @clip: encodes
 * @exact: decode in full size and shrink as the reference does it; otherwise large pictures may be
 *   decoded smaller
 * @next: gives out pictures; called ahead of the results, on the calling thread
 * @done: called once for each picture, in order, on the calling thread
 * @cancellable: (nullable): pictures that were given out fail with %PERSEA_ERROR_CANCELLED
 * @error: return location; failures of the device, of @done, or the cancellation; pictures that
 *   were given out and have no result yet fail with the same error
 *
 * Returns: %TRUE when @next has nothing more and all results are out
 */
gboolean persea_picture_stream_run (PerseaClip             *clip,
                                    gboolean                exact,
                                    PerseaPictureNextFunc   next,
                                    PerseaPictureDoneFunc   done,
                                    gpointer                user_data,
                                    GCancellable           *cancellable,
                                    GError                **error);

G_END_DECLS
