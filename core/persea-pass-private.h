/* persea-pass-private.h - what operations need of a pass
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-device-impl.h"

G_BEGIN_DECLS

PerseaDevice *persea_pass_get_device (PerseaPass *pass);

/* %FALSE if the pass has failed or was cancelled: then the operation does nothing */
gboolean persea_pass_check (PerseaPass *pass);

/**
 * persea_pass_done:
 * @ok: what the device said
 * @error: (transfer full) (nullable): what it said if not @ok
 * @cost: what was queued, in floating-point operations; a byte moved counts as four
 */
void persea_pass_done (PerseaPass *pass, gboolean ok, GError *error, double cost);

G_END_DECLS
