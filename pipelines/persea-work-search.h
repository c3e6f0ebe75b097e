/* persea-work-search.h - the work of the methods Search, FindDuplicates and ListDuplicates
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * There is one item, with `model` (s), `pictures` (u) that were looked at, and what was found: `results`,
 * a(sd), URIs with their scores, best first; or `groups`, aa(sd).
 */
#pragma once

#include "persea-pictures.h"
#include "persea-search.h"
#include "persea-work.h"

G_BEGIN_DECLS

/**
 * PerseaSearchRequest:
 * @model: (nullable): name or path
 * @words: (nullable): what is looked for
 * @minus: (nullable): what is not
 * @duplicates: groups of pictures that are the same are looked for, and nothing else
 * @options: which files
 */
typedef struct
{
  const char         *model;
  const char *const  *words;
  const char *const  *minus;
  gboolean            duplicates;
  PerseaSearchOptions options;
} PerseaSearchRequest;

/* (transfer full): @pictures: what it is like; may be empty */
PerseaWork *persea_work_search_new (PerseaPictures            *pictures,
                                    const PerseaSearchRequest *request);

G_END_DECLS
