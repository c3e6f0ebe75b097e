/* persea-program-identity.h - which build of the program, with which libraries, this is
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_program_identity_compute:
 *
 * Returns: (transfer full): 64 hexadecimal digits that change when the program or any library that
 *   is loaded in it does: made of our version and the build ids that linkers write into each
 */
char *persea_program_identity_compute (void);

G_END_DECLS
