/* persea-tag-job.c - from pictures to written tags
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-tag-job.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-picture-stream.h"
#include "persea-replacement.h"
#include "persea-tagged.h"
#include "persea-vocabulary-files.h"
#include "persea-xmp.h"

struct _PerseaTagJob
{
  PerseaClip       *clip;
  PerseaTagOptions  tag;
  PerseaLibrary    *library;
  PerseaPictureMemory *memory; /* (nullable) */
  PerseaInterrupt  *interrupt;
  PerseaTagger     *tagger;
  char             *program;
  gboolean          dry_run;
  gboolean          exact;
  gboolean          gentle;
  char             *run_name;
  int64_t           run;
  GHashTable       *swept; /* folders where nothing is left behind */
};

/* one call of persea_tag_job_run() */
typedef struct
{
  PerseaTagJob      *job;
  PerseaTagNextFunc  next;
  PerseaTagDoneFunc  done;
  gpointer           user_data;
  GCancellable      *cancellable;
  PerseaTagScore    *scores; /* one for each tag of the vocabulary */
  float             *unit;   /* [E] */
} TagRun;

PerseaVocabulary *
persea_tag_job_load_vocabulary (const PerseaTagOptions *tag, const char *model, GError **error)
{
  g_autofree char *list = tag->tags ? g_strjoinv (",", tag->tags) : NULL;

  return list ? persea_vocabulary_new_from_list (list, error)
              : persea_vocabulary_files_load (tag->vocabulary, model, error);
}

PerseaTagJob *
persea_tag_job_new (const PerseaTagJobOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (PerseaTagJob) job = g_new0 (PerseaTagJob, 1);
  g_autoptr (PerseaVocabulary) loaded = NULL;
  PerseaVocabulary *vocabulary = options->vocabulary;
  g_auto (GStrv) background = persea_vocabulary_files_load_background ();
  PerseaTextTableOptions table_options = {
    .progress = options->progress,
    .progress_data = options->progress_data,
  };

  if (options->tag->write != PERSEA_WRITE_NONE && !persea_xmp_init (error))
    return NULL;
  persea_tag_options_copy (&job->tag, options->tag);
  job->clip = persea_clip_ref (options->clip);
  job->library = options->library ? persea_library_ref (options->library) : NULL;
  job->interrupt = options->interrupt;
  job->program = g_strdup (options->program);
  job->dry_run = options->dry_run;
  job->exact = options->exact;
  job->swept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!vocabulary)
    vocabulary = loaded = persea_tag_job_load_vocabulary (&job->tag, persea_clip_get_name (job->clip), error);
  if (!vocabulary)
    return NULL;
  if (job->library && !job->dry_run)
    {
      job->memory = persea_picture_memory_new (job->library, job->clip, job->exact, error);
      if (!job->memory)
        return NULL;
    }
  job->tagger = persea_tagger_new (job->clip, vocabulary, (const char *const *) background,
                                   &table_options, cancellable, error);
  return job->tagger ? g_steal_pointer (&job) : NULL;
}

void
persea_tag_job_free (PerseaTagJob *job)
{
  if (!job)
    return;

  g_clear_pointer (&job->clip, persea_clip_unref);
  g_clear_pointer (&job->library, persea_library_unref);
  g_clear_pointer (&job->memory, persea_picture_memory_unref);
  g_clear_pointer (&job->tagger, persea_tagger_unref);
  persea_tag_options_clear (&job->tag);
  g_clear_pointer (&job->swept, g_hash_table_unref);
  g_free (job->program);
  g_free (job->run_name);
  g_free (job);
}

PerseaTagger *
persea_tag_job_get_tagger (PerseaTagJob *job)
{
  return job->tagger;
}

/* The strings belong to @job, @name and @options. */
static PerseaRun
job_describe_run (PerseaTagJob *job, const char *name, const char *options)
{
  return (PerseaRun) {
    .name = name,
    .program = job->program,
    .model = persea_clip_get_name (job->clip),
    .model_identity = persea_clip_get_identity (job->clip),
    .vocabulary = persea_vocabulary_get_name (persea_tagger_get_vocabulary (job->tagger)),
    .vocabulary_identity = persea_tagger_get_identity (job->tagger),
    .options = options,
  };
}

