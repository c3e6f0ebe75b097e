/* persea-pressure.h - tells when memory becomes short
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Three may say so: the memory monitor of the desktop (GMemoryMonitor), the service manager (the
 * file named by $MEMORY_PRESSURE_WATCH), and where neither does, the kernel itself
 * (/proc/pressure/memory).  Nothing is polled: the kernel wakes the program when something waited
 * too long for memory.
 *
 * Threads: all functions are for the thread of the main context that was the default one when the
 * object was made, and the callback comes there.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PerseaPressure PerseaPressure;

/* may come again and again while memory is short, every two seconds at the most */
typedef void (*PerseaPressureFunc) (PerseaPressure *pressure, gpointer user_data);

PerseaPressure *persea_pressure_new (PerseaPressureFunc memory_short, gpointer user_data);
void            persea_pressure_free (PerseaPressure *pressure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPressure, persea_pressure_free)

G_END_DECLS
