/* persea-library.h - what Persea remembers between two runs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One SQLite database, $XDG_DATA_HOME/persea/library.db: the files that were seen, the runs that
 * tagged them, the tags that were found and written, the tags that the user took away, and the
 * daemon's queue (persea-queue.h).  The tables are described in persea-library-schema.c.
 *
 * The library is a memory, not the truth: what is in the pictures and their sidecars wins.  Losing
 * it costs time, never a keyword.  Paths are absolute, in the file system's own bytes.
 *
 * Processes: several may have it open (write-ahead log, a waiting time of ten seconds).
 * Threads: everything may be called from any thread; a transaction keeps the others waiting.
 */
#pragma once

#include "persea-file-stamp.h"

G_BEGIN_DECLS

typedef struct _PerseaLibrary PerseaLibrary;

/**
 * PerseaLibraryFlags:
 * @PERSEA_LIBRARY_CHECK: read the whole database once and see whether it is sound; for the
 *   daemon, which has the time
 */
typedef enum
{
  PERSEA_LIBRARY_NONE = 0,
  PERSEA_LIBRARY_CHECK = 1 << 0,
} PerseaLibraryFlags;

/**
 * PerseaRun:
 * @name: what people type (`persea undo NAME`) and sidecars record; "20261123-074502-3f2a"
 * @program: who made it ("persea tag", "persead")
 * @model: name of the model
 * @model_identity: changes with the weights
 * @vocabulary: name or path
 * @vocabulary_identity: changes with its content
 * @options: JSON object of whatever else decides the result (threshold, top, write, …)
 *
 * A run is what is taken back at once.
 */
typedef struct
{
  const char *name;
  const char *program;
  const char *model;
  const char *model_identity;
  const char *vocabulary;
  const char *vocabulary_identity;
  const char *options;
} PerseaRun;

/**
 * PerseaTagRecord:
 * @name: levels joined by `|`
 * @score: 0 to 1
 * @written: %TRUE: this run put the keyword there; %FALSE: found, but it was there before, was
 *   rejected, or nothing was to be written
 */
typedef struct
{
  char    *name;
  double   score;
  gboolean written;
} PerseaTagRecord;

void persea_tag_record_free (PerseaTagRecord *record);

/**
 * persea_library_open:
 * @path: (type filename) (nullable): the database, or %NULL for the user's
 * @flags: see #PerseaLibraryFlags
 * @set_aside: (out) (optional) (nullable) (type filename): where a damaged database was moved to;
 *   %NULL if all is well.  A new, empty one is then in its place and the caller should say so
 * @error: return location; %PERSEA_ERROR_UNSUPPORTED if a newer Persea made it,
 *   %PERSEA_ERROR_FAILED if it cannot be opened or written
 *
 * Opens the library, makes it if there is none, and brings older ones up to date.
 *
 * Returns: (transfer full) (nullable): the library
 */
PerseaLibrary *persea_library_open (const char          *path,
                                    PerseaLibraryFlags   flags,
                                    char               **set_aside,
                                    GError             **error);

/**
 * PerseaLibraryDamageFunc:
 *
 * Damage was met: called once, on the thread that met it, in the middle of its work.  The library is
 * of no use from then on; opened again, it is mended, or set aside.
 */
typedef void (*PerseaLibraryDamageFunc) (gpointer user_data);

/* @func: (nullable): who wants to know; there is one at a time */
void persea_library_set_damage_func (PerseaLibrary           *library,
                                     PerseaLibraryDamageFunc  func,
                                     gpointer                 user_data);

PerseaLibrary *persea_library_ref (PerseaLibrary *library);
void           persea_library_unref (PerseaLibrary *library);

/* (transfer none): the path it was opened from */
const char *persea_library_get_path (PerseaLibrary *library);

/**
 * persea_library_begin:
 *
 * Begins a transaction.  To be followed by persea_library_commit() or persea_library_rollback()
 * on the same thread.  Transactions nest; only the outermost one counts.
 */
