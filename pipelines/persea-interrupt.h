/* persea-interrupt.h - Ctrl-C as a cancellation
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A thread waits for SIGINT, SIGTERM and SIGHUP and cancels.  Work that does not notice in time (a driver
 * that compiles, a file system that hangs) is left behind: after %PERSEA_INTERRUPT_GRACE_MS the
 * process ends with status 130, but never while a file is being replaced.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PERSEA_INTERRUPT_GRACE_MS 800

typedef struct _PerseaInterrupt PerseaInterrupt;

/**
 * persea_interrupt_new:
 *
 * To be called first in main(), before any other thread is started, so that all of them inherit
 * the blocked signals.  Lives as long as the process.
 */
PerseaInterrupt *persea_interrupt_new (void);

/* (transfer none): cancelled when a signal has come */
GCancellable *persea_interrupt_get_cancellable (PerseaInterrupt *interrupt);

/* Between these two the process is not ended: around the replacement of a file.  Any thread;
 * may be nested. */
void persea_interrupt_hold (PerseaInterrupt *interrupt);
void persea_interrupt_release (PerseaInterrupt *interrupt);

G_END_DECLS
