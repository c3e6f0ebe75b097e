/* persea-work-pictures.c - the embeddings of pictures, part by part
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-work-pictures.h"

#include "persea-error.h"
#include "persea-picture-stream.h"
#include "persea-request-private.h"

typedef struct
{
  PerseaWorkPictures    *pictures;
  PerseaRequest         *request;
  PerseaWorkPictureFunc  done;
  gpointer               user_data;
} Part;

/* a PerseaPictureNextFunc */
static char *
part_next (gpointer *item, gpointer user_data)
{
  Part *part = user_data;
  PerseaWorkPictures *pictures = part->pictures;

  while (pictures->next < persea_pictures_get_length (pictures->list))
    {
      unsigned index = pictures->next;
      const char *path = persea_pictures_get_path (pictures->list, index);

      if (path != NULL && persea_request_should_yield (part->request))
        return NULL;
      pictures->next++;
      if (path != NULL)
        {
          *item = GUINT_TO_POINTER (index);
          return g_strdup (path);
        }
      persea_request_add_item (part->request, index, NULL, NULL,
                               persea_pictures_get_error (pictures->list, index));
    }
  return NULL;
}

/* a PerseaPictureDoneFunc */
static gboolean
part_done (const char    *path,
           gpointer       item,
           const float   *embedding,
           const GError  *failure,
           gpointer       user_data,
           GError       **error)
{
  Part *part = user_data;
  unsigned index = GPOINTER_TO_UINT (item);

  if (embedding != NULL)
    part->done (index, embedding, part->user_data);
  else if (!persea_error_is_cancelled (failure))
    persea_request_add_item (part->request, index, NULL, NULL, failure);
  return TRUE;
}

gboolean
persea_work_pictures_run (PerseaWorkPictures     *pictures,
                          PerseaRequest          *request,
                          PerseaClip             *clip,
                          PerseaWorkPictureFunc   done,
                          gpointer                user_data,
                          GError                **error)
{
  const PerseaPictureStreamOptions stream = {
    .clip = clip,
    .exact = pictures->exact,
    .memory = pictures->memory,
  };
  Part part = { .pictures = pictures, .request = request, .done = done, .user_data = user_data };

  return persea_picture_stream_run (&stream, part_next, part_done, &part,
                                    persea_request_get_cancellable (request), error);
}
