/* persea-sandbox-probe.h - tries whether the sandbox holds
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Inside of it, in the place of one who has taken the process over.  Does no harm where it
 * succeeds.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_sandbox_probe:
 *
 * Returns: (transfer full): a line for each attempt: what it was, a tabulator, and "denied" or
 *   "allowed"
 */
char *persea_sandbox_probe (void);

G_END_DECLS
