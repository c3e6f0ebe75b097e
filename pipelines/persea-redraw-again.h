/* persea-redraw-again.h - repeats what persea complete and persea vary have made
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-command.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

/**
 * persea_redraw_again:
 * @picture: (type filename): what is repeated, and
 * @again: how it was made
 * @output_name: (nullable): of -o
 *
 * The picture that it was made from, and the mask, are looked for by their names, beside @picture
 * and in the current folder, and must have the same bytes.
 *
 * Returns: an exit status; what went wrong has been said
 */
int persea_redraw_again (PerseaCommand          *command,
                         const char             *picture,
                         const PerseaProvenance *again,
                         const char             *output_name);

G_END_DECLS
