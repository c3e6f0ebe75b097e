/* persea-scheduling.c - scheduling classes, weights, nice
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-scheduling.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SCHEDULING_NICE 10
#define SCHEDULING_UNIT "persead.service"
/* systemd's number for CPUWeight=idle; since version 252 */
#define SCHEDULING_WEIGHT_IDLE 0
#define SCHEDULING_WEIGHT_LEAST 1
#define SCHEDULING_WEIGHT_NORMAL 100

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"

/* linux/ioprio.h, which glibc does not wrap */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_NORMAL 0
#define IOPRIO_IDLE (3 << 13)

typedef enum
{
  METHOD_CLASS,
  METHOD_UNIT,
  METHOD_NICE,
  METHOD_ASKING, /* systemd, which has not answered */
  METHOD_NONE,
} Method;

static const char *const scheduling_methods[] = {
  [METHOD_CLASS] = "class",
  [METHOD_UNIT] = "unit",
  [METHOD_NICE] = "nice",
  [METHOD_ASKING] = "asking",
  [METHOD_NONE] = "none",
};

struct _PerseaScheduling
{
  GDBusConnection *connection; /* (nullable) */
  GCancellable    *cancellable;

  GMutex        lock; /* of all below */
  Method        method;
  char         *unit; /* (nullable): object path, once systemd has said that it is ours */
  PerseaUrgency urgency;
  int           steward; /* thread that keeps its class, or 0 */
};

/* those of GLib that serve the bus and watch files; they never work long */
static const char *const serving_threads[] = { "gdbus", "gmain", "pool-spawner", "dconf worker" };

static gboolean
thread_serves (int thread)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/comm", thread);
  g_autofree char *name = NULL;

  if (thread == getpid () || !g_file_get_contents (path, &name, NULL, NULL))
    return TRUE;
  g_strchomp (name);
  for (size_t i = 0; i < G_N_ELEMENTS (serving_threads); i++)
    if (strcmp (name, serving_threads[i]) == 0)
      return TRUE;
  return FALSE;
}

/* No harm if any of it fails: threads end meanwhile, some kernels have no priorities for disks. */
static void
thread_set_class (int thread, Method method, gboolean background)
{
  const struct sched_param parameters = { 0 };

  if (method == METHOD_CLASS)
    sched_setscheduler (thread, background ? SCHED_IDLE : SCHED_OTHER, &parameters);
  else if (method == METHOD_NICE && background
           && getpriority (PRIO_PROCESS, thread) < SCHEDULING_NICE)
    setpriority (PRIO_PROCESS, thread, SCHEDULING_NICE);
}

static void
thread_set_disk (int thread, gboolean background)
{
  syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, thread, background ? IOPRIO_IDLE : IOPRIO_NORMAL);
}

/* The processes that @thread has started, such as decoders. */
static void
thread_set_children (int thread, Method method, gboolean background)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", thread);
  g_autofree char *text = NULL;
  g_auto (GStrv) children = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  children = g_strsplit (g_strchomp (text), " ", -1);
  for (char **child = children; *child != NULL; child++)
    {
      g_autofree char *tasks_path = g_strdup_printf ("/proc/%s/task", *child);
      g_autoptr (GDir) tasks = g_dir_open (tasks_path, 0, NULL);
      const char *name;

      while (tasks != NULL && (name = g_dir_read_name (tasks)) != NULL)
        {
          thread_set_class (atoi (name), method, background);
          thread_set_disk (atoi (name), background);
        }
    }
}

static void
scheduling_set_threads (PerseaScheduling *scheduling)
{
  gboolean background = scheduling->urgency == PERSEA_URGENCY_BACKGROUND;
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;

  while (tasks != NULL && (name = g_dir_read_name (tasks)) != NULL)
    {
      int thread = atoi (name);

      thread_set_children (thread, scheduling->method, background);
      if (thread_serves (thread))
        continue;
      if (thread != scheduling->steward)
        thread_set_class (thread, scheduling->method, background);
      thread_set_disk (thread, background);
    }
}

/* on a thread that nobody needs any more */
static gpointer
class_try (gpointer data)
{
  const struct sched_param parameters = { 0 };
  gboolean *reversible = data;

  *reversible = sched_setscheduler (0, SCHED_IDLE, &parameters) == 0
                && sched_setscheduler (0, SCHED_OTHER, &parameters) == 0;
  return NULL;
}

static gboolean
class_is_reversible (void)
{
  gboolean reversible = FALSE;

  g_thread_join (g_thread_new ("persea-scheduling", class_try, &reversible));
  return reversible;
}

/* systemd */

