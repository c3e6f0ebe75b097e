/* persea-tag-writer.h - writes the tags of a picture, and takes them back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Joins the places where keywords are kept with the library that remembers runs.  Without a
 * library everything still works: what is recorded beside the keywords is enough.
 * Threads: one at a time in a process (persea-xmp.h).
 */
#pragma once

#include "persea-keyword-place.h"
#include "persea-library.h"

G_BEGIN_DECLS

/**
 * PerseaTagWriterOptions:
 * @write: where to; %PERSEA_WRITE_NONE: only the library is told
 * @form: of new sidecars
 * @dry_run: find out what would be written, change nothing
 * @model: the model's name
 * @run: name of the run
 * @run_id: its number in @library
 * @library: (nullable): where runs, tags and rejections are remembered
 * @replaced: what was written before are another picture's tags, and is taken back
 */
typedef struct
{
  PerseaWrite        write;
  PerseaSidecarForm  form;
  gboolean           dry_run;
  const char        *model;
  const char        *run;
  int64_t            run_id;
  PerseaLibrary     *library;
  gboolean           replaced;
} PerseaTagWriterOptions;

/**
 * PerseaTagWritten:
 * @paths: (element-type filename): files that were or would be written
 * @added: (element-type utf8): tags that are new there; those of a picture that was replaced, too
 * @removed: (element-type utf8): tags that were taken back
 * @rejected: (element-type utf8): tags found to have been taken away by the user
 */
typedef struct
{
  GPtrArray *paths;
  GPtrArray *added;
  GPtrArray *removed;
  GPtrArray *rejected;
} PerseaTagWritten;

void persea_tag_written_init (PerseaTagWritten *written);
void persea_tag_written_clear (PerseaTagWritten *written);

/**
 * persea_tag_writer_write:
 * @picture: (type filename): the picture
 * @tags: (array length=n_tags): what was found in it
 * @written: (out caller-allocates): initialised; filled as far as it went
 */
gboolean persea_tag_writer_write (const PerseaTagWriterOptions  *options,
                                  const char                    *picture,
                                  const PerseaKeywordTag        *tags,
                                  size_t                         n_tags,
                                  PerseaTagWritten              *written,
                                  GCancellable                  *cancellable,
                                  GError                       **error);

/**
 * persea_tag_writer_take_back:
 * @options: write, form, dry_run and run count
 *
 * Removes from @picture what the run added and what is still there.
 */
gboolean persea_tag_writer_take_back (const PerseaTagWriterOptions  *options,
                                      const char                    *picture,
                                      PerseaTagWritten              *written,
                                      GCancellable                  *cancellable,
                                      GError                       **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PerseaTagWritten, persea_tag_written_clear)

G_END_DECLS