gboolean
persea_tag_job_begin_run (PerseaTagJob *job, int64_t *run, GError **error)
{
  g_autofree char *name = persea_library_new_run_name ();
  g_autofree char *options = persea_tag_options_to_json (&job->tag);
  const PerseaRun description = job_describe_run (job, name, options);
  int64_t id = 0;

  if (job->library && !job->dry_run && !persea_library_add_run (job->library, &description, &id, error))
    return FALSE;
  g_free (job->run_name);
  job->run_name = g_steal_pointer (&name);
  job->run = id;
  if (run)
    *run = id;
  return TRUE;
}

gboolean
persea_tag_job_continue_run (PerseaTagJob *job, int64_t run, GError **error)
{
  g_autofree char *options = persea_tag_options_to_json (&job->tag);
  const PerseaRun description = job_describe_run (job, NULL, options);
  char *name = persea_library_resume_run (job->library, run, &description, error);

  if (!name)
    return FALSE;
  g_free (job->run_name);
  job->run_name = name;
  job->run = run;
  return TRUE;
}

const char *
persea_tag_job_get_run_name (PerseaTagJob *job)
{
  return job->run_name;
}

static PerseaTagWriterOptions
job_get_writer_options (PerseaTagJob *job)
{
  return (PerseaTagWriterOptions) {
    .write = job->tag.write,
    .form = job->tag.sidecar,
    .dry_run = job->dry_run,
    .model = persea_clip_get_name (job->clip),
    .run = job->run_name,
    .run_id = job->run,
    .library = job->run != 0 || job->dry_run ? job->library : NULL,
  };
}

static void
job_sweep (PerseaTagJob *job, const char *path)
{
  char *folder = g_path_get_dirname (path);

  if (!g_hash_table_contains (job->swept, folder))
    persea_replacement_sweep (folder, PERSEA_REPLACEMENT_ABANDONED);
  g_hash_table_add (job->swept, folder);
}

/* Whether the tags of @path are to be remembered, or would be. */
static gboolean
job_remembers (PerseaTagJob *job, const char *path)
{
  return job->library && (job->run != 0 || job->dry_run) && strcmp (path, "-") != 0;
}

static gboolean
job_is_replaced (PerseaTagJob  *job,
                 const char    *path,
                 const float   *unit,
                 gboolean      *replaced,
                 GCancellable  *cancellable,
                 GError       **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  const PerseaTaggedLook look = {
    .identity = persea_clip_get_identity (job->clip),
    .dim = persea_tagger_get_dim (job->tagger),
    .unit = unit,
  };

  *replaced = FALSE;
  return !job_remembers (job, path)
         || persea_tagged_is_replaced (job->library, absolute, &look, replaced, cancellable, error);
}

/* To be called when everything is written, and so last. */
static gboolean
job_note (PerseaTagJob *job, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);

  return job->dry_run || !job_remembers (job, path) || persea_tagged_note (job->library, absolute, cancellable, error);
}

/* @unit: (nullable): the picture's embedding
 * @tags: of PerseaTagRecord; those that are new in a file are marked as written */
static gboolean
job_write (PerseaTagJob      *job,
           const char        *path,
           const float       *unit,
           GPtrArray         *tags,
           PerseaTagWritten  *written,
           GCancellable      *cancellable,
           GError           **error)
{
  PerseaTagWriterOptions options = job_get_writer_options (job);
  g_autofree PerseaKeywordTag *keywords = g_new (PerseaKeywordTag, tags->len);
  gboolean done;

  if (options.write != PERSEA_WRITE_NONE && strcmp (path, "-") == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("-: the picture comes from standard input, there is no file for its tags"));
      return FALSE;
    }

  for (unsigned i = 0; i < tags->len; i++)
    {
      const PerseaTagRecord *record = tags->pdata[i];

      keywords[i] = (PerseaKeywordTag) { .path = record->name, .score = record->score };
    }
  if (options.write != PERSEA_WRITE_NONE && !options.dry_run)
    job_sweep (job, path);
  if (!job_is_replaced (job, path, unit, &options.replaced, cancellable, error))
    return FALSE;
  if (job->interrupt)
    persea_interrupt_hold (job->interrupt);
  done = persea_tag_writer_write (&options, path, keywords, tags->len, written, cancellable, error);
  if (job->interrupt)
    persea_interrupt_release (job->interrupt);
  if (!done)
    return FALSE;

  for (unsigned i = 0; i < tags->len; i++)
    {
      PerseaTagRecord *record = tags->pdata[i];

      record->written = !job->dry_run
                        && g_ptr_array_find_with_equal_func (written->added, record->name, g_str_equal, NULL);
    }
  return TRUE;
}