gboolean persea_library_begin (PerseaLibrary *library, GError **error);
gboolean persea_library_commit (PerseaLibrary *library, GError **error);
void     persea_library_rollback (PerseaLibrary *library);

/**
 * persea_library_sync:
 *
 * What was committed so far survives a power cut, too.  (Otherwise the last seconds may be lost;
 * the library is sound all the same.)
 */
gboolean persea_library_sync (PerseaLibrary *library, GError **error);

/**
 * persea_library_ensure_file:
 * @path: (type filename): absolute
 * @stamp: what the file looks like now
 * @content: (nullable): its identity if known; %NULL keeps the known one while @stamp is the same
 *   and forgets it otherwise
 * @id: (out): its number in the library, for the functions below; never 0
 */
gboolean persea_library_ensure_file (PerseaLibrary          *library,
                                     const char             *path,
                                     const PerseaFileStamp  *stamp,
                                     const char             *content,
                                     int64_t                *id,
                                     GError                **error);

/**
 * persea_library_enter_file:
 * @path: (type filename): absolute
 * @stamp: what the file looks like now
 * @id: (out): its number
 *
 * For those who need a number and are not the daemon: it takes a file that looks as the library
 * remembers for done, so where it has a job, what is remembered stays.
 */
gboolean persea_library_enter_file (PerseaLibrary          *library,
                                    const char             *path,
                                    const PerseaFileStamp  *stamp,
                                    int64_t                *id,
                                    GError                **error);

/**
 * persea_library_find_file:
 * @path: (type filename): absolute
 * @id: (out): its number, or 0 if the library does not know it (this is no error)
 * @stamp: (out) (optional): what it looked like
 */
gboolean persea_library_find_file (PerseaLibrary    *library,
                                   const char       *path,
                                   int64_t          *id,
                                   PerseaFileStamp  *stamp,
                                   GError          **error);

/**
 * persea_library_get_file_path:
 *
 * Returns: (transfer full) (type filename) (nullable): where file @id was last seen
 */
char *persea_library_get_file_path (PerseaLibrary *library, int64_t id, GError **error);

/**
 * persea_library_move_file:
 * @id: a file
 * @path: (type filename): where it is now; whatever the library thought of this path is forgotten
 *
 * The file keeps its tags, rejections and job.
 */
gboolean persea_library_move_file (PerseaLibrary  *library,
                                   int64_t         id,
                                   const char     *path,
                                   GError        **error);

/**
 * PerseaFileRecord:
 * @path: (type filename): where the file was last seen
 * @stamp: what it looked like
 */
typedef struct
{
  char           *path;
  PerseaFileStamp stamp;
} PerseaFileRecord;

void persea_file_record_free (PerseaFileRecord *record);

/**
 * persea_library_mark_gone:
 * @path: (type filename): a file or a folder that has been deleted, or moved away
 *
 * The file, or all that were in the folder, are gone: they count nowhere and have nothing to be
 * done.  Their tags, rejections and contents stay known, for they may have moved or come back;
 * see persea_library_forget_gone().
 */
gboolean persea_library_mark_gone (PerseaLibrary *library, const char *path, GError **error);

/* The file that was gone is there again, as it was. */
gboolean persea_library_mark_there (PerseaLibrary *library, const char *path, GError **error);

/**
 * persea_library_list_files:
 * @gone: %FALSE for files that are there, as far as is known; %TRUE for those that are gone
 * @folder: (type filename): without a slash at its end
 * @after: (type filename) (nullable): where to go on; %NULL for the beginning
 * @max: so many at most
 * @files: (out) (element-type PerseaFileRecord): files in @folder and below it, in the order of their
 *   paths, as bytes
 */
gboolean persea_library_list_files (PerseaLibrary  *library,
                                    gboolean        gone,
                                    const char     *folder,
                                    const char     *after,
                                    unsigned        max,
                                    GPtrArray     **files,
                                    GError        **error);

