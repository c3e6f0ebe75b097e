/* persea-pressure.c - the memory monitor, and the kernel's pressure files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The variables are those of systemd's "Memory Pressure Handling": a path, and the base64 of what
 * to write to it after opening.  A pressure file is ready for POLLPRI when its condition was met; a
 * fifo or socket, which a container may give instead, is ready for POLLIN.
 */
#include "config.h"

#include "persea-pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib-unix.h>

#define PRESSURE_FILE "/proc/pressure/memory"
/* that something waited for 200 ms of 2 s; windows of whole 2 s are the only ones that a user may ask
 * for */
#define PRESSURE_CONDITION "some 200000 2000000"
#define PRESSURE_PAUSE (2 * G_USEC_PER_SEC)

struct _PerseaPressure
{
  PerseaPressureFunc memory_short;
  gpointer           user_data;
  GMemoryMonitor    *monitor;
  int                file; /* descriptor, or -1 */
  unsigned           source;
  gint64             last; /* when it was told, monotonic, µs */
};

static void
pressure_tell (PerseaPressure *pressure)
{
  gint64 now = g_get_monotonic_time ();

  if (pressure->last != 0 && now - pressure->last < PRESSURE_PAUSE)
    return;
  pressure->last = now;
  pressure->memory_short (pressure, pressure->user_data);
}

static void
on_low_memory_warning (GMemoryMonitor             *monitor,
                       GMemoryMonitorWarningLevel  level,
                       gpointer                    user_data)
{
  g_debug ("the memory monitor warns: level %d", level);
  pressure_tell (user_data);
}

static gboolean
on_file_ready (int file, GIOCondition condition, gpointer user_data)
{
  PerseaPressure *pressure = user_data;
  char buffer[256];

  /* a fifo or socket has to be emptied; its end, like that of a control group, is the end */
  if ((condition & G_IO_IN) != 0 && read (file, buffer, sizeof buffer) == 0)
    condition = G_IO_ERR;
  if ((condition & (G_IO_PRI | G_IO_IN)) != 0 && (condition & G_IO_ERR) == 0)
    {
      g_debug ("the kernel says that memory is short");
      pressure_tell (pressure);
      return G_SOURCE_CONTINUE;
    }
  pressure->source = 0;
  return G_SOURCE_REMOVE;
}

/* Waits for the condition @request of the file @path.  @request: (nullable): nothing to be written */
static void
pressure_watch_file (PerseaPressure *pressure, const char *path, const void *request, size_t size)
{
  int file = open (path, (request != NULL ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);
  struct stat status;

  if (file < 0 || fstat (file, &status) != 0
      || (request != NULL && write (file, request, size) != (ssize_t) size))
    {
      g_debug ("%s: %s", path, g_strerror (errno));
      if (file >= 0)
        close (file);
      return;
    }
  pressure->file = file;
  pressure->source = g_unix_fd_add (file, S_ISREG (status.st_mode) ? G_IO_PRI | G_IO_ERR
                                                                   : G_IO_IN | G_IO_HUP | G_IO_ERR,
                                    on_file_ready, pressure);
}

static void
pressure_watch (PerseaPressure *pressure)
{
  const char *path = g_getenv ("MEMORY_PRESSURE_WATCH");
  const char *base64 = g_getenv ("MEMORY_PRESSURE_WRITE");
  g_autofree guchar *request = NULL;
  size_t size = 0;

  if (path == NULL)
    pressure_watch_file (pressure, PRESSURE_FILE, PRESSURE_CONDITION, strlen (PRESSURE_CONDITION) + 1);
  else if (strcmp (path, "/dev/null") != 0) /* which means: do not watch */
    {
      if (base64 != NULL)
        request = g_base64_decode (base64, &size);
      pressure_watch_file (pressure, path, size > 0 ? request : NULL, size);
    }
}

PerseaPressure *
persea_pressure_new (PerseaPressureFunc memory_short, gpointer user_data)
{
  PerseaPressure *pressure = g_new0 (PerseaPressure, 1);

  pressure->memory_short = memory_short;
  pressure->user_data = user_data;
  pressure->file = -1;
  pressure->monitor = g_memory_monitor_dup_default ();
  g_signal_connect (pressure->monitor, "low-memory-warning", G_CALLBACK (on_low_memory_warning),
                    pressure);
  pressure_watch (pressure);
  return pressure;
}

void
persea_pressure_free (PerseaPressure *pressure)
{
  if (pressure == NULL)
    return;
  g_clear_handle_id (&pressure->source, g_source_remove);
  if (pressure->file >= 0)
    close (pressure->file);
  g_signal_handlers_disconnect_by_data (pressure->monitor, pressure);
  g_object_unref (pressure->monitor);
  g_free (pressure);
}