static GPtrArray *
job_make_records (PerseaTagJob *job, GArray *chosen)
{
  PerseaVocabulary *vocabulary = persea_tagger_get_vocabulary (job->tagger);
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_tag_record_free);

  for (unsigned i = 0; i < chosen->len; i++)
    {
      const PerseaTagScore *score = &g_array_index (chosen, PerseaTagScore, i);
      g_autofree char *path = persea_vocabulary_get_translated_path (vocabulary, score->tag, job->tag.language);
      PerseaTagRecord *record = g_new0 (PerseaTagRecord, 1);

      record->name = job->tag.root_tag ? g_strconcat (job->tag.root_tag, "|", path, NULL)
                                       : g_steal_pointer (&path);
      record->score = score->score;
      g_ptr_array_add (records, record);
    }
  return records;
}

/* A picture that has got its tags is still the same picture. */
static gboolean
job_follow (PerseaTagJob *job, const char *path, const float *unit, GCancellable *cancellable, GError **error)
{
  return job->tag.write != PERSEA_WRITE_EMBED || !job->memory
         || persea_picture_memory_follow (job->memory, path, unit, cancellable, error);
}

static char *
run_next (gpointer *item, gpointer user_data)
{
  TagRun *run = user_data;

  return run->next (item, run->user_data);
}

static gboolean
run_done (const char    *path,
          gpointer       item,
          const float   *embedding,
          const GError  *failure,
          gpointer       user_data,
          GError       **error)
{
  TagRun *run = user_data;
  PerseaTagJob *job = run->job;
  PerseaTagResult result = { .path = (char *) path, .item = item };
  g_auto (PerseaTagWritten) written = { NULL };
  const PerseaTagChoice choice = {
    .top = job->tag.top,
    .threshold = job->tag.threshold >= 0 ? (float) job->tag.threshold : PERSEA_TAGGER_THRESHOLD,
  };

  if (failure)
    result.error = g_error_copy (failure);
  else
    {
      size_t dim = persea_tagger_get_dim (job->tagger);

      memcpy (run->unit, embedding, dim * sizeof *run->unit);
      if (!job->memory)
        persea_picture_memory_round (run->unit, dim);
      persea_tagger_score (job->tagger, run->unit, run->scores);
      persea_tag_written_init (&written);
      result.scores = run->scores;
      result.embedding = run->unit;
      result.chosen = persea_tagger_choose (job->tagger, run->scores, &choice);
      result.tags = job_make_records (job, result.chosen);
      result.written = &written;
      if (!job_write (job, path, run->unit, result.tags, &written, run->cancellable, &result.error)
          || !job_follow (job, path, run->unit, run->cancellable, &result.error)
          || !job_note (job, path, run->cancellable, &result.error))
        g_clear_pointer (&result.tags, g_ptr_array_unref);
    }
  run->done (&result, run->user_data);
  g_clear_pointer (&result.tags, g_ptr_array_unref);
  g_clear_pointer (&result.chosen, g_array_unref);
  g_clear_error (&result.error);
  return TRUE;
}

void
persea_tag_job_set_gentle (PerseaTagJob *job, gboolean gentle)
{
  job->gentle = gentle;
}

gboolean
persea_tag_job_run (PerseaTagJob       *job,
                    PerseaTagNextFunc   next,
                    PerseaTagDoneFunc   done,
                    gpointer            user_data,
                    GCancellable       *cancellable,
                    GError            **error)
{
  unsigned n = persea_vocabulary_get_n_tags (persea_tagger_get_vocabulary (job->tagger));
  g_autofree PerseaTagScore *scores = g_new (PerseaTagScore, n);
  g_autofree float *unit = g_new (float, persea_tagger_get_dim (job->tagger));
  TagRun run = {
    .job = job,
    .next = next,
    .done = done,
    .user_data = user_data,
    .cancellable = cancellable,
    .scores = scores,
    .unit = unit,
  };
  const PerseaPictureStreamOptions stream = {
    .clip = job->clip,
    .exact = job->exact,
    .memory = job->memory,
    .gentle = job->gentle,
  };

  return persea_picture_stream_run (&stream, run_next, run_done, &run, cancellable, error);
}

gboolean
persea_tag_job_write (PerseaTagJob  *job,
                      const char    *path,
                      GPtrArray     *tags,
                      GCancellable  *cancellable,
                      GError       **error)
{
  g_auto (PerseaTagWritten) written = { NULL };

  persea_tag_written_init (&written);
  return job_write (job, path, NULL, tags, &written, cancellable, error)
         && job_note (job, path, cancellable, error);
}
