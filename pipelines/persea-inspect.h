/* persea-inspect.h - what the networks get to see and say
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For comparing Persea with other implementations from outside.  Each function is what
 * `persea inspect` does under one name, and returns an exit status.
 */
#pragma once

#include "persea-command.h"
#include "persea-image-source.h"

G_BEGIN_DECLS

/**
 * PerseaInspection:
 * @output: (nullable): of -o
 * @codes: (nullable): of --codes
 * @fast: whether decoders may shrink
 * @n_failed: inputs so far
 */
typedef struct
{
  PerseaCommand *command;
  const char    *output;
  const char    *codes;
  gboolean       fast;
  unsigned       n_failed;
} PerseaInspection;

typedef int (*PerseaInspectFunc) (PerseaInspection *inspection, char **inputs);

/* of CLIP; no device is needed */
int persea_inspect_tokens (PerseaInspection *inspection, char **texts);
int persea_inspect_pixels (PerseaInspection *inspection, char **paths);

/* of drawing models */
int persea_inspect_prompt (PerseaInspection *inspection, char **texts);
int persea_inspect_logits (PerseaInspection *inspection, char **texts);
int persea_inspect_codes (PerseaInspection *inspection, char **paths);
int persea_inspect_decode (PerseaInspection *inspection, char **paths);

/* writes an array to @output; %FALSE after saying why not */
gboolean persea_inspection_save (PerseaInspection *inspection,
                                 PerseaDtype       dtype,
                                 const size_t     *shape,
                                 int               n_dims,
                                 const void       *data);

/* the numbers of the pieces of a text */
void persea_inspection_print_tokens (PerseaInspection *inspection,
                                     const char       *text,
                                     const int32_t    *ids,
                                     size_t            n,
                                     gboolean          truncated);

/**
 * persea_inspection_preprocess:
 * @path: a picture, "-" for standard input
 * @square: [image_size, image_size, 3], to be written
 */
gboolean persea_inspection_preprocess (PerseaInspection       *inspection,
                                       const char             *path,
                                       const PerseaPreprocess *preprocess,
                                       uint8_t                *square,
                                       GError                **error);

/* the exit status when all inputs are done */
int persea_inspection_finish (PerseaInspection *inspection);

G_END_DECLS
