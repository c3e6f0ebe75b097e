/* persea-cmd-cache.c - persea cache: what is kept to save time
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-cache.h"
#include "persea-json-line.h"

/* bytes: files from this size on are shown one by one */
#define SHOWN_SIZE (1 << 20)

static const struct
{
  const char *kind;
  const char *title;
} kinds[] = {
  { "weights", N_("packed weights") },
  { "vocabularies", N_("embeddings of texts") },
  { "kernels", N_("built kernels") },
  { "identities", N_("sums of checkpoints") },
};

static void
cache_print_json (PerseaCommand *command, const PerseaCacheFile *file)
{
  g_autoptr (GDateTime) used = g_date_time_new_from_unix_utc (file->used / G_USEC_PER_SEC);
  g_autofree char *time = used ? g_date_time_format_iso8601 (used) : NULL;
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_string (line, "file", file->path);
  persea_json_line_add_string (line, "kind", file->kind);
  persea_json_line_add_integer (line, "size", (int64_t) file->size);
  if (time)
    persea_json_line_add_string (line, "used", time);
  persea_command_print (command, persea_json_line_finish (line));
}

static void
cache_print_file (PerseaCommand *command, const PerseaCacheFile *file)
{
  g_autoptr (GDateTime) used = g_date_time_new_from_unix_local (file->used / G_USEC_PER_SEC);
  g_autofree char *day = used ? g_date_time_format (used, "%F") : g_strdup ("?");
  g_autofree char *size = g_format_size_full (file->size, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *name = g_filename_display_basename (file->path);
  /* TRANSLATORS: a file's size, the day it was last in use, its name */
  g_autofree char *text = g_strdup_printf (_("   %s, last used %s: %s\n"), size, day, name);

  persea_command_print (command, text);
}

/* One line for all of a kind, and below it one for each of those that are large. */
static void
cache_print_kind (PerseaCommand *command, GPtrArray *files, const char *kind, const char *title)
{
  g_autofree char *size = NULL;
  g_autofree char *text = NULL;
  uint64_t n_bytes = 0;
  unsigned n = 0;

  for (unsigned i = 0; i < files->len; i++)
    {
      const PerseaCacheFile *file = files->pdata[i];

      if (strcmp (file->kind, kind) == 0)
        {
          n_bytes += file->size;
          n++;
        }
    }
  size = g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);
  /* TRANSLATORS: a kind of things, how many files there are of it, and their size in all */
  text = g_strdup_printf (ngettext ("%s: %u file, %s\n", "%s: %u files, %s\n", n), title, n, size);
  persea_command_print (command, text);

  for (unsigned i = 0; i < files->len; i++)
    {
      const PerseaCacheFile *file = files->pdata[i];

      if (strcmp (file->kind, kind) == 0 && file->size >= SHOWN_SIZE)
        cache_print_file (command, file);
    }
}

static int
cache_list (PerseaCommand *command)
{
  g_autoptr (GPtrArray) files = persea_cache_list ();

  if (command->json)
    for (unsigned i = 0; i < files->len; i++)
      cache_print_json (command, files->pdata[i]);
  else
    for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
      cache_print_kind (command, files, kinds[i].kind, _(kinds[i].title));
  return persea_command_flush (command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

static int
cache_clear (PerseaCommand *command, char **names)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *size = NULL;
  uint64_t n_bytes;
  gboolean ok;

  for (char **name = names; *name; name++)
    {
      size_t i = 0;

      while (i < G_N_ELEMENTS (kinds) && strcmp (kinds[i].kind, *name) != 0)
        i++;
      if (i == G_N_ELEMENTS (kinds))
        return persea_command_usage_error (command, _("unexpected argument '%s'"), *name);
    }

  ok = persea_cache_clear (*names ? (const char *const *) names : NULL, &n_bytes, &error);
  size = g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);
  persea_command_remark (command, _("%s removed"), size);
  if (ok)
    return PERSEA_EXIT_OK;
  persea_command_error (command, "%s", error->message);
  return PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_cache (PerseaCommand *command, int argc, char **argv)
{
  if (!persea_command_parse (
        command, &argc, &argv, NULL, _("list|clear [KIND…]"),
        _("Shows or removes what is kept to save time; all of it is made again when it is needed."),
        _("  list            what there is, how large, and when it was last in use\n"
          "  clear           remove all of it\n"
          "  clear KIND…     remove weights (packed for a device), vocabularies (embeddings of\n"
          "                  texts), kernels (built for a device) or identities (sums of\n"
          "                  checkpoints) only\n")))
    return PERSEA_EXIT_USAGE;

  if (argc < 2)
    return persea_command_usage_error (command, _("expected list or clear"));
  if (strcmp (argv[1], "clear") == 0)
    return cache_clear (command, argv + 2);
  if (strcmp (argv[1], "list") != 0)
    return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[1]);
  if (argc > 2)
    return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[2]);
  return cache_list (command);
}
