/* persea-tagged.h - whether a file still shows the picture that its tags are of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The library knows for each file what it held when tags were written for it.  A file that holds
 * something else shows another picture, unless the model sees no difference: then somebody has only
 * written metadata into it, or saved it anew.
 *
 * Threads: as the library.
 */
#pragma once

#include "persea-library.h"

G_BEGIN_DECLS

/* cosine of two embeddings from which on there is no difference */
#define PERSEA_TAGGED_ALIKE 0.999

/**
 * PerseaTaggedLook:
 * @identity: of the model
 * @dim: elements of its embeddings
 * @unit: (nullable): [dim], what it makes of the file now, at unit length; %NULL to ask the library
 */
typedef struct
{
  const char  *identity;
  size_t       dim;
  const float *unit;
} PerseaTaggedLook;

/**
 * persea_tagged_is_replaced:
 * @path: (type filename): absolute
 * @replaced: (out): whether the tags that are known are another picture's; %FALSE if nothing is known
 */
gboolean persea_tagged_is_replaced (PerseaLibrary           *library,
                                    const char              *path,
                                    const PerseaTaggedLook  *look,
                                    gboolean                *replaced,
                                    GCancellable            *cancellable,
                                    GError                 **error);

/* The tags of @path, absolute, are those of what it holds now. */
gboolean persea_tagged_note (PerseaLibrary  *library,
                             const char     *path,
                             GCancellable   *cancellable,
                             GError        **error);

G_END_DECLS
