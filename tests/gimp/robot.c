/* robot.c - a module for GTK that uses a program's windows as a person would
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * GTK loads it, as $GTK_MODULES says, into GIMP and into the plug-ins that GIMP starts.  In the program of the
 * name $PERSEA_ROBOT_PROGRAM it takes the steps of $PERSEA_ROBOT, a line each: a word of the table at the
 * end, and what it is about.  Each waits until it can be done, for as long as the test has patience; what comes
 * of it is said on standard error.  One source for GTK 2 and GTK 3.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <gtk/gtk.h>

#define PAUSE 110   /* ms between two steps or letters: a quick typist */
#define PATIENCE 60 /* turns until something is asked for again */

typedef struct _Robot Robot;

/* Returns: whether it is done; otherwise it is tried again */
typedef gboolean (*StepFunc) (Robot *robot, const char *about);

struct _Robot
{
  GStrv    steps;
  unsigned next;
  unsigned n_turns; /* that this step has taken */
  double   longest; /* ms of processor time of a turn of the main loop while letters are typed */
  double   since;   /* when this turn began */
  gboolean in_turn;
  gboolean typing;
};

/* Windows */

typedef gboolean (*IsItFunc) (GtkWidget *widget, const char *about);

static GtkWidget *
widget_find (GtkWidget *widget, IsItFunc is_it, const char *about)
{
  g_autoptr (GList) children = NULL;
  GtkWidget *found = NULL;

  if (!gtk_widget_get_visible (widget))
    return NULL;
  if (is_it (widget, about))
    return widget;
  if (GTK_IS_CONTAINER (widget))
    children = gtk_container_get_children (GTK_CONTAINER (widget));
  for (GList *l = children; l && !found; l = l->next)
    found = widget_find (l->data, is_it, about);
  return found;
}

/* in any dialog that is open */
static GtkWidget *
robot_find (IsItFunc is_it, const char *about)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  GtkWidget *found = NULL;

  for (GList *l = windows; l && !found; l = l->next)
    if (GTK_IS_DIALOG (l->data) && gtk_widget_get_mapped (l->data))
      found = widget_find (l->data, is_it, about);
  return found;
}

static gboolean
is_text (GtkWidget *widget, const char *about)
{
  return GTK_IS_TEXT_VIEW (widget) || (GTK_IS_ENTRY (widget) && !GTK_IS_SPIN_BUTTON (widget));
}

static gboolean
is_button (GtkWidget *widget, const char *label)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *words = NULL;

  if (!GTK_IS_BUTTON (widget) || !gtk_button_get_label (GTK_BUTTON (widget)) || !gtk_widget_is_sensitive (widget))
    return FALSE;
  /* without the mark of its key */
  parts = g_strsplit (gtk_button_get_label (GTK_BUTTON (widget)), "_", 2);
  words = g_strjoinv (NULL, parts);
  return strcmp (words, label) == 0;
}

static gboolean
is_icons (GtkWidget *widget, const char *about)
{
  return GTK_IS_ICON_VIEW (widget);
}

static gboolean
is_list (GtkWidget *widget, const char *about)
{
  return GTK_IS_TREE_VIEW (widget);
}

static gboolean
is_scale (GtkWidget *widget, const char *about)
{
  return GTK_IS_SCALE (widget);
}

/* Steps */

/* an action of GIMP 3's that opens a dialog; called before the image is there, it does nothing */
static gboolean
step_open (Robot *robot, const char *name)
{
#if GTK_CHECK_VERSION (3, 0, 0)
  GActionGroup *group = G_ACTION_GROUP (g_application_get_default ());

  if (group && robot->n_turns++ % PATIENCE == 0)
    g_action_group_activate_action (group, name, NULL);
#endif
  return robot_find (is_text, NULL) != NULL;
}

/* a letter each turn */
static gboolean
step_type (Robot *robot, const char *text)
{
  GtkWidget *into = robot_find (is_text, NULL);
  const char *letter = g_utf8_offset_to_pointer (text, robot->n_turns);
  g_autofree char *one = g_utf8_substring (letter, 0, 1);
  int end = -1;

  if (!into)
    return FALSE;
  if (GTK_IS_TEXT_VIEW (into))
    gtk_text_buffer_insert_at_cursor (gtk_text_view_get_buffer (GTK_TEXT_VIEW (into)), one, -1);
  else
    gtk_editable_insert_text (GTK_EDITABLE (into), one, -1, &end);
  if (robot->n_turns++ == 0)
    fprintf (stderr, "robot: types\n");
  robot->typing = TRUE;
  return !*g_utf8_next_char (letter);
}

static gboolean
step_press (Robot *robot, const char *label)
{
  GtkWidget *button = robot_find (is_button, label);

  if (button)
    gtk_button_clicked (GTK_BUTTON (button));
  return button != NULL;
}

