/* persea-tag-job.h - from pictures to written tags
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The one way that `persea tag` and persead share: pictures are decoded by threads while others
 * are encoded in batches, scored, written where the options say, and remembered in the library.
 * A picture that fails disturbs no other.
 *
 * Threads: one at a time may use a job; the callbacks run on the thread that called
 * persea_tag_job_run().
 */
#pragma once

#include "models/persea-clip.h"
#include "persea-interrupt.h"
#include "persea-library.h"
#include "persea-tag-options.h"
#include "persea-tag-writer.h"
#include "persea-tagger.h"

G_BEGIN_DECLS

typedef struct _PerseaTagJob PerseaTagJob;

/**
 * PerseaTagJobOptions:
 * @clip: the model
 * @tag: which tags, and where to; copied
 * @vocabulary: (nullable): what to choose from; %NULL to load what @tag says
 * @library: (nullable): where runs, tags and embeddings are remembered; a picture whose embedding is
 *   known is not encoded again
 * @program: who makes the runs ("persea tag", "persead")
 * @dry_run: nothing is written and no run is made
 * @exact: pictures are decoded in full size and shrunk as the reference does it
 * @interrupt: (nullable): held while a file is replaced
 * @progress: (nullable): told about the encoding of the vocabulary
 * @progress_data: passed to @progress
 */
typedef struct
{
  PerseaClip             *clip;
  const PerseaTagOptions *tag;
  PerseaVocabulary       *vocabulary;
  PerseaLibrary          *library;
  const char             *program;
  gboolean                dry_run;
  gboolean                exact;
  PerseaInterrupt        *interrupt;
  PerseaProgressFunc      progress;
  gpointer                progress_data;
} PerseaTagJobOptions;

/**
 * PerseaTagResult:
 * @path: (type filename): the picture
 * @item: what the caller gave with it
 * @tags: (element-type PerseaTagRecord) (nullable): its tags, best first, as they are written;
 *   %NULL if it failed
 * @scores: (nullable): of each tag of the vocabulary; %NULL if it was not encoded
 * @chosen: (element-type PerseaTagScore) (nullable): those of @tags, in their order
 * @embedding: (nullable): [E], unit length
 * @written: (nullable): what was written, or would be
 * @error: (nullable): why it failed
 */
typedef struct
{
  char                   *path;
  gpointer                item;
  GPtrArray              *tags;
  const PerseaTagScore   *scores;
  GArray                 *chosen;
  const float            *embedding;
  const PerseaTagWritten *written;
  GError                 *error;
} PerseaTagResult;

/**
 * PerseaTagNextFunc:
 * @item: (out): handed back with the result; %NULL unless set
 *
 * Returns: (transfer full) (type filename) (nullable): the next picture, %NULL if there is none;
 *   it is not asked again then
 */
typedef char *(*PerseaTagNextFunc) (gpointer *item, gpointer user_data);

/* Called once for each picture, in the order in which they were given out. */
typedef void (*PerseaTagDoneFunc) (const PerseaTagResult *result, gpointer user_data);

/**
 * persea_tag_job_load_vocabulary:
 * @model: name of the model, which may have a vocabulary of its own
 * @error: return location; %PERSEA_ERROR_NOT_FOUND or %PERSEA_ERROR_INVALID_DATA, with the line
 *
 * Reads what @tag says to choose from.
 *
 * Returns: (transfer full) (nullable): the vocabulary
 */
PerseaVocabulary *persea_tag_job_load_vocabulary (const PerseaTagOptions  *tag,
                                                  const char              *model,
                                                  GError                 **error);

/**
 * persea_tag_job_new:
 * @cancellable: (nullable): also stops the encoding of the vocabulary
 * @error: return location; that of persea_tag_job_load_vocabulary(), or why the model cannot
 *   encode the vocabulary
 *
 * Makes the texts of the vocabulary ready.
 */
PerseaTagJob *persea_tag_job_new (const PerseaTagJobOptions  *options,
                                  GCancellable               *cancellable,
                                  GError                    **error);

void persea_tag_job_free (PerseaTagJob *job);

/* (transfer none) */
PerseaTagger *persea_tag_job_get_tagger (PerseaTagJob *job);

/**
 * persea_tag_job_begin_run:
 * @run: (out) (optional): its number in the library; 0 without one
 *
 * Adds a run to the library.  What is done from now on belongs to it.
 */
gboolean persea_tag_job_begin_run (PerseaTagJob *job, int64_t *run, GError **error);

/* What is done from now on belongs to an older run; fails if that was taken back or had another
 * model, vocabulary or options. */
gboolean persea_tag_job_continue_run (PerseaTagJob *job, int64_t run, GError **error);

/* Whether the next persea_tag_job_run() may well be cancelled; see PerseaPictureStreamOptions. */
void persea_tag_job_set_gentle (PerseaTagJob *job, gboolean gentle);

/* (transfer none) (nullable): name of the present run, if it has one */
const char *persea_tag_job_get_run_name (PerseaTagJob *job);

/**
 * persea_tag_job_run:
 * @next: gives out pictures; may be called ahead of the results
 * @done: gets the results; those of pictures that were given out when @cancellable was cancelled
 *   have the error %PERSEA_ERROR_CANCELLED
 * @error: return location; failures of the device or of the library; pictures that were given out
 *   have this error, too
 *
 * Works until @next has nothing more and all results are out.
 */
gboolean persea_tag_job_run (PerseaTagJob       *job,
                             PerseaTagNextFunc   next,
                             PerseaTagDoneFunc   done,
                             gpointer            user_data,
                             GCancellable       *cancellable,
                             GError            **error);

/**
 * persea_tag_job_write:
 * @path: (type filename): a picture
 * @tags: (element-type PerseaTagRecord): its tags, known from before
 *
 * Writes and remembers tags without looking at the picture, in the present run.
 */
gboolean persea_tag_job_write (PerseaTagJob  *job,
                               const char    *path,
                               GPtrArray     *tags,
                               GCancellable  *cancellable,
                               GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaTagJob, persea_tag_job_free)

G_END_DECLS
