/* persea-command.c - what all sub-commands of persea have in common
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-codebook.h"
#include "persea-error.h"
#include "persea-generator.h"
#include "persea-image-file.h"
#include "persea-json-line.h"

static gboolean
command_parse_precision (const char  *option,
                         const char  *value,
                         gpointer     data,
                         GError     **error)
{
  PerseaCommand *command = data;

  return persea_precision_parse (value, &command->precision, error);
}

/* Own and common options in one group, so that --help lists all of them. */
static GOptionGroup *
command_make_options (PerseaCommand *command, const GOptionEntry *entries)
{
  const GOptionEntry common_entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &command->model,
      N_("Model to use: a name from 'persea models list', or a path"), N_("NAME|PATH") },
    { "device", 0, 0, G_OPTION_ARG_STRING, &command->device,
      N_("Device to use: a number or a part of a name from 'persea devices'"), N_("N|NAME") },
    { "precision", 0, 0, G_OPTION_ARG_CALLBACK, command_parse_precision,
      N_("Precision of weights and products: auto, f32, bf16, f16 or int8"), N_("PRECISION") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &command->json,
      N_("Write one JSON object per line"), NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &command->quiet,
      N_("Show errors only"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &command->verbose,
      N_("Say more about what is being done"), NULL },
    G_OPTION_ENTRY_NULL
  };
  GOptionGroup *group = g_option_group_new (NULL, NULL, NULL, command, NULL);

  if (entries)
    g_option_group_add_entries (group, entries);
  g_option_group_add_entries (group, common_entries);
  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  return group;
}

gboolean
persea_command_parse (PerseaCommand      *command,
                      int                *argc,
                      char             ***argv,
                      const GOptionEntry *entries,
                      const char         *arguments,
                      const char         *summary,
                      const char         *description)
{
  g_autofree char *program = g_strconcat ("persea ", command->name, NULL);
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autoptr (GError) error = NULL;

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_set_main_group (context, command_make_options (command, entries));

  /* g_option_context_parse() takes the program's name from g_get_prgname() */
  g_set_prgname (program);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      if (error->domain == G_CONVERT_ERROR)
        persea_command_usage_error (command, "%s", _("an option's text is not valid UTF-8"));
      else
        persea_command_usage_error (command, "%s", error->message);
      return FALSE;
    }

  persea_progress_set_enabled (command->progress, !command->quiet);
  return TRUE;
}

void
persea_command_show_progress (const char *what, double fraction, gpointer command)
{
  persea_progress_set (((PerseaCommand *) command)->progress, what, fraction);
}

static void
command_report_load_error (PerseaCommand *command, const GError *error)
{
  persea_progress_clear (command->progress);
  if (!persea_error_is_cancelled (error))
    persea_command_error (command, "%s", error->message);
}

PerseaEngine *
persea_command_open_engine (PerseaCommand *command)
{
  PerseaEngineOptions options = {
    .drivers = command->drivers,
    .device = command->device,
    .precision = command->precision,
    .device_options = {
      .profile = command->verbose,
      .progress = persea_command_show_progress,
      .progress_data = command,
    },
  };
  g_autoptr (GError) error = NULL;
  PerseaEngine *engine = persea_engine_new (&options, &error);

  if (!engine)
    {
      command_report_load_error (command, error);
      return NULL;
    }
  if (command->verbose)
    {
      const PerseaDeviceInfo *info = persea_device_get_info (persea_engine_get_device (engine));

      persea_command_remark (command, _("device: %s (%s), precision %s"), info->name, info->platform,
                             persea_precision_name (persea_engine_get_precision (engine)));
    }
  return engine;
}

gboolean
persea_command_load_artist (PerseaCommand    *command,
                            PerseaEngine     *engine,
                            PerseaGenerator **generator,
                            PerseaCodebook  **codebook)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = persea_engine_load_artist (engine, command->model, command->cancellable, generator,
                                           codebook, &error);

  persea_progress_clear (command->progress);
  if (!ok)
    {
      command_report_load_error (command, error);
      return FALSE;
    }
  if (command->verbose)
    persea_command_remark (command, _("model: %s"), persea_generator_get_name (*generator));
  return TRUE;
}

PerseaCodebook *
persea_command_load_codebook (PerseaCommand *command, PerseaEngine *engine)
{
  g_autoptr (GError) error = NULL;
  PerseaCodebook *codebook;

  codebook = persea_engine_load_codebook (engine, command->model, command->cancellable, &error);
  persea_progress_clear (command->progress);
  if (!codebook)
    {
      command_report_load_error (command, error);
      return NULL;
    }
  if (command->verbose)
    persea_command_remark (command, _("model: %s"), persea_codebook_get_name (codebook));
  return codebook;
}