/* so many pictures are there */
static gboolean
step_see (Robot *robot, const char *number)
{
  GtkWidget *icons = robot_find (is_icons, NULL);
  GtkTreeModel *model = icons ? gtk_icon_view_get_model (GTK_ICON_VIEW (icons)) : NULL;
  int n = model ? gtk_tree_model_iter_n_children (model, NULL) : 0;
  int n_columns = 0;

  /* where they lie is known a turn after they are there */
  if (n != (int) g_ascii_strtoll (number, NULL, 10) || robot->n_turns++ == 0)
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      GtkTreePath *path = gtk_tree_path_new_from_indices (i, -1);
      GtkTreeIter iter;
      g_autofree char *words = NULL;

      gtk_tree_model_get_iter (model, &iter, path);
      gtk_tree_model_get (model, &iter, gtk_icon_view_get_text_column (GTK_ICON_VIEW (icons)), &words, -1);
      fprintf (stderr, "robot: candidate %d: %s\n", i, words);
      n_columns = MAX (n_columns, gtk_icon_view_get_item_column (GTK_ICON_VIEW (icons), path) + 1);
      gtk_tree_path_free (path);
    }
  fprintf (stderr, "robot: <side-by-side=%d>\n", n_columns);
  return TRUE;
}

/* takes the candidate of this number */
static gboolean
step_take (Robot *robot, const char *number)
{
  GtkWidget *icons = robot_find (is_icons, NULL);
  GtkTreePath *path = gtk_tree_path_new_from_string (number);

  if (icons)
    {
      gtk_icon_view_select_path (GTK_ICON_VIEW (icons), path);
      gtk_icon_view_item_activated (GTK_ICON_VIEW (icons), path);
    }
  gtk_tree_path_free (path);
  return icons != NULL;
}

/* a list has at least so many rows */
static gboolean
step_read (Robot *robot, const char *number)
{
  GtkWidget *list = robot_find (is_list, NULL);
  GtkTreeModel *model = list ? gtk_tree_view_get_model (GTK_TREE_VIEW (list)) : NULL;

  return model && gtk_tree_model_iter_n_children (model, NULL) >= (int) g_ascii_strtoll (number, NULL, 10);
}

/* the first scale */
static gboolean
step_slide (Robot *robot, const char *value)
{
  GtkWidget *scale = robot_find (is_scale, NULL);

  if (scale)
    gtk_range_set_value (GTK_RANGE (scale), g_ascii_strtod (value, NULL));
  return scale != NULL;
}

/* as if a driver had crashed */
static gboolean
step_die (Robot *robot, const char *about)
{
  return raise (SIGKILL) == 0;
}

static gboolean
step_rest (Robot *robot, const char *n_turns)
{
  return robot->n_turns++ >= g_ascii_strtoull (n_turns, NULL, 10);
}

static const struct
{
  const char *verb;
  StepFunc    take;
} steps[] = {
  { "die", step_die },
  { "open", step_open },
  { "press", step_press },
  { "read", step_read },
  { "rest", step_rest },
  { "see", step_see },
  { "slide", step_slide },
  { "take", step_take },
  { "type", step_type },
};

/* Time and again */

static gboolean
robot_step (gpointer data)
{
  Robot *robot = data;
  const char *step = robot->steps[robot->next];
  const char *about = step && strchr (step, ' ') ? strchr (step, ' ') + 1 : "";

  if (!step)
    {
      fprintf (stderr, "robot: the longest turn took %.1f ms\nrobot: done\n", robot->longest);
      robot->typing = FALSE;
      return G_SOURCE_REMOVE;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (steps); i++)
    if (g_str_has_prefix (step, steps[i].verb) && steps[i].take (robot, about))
      {
        fprintf (stderr, "robot: %s\n", step);
        robot->next++;
        robot->n_turns = 0;
        break;
      }
  return G_SOURCE_CONTINUE;
}

/* A turn of the main loop, from the end of the waiting to the next waiting, in processor time: other programs may be busy, too */

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

typedef struct
{
  GSource source;
  Robot  *robot;
} Clock;

static gboolean
clock_prepare (GSource *source, int *timeout)
{
  Robot *robot = ((Clock *) source)->robot;

  if (robot->in_turn && robot->typing)
    robot->longest = MAX (robot->longest, now () - robot->since);
  robot->in_turn = FALSE;
  *timeout = -1;
  return FALSE;
}

static gboolean
clock_check (GSource *source)
{
  Robot *robot = ((Clock *) source)->robot;

  robot->in_turn = TRUE;
  robot->since = now ();
  return FALSE;
}

static gboolean
clock_dispatch (GSource *source, GSourceFunc function, gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs clock_functions = { clock_prepare, clock_check, clock_dispatch, NULL, NULL, NULL };

/* what GTK asks for */
G_MODULE_EXPORT void gtk_module_init (int *argc, char ***argv);

G_MODULE_EXPORT void
gtk_module_init (int *argc, char ***argv)
{
  g_autofree char *program = NULL;
  GSource *source;
  Robot *robot;

  if (!g_file_get_contents ("/proc/self/comm", &program, NULL, NULL)
      || g_strcmp0 (g_strchomp (program), g_getenv ("PERSEA_ROBOT_PROGRAM")) != 0)
    return;
  robot = g_new0 (Robot, 1); /* as long as the program */
  robot->steps = g_strsplit (g_getenv ("PERSEA_ROBOT"), "\n", -1);
  source = g_source_new (&clock_functions, sizeof (Clock));
  ((Clock *) source)->robot = robot;
  g_source_set_priority (source, G_MININT / 2);
  g_source_attach (source, NULL);
  g_timeout_add (PAUSE, robot_step, robot);
}
