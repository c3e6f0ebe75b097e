/* persea-xmp-private.h - what the files persea-xmp*.c share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <gexiv2/gexiv2.h>

#include "persea-xmp-remote.h"

G_BEGIN_DECLS

struct _PerseaXmp
{
  GExiv2Metadata  *metadata; /* NULL if there is @remote */
  PerseaXmpRemote *remote;
};

G_END_DECLS
