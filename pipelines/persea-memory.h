/* persea-memory.h - the memory of this process, and how to give it back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Threads: safe from any.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* For the beginning of a program that means to stay: threads share what they free, so that it can be
 * given back. */
void persea_memory_share (void);

/* bytes in memory at the moment, shared ones included (VmRSS); 0 if the system does not say */
guint64 persea_memory_get_resident (void);

/**
 * persea_memory_give_back:
 *
 * For after a large thing was freed: gives the holes of the heap back to the system, and the pages
 * of programs and libraries that are as they are on disk.  A driver that compiles brings a hundred
 * megabytes of code, which cannot be unloaded; what is used of it again is read again, mostly from
 * the system's cache.  Takes some milliseconds.
 */
void persea_memory_give_back (void);

G_END_DECLS
