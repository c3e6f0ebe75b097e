/* persea-queue.h - what the daemon still has to do, and what it has done
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A table of the library (persea-library.h) with at most one job per file:
 *
 *     (new file) → queued → running → done
 *                    ↑         ├────→ failed       the file's own fault
 *                    ├─────────┘                   given back; or the program died
 *                    └─ done, failed               the file has changed
 *
 * A job belongs to a run from the moment it is claimed and stays with it, also if the program dies
 * and claims it again: done twice, it gives the same tags under the same run, so nothing is lost
 * or written twice.  A file that was being worked on when the program died is done alone the next
 * time, and given up after five deaths.
 *
 * Jobs of folders that draw have no run.  Their file is a prompt file, which is claimed, worked on
 * for a while and put back (persea_queue_put_back()) until it is done.
 *
 * Only one process may claim jobs at a time; see persea-daemon.c for the lock.
 */
#pragma once

#include "persea-library.h"

G_BEGIN_DECLS

/**
 * PerseaQueueJob:
 * @id: its number
 * @file: the file's number in the library
 * @path: (type filename): the file
 * @watch: name of the watched folder that it was found in
 * @run: the run that it belongs to; 0 while it was never claimed
 * @attempts: how often it was claimed, this time included
 * @stamp: what the file looked like when it was queued
 * @content: (nullable): sum of the content that was tagged last time, %NULL if it never was
 */
typedef struct
{
  int64_t         id;
  int64_t         file;
  char           *path;
  char           *watch;
  int64_t         run;
  unsigned        attempts;
  PerseaFileStamp stamp;
  char           *content;
} PerseaQueueJob;

void persea_queue_job_free (PerseaQueueJob *job);

/**
 * PerseaQueueCounts:
 *
 * Number of jobs in each state.
 */
typedef struct
{
  unsigned queued;
  unsigned running;
  unsigned done;
  unsigned failed;
} PerseaQueueCounts;

/**
 * persea_queue_recover:
 *
 * To be called once, before anything is claimed: jobs that were running when the program died are
 * queued again, failed ones too if another version of the program failed or if it was not the
 * picture's fault.
 */
gboolean persea_queue_recover (PerseaLibrary *library, GError **error);

/**
 * persea_queue_keep_watches:
 * @watches: (array zero-terminated=1): the watched folders that there are
 *
 * Forgets what is queued for others.
 */
gboolean persea_queue_keep_watches (PerseaLibrary      *library,
                                    const char *const  *watches,
                                    GError            **error);

/**
 * persea_queue_offer:
 * @path: (type filename): a settled file
 * @stamp: what it looks like
 * @watch: where it was found
 * @queued: (out): whether there is something to do now; %FALSE if it is known and unchanged
 *
 * A file that was gone is there again; one that belonged to another watch belongs to @watch now.
 */
gboolean persea_queue_offer (PerseaLibrary          *library,
                             const char             *path,
                             const PerseaFileStamp  *stamp,
                             const char             *watch,
                             gboolean               *queued,
                             GError                **error);

/* The file has nothing to be done any more: what is queued or running for it is forgotten; what was
 * done stays known.  If it is gone, persea_library_mark_gone() does this and more. */
gboolean persea_queue_withdraw (PerseaLibrary *library, const char *path, GError **error);

/* What is queued in @folder and below it is forgotten, for other files are wanted there now. */
gboolean persea_queue_withdraw_folder (PerseaLibrary *library, const char *folder, GError **error);

/**
 * persea_queue_peek:
 * @passed_over: (nullable) (element-type utf8): watches whose jobs do not count
 * @job: (out) (nullable): (transfer full): the job that is next, or %NULL if nothing is queued
 */
gboolean persea_queue_peek (PerseaLibrary   *library,
                            GPtrArray       *passed_over,
                            PerseaQueueJob **job,
                            GError         **error);

/**
 * persea_queue_claim:
 * @like: from persea_queue_peek()
 * @run: what jobs without a run belong to from now on, 0 for none; not used if @like has one
 * @max: how many to claim at most, at least 1; a job that was running when the program died comes
 *   alone
 * @jobs: (out) (element-type PerseaQueueJob): the jobs, of the same watch and run as @like; none
 *   if they have vanished meanwhile
 */
