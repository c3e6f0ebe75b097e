/* persea-main.c - the command line
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finds the sub-command and calls it.  What a sub-command does is in its own file.
 */
#include "config.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-cmd.h"
#include "persea-debug.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  &persea_cpu_driver,
  NULL
};

/* @only_tells: what nobody reads need not be found out: a closed pipe ends it, as usual.  The others
 * leave something behind, and go on. */
static const struct
{
  const char        *name;
  PerseaCommandFunc  run;
  gboolean           only_tells;
  const char        *summary;
} commands[] = {
  { "tag", persea_cmd_tag, FALSE, N_("find tags for pictures, and write them") },
  { "rank", persea_cmd_rank, TRUE, N_("rank captions by how well they fit a picture") },
  { "relevance", persea_cmd_relevance, FALSE, N_("show where in a picture the words are") },
  { "embed", persea_cmd_embed, TRUE, N_("show pictures and texts as numbers") },
  { "index", persea_cmd_index, FALSE, N_("remember how pictures look, for search") },
  { "search", persea_cmd_search, FALSE, N_("find pictures by words, or by a picture") },
  { "generate", persea_cmd_generate, FALSE, N_("draw pictures of what a prompt says, and keep the best") },
  { "show", persea_cmd_show, TRUE, N_("show how a picture was made") },
  { "complete", persea_cmd_complete, FALSE, N_("draw a part of a picture, and keep the rest") },
  { "vary", persea_cmd_vary, FALSE, N_("draw pictures like a picture") },
  { "watch", persea_cmd_watch, FALSE, N_("say which folders persead looks after") },
  { "undo", persea_cmd_undo, FALSE, N_("take back what a tagging run has written") },
  { "bench", persea_cmd_bench, TRUE, N_("measure how fast the device is, and how much of it a model uses") },
  { "devices", persea_cmd_devices, TRUE, N_("list the devices to compute with") },
  { "doctor", persea_cmd_doctor, TRUE, N_("tell what is missing, and how to mend it") },
  { "inspect", persea_cmd_inspect, TRUE, N_("show what the networks get to see") },
  { "cache", persea_cmd_cache, FALSE, N_("show or remove what is kept to save time") },
  { "status", persea_cmd_status, TRUE, N_("show what the daemon is doing") },
  { "pause", persea_cmd_pause, FALSE, N_("let the daemon rest") },
  { "resume", persea_cmd_resume, FALSE, N_("let the daemon go on") },
  { "models", persea_cmd_models, FALSE, N_("list, show, add, check and remove models") },
};

static void
main_print_help (void)
{
  g_print (_("Usage: persea COMMAND [OPTION…] [ARGUMENT…]\n"));
  g_print ("\n%s\n\n", _("Finds words for pictures, and pictures for words, on any OpenCL device."));
  g_print ("%s\n", _("Commands:"));
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-10s %s\n", commands[i].name, _(commands[i].summary));
  g_print ("\n%s\n", _("Options:"));
  g_print ("  %-10s %s\n", "--help", _("show this help; after a command: its own"));
  g_print ("  %-10s %s\n", "--version", _("show the version"));
  g_print ("\n%s\n", _("Exit status: 0 all done, 1 some inputs failed, 2 wrong usage, "
                       "3 no device or model, 130 cancelled."));
}

/* Prompts are UTF-8.  Without a locale (cron, containers) GLib would refuse every letter that is
 * not ASCII. */
static void
main_set_locale (void)
{
  setlocale (LC_ALL, "");
  if (strcmp (nl_langinfo (CODESET), "ANSI_X3.4-1968") == 0)
    setlocale (LC_CTYPE, "C.UTF-8");
  bindtextdomain (GETTEXT_PACKAGE, PERSEA_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

static int
main_run (PerseaCommandFunc run, int argc, char **argv)
{
  PerseaInterrupt *interrupt = persea_interrupt_new ();
  g_autoptr (PerseaProgress) progress = persea_progress_new ();
  PerseaCommand command = {
    .name = argv[0],
    .drivers = drivers,
    .interrupt = interrupt,
    .cancellable = persea_interrupt_get_cancellable (interrupt),
    .progress = progress,
  };
  int status = run (&command, argc, argv);

  if (status != PERSEA_EXIT_USAGE && g_cancellable_is_cancelled (command.cancellable))
    status = PERSEA_EXIT_CANCELLED;
  g_free (command.model);
  g_free (command.device);
  return status;
}

int
main (int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : NULL;

  main_set_locale ();
  /* a file that grows over a limit is an error like a full disk, not the end */
  signal (SIGXFSZ, SIG_IGN);
  g_set_prgname ("persea");
  persea_debug_init ("persea");

  if (!word)
    {
      g_printerr ("%s\n", _("persea: a command is missing\nTry 'persea --help'."));
      return PERSEA_EXIT_USAGE;
    }
  if (strcmp (word, "--help") == 0 || strcmp (word, "-h") == 0 || strcmp (word, "help") == 0)
    {
      main_print_help ();
      return PERSEA_EXIT_OK;
    }
  if (strcmp (word, "--version") == 0)
    {
      g_print ("persea %s\n", PERSEA_VERSION);
      return PERSEA_EXIT_OK;
    }

  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (word, commands[i].name) == 0)
      {
        if (!commands[i].only_tells)
          signal (SIGPIPE, SIG_IGN);
        return main_run (commands[i].run, argc - 1, argv + 1);
      }

  g_printerr (_("persea: '%s' is no command\nTry 'persea --help'.\n"), word);
  return PERSEA_EXIT_USAGE;
}
