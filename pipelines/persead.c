/* persead.c - options, signals and the loop of the daemon
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus.h"
#include "persea-daemon.h"
#include "persea-debug.h"
#include "persea-decoder.h"
#include "persea-error.h"
#include "persea-memory.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

/* how long to wait for the work to end when the program leaves, µs */
#define PROGRAM_PATIENCE (2 * G_USEC_PER_SEC)
/* a library that is damaged again so soon lies on a disk that is, µs */
#define PROGRAM_REPAIR (60 * G_USEC_PER_SEC)
/* open files, if the system lets it; and what it takes to work at all: GLib aborts where there is no
 * room for its own */
#define PROGRAM_FILES 16384
#define PROGRAM_MIN_FILES 64

typedef struct
{
  GMainLoop    *loop;
  PerseaDaemon *daemon;
  gboolean      again;    /* with a new daemon */
  gint64        repaired; /* when a new one had to be begun, monotonic, µs; 0: never */
  int           status;   /* of the process */
} Program;

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  &persea_cpu_driver,
  NULL,
};

static gboolean
on_terminate (gpointer user_data)
{
  Program *program = user_data;

  g_main_loop_quit (program->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer user_data)
{
  Program *program = user_data;

  /* worker and bus are still served while the daemon goes away */
  if (program->daemon != NULL)
    persea_daemon_reload (program->daemon);
  return G_SOURCE_CONTINUE;
}

/* A driver that compiles cannot be interrupted.  Nothing is lost by going without it: whatever is
 * written is written whole, and what was begun is done again.  @status: main() and its variables may be
 * gone by then. */
static gpointer
program_give_up (gpointer status)
{
  g_usleep (PROGRAM_PATIENCE);
  _exit (GPOINTER_TO_INT (status));
}

static void
on_leave (PerseaDaemon *daemon, gpointer user_data)
{
  Program *program = user_data;

  g_main_loop_quit (program->loop);
}

static void
on_damaged (PerseaDaemon *daemon, gpointer user_data)
{
  Program *program = user_data;
  gint64 now = g_get_monotonic_time ();

  program->again = program->repaired == 0 || now - program->repaired > PROGRAM_REPAIR;
  program->repaired = now;
  if (!program->again)
    {
      g_critical (_("the library is damaged once more; is the disk in order?"));
      program->status = 1;
    }
  g_main_loop_quit (program->loop);
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Program *program = user_data;

  /* if the bus is gone, nobody has it, and nothing is wrong */
  if (connection != NULL && !g_dbus_connection_is_closed (connection))
    {
      g_critical (_("%s: another program has this name on the bus"), name);
      program->status = 1;
    }
  g_main_loop_quit (program->loop);
}

/* Works until there is a reason to leave; a daemon whose library is damaged makes room for another. */
static gboolean
program_work (Program *program, const PerseaDaemonOptions *options, unsigned *name, GError **error)
{
  do
    {
      program->again = FALSE;
      program->daemon = persea_daemon_new (options, program, error);
      if (program->daemon == NULL)
        return FALSE;
      if (options->connection != NULL && *name == 0)
        *name = g_bus_own_name_on_connection (options->connection, PERSEA_BUS_NAME,
                                              G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, NULL, on_name_lost,
                                              program, NULL);
      g_main_loop_run (program->loop);
      if (program->again)
        g_clear_pointer (&program->daemon, persea_daemon_free);
    }
  while (program->again);
  return TRUE;
}

static int
program_run (Program *program, const char *settings_path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  PerseaDaemonOptions options = {
    .drivers = drivers,
    .settings_path = settings_path,
    .connection = connection,
    .leave = on_leave,
    .damaged = on_damaged,
  };
  unsigned name = 0;

  if (connection == NULL)
    g_warning (_("no session bus, so only folders are watched: %s"), error->message);
  else
    g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_clear_error (&error);
  if (connection != NULL)
    g_signal_connect_swapped (connection, "closed", G_CALLBACK (on_terminate), program);
  if (!program_work (program, &options, &name, &error))
    {
      g_critical ("%s", error->message);
      return 1;
    }
  g_thread_unref (g_thread_new ("persead-give-up", program_give_up,
                                GINT_TO_POINTER (program->status)));
  if (name != 0)
    g_bus_unown_name (name);
  g_clear_pointer (&program->daemon, persea_daemon_free);
  if (connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (connection, program);
      g_dbus_connection_flush_sync (connection, NULL, NULL);
    }
  return program->status;
}

/* Callers pass descriptors, and one that does not fit any more would cost the connection. */
static gboolean
program_allow_files (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= PROGRAM_FILES)
    return TRUE;
  limit.rlim_cur = MIN (limit.rlim_max, PROGRAM_FILES);
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    g_debug ("setrlimit: %s", g_strerror (errno));
  if (limit.rlim_cur >= PROGRAM_MIN_FILES)
    return TRUE;
  fprintf (stderr, _("persead: only %u files may be open (ulimit -n), and %d are needed\n"),
           (unsigned) limit.rlim_cur, PROGRAM_MIN_FILES);
  return FALSE;
}

int
main (int argc, char **argv)
{
  g_autofree char *settings_path = NULL;
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &settings_path,
      N_("Read FILE instead of the user's persea.conf"), N_("FILE") },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_("Show the version and leave"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  Program program = { 0 };
  int status;

  if (argc > 1 && strcmp (argv[1], PERSEA_DECODER_OPTION) == 0)
    return persea_decoder_main (argv);
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, PERSEA_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  persea_debug_init ("persead");
  persea_memory_share ();
  if (!program_allow_files ())
    return 1;

  context = g_option_context_new (NULL);
  g_option_context_set_summary (context, _("Tags pictures and draws prompts in watched folders, and"
                                           " serves programs over D-Bus."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1)
    {
      if (error != NULL)
        fprintf (stderr, "persead: %s\n", error->message);
      else
        fprintf (stderr, _("persead: unexpected argument: %s\n"), argv[1]);
      return 2;
    }
  if (version)
    {
      printf ("persead %s\n", PERSEA_VERSION);
      return 0;
    }

  program.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, on_terminate, &program);
  g_unix_signal_add (SIGINT, on_terminate, &program);
  g_unix_signal_add (SIGHUP, on_hangup, &program);
  status = program_run (&program, settings_path);
  g_main_loop_unref (program.loop);
  return status;
}
