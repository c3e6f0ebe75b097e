/* persea-draw-output.h - where the pictures of a command go
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What -o means: nothing, the current folder; a folder that is there, or a name that has no
 * suffix of a picture, that folder; anything else, that file.  In folders pictures have names of
 * their own and never replace a file.  A file that was named is replaced; several pictures become
 * NAME-1, NAME-2, … there, which replace nothing.  "-" is standard output, for one picture.
 */
#pragma once

#include "persea-draw-job.h"
#include "persea-interrupt.h"

G_BEGIN_DECLS

typedef struct _PerseaDrawOutput PerseaDrawOutput;

/**
 * persea_draw_output_new:
 * @name: (nullable) (type filename): of -o
 * @n_pictures: how many there will be
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT for "-" and several pictures,
 *   %PERSEA_ERROR_UNSUPPORTED for a suffix of a format that cannot be written, %G_IO_ERROR if the folder is not there and cannot be made, or nothing can be written in it
 *
 * Looks before anything is drawn: who waits for minutes wants to find a picture.
 *
 * Returns: (transfer full) (nullable)
 */
PerseaDrawOutput *persea_draw_output_new (const char  *name,
                                          size_t       n_pictures,
                                          GError     **error);

/**
 * persea_draw_output_check_picture:
 * @name: (nullable) (type filename): of -o
 * @picture: (type filename): what the pictures are made from; "-" is no file
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if they are the same file
 */
gboolean persea_draw_output_check_picture (const char  *name,
                                           const char  *picture,
                                           GError     **error);

void persea_draw_output_free (PerseaDrawOutput *output);

/* whether pictures go to standard output */
gboolean persea_draw_output_is_stdout (PerseaDrawOutput *output);

/**
 * persea_draw_output_write:
 * @index: of the picture, from 0
 * @interrupt: (nullable): held while the file gets its name
 *
 * Returns: (transfer full) (type filename) (nullable): the file, "-" for standard output
 */
char *persea_draw_output_write (PerseaDrawOutput        *output,
                                const PerseaImage       *image,
                                const PerseaProvenance  *provenance,
                                size_t                   index,
                                PerseaInterrupt         *interrupt,
                                GError                 **error);

/**
 * persea_draw_output_choose_name:
 * @own_name: (type filename): of a picture, for folders
 *
 * Returns: (transfer none) (type filename): a name with the suffix that a picture is to be encoded
 *   for: the file that was named, or @own_name
 */
const char *persea_draw_output_choose_name (PerseaDrawOutput *output,
                                            const char       *own_name);

/* the same as persea_draw_output_write() for a picture that is encoded for that name */
char *persea_draw_output_write_bytes (PerseaDrawOutput  *output,
                                      GBytes            *bytes,
                                      const char        *own_name,
                                      size_t             index,
                                      PerseaInterrupt   *interrupt,
                                      GError           **error);

/**
 * persea_draw_output_write_sheet:
 * @name: (nullable) (type filename): the file, replaced if it exists; %NULL for one beside the
 *   pictures, with "sheet" in its name
 *
 * Returns: (transfer full) (type filename) (nullable): the file
 */
char *persea_draw_output_write_sheet (PerseaDrawOutput        *output,
                                      const char              *name,
                                      const PerseaImage       *image,
                                      const PerseaProvenance  *provenance,
                                      PerseaInterrupt         *interrupt,
                                      GError                 **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDrawOutput, persea_draw_output_free)

G_END_DECLS