static void
unit_set_weights (PerseaScheduling *scheduling, guint64 cpu, guint64 disk)
{
  GVariantBuilder properties;

  g_variant_builder_init (&properties, G_VARIANT_TYPE ("a(sv)"));
  g_variant_builder_add (&properties, "(sv)", "CPUWeight", g_variant_new_uint64 (cpu));
  g_variant_builder_add (&properties, "(sv)", "IOWeight", g_variant_new_uint64 (disk));
  /* for this run of the unit only; nobody waits for the answer */
  g_dbus_connection_call (scheduling->connection, SYSTEMD_NAME, scheduling->unit,
                          SYSTEMD_NAME ".Unit", "SetProperties",
                          g_variant_new ("(ba(sv))", TRUE, &properties), NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void
scheduling_set_unit (PerseaScheduling *scheduling)
{
  if (scheduling->urgency == PERSEA_URGENCY_NORMAL)
    {
      unit_set_weights (scheduling, SCHEDULING_WEIGHT_NORMAL, SCHEDULING_WEIGHT_NORMAL);
      return;
    }
  /* the second is refused by old versions, and the first is what they have */
  unit_set_weights (scheduling, SCHEDULING_WEIGHT_LEAST, SCHEDULING_WEIGHT_LEAST);
  unit_set_weights (scheduling, SCHEDULING_WEIGHT_IDLE, SCHEDULING_WEIGHT_LEAST);
}

/* The ways are looked for once, at the beginning; systemd is asked and answers later. */
static Method
scheduling_find_method (void)
{
  if (g_strcmp0 (g_getenv ("PERSEA_PRIORITY"), "normal") == 0)
    return METHOD_NONE;
  return class_is_reversible () ? METHOD_CLASS : METHOD_NICE;
}

static void
scheduling_apply (PerseaScheduling *scheduling)
{
  if (scheduling->method == METHOD_NONE)
    return;
  scheduling_set_threads (scheduling);
  if (scheduling->method == METHOD_UNIT)
    scheduling_set_unit (scheduling);
}

static void
scheduling_set_method (PerseaScheduling *scheduling, Method method)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&scheduling->lock);

  scheduling->method = method;
  g_debug ("priorities by %s", scheduling_methods[method]);
  scheduling_apply (scheduling);
}

static void
on_unit_id (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) id = NULL;
  gboolean ours;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply != NULL)
    g_variant_get (reply, "(v)", &id);
  /* the weight of a terminal, say, is none of our business */
  ours = id != NULL && g_variant_is_of_type (id, G_VARIANT_TYPE_STRING)
         && strcmp (g_variant_get_string (id, NULL), SCHEDULING_UNIT) == 0;
  scheduling_set_method (user_data, ours ? METHOD_UNIT : METHOD_NICE);
}

static void
on_unit (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  PerseaScheduling *scheduling = user_data;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      g_debug ("no unit of systemd: %s", error->message);
      scheduling_set_method (scheduling, METHOD_NICE);
      return;
    }
  g_variant_get (reply, "(o)", &scheduling->unit);
  g_dbus_connection_call (scheduling->connection, SYSTEMD_NAME, scheduling->unit,
                          "org.freedesktop.DBus.Properties", "Get",
                          g_variant_new ("(ss)", SYSTEMD_NAME ".Unit", "Id"),
                          G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                          scheduling->cancellable, on_unit_id, scheduling);
}

PerseaScheduling *
persea_scheduling_new (GDBusConnection *connection)
{
  PerseaScheduling *scheduling = g_new0 (PerseaScheduling, 1);

  g_mutex_init (&scheduling->lock);
  scheduling->connection = connection != NULL ? g_object_ref (connection) : NULL;
  scheduling->cancellable = g_cancellable_new ();
  scheduling->urgency = PERSEA_URGENCY_NORMAL;
  scheduling->method = scheduling_find_method ();
  if (scheduling->method == METHOD_NICE && connection != NULL)
    {
      scheduling->method = METHOD_ASKING;
      g_dbus_connection_call (connection, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_NAME ".Manager",
                              "GetUnitByPID", g_variant_new ("(u)", (guint32) getpid ()),
                              G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                              scheduling->cancellable, on_unit, scheduling);
    }
  return scheduling;
}

void
persea_scheduling_free (PerseaScheduling *scheduling)
{
  if (scheduling == NULL)
    return;
  g_cancellable_cancel (scheduling->cancellable);
  g_object_unref (scheduling->cancellable);
  g_clear_object (&scheduling->connection);
  g_free (scheduling->unit);
  g_mutex_clear (&scheduling->lock);
  g_free (scheduling);
}

void
persea_scheduling_set (PerseaScheduling *scheduling, PerseaUrgency urgency)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&scheduling->lock);
  gboolean same = urgency == scheduling->urgency;

  scheduling->urgency = urgency;
  if (!same)
    scheduling_apply (scheduling);
  else if (urgency == PERSEA_URGENCY_BACKGROUND && scheduling->method != METHOD_NONE)
    scheduling_set_threads (scheduling);
}

void
persea_scheduling_keep_class (PerseaScheduling *scheduling)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&scheduling->lock);

  scheduling->steward = (int) syscall (SYS_gettid);
}

const char *
persea_scheduling_get_method (PerseaScheduling *scheduling)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&scheduling->lock);

  return scheduling_methods[scheduling->method];
}
