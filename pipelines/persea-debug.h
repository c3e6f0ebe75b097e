/* persea-debug.h - which debug messages are shown
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * $PERSEA_DEBUG holds topics, separated by commas: "bus,queue", or "all".  A message belongs to the
 * topic of the file that it comes from.  GLib's own $G_MESSAGES_DEBUG goes on to work beside it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_debug_init:
 * @program: for messages about the variable itself
 *
 * From here on the log does what $PERSEA_DEBUG says, "help" lists the topics on standard error.  To
 * be called once, before there are threads.
 */
void persea_debug_init (const char *program);

/**
 * persea_debug_wants:
 * @domain: (nullable): of the message
 * @file: (nullable): name of the source file
 * @topics: value of the variable
 *
 * Returns: whether debug messages from there are wanted
 */
gboolean persea_debug_wants (const char *domain, const char *file, const char *topics);

/**
 * persea_debug_find_unknown:
 *
 * Returns: (transfer full) (nullable): the first of @topics that is none
 */
char *persea_debug_find_unknown (const char *topics);

G_END_DECLS
