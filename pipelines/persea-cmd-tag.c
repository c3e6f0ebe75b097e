/* persea-cmd-tag.c - persea tag: words for pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Options in, results out; the work is done in persea-tag-job.c, what is shown is in
 * persea-tag-view.c.
 */
#include "config.h"

#include "persea-cmd.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-inputs.h"
#include "persea-tag-job.h"
#include "persea-tag-view.h"

/* What people want to read at once; the daemon, which nobody watches, has its own. */
#define DEFAULT_TOP 12

typedef struct
{
  PerseaCommand    *command;
  PerseaTagOptions  tag;
  gboolean          recursive;
  gboolean          dry_run;
  gboolean          explain;
  gboolean          exact;
  gboolean          fast;
  gboolean          no_library;
  char             *list;
  char            **inputs;
  PerseaTagView    *view;
  PerseaInputs     *files;
  size_t            n_done;
  size_t            n_failed;
  size_t            n_written;
} TagCommand;

/* the options that persea.conf has, too */
static gboolean
tag_parse_shared (const char *option, const char *value, gpointer data, GError **error)
{
  TagCommand *tag = ((PerseaCommand *) data)->user_data;

  return persea_tag_options_set (&tag->tag, option + strspn (option, "-"), value, error);
}

static gboolean
tag_parse (TagCommand *tag, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "recursive", 'r', 0, G_OPTION_ARG_NONE, &tag->recursive,
      N_("Look into folders, and the folders in them"), NULL },
    { "files-from", 0, 0, G_OPTION_ARG_FILENAME, &tag->list,
      N_("Read more names from FILE, one a line; -: standard input"), N_("FILE") },
    { "vocabulary", 0, 0, G_OPTION_ARG_CALLBACK, tag_parse_shared,
      N_("Tags to choose from: a file, or the name of an installed vocabulary"), N_("FILE|NAME") },
    { "tags", 0, 0, G_OPTION_ARG_CALLBACK, tag_parse_shared,
      N_("Tags to choose from, separated by commas"), N_("A,B,C") },
    { "top", 0, 0, G_OPTION_ARG_CALLBACK, tag_parse_shared,
      N_("At most so many tags a picture (12; 0: any number)"), N_("N") },
    { "threshold", 0, 0, G_OPTION_ARG_CALLBACK, tag_parse_shared,
      N_("Score that a tag must reach, 0 to 1 (0.5: as likely right as not)"), N_("T") },
    { "write", 0, 0, G_OPTION_ARG_CALLBACK, tag_parse_shared,
      N_("Where to write tags: none, sidecar (XMP), embed (in the picture) or xattr"), N_("WHERE") },
    { "sidecar", 0, 0, G_OPTION_ARG_CALLBACK, tag_parse_shared,
      N_("Name of new sidecars: full (IMG.jpg.xmp) or stem (IMG.xmp)"), N_("FORM") },
    { "root-tag", 0, 0, G_OPTION_ARG_CALLBACK, tag_parse_shared,
      N_("Level above all written tags"), N_("TAG") },
    { "language", 0, 0, G_OPTION_ARG_CALLBACK, tag_parse_shared,
      N_("Language of the tags, as far as the vocabulary knows it"), N_("CODE") },
    { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &tag->dry_run,
      N_("Show what would be written, write nothing"), NULL },
    { "explain", 0, 0, G_OPTION_ARG_NONE, &tag->explain,
      N_("Show why: best prompt, runner-up, margin, rank"), NULL },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { "exact", 0, 0, G_OPTION_ARG_NONE, &tag->exact,
      N_("Decode pictures in full size, as the reference does"), NULL },
    { "fast", 0, 0, G_OPTION_ARG_NONE, &tag->fast,
      N_("Decode large pictures smaller, where their format allows it (default)"), NULL },
    { "no-library", 0, 0, G_OPTION_ARG_NONE, &tag->no_library,
      N_("Do not remember this run (it can be undone only by naming the pictures) "
         "nor how the pictures look"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &tag->inputs, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  return persea_command_parse (tag->command, argc, argv, entries, _("PICTURE|FOLDER…"),
                               _("Finds tags for pictures and, if asked to, writes them where other programs "
                                 "read them."),
                               _("A tag that you take away from a picture is not written again, one that you "
                                 "wrote is never changed.\n'persea undo RUN' takes back what a run has written."));
}

static char *
tag_next (gpointer *item, gpointer user_data)
{
  TagCommand *tag = user_data;

  return persea_inputs_next (tag->files);
}

static void
tag_show_progress (TagCommand *tag)
{
  size_t total = persea_inputs_get_total (tag->files);
  g_autofree char *text = NULL;

  if (total < 2)
    return;
  /* TRANSLATORS: shown with a progress bar: pictures done, pictures in all */
  text = g_strdup_printf (_("%zu of %zu pictures"), tag->n_done, total);
  persea_progress_set (tag->command->progress, text, (double) tag->n_done / total);
}

static void
tag_done (const PerseaTagResult *result, gpointer user_data)
{
  TagCommand *tag = user_data;

  tag->n_done++;
  if (result->error)
    {
      if (persea_error_is_cancelled (result->error))
        return;
      tag->n_failed++;
      persea_command_fail_input (tag->command, result->path, result->error);
    }
  else
    {
      tag->n_written += result->written->paths->len;
      persea_tag_view_show (tag->view, result);
    }
  tag_show_progress (tag);
}

static void
tag_fail_input (const char *path, const GError *error, gpointer user_data)
{
  TagCommand *tag = user_data;

  tag->n_failed++;
  persea_command_fail_input (tag->command, path, error);
}

/* @status: (inout): the exit status, if there is no job.  A vocabulary that is wrong is a wrong
 * command line; that its texts cannot be encoded is the model's or the device's fault. */
static PerseaTagJob *
tag_make_job (TagCommand *tag, PerseaClip *clip, PerseaLibrary *library, int *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaVocabulary) vocabulary
    = persea_tag_job_load_vocabulary (&tag->tag, persea_clip_get_name (clip), &error);
  const PerseaTagJobOptions options = {
    .clip = clip,
    .tag = &tag->tag,
    .vocabulary = vocabulary,
    .library = library,
    .program = "persea tag",
    .dry_run = tag->dry_run,
    .exact = tag->exact,
    .interrupt = tag->command->interrupt,
    .progress = persea_command_show_progress,
    .progress_data = tag->command,
  };
  PerseaTagJob *job = vocabulary ? persea_tag_job_new (&options, tag->command->cancellable, &error) : NULL;

  if (!job)
    *status = vocabulary ? persea_command_get_load_status (tag->command) : PERSEA_EXIT_USAGE;
  else if (tag->tag.write != PERSEA_WRITE_NONE && !persea_tag_job_begin_run (job, NULL, &error))
    {
      g_clear_pointer (&job, persea_tag_job_free);
      *status = PERSEA_EXIT_SOME_FAILED;
    }
  persea_progress_clear (tag->command->progress);
  if (!job && !persea_error_is_cancelled (error))
    persea_command_error (tag->command, "%s", error->message);
  return job;
}

