/* persea-pictures.c - paths, and where they came from
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-pictures.h"

#include "persea-error.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

/* what messages show of a URI, characters */
#define PICTURES_URI_SHOWN 200

typedef struct
{
  char   *path;  /* (nullable) */
  char   *uri;   /* (nullable) */
  GError *error; /* (nullable) */
} Picture;

struct _PerseaPictures
{
  gatomicrefcount ref_count;
  GArray         *list;  /* of Picture */
  GArray         *files; /* of int: open descriptors */
};

static void
picture_clear (gpointer data)
{
  Picture *picture = data;

  g_free (picture->path);
  g_free (picture->uri);
  g_clear_error (&picture->error);
}

static void
pictures_close_file (gpointer file)
{
  close (*(int *) file);
}

PerseaPictures *
persea_pictures_new (void)
{
  PerseaPictures *pictures = g_new0 (PerseaPictures, 1);

  g_atomic_ref_count_init (&pictures->ref_count);
  pictures->list = g_array_new (FALSE, FALSE, sizeof (Picture));
  g_array_set_clear_func (pictures->list, picture_clear);
  pictures->files = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (pictures->files, pictures_close_file);
  return pictures;
}

PerseaPictures *
persea_pictures_ref (PerseaPictures *pictures)
{
  g_atomic_ref_count_inc (&pictures->ref_count);
  return pictures;
}

void
persea_pictures_unref (PerseaPictures *pictures)
{
  if (pictures == NULL || !g_atomic_ref_count_dec (&pictures->ref_count))
    return;
  g_array_unref (pictures->list);
  g_array_unref (pictures->files);
  g_free (pictures);
}

void
persea_pictures_add_uri (PerseaPictures *pictures, const char *uri)
{
  Picture picture = { .uri = g_strdup (uri) };
  g_autofree char *host = NULL;

  picture.path = g_filename_from_uri (uri, &host, &picture.error);
  if (picture.error != NULL)
    {
      picture.error->domain = PERSEA_ERROR;
      picture.error->code = PERSEA_ERROR_UNSUPPORTED;
    }
  else if (host != NULL && host[0] != '\0' && strcmp (host, "localhost") != 0)
    {
      g_autofree char *shown = g_utf8_substring (uri, 0, MIN (g_utf8_strlen (uri, -1), PICTURES_URI_SHOWN));

      g_clear_pointer (&picture.path, g_free);
      picture.error = g_error_new (PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                                   _("%s: is on another machine"), shown);
    }
  g_array_append_val (pictures->list, picture);
}

void
persea_pictures_add_file (PerseaPictures *pictures, int file)
{
  Picture picture = { NULL };
  int flags = fcntl (file, F_GETFL);
  struct stat status;

  g_array_append_val (pictures->files, file);
  /* it is opened again, so whoever may not read it must not get it read that way */
  if (flags < 0 || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_WRONLY)
    picture.error = g_error_new (PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                                 _("the descriptor is not open for reading"));
  else if (fstat (file, &status) == 0 && S_ISREG (status.st_mode))
    picture.path = g_strdup_printf ("/proc/self/fd/%d", file);
  else
    picture.error = g_error_new (PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                                 _("the descriptor is not of a regular file"));
  g_array_append_val (pictures->list, picture);
}

unsigned
persea_pictures_get_length (PerseaPictures *pictures)
{
  return pictures->list->len;
}

const char *
persea_pictures_get_path (PerseaPictures *pictures, unsigned index)
{
  return g_array_index (pictures->list, Picture, index).path;
}

const char *
persea_pictures_get_uri (PerseaPictures *pictures, unsigned index)
{
  return g_array_index (pictures->list, Picture, index).uri;
}

const GError *
persea_pictures_get_error (PerseaPictures *pictures, unsigned index)
{
  return g_array_index (pictures->list, Picture, index).error;
}

unsigned
persea_pictures_count_files (PerseaPictures *pictures)
{
  return pictures->files->len;
}
