/* persea-manners.h - how much work nobody waits for may be done now
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Puts together what the machine runs on, whether memory is short, and who has asked for a pause.
 * It is about watched folders only: what a program asks for is done at once, always.
 *
 *     paused by somebody, low battery, power-saver, memory short    →  stop
 *     on battery                                                    →  slow
 *     otherwise                                                     →  full
 *
 * Threads: all functions are for the thread of the main context that was the default one when the
 * object was made, and all callbacks come there.
 */
#pragma once

#include "persea-pauses.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaManners PerseaManners;

/**
 * PerseaPace:
 * @PERSEA_PACE_FULL: as fast as it goes
 * @PERSEA_PACE_SLOW: with rests, each three times as long as the work before
 * @PERSEA_PACE_STOP: not at all; what was begun ends soon and is done later
 */
typedef enum
{
  PERSEA_PACE_FULL,
  PERSEA_PACE_SLOW,
  PERSEA_PACE_STOP,
} PerseaPace;

/* "full", "slow", "stop" */
const char *persea_pace_name (PerseaPace pace);

/**
 * PerseaMannersEvents:
 * @changed: the pace or its reasons are other ones
 * @memory_short: what is not needed at the moment should be let go
 */
typedef struct
{
  void (*changed) (PerseaManners *manners, gpointer user_data);
  void (*memory_short) (PerseaManners *manners, gpointer user_data);
} PerseaMannersEvents;

/**
 * persea_manners_new:
 * @pauses_path: (type filename): where lasting pauses are kept
 * @events: must stay; nothing is told before this returns
 *
 * The pace is %PERSEA_PACE_STOP until the machine has said what it runs on, a moment later.
 */
PerseaManners *persea_manners_new (const char                *pauses_path,
                                   const PerseaMannersEvents *events,
                                   gpointer                   user_data);
void           persea_manners_free (PerseaManners *manners);

PerseaPace persea_manners_get_pace (PerseaManners *manners);

/**
 * persea_manners_get_reasons:
 *
 * Returns: (transfer full) (array zero-terminated=1): why the pace is not full: "paused",
 *   "battery-low", "power-saver", "battery", "memory"; no more than apply
 */
char **persea_manners_get_reasons (PerseaManners *manners);

/**
 * persea_manners_pause:
 * @reason: for people
 * @lasting: whether it outlives the daemon
 *
 * Returns: a number for persea_manners_resume(), or 0 if there are too many pauses already
 */
unsigned persea_manners_pause (PerseaManners *manners, const char *reason, gboolean lasting);

/* %FALSE if there is no such pause.  Work goes on when there is none left. */
gboolean persea_manners_resume (PerseaManners *manners, unsigned cookie);

/* (transfer none) (element-type PerseaPause): the oldest first */
GPtrArray *persea_manners_get_pauses (PerseaManners *manners);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaManners, persea_manners_free)

G_END_DECLS
