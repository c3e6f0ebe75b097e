/* persea-xattr-tags.h - keywords in extended attributes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The desktop's file managers keep tags in user.xdg.tags, separated by commas.  What is ours among
 * them stands in user.persea.tags: one line per tag, its fields separated by tabs: state, score,
 * run, date, model, path.  File systems allow few bytes (ext4: 4 KiB in all), so tags that we only
 * found present are not recorded.
 */
#pragma once

#include <gio/gio.h>

#include "persea-keywords.h"

G_BEGIN_DECLS

/* (transfer full) (nullable): flat keywords and records; %PERSEA_ERROR_UNSUPPORTED where the file
 * system has no extended attributes */
PerseaKeywords *persea_xattr_tags_read (const char  *path,
                                        GError     **error);

gboolean persea_xattr_tags_write (const char            *path,
                                  const PerseaKeywords  *keywords,
                                  GError               **error);

G_END_DECLS
