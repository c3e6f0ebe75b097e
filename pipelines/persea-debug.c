/* persea-debug.c - topics of debug messages
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * This folder logs with structured messages, which carry the name of their file.  Those of core and
 * opencl come with their domain only.
 */
#include "config.h"

#include "persea-debug.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

typedef struct
{
  const char *name;
  const char *summary;
  const char *domain;   /* (nullable): all of a domain, or */
  const char *files[8]; /* beginnings of the names of files */
} Topic;

static const Topic debug_topics[] = {
  { "bus", N_("calls and jobs on D-Bus"), NULL, { "persea-bus", "persead.c" } },
  { "watch", N_("folders: events, scans, what has settled"), NULL,
    { "persea-watch", "persea-settling", "persea-inotify", "persea-folder", "persea-daemon" } },
  { "queue", N_("what is done with each file, and its tags"), NULL,
    { "persea-backlog", "persea-queue", "persea-library" } },
  { "worker", N_("when models are loaded and let go"), NULL,
    { "persea-worker", "persea-loader", "persea-request" } },
  { "manners", N_("power, memory, pauses, priorities"), NULL,
    { "persea-manners", "persea-power", "persea-pressure", "persea-scheduling", "persea-memory", "persea-pauses" } },
  { "pictures", N_("reading and writing pictures and keywords"), NULL,
    { "persea-image", "persea-decode", "persea-xmp", "persea-tag", "persea-replacement" } },
  { "draw", N_("prompts and drawings"), NULL, { "persea-draw", "persea-prompt", "persea-redraw" } },
  { "models", N_("checkpoints, caches, engines"), "persea-core", { NULL } },
  { "opencl", N_("devices, kernels, builds"), "persea-opencl", { NULL } },
};

static const Topic *
debug_find_topic (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (debug_topics); i++)
    if (strcmp (debug_topics[i].name, name) == 0)
      return &debug_topics[i];
  return NULL;
}

static gboolean
topic_has (const Topic *topic, const char *domain, const char *base)
{
  if (topic->domain != NULL)
    return g_strcmp0 (topic->domain, domain) == 0;
  for (size_t i = 0; base != NULL && topic->files[i] != NULL; i++)
    if (g_str_has_prefix (base, topic->files[i]))
      return TRUE;
  return FALSE;
}

gboolean
persea_debug_wants (const char *domain, const char *file, const char *topics)
{
  g_auto (GStrv) names = g_strsplit_set (topics, ", ", -1);
  g_autofree char *base = file != NULL ? g_path_get_basename (file) : NULL;

  for (char **name = names; *name != NULL; name++)
    {
      const Topic *topic = debug_find_topic (*name);

      if (strcmp (*name, "all") == 0)
        return domain != NULL && g_str_has_prefix (domain, "persea");
      if (topic != NULL && topic_has (topic, domain, base))
        return TRUE;
    }
  return FALSE;
}

char *
persea_debug_find_unknown (const char *topics)
{
  g_auto (GStrv) names = g_strsplit_set (topics, ", ", -1);

  for (char **name = names; *name != NULL; name++)
    if (**name != '\0' && strcmp (*name, "all") != 0 && strcmp (*name, "help") != 0
        && debug_find_topic (*name) == NULL)
      return g_strdup (*name);
  return NULL;
}

static const char *
field_find (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0 && fields[i].length < 0)
      return fields[i].value;
  return NULL;
}

/* a GLogWriterFunc */
static GLogWriterOutput
debug_write (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  const char *topics = user_data;

  /* the default writer drops what $G_MESSAGES_DEBUG does not name */
  if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) != 0
      && persea_debug_wants (field_find (fields, n_fields, "GLIB_DOMAIN"),
                             field_find (fields, n_fields, "CODE_FILE"), topics))
    return g_log_writer_is_journald (STDERR_FILENO) ? g_log_writer_journald (level, fields, n_fields, NULL)
                                        : g_log_writer_standard_streams (level, fields, n_fields, NULL);
  return g_log_writer_default (level, fields, n_fields, NULL);
}

static void
debug_print_help (const char *program)
{
  g_printerr (_("%s: topics of PERSEA_DEBUG, separated by commas:\n"), program);
  for (size_t i = 0; i < G_N_ELEMENTS (debug_topics); i++)
    g_printerr ("  %-10s %s\n", debug_topics[i].name, _(debug_topics[i].summary));
  g_printerr ("  %-10s %s\n", "all", _("everything"));
}

void
persea_debug_init (const char *program)
{
  const char *topics = g_getenv ("PERSEA_DEBUG");
  g_autofree char *unknown = NULL;

  if (topics == NULL || topics[0] == '\0')
    return;
  unknown = persea_debug_find_unknown (topics);
  if (unknown != NULL)
    g_printerr (_("%s: PERSEA_DEBUG: there is no topic “%s”\n"), program, unknown);
  if (unknown != NULL || strcmp (topics, "help") == 0)
    debug_print_help (program);
  /* standard output is for results */
  g_log_writer_default_set_use_stderr (TRUE);
  g_log_set_writer_func (debug_write, g_strdup (topics), g_free);
}