static void
tag_say_run (TagCommand *tag, PerseaTagJob *job)
{
  if (tag->n_written == 0 || tag->dry_run)
    return;
  persea_command_remark (tag->command,
                         ngettext ("%zu file written; take it back with: persea undo %s",
                                   "%zu files written; take them back with: persea undo %s",
                                   tag->n_written),
                         tag->n_written, persea_tag_job_get_run_name (job));
}

static int
tag_run (TagCommand *tag, PerseaClip *clip, PerseaLibrary *library)
{
  int status = PERSEA_EXIT_OK;
  g_autoptr (PerseaTagJob) job = tag_make_job (tag, clip, library, &status);
  g_autoptr (GError) error = NULL;
  const PerseaTagViewOptions view_options = {
    .command = tag->command,
    .model = persea_clip_get_name (clip),
    .tag = &tag->tag,
    .explain = tag->explain,
    .dry_run = tag->dry_run,
  };

  if (!job)
    return status;
  tag->view = persea_tag_view_new (&view_options, persea_tag_job_get_tagger (job));
  if (!persea_tag_job_run (job, tag_next, tag_done, tag, tag->command->cancellable, &error)
      && !persea_error_is_cancelled (error))
    {
      persea_command_error (tag->command, "%s", error->message);
      tag->n_failed++;
    }
  persea_progress_clear (tag->command->progress);
  tag_say_run (tag, job);
  persea_tag_view_free (tag->view);
  return tag->n_failed > 0 ? PERSEA_EXIT_SOME_FAILED : PERSEA_EXIT_OK;
}

/* %FALSE after saying why; without writing, a library is useful and not needed */
static gboolean
tag_open_library (TagCommand *tag, PerseaLibrary **library)
{
  g_autofree char *set_aside = NULL;
  g_autoptr (GError) error = NULL;

  if (tag->no_library)
    return TRUE;
  *library = persea_library_open (NULL, PERSEA_LIBRARY_NONE, &set_aside, &error);
  if (!*library && tag->tag.write == PERSEA_WRITE_NONE)
    persea_command_remark (tag->command, "%s", error->message);
  else if (!*library)
    {
      persea_command_error (tag->command, _("%s (--no-library works without it)"), error->message);
      return FALSE;
    }
  if (set_aside)
    persea_command_remark (tag->command, _("the library was damaged; it is kept as %s"), set_aside);
  return TRUE;
}

static int
tag_load_and_run (TagCommand *tag)
{
  g_autoptr (PerseaLibrary) library = NULL;
  g_autoptr (PerseaEngine) engine = NULL;
  g_autoptr (PerseaClip) clip = NULL;
  g_autoptr (GError) error = NULL;
  PerseaCommand *command = tag->command;
  int status;

  tag->files = persea_inputs_new ((const char *const *) tag->inputs, tag->list, tag->recursive,
                                  tag_fail_input, tag, command->cancellable, &error);
  if (!tag->files)
    return persea_command_usage_error (command, "%s", error->message);
  if (!tag_open_library (tag, &library))
    return PERSEA_EXIT_SOME_FAILED;
  engine = persea_command_open_engine (command);
  clip = engine ? persea_command_load_clip (command, engine) : NULL;
  if (!clip)
    return persea_command_get_load_status (command);
  status = tag_run (tag, clip, library);
  persea_command_show_profile (command, engine);
  return persea_command_flush (command) ? status : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_tag (PerseaCommand *command, int argc, char **argv)
{
  TagCommand tag = { .command = command };
  int status;

  persea_tag_options_init (&tag.tag);
  tag.tag.top = DEFAULT_TOP;
  command->user_data = &tag;
  if (!tag_parse (&tag, &argc, &argv))
    status = PERSEA_EXIT_USAGE;
  else if (!tag.inputs && !tag.list)
    status = persea_command_usage_error (command, _("name at least one picture or, with -r, folder"));
  else if (tag.tag.vocabulary && tag.tag.tags)
    status = persea_command_usage_error (command, _("--vocabulary and --tags exclude each other"));
  else if (tag.exact && tag.fast)
    status = persea_command_usage_error (command, _("--exact and --fast exclude each other"));
  else
    status = tag_load_and_run (&tag);

  g_clear_pointer (&tag.files, persea_inputs_free);
  persea_tag_options_clear (&tag.tag);
  g_strfreev (tag.inputs);
  g_free (tag.list);
  return status;
}
