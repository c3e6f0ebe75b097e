/* persea-doctor.c - what there is for Persea to work with, and what is missing
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-doctor.h"

#include <sys/wait.h>

#define PATIENCE 10 /* seconds: for a program that is tried */
#define MAX_OUTPUT 65536

static void
finding_free (gpointer data)
{
  PerseaFinding *finding = data;

  g_free (finding->about);
  g_free (finding->text);
  g_free (finding->mend);
  g_free (finding);
}

GPtrArray *
persea_doctor_new (void)
{
  return g_ptr_array_new_with_free_func (finding_free);
}

void
persea_doctor_add (GPtrArray          *findings,
                   PerseaDoctorArea    area,
                   PerseaFindingState  state,
                   const char         *about,
                   char               *text,
                   char               *mend)
{
  PerseaFinding *finding = g_new0 (PerseaFinding, 1);

  finding->area = area;
  finding->state = state;
  finding->about = g_filename_display_name (about);
  finding->text = text;
  finding->mend = mend;
  g_ptr_array_add (findings, finding);
}

/* A program that is tried */

typedef struct
{
  GMainLoop   *loop;
  GSubprocess *process;
  GBytes      *output;
  unsigned     timer;
} Trial;

static void
trial_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Trial *trial = data;

  g_subprocess_communicate_finish (trial->process, result, &trial->output, NULL, NULL);
  g_main_loop_quit (trial->loop);
}

static gboolean
trial_lasts (gpointer data)
{
  Trial *trial = data;

  g_subprocess_force_exit (trial->process);
  trial->timer = 0;
  return G_SOURCE_REMOVE;
}

static int
trial_get_status (Trial *trial)
{
  if (g_subprocess_get_if_exited (trial->process))
    return g_subprocess_get_exit_status (trial->process);
  return 128 + g_subprocess_get_term_sig (trial->process);
}

int
persea_doctor_run (const char *const *argv, char **output)
{
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  Trial trial = { 0 };
  gsize size;
  const char *bytes;
  int status;

  *output = NULL;
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  g_subprocess_launcher_unsetenv (launcher, "LANGUAGE");
  trial.process = g_subprocess_launcher_spawnv (launcher, argv, NULL);
  if (!trial.process)
    return -1;

  trial.loop = g_main_loop_new (NULL, FALSE);
  trial.timer = g_timeout_add_seconds (PATIENCE, trial_lasts, &trial);
  g_subprocess_communicate_async (trial.process, NULL, NULL, trial_done, &trial);
  g_main_loop_run (trial.loop);
  if (trial.timer)
    g_source_remove (trial.timer);
  g_subprocess_wait (trial.process, NULL, NULL);
  status = trial_get_status (&trial);

  bytes = trial.output ? g_bytes_get_data (trial.output, &size) : NULL;
  *output = bytes ? g_utf8_make_valid (bytes, MIN (size, MAX_OUTPUT)) : g_strdup ("");
  g_clear_pointer (&trial.output, g_bytes_unref);
  g_object_unref (trial.process);
  g_main_loop_unref (trial.loop);
  return status;
}
