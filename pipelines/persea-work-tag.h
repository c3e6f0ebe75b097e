/* persea-work-tag.h - the work of the method Tag
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-pictures.h"
#include "persea-work.h"

G_BEGIN_DECLS

/**
 * persea_work_tag_new:
 * @pictures: kept, not copied
 * @model: (nullable): name or path; %NULL: the configured one
 * @tag: which tags, and where to; copied
 *
 * Its items have `model` (s) and `tags` (a(sd)), its details `run` (s) if something was to be
 * written.
 *
 * Returns: (transfer full)
 */
PerseaWork *persea_work_tag_new (PerseaPictures         *pictures,
                                 const char             *model,
                                 const PerseaTagOptions *tag);

G_END_DECLS
