/* persea-pauses.h - who has asked for a pause
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Lasting pauses are kept in a file, so that a daemon that is started again (because it crashed, say)
 * does not take up what somebody has stopped.  They end with the machine's uptime.
 *
 * Threads: belongs to the main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PerseaPauses PerseaPauses;

/**
 * PerseaPause:
 * @cookie: its number, never 0
 * @reason: in the words of who asked for it
 * @lasting: whether it outlives the daemon
 */
typedef struct
{
  unsigned cookie;
  char    *reason;
  gboolean lasting;
} PerseaPause;

/**
 * persea_pauses_new:
 * @path: (type filename): of the file; a file that cannot be read or understood is the same as none
 *
 * Returns: (transfer full): the pauses that are kept there
 */
PerseaPauses *persea_pauses_new (const char *path);
void          persea_pauses_free (PerseaPauses *pauses);

/* Returns: the new pause's number, or 0 if there are too many */
unsigned persea_pauses_add (PerseaPauses *pauses, const char *reason, gboolean lasting);

/* %FALSE if there is no such pause */
gboolean persea_pauses_remove (PerseaPauses *pauses, unsigned cookie);

/* (transfer none) (element-type PerseaPause): the oldest first */
GPtrArray *persea_pauses_get_list (PerseaPauses *pauses);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPauses, persea_pauses_free)

G_END_DECLS
