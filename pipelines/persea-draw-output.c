/* persea-draw-output.c - where the pictures of a command go
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-draw-output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "persea-error.h"
#include "persea-picture-writer.h"

struct _PerseaDrawOutput
{
  char    *folder;     /* (nullable): the current one */
  gboolean may_make;   /* the folder, when there is something to put into it */
  char    *file;       /* (nullable) (type filename): was named */
  gboolean is_stdout;
  size_t   n_pictures;
};

gboolean
persea_draw_output_check_picture (const char *name, const char *picture, GError **error)
{
  struct stat a, b;

  if (!name || strcmp (picture, "-") == 0 || stat (name, &a) != 0 || stat (picture, &b) != 0
      || a.st_dev != b.st_dev || a.st_ino != b.st_ino)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("-o: this is the picture itself, which is never replaced; name another file"));
  return FALSE;
}

void
persea_draw_output_free (PerseaDrawOutput *output)
{
  if (!output)
    return;

  g_free (output->folder);
  g_free (output->file);
  g_free (output);
}

gboolean
persea_draw_output_is_stdout (PerseaDrawOutput *output)
{
  return output->is_stdout;
}

static gboolean
output_set_errno (GError **error, const char *path)
{
  int number = errno;
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), _("%s: cannot be written: %s"), name,
               g_strerror (number));
  return FALSE;
}

/* Whether the folder can be written in, or made, where that is allowed. */
static gboolean
output_check_folder (const char *folder, gboolean may_make, GError **error)
{
  g_autofree char *existing = g_strdup (folder ? folder : ".");

  while (may_make && !g_file_test (existing, G_FILE_TEST_EXISTS))
    {
      char *parent = g_path_get_dirname (existing);

      g_free (existing);
      existing = parent;
    }
  if (g_file_test (existing, G_FILE_TEST_EXISTS) && !g_file_test (existing, G_FILE_TEST_IS_DIR))
    errno = ENOTDIR;
  else if (g_access (existing, W_OK | X_OK) == 0)
    return TRUE;
  return output_set_errno (error, folder ? folder : ".");
}

/* Nobody calls a folder "drawing.bmp"; who wants to ends it in a slash. */
static gboolean
output_looks_like_file (const char *name)
{
  const char *suffix = strrchr (name, '.');
  size_t n = suffix && suffix > name && suffix[-1] != '/' ? strlen (suffix + 1) : 0;

  for (size_t i = 0; i < n; i++)
    if (!g_ascii_isalpha (suffix[1 + i]))
      return FALSE;
  return n == 3 || n == 4;
}

PerseaDrawOutput *
persea_draw_output_new (const char *name, size_t n_pictures, GError **error)
{
  g_autoptr (PerseaDrawOutput) output = g_new0 (PerseaDrawOutput, 1);
  gboolean is_file = name && !g_file_test (name, G_FILE_TEST_IS_DIR)
                     && (persea_picture_writer_knows_suffix (name) || output_looks_like_file (name));

  output->n_pictures = n_pictures;
  output->is_stdout = g_strcmp0 (name, "-") == 0;
  if (output->is_stdout && n_pictures > 1)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("standard output takes one picture, not %zu"), n_pictures);
      return NULL;
    }
  if (output->is_stdout)
    return g_steal_pointer (&output);
  if (is_file)
    {
      if (!persea_picture_writer_check_suffix (name, error))
        return NULL;
      output->file = g_strdup (name);
      output->folder = strchr (name, '/') ? g_path_get_dirname (name) : NULL;
    }
  else
    output->folder = g_strdup (name);
  output->may_make = name && !is_file;
  return output_check_folder (output->folder, output->may_make, error) ? g_steal_pointer (&output) : NULL;
}

/* The folder is made if need be; that it cannot be shows when something is written there. */
static char *
output_in_folder (PerseaDrawOutput *output, const char *name)
{
  if (output->may_make)
    g_mkdir_with_parents (output->folder, 0777);
  return output->folder ? g_build_filename (output->folder, name, NULL) : g_strdup (name);
}

static gboolean
output_write_stdout (GBytes *bytes, GError **error)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);

  if (fwrite (data, 1, size, stdout) == size && fflush (stdout) == 0)
    return TRUE;
  return output_set_errno (error, "-");
}

/* NAME-3.png */
static char *
output_number_file (PerseaDrawOutput *output, size_t number)
{
  const char *suffix = strrchr (output->file, '.');

  return g_strdup_printf ("%.*s-%zu%s", (int) (suffix - output->file), output->file, number, suffix);
}

const char *
persea_draw_output_choose_name (PerseaDrawOutput *output, const char *own_name)
{
  return output->is_stdout ? PERSEA_PICTURE_SUFFIX : output->file ? output->file : own_name;
}

char *
persea_draw_output_write_bytes (PerseaDrawOutput  *output,
                                GBytes            *bytes,
                                const char        *own_name,
                                size_t             index,
                                PerseaInterrupt   *interrupt,
                                GError           **error)
{
  g_autofree char *path = NULL;

  if (output->is_stdout)
    return output_write_stdout (bytes, error) ? g_strdup ("-") : NULL;
  if (output->file && output->n_pictures == 1)
    return persea_picture_writer_save_bytes (output->file, bytes, interrupt, error) ? g_strdup (output->file) : NULL;
  path = output->file ? output_number_file (output, index + 1) : output_in_folder (output, own_name);
  return persea_picture_writer_save_new_bytes (path, bytes, interrupt, error);
}

char *
persea_draw_output_write (PerseaDrawOutput        *output,
                          const PerseaImage       *image,
                          const PerseaProvenance  *provenance,
                          size_t                   index,
                          PerseaInterrupt         *interrupt,
                          GError                 **error)
{
  g_autofree char *own_name = persea_picture_writer_make_name (provenance, PERSEA_PICTURE_SUFFIX);
  g_autoptr (GBytes) bytes = NULL;

  bytes = persea_picture_writer_encode (image, provenance, persea_draw_output_choose_name (output, own_name), error);
  return bytes ? persea_draw_output_write_bytes (output, bytes, own_name, index, interrupt, error) : NULL;
}

char *
persea_draw_output_write_sheet (PerseaDrawOutput        *output,
                                const char              *name,
                                const PerseaImage       *image,
                                const PerseaProvenance  *provenance,
                                PerseaInterrupt         *interrupt,
                                GError                 **error)
{
  g_autofree char *own = NULL;
  g_autofree char *path = NULL;
  char *end;

  if (name)
    return persea_picture_writer_save (name, image, provenance, interrupt, error) ? g_strdup (name) : NULL;
  /* the name of a picture, with "sheet" instead of its number */
  own = persea_picture_writer_make_name (provenance, "");
  end = strrchr (own, '-');
  *end = '\0';
  path = g_strconcat (own, "-sheet" PERSEA_PICTURE_SUFFIX, NULL);
  g_free (own);
  own = output_in_folder (output, path);
  return persea_picture_writer_save_new (own, image, provenance, interrupt, error);
}