/**
 * persea_library_forget_gone:
 * @age: seconds
 *
 * Forgets files that have been gone for longer than @age, but not what a person decided about
 * them.
 */
gboolean persea_library_forget_gone (PerseaLibrary *library, int64_t age, GError **error);

/**
 * persea_library_new_run_name:
 *
 * Returns: (transfer full): a name that no other run has: date, time, four random digits
 */
char *persea_library_new_run_name (void);

/**
 * persea_library_add_run:
 * @run: what it is; copied
 * @id: (out): its number, never 0
 */
gboolean persea_library_add_run (PerseaLibrary    *library,
                                 const PerseaRun  *run,
                                 int64_t          *id,
                                 GError          **error);

/**
 * persea_library_find_run:
 * @name: as the user typed it
 * @id: (out): its number
 * @options: (out) (optional): its JSON
 * @undone: (out) (optional): whether it was taken back already
 * @error: return location; %PERSEA_ERROR_NOT_FOUND
 */
gboolean persea_library_find_run (PerseaLibrary  *library,
                                  const char     *name,
                                  int64_t        *id,
                                  char          **options,
                                  gboolean       *undone,
                                  GError        **error);

/**
 * persea_library_resume_run:
 * @id: a run
 * @like: what will be done; its @name is not looked at
 * @error: return location; %PERSEA_ERROR_NOT_FOUND, or %PERSEA_ERROR_INVALID_ARGUMENT if the run
 *   was taken back or had another model, vocabulary or options
 *
 * Returns: (transfer full) (nullable): the name of run number @id, if it can be gone on with
 */
char *persea_library_resume_run (PerseaLibrary    *library,
                                 int64_t           id,
                                 const PerseaRun  *like,
                                 GError          **error);

/* The run's files and tags stay known, but it counts as taken back. */
gboolean persea_library_mark_undone (PerseaLibrary *library, int64_t run, GError **error);

/**
 * persea_library_get_run_files:
 * @ids: (out) (element-type int64_t): the files that have tags of @run, in the order of their paths
 */
gboolean persea_library_get_run_files (PerseaLibrary  *library,
                                       int64_t         run,
                                       GArray        **ids,
                                       GError        **error);

/**
 * persea_library_set_tags:
 * @tags: (element-type PerseaTagRecord): everything that @run found in @file; replaces what the
 *   library had of this run and file, but a tag that was written stays so
 */
gboolean persea_library_set_tags (PerseaLibrary  *library,
                                  int64_t         run,
                                  int64_t         file,
                                  GPtrArray      *tags,
                                  GError        **error);

/* Forgets what all runs found in @file, for it is another picture now. */
gboolean persea_library_forget_tags (PerseaLibrary  *library,
                                     int64_t         file,
                                     GError        **error);

/**
 * persea_library_get_tags:
 * @run: a run, or 0: all runs that were not undone (the latest score of each tag)
 * @tags: (out) (element-type PerseaTagRecord): best score first
 */
gboolean persea_library_get_tags (PerseaLibrary  *library,
                                  int64_t         run,
                                  int64_t         file,
                                  GPtrArray     **tags,
                                  GError        **error);

/**
 * persea_library_reject:
 * @name: a tag that the user took away from @file; it is never written there again
 */
gboolean persea_library_reject (PerseaLibrary  *library,
                                int64_t         file,
                                const char     *name,
                                GError        **error);

/**
 * persea_library_get_rejected:
 * @names: (out) (element-type utf8): set of the tags that the user took away from @file
 */
gboolean persea_library_get_rejected (PerseaLibrary  *library,
                                      int64_t         file,
                                      GHashTable    **names,
                                      GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaLibrary, persea_library_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaTagRecord, persea_tag_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaFileRecord, persea_file_record_free)

G_END_DECLS
