/* persea-work-index.h - the work of the method Index
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each item is a picture or a folder with all that is in it; its values are `uri` (s), `model` (s),
 * `pictures` (u): how many are in the library now, and `failed` (u): how many could not be read.
 */
#pragma once

#include "persea-pictures.h"
#include "persea-work.h"

G_BEGIN_DECLS

/* (transfer full): @places: pictures and folders, by URI; @model: (nullable): name or path */
PerseaWork *persea_work_index_new (PerseaPictures *places, const char *model);

G_END_DECLS