PerseaClip *
persea_command_load_clip (PerseaCommand *command, PerseaEngine *engine)
{
  g_autoptr (GError) error = NULL;
  PerseaClip *clip;

  clip = persea_engine_load_clip (engine, command->model, command->cancellable, &error);
  persea_progress_clear (command->progress);
  if (!clip)
    {
      command_report_load_error (command, error);
      return NULL;
    }
  if (command->verbose)
    persea_command_remark (command, _("model: %s"), persea_clip_get_name (clip));
  return clip;
}

PerseaLibrary *
persea_command_open_library (PerseaCommand *command)
{
  g_autofree char *set_aside = NULL;
  g_autoptr (GError) error = NULL;
  PerseaLibrary *library = persea_library_open (NULL, PERSEA_LIBRARY_NONE, &set_aside, &error);

  if (!library)
    persea_command_error (command, "%s", error->message);
  if (set_aside)
    persea_command_remark (command, _("the library was damaged; it is kept as %s"), set_aside);
  return library;
}

void
persea_command_show_profile (PerseaCommand *command, PerseaEngine *engine)
{
  g_autoptr (GPtrArray) rows = NULL;

  if (!command->verbose || command->quiet)
    return;
  rows = persea_device_get_profile (persea_engine_get_device (engine));
  for (unsigned i = 0; i < rows->len; i++)
    {
      const PerseaProfileRow *row = rows->pdata[i];

      /* TRANSLATORS: name of a kernel, seconds, number of calls, speed */
      g_printerr (_("  %-32s %8.3f s %7u calls %8.1f GFLOP/s\n"), row->name, row->seconds, row->n_calls,
                  row->seconds > 0 ? row->flops / row->seconds / 1e9 : 0.0);
    }
}

int
persea_command_get_load_status (PerseaCommand *command)
{
  return g_cancellable_is_cancelled (command->cancellable) ? PERSEA_EXIT_CANCELLED
                                                           : PERSEA_EXIT_NO_MODEL;
}

static void
command_write_error (PerseaCommand *command, const char *message)
{
  persea_progress_clear (command->progress);
  g_printerr ("persea %s: %s\n", command->name, message);
}

gboolean
persea_command_allow_untrusted (const char *option, const char *value, gpointer command,
                                GError **error)
{
  persea_image_allow_untrusted (TRUE);
  return TRUE;
}

void
persea_command_error (PerseaCommand *command, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  command_write_error (command, message);
}

int
persea_command_usage_error (PerseaCommand *command, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  command_write_error (command, message);
  g_printerr (_("Try 'persea %s --help'.\n"), command->name);
  return PERSEA_EXIT_USAGE;
}

void
persea_command_remark (PerseaCommand *command, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  if (command->quiet)
    return;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  command_write_error (command, message);
}

/* Whether @message names @file: "FILE: …", "FILE.xmp: …" or "/FOLDER/FILE: …".  A short name may
 * occur in any word. */
static gboolean
message_names_file (const char *message, const char *file)
{
  size_t length;

  if (!*file)
    file = "''";
  length = strlen (file);
  for (const char *at = strstr (message, file); at; at = strstr (at + 1, file))
    if ((at == message || at[-1] == '/') && (at[length] == ':' || at[length] == '.'))
      return TRUE;
  return FALSE;
}

void
persea_command_fail_input (PerseaCommand *command, const char *file, const GError *error)
{
  g_autofree char *name = persea_command_display_name (file);

  if (message_names_file (error->message, file) || message_names_file (error->message, name))
    persea_command_error (command, "%s", error->message);
  else
    persea_command_error (command, "%s: %s", *name ? name : "''", error->message);

  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_file (line, file);
      persea_json_line_begin_object (line, "error");
      persea_json_line_add_string (line, "code", persea_error_code_name (error));
      persea_json_line_add_string (line, "message", error->message);
      persea_json_line_end (line);
      persea_command_print (command, persea_json_line_finish (line));
    }
}

void
persea_command_print (PerseaCommand *command, const char *text)
{
  persea_progress_clear (command->progress);
  fputs (text, stdout);
  /* somebody may be reading along */
  if (fflush (stdout) != 0 && errno == EPIPE)
    command->nobody_reads = TRUE;
}

gboolean
persea_command_flush (PerseaCommand *command)
{
  if ((fflush (stdout) == 0 && !ferror (stdout)) || command->nobody_reads || errno == EPIPE)
    return TRUE;

  persea_command_error (command, _("standard output: %s"), g_strerror (errno));
  return FALSE;
}

char *
persea_command_display_name (const char *file)
{
  g_autofree char *name = g_filename_display_name (file);
  GString *safe = g_string_sized_new (strlen (name));

  for (const char *p = name; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c))
        g_string_append_printf (safe, "\\%03o", c);
      else
        g_string_append_unichar (safe, c);
    }
  return g_string_free (safe, FALSE);
}
