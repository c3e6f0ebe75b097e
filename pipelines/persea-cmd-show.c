/* persea-cmd-show.c - persea show: how a picture was made
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-json-line.h"
#include "persea-picture-writer.h"

/* for people; the names of JSON are for machines */
static const struct
{
  const char *name;
  const char *label;
} show_labels[] = {
  { "Prompt", N_("prompt") },
  { "Negative", N_("not") },
  { "Seed", N_("seed") },
  { "Candidate", N_("candidate") },
  { "Candidates", N_("chosen from") },
  { "Score", N_("score") },
  { "Guidance", N_("guidance") },
  { "Temperature", N_("temperature") },
  { "TopK", N_("top-k") },
  { "TopP", N_("top-p") },
  { "Size", N_("size") },
  { "Generator", N_("model") },
  { "GeneratorIdentity", N_("its identity") },
  { "Codebook", N_("codebook") },
  { "CodebookIdentity", N_("its identity") },
  { "Clip", N_("ranked by") },
  { "ClipIdentity", N_("its identity") },
  { "Precision", N_("precision") },
  { "Device", N_("device") },
  { "Kind", N_("made by") },
  { "Source", N_("made from") },
  { "Details", N_("details") },
  { "Date", N_("date") },
  { "Software", N_("software") },
};

static const char *
show_find_label (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (show_labels); i++)
    if (strcmp (show_labels[i].name, name) == 0)
      return _(show_labels[i].label);
  return name;
}

/* Columns of a terminal, not bytes. */
static int
show_measure (const char *label)
{
  int n = 0;

  for (const char *p = label; *p; p = g_utf8_next_char (p))
    n += g_unichar_iswide (g_utf8_get_char (p)) ? 2 : 1;
  return n;
}

static void
show_words (PerseaCommand *command, const char *path, GPtrArray *fields)
{
  g_autofree char *name = persea_command_display_name (path);
  g_autoptr (GString) text = g_string_new (name);
  int width = 0;

  g_string_append_c (text, '\n');
  for (unsigned i = 0; i < fields->len; i++)
    width = MAX (width, show_measure (show_find_label (((PerseaProvenanceField *) fields->pdata[i])->name)));
  for (unsigned i = 0; i < fields->len; i++)
    {
      const PerseaProvenanceField *field = fields->pdata[i];
      const char *label = show_find_label (field->name);
      g_autofree char *value = persea_command_display_name (field->value);

      g_string_append_printf (text, "  %s%*s  %s\n", label, width - show_measure (label), "", value);
    }
  persea_command_print (command, text->str);
}

static void
show_json (PerseaCommand *command, const char *path, GPtrArray *fields)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_file (line, path);
  for (unsigned i = 0; i < fields->len; i++)
    {
      const PerseaProvenanceField *field = fields->pdata[i];

      if (field->is_number)
        persea_json_line_add_literal (line, field->json, field->value);
      else
        persea_json_line_add_string (line, field->json, field->value);
    }
  persea_command_print (command, persea_json_line_finish (line));
}

int
persea_cmd_show (PerseaCommand *command, int argc, char **argv)
{
  g_auto (GStrv) paths = NULL;
  unsigned n_failed = 0;
  const GOptionEntry entries[] = {
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  if (!persea_command_parse (command, &argc, &argv, entries, _("PICTURE…"),
                             _("Shows how a picture was made: prompt, seed, model and options."),
                             _("'persea generate --again PICTURE' makes it again.")))
    return PERSEA_EXIT_USAGE;
  if (!paths)
    return persea_command_usage_error (command, _("name at least one picture"));
  for (char **path = paths; *path; path++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (PerseaProvenance) provenance = persea_picture_writer_read_provenance (*path, &error);
      g_autoptr (GPtrArray) fields = NULL;

      if (g_cancellable_is_cancelled (command->cancellable))
        return PERSEA_EXIT_CANCELLED;
      if (!provenance)
        {
          persea_command_fail_input (command, *path, error);
          n_failed++;
          continue;
        }
      fields = persea_provenance_list_fields (provenance);
      if (command->json)
        show_json (command, *path, fields);
      else
        show_words (command, *path, fields);
    }
  return persea_command_flush (command) && n_failed == 0 ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}
