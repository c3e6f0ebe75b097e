/* persea-work-pictures.h - the embeddings of pictures, part by part
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What all work (persea-work.h) shares that looks at many pictures: it gives way, goes on where it
 * was, and reports those that fail.
 */
#pragma once

#include "persea-picture-memory.h"
#include "persea-pictures.h"
#include "persea-work.h"

G_BEGIN_DECLS

/**
 * PerseaWorkPictures:
 * @list: the pictures; a reference
 * @exact: decode in full size and shrink as the reference does it
 * @memory: (nullable): as of persea_picture_stream_run(); not owned
 * @next: the first one that has not been looked at yet
 */
typedef struct
{
  PerseaPictures      *list;
  gboolean             exact;
  PerseaPictureMemory *memory;
  unsigned             next;
} PerseaWorkPictures;

/**
 * PerseaWorkPictureFunc:
 * @index: of the picture
 * @embedding: [E], not normalised unless there is a memory
 *
 * Called for each picture that could be read.
 */
typedef void (*PerseaWorkPictureFunc) (unsigned     index,
                                       const float *embedding,
                                       gpointer     user_data);

/**
 * persea_work_pictures_run:
 * @done: adds the item of a picture to @request
 * @error: return location; failures of the device, or the cancellation
 *
 * Looks at pictures until there are no more, or others wait: see @pictures->next.
 */
gboolean persea_work_pictures_run (PerseaWorkPictures     *pictures,
                                   PerseaRequest          *request,
                                   PerseaClip             *clip,
                                   PerseaWorkPictureFunc   done,
                                   gpointer                user_data,
                                   GError                **error);

G_END_DECLS
