/* persea-cl-source.h - the kernels' sources, embedded at build time by kernels/embed.py
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @name: of the file without .cl; @text: with all includes expanded */
typedef struct
{
  const char *name;
  const char *text;
} PerseaClSource;

/* ended by a row of %NULL */
extern const PerseaClSource persea_cl_sources[];

G_END_DECLS
