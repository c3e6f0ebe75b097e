/* persea-progress.c - a progress bar on standard error
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define BAR_WIDTH 24
#define MIN_INTERVAL (G_USEC_PER_SEC / 10)
#define MIN_ELAPSED (2 * G_USEC_PER_SEC) /* before the time that is left can be guessed */
#define MIN_FRACTION 0.02

struct _PerseaProgress
{
  GMutex   mutex;
  gboolean is_terminal;
  gboolean enabled;
  gboolean drawn;
  int64_t  last; /* monotonic time of the last drawing, µs */
  char    *what; /* (nullable): what is being done, since */
  int64_t  since;
  double   first; /* how much of it was done then */
  double   fraction;
};

PerseaProgress *
persea_progress_new (void)
{
  PerseaProgress *progress = g_new0 (PerseaProgress, 1);

  g_mutex_init (&progress->mutex);
  progress->is_terminal = isatty (STDERR_FILENO);
  progress->enabled = progress->is_terminal;
  return progress;
}

void
persea_progress_free (PerseaProgress *progress)
{
  if (!progress)
    return;

  persea_progress_clear (progress);
  g_mutex_clear (&progress->mutex);
  g_free (progress->what);
  g_free (progress);
}

void
persea_progress_set_enabled (PerseaProgress *progress, gboolean enabled)
{
  g_mutex_lock (&progress->mutex);
  progress->enabled = enabled && progress->is_terminal;
  g_mutex_unlock (&progress->mutex);
}

static int
progress_get_columns (void)
{
  struct winsize size;

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

static void
progress_append_bar (GString *line, double fraction)
{
  int filled;

  if (fraction < 0)
    return;

  fraction = CLAMP (fraction, 0, 1);
  filled = (int) (fraction * BAR_WIDTH + 0.5);
  for (int i = 0; i < BAR_WIDTH; i++)
    g_string_append (line, i < filled ? "━" : "┄");
  g_string_append_printf (line, " %3d%%  ", (int) (fraction * 100));
}

/* wide characters (CJK) take two columns */
static void
progress_append_words (GString *line, const char *what, int columns)
{
  for (const char *p = what; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      columns -= g_unichar_iswide (c) ? 2 : 1;
      if (columns < 0)
        return;
      g_string_append_unichar (line, g_unichar_iscntrl (c) ? ' ' : c);
    }
}

/* Other work, or the same once more, has a pace of its own. */
static void
progress_note (PerseaProgress *progress, const char *what, double fraction, int64_t now)
{
  if (g_strcmp0 (what, progress->what) != 0 || fraction < progress->fraction)
    {
      g_free (progress->what);
      progress->what = g_strdup (what);
      progress->since = now;
      progress->first = fraction;
    }
  progress->fraction = fraction;
}

/* (transfer full) (nullable): how long it will take, for people */
static char *
progress_guess (PerseaProgress *progress, int64_t now)
{
  double done = progress->fraction - progress->first;
  int64_t elapsed = now - progress->since;
  int seconds;

  if (progress->first < 0 || done < MIN_FRACTION || elapsed < MIN_ELAPSED)
    return NULL;
  seconds = (int) MIN ((1 - progress->fraction) / done * elapsed / G_USEC_PER_SEC + 0.5, 359999);
  if (seconds < 100)
    /* TRANSLATORS: seconds that some work will take yet */
    return g_strdup_printf (_("%d s left"), seconds);
  /* TRANSLATORS: minutes and seconds that some work will take yet */
  return g_strdup_printf (_("%d:%02d min left"), seconds / 60, seconds % 60);
}

void
persea_progress_set (PerseaProgress *progress, const char *what, double fraction)
{
  int64_t now = g_get_monotonic_time ();

  g_mutex_lock (&progress->mutex);
  progress_note (progress, what, fraction, now);
  if (progress->enabled && (!progress->drawn || now - progress->last >= MIN_INTERVAL))
    {
      g_autoptr (GString) line = g_string_new ("\r\033[K");
      int columns = progress_get_columns () - 1;
      g_autofree char *left = progress_guess (progress, now);
      g_autofree char *words = left ? g_strdup_printf ("%s · %s", what ? what : "", left) : g_strdup (what);

      progress_append_bar (line, fraction);
      if (words && g_utf8_validate (words, -1, NULL))
        progress_append_words (line, words, columns - (fraction < 0 ? 0 : BAR_WIDTH + 7));
      g_printerr ("%s", line->str);
      progress->drawn = TRUE;
      progress->last = now;
    }
  g_mutex_unlock (&progress->mutex);
}

void
persea_progress_clear (PerseaProgress *progress)
{
  g_mutex_lock (&progress->mutex);
  if (progress->drawn)
    {
      fputs ("\r\033[K", stderr);
      progress->drawn = FALSE;
    }
  g_mutex_unlock (&progress->mutex);
}
