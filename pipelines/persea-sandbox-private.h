/* persea-sandbox-private.h - the two locks
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each says whether it holds; errno says why not.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean persea_sandbox_enter_landlock (void);
gboolean persea_sandbox_enter_seccomp (gboolean may_open);

G_END_DECLS