gboolean persea_queue_claim (PerseaLibrary         *library,
                             const PerseaQueueJob  *like,
                             int64_t                run,
                             unsigned               max,
                             GPtrArray            **jobs,
                             GError               **error);

/**
 * persea_queue_finish:
 * @stamp: what the file looks like after the work
 * @content: sum of its content after the work
 *
 * The job is done, unless the file was offered again meanwhile.
 */
gboolean persea_queue_finish (PerseaLibrary          *library,
                              const PerseaQueueJob   *job,
                              const PerseaFileStamp  *stamp,
                              const char             *content,
                              GError                **error);

/* The job cannot be done, because of @reason. */
gboolean persea_queue_fail (PerseaLibrary         *library,
                            const PerseaQueueJob  *job,
                            const GError          *reason,
                            GError               **error);

/* The job was not done, and it is not the file's fault: as if it had not been claimed. */
gboolean persea_queue_release (PerseaLibrary         *library,
                               const PerseaQueueJob  *job,
                               GError               **error);

/* The job got on, and is to be claimed again for what is left: deaths before do not count. */
gboolean persea_queue_put_back (PerseaLibrary         *library,
                                const PerseaQueueJob  *job,
                                GError               **error);

/**
 * persea_queue_find_twin:
 * @job: a claimed job
 * @content: the sum of its file's content
 * @twin: (out): a file with the same content, tagged with the same model, vocabulary and options;
 *   0 if there is none
 * @run: (out): the run that tagged it
 *
 * A twin's tags are this file's tags.
 */
gboolean persea_queue_find_twin (PerseaLibrary         *library,
                                 const PerseaQueueJob  *job,
                                 const char            *content,
                                 int64_t               *twin,
                                 int64_t               *run,
                                 GError               **error);

/**
 * persea_queue_find_drawn:
 * @job: a claimed job without a run
 * @content: the sum of its file's content
 * @twins: (out) (element-type int64_t): files with the same content that are done, without a run
 */
gboolean persea_queue_find_drawn (PerseaLibrary         *library,
                                  const PerseaQueueJob  *job,
                                  const char            *content,
                                  GArray               **twins,
                                  GError               **error);

/**
 * persea_queue_adopt:
 * @job: a claimed job; becomes the twin's, running, if all goes well
 * @twin: from persea_queue_find_twin() or persea_queue_find_drawn(), of a file that is gone
 * @run: the run that did it, 0 for none
 * @stamp: what the file of @job looks like
 *
 * The twin's file has moved to where @job found it: it keeps its tags, its rejections and its run
 * under the new path.
 */
gboolean persea_queue_adopt (PerseaLibrary          *library,
                             PerseaQueueJob         *job,
                             int64_t                 twin,
                             int64_t                 run,
                             const PerseaFileStamp  *stamp,
                             GError                **error);

/* What is queued for @run, from before the program died, gets a new run instead. */
gboolean persea_queue_leave_run (PerseaLibrary *library, int64_t run, GError **error);

/* Files that are gone do not count. */
gboolean persea_queue_count (PerseaLibrary      *library,
                             PerseaQueueCounts  *counts,
                             GError            **error);
gboolean persea_queue_count_watch (PerseaLibrary      *library,
                                   const char         *watch,
                                   PerseaQueueCounts  *counts,
                                   GError            **error);

/**
 * PerseaQueueFailure:
 * @path: (type filename): a file that could not be done
 * @code: name of the error, as persea_error_code_name() has it
 * @message: the reason
 */
typedef struct
{
  char *path;
  char *code;
  char *message;
} PerseaQueueFailure;

void persea_queue_failure_free (PerseaQueueFailure *failure);

/**
 * persea_queue_list_failed:
 * @max: so many at most
 * @failures: (out) (element-type PerseaQueueFailure): what failed for @watch, the latest first
 */
gboolean persea_queue_list_failed (PerseaLibrary  *library,
                                   const char     *watch,
                                   unsigned        max,
                                   GPtrArray     **failures,
                                   GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaQueueFailure, persea_queue_failure_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaQueueJob, persea_queue_job_free)

G_END_DECLS
