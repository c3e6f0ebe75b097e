/* persea-sandbox.h - a process gives up what it does not need
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For a process that is going to read what strangers wrote (persea-decoder.h).  First its limits,
 * then it starts its libraries, then it locks the door behind it: from there on it can compute,
 * have threads, and read and write what is open already.  It cannot open, make or look up files,
 * reach the network or a device, start or signal other processes, or make memory executable.
 * There is no way back.
 *
 * Two locks that know nothing of each other, so that one stays if a kernel lacks the other or has
 * a fault in it: Landlock (files, and on newer kernels TCP, abstract sockets and signals) and
 * seccomp (system calls that are not on a list fail with EPERM).  Where neither is there, limits
 * and the process boundary remain.
 *
 * Threads: to be called before there are any: Landlock holds for the calling thread and those that
 * it makes.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * PerseaSandboxLayers:
 * @PERSEA_SANDBOX_LIMITS: memory, time, open files, no new privileges
 * @PERSEA_SANDBOX_LANDLOCK: Linux 5.13
 * @PERSEA_SANDBOX_SECCOMP: if built with libseccomp
 */
typedef enum
{
  PERSEA_SANDBOX_LIMITS = 1 << 0,
  PERSEA_SANDBOX_LANDLOCK = 1 << 1,
  PERSEA_SANDBOX_SECCOMP = 1 << 2,
  PERSEA_SANDBOX_ALL = 7,
} PerseaSandboxLayers;

/**
 * persea_sandbox_limit:
 * @first_closed: descriptors from here on are closed
 * @max_memory: bytes of address space
 *
 * Bounds what the process may use, whatever it is told to do: memory, ten minutes of computing in
 * its whole life, open files, the size of what it writes; no core dumps, no new privileges.  If
 * the machine runs out of memory, the kernel ends this process first.
 *
 * Returns: whether all of it holds
 */
gboolean persea_sandbox_limit (int first_closed, uint64_t max_memory);

/**
 * persea_sandbox_enter:
 * @wanted: which locks
 * @may_open: seccomp lets files be opened, read, written and cut, as far as Landlock does: shared
 *   memory, by its name in /proc
 *
 * Returns: those that hold now
 */
PerseaSandboxLayers persea_sandbox_enter (PerseaSandboxLayers wanted, gboolean may_open);

/**
 * persea_sandbox_describe:
 *
 * Returns: (transfer full): "limits, Landlock, seccomp", or which of them are missing; for logs
 */
char *persea_sandbox_describe (PerseaSandboxLayers layers);

G_END_DECLS
