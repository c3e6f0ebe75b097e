/* persea-scheduling.h - who else's work comes first
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The daemon has work that somebody waits for, and work that nobody does.  The same threads (those
 * of drivers and decoders) do both, so their priority changes with the work.  Linux lets a program
 * go down and does not always let it up again, so the first of these ways that can be taken back is
 * taken:
 *
 *   1. the scheduling class: SCHED_IDLE for every thread and process that works; where RLIMIT_NICE allows to
 *      leave it again
 *   2. the weight of the unit, if systemd runs the daemon as persead.service: CPUWeight=idle
 *   3. nice, for good, from the first work in the background on
 *
 * To the disk it is always idle and back, which everybody may do.  With PERSEA_PRIORITY=normal in the
 * environment nothing is changed.
 *
 * Threads: safe from any.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaScheduling PerseaScheduling;

/**
 * PerseaUrgency:
 * @PERSEA_URGENCY_NORMAL: somebody waits
 * @PERSEA_URGENCY_BACKGROUND: nobody does
 */
typedef enum
{
  PERSEA_URGENCY_NORMAL,
  PERSEA_URGENCY_BACKGROUND,
} PerseaUrgency;

/**
 * persea_scheduling_new:
 * @connection: (nullable): the session bus, to reach systemd
 *
 * To be called on the main thread: it, and the threads of GLib that serve the bus, stay as they are.
 *
 * Returns: (transfer full): at %PERSEA_URGENCY_NORMAL
 */
PerseaScheduling *persea_scheduling_new (GDBusConnection *connection);

/* Only when nobody calls persea_scheduling_set() any more. */
void persea_scheduling_free (PerseaScheduling *scheduling);

/**
 * persea_scheduling_keep_class:
 *
 * The calling thread, one at the most, keeps its scheduling class and nice value: others wait for what
 * it holds, the main thread among them, and would wait for all the world if it were idle.
 */
void persea_scheduling_keep_class (PerseaScheduling *scheduling);

/* Does nothing if it is so already, but for threads that are new since. */
void persea_scheduling_set (PerseaScheduling *scheduling, PerseaUrgency urgency);

/* (transfer none): how it is done, for people who look for reasons: "class", "unit", "nice", or
 * "none"; "asking" until systemd has answered */
const char *persea_scheduling_get_method (PerseaScheduling *scheduling);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaScheduling, persea_scheduling_free)

G_END_DECLS
