/* persea-keyword-place.h - where a picture's keywords are kept
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A place is read, its keywords are changed in memory, and it is written back as a whole or not at
 * all.  Three kinds: XMP sidecars, XMP in the picture itself, the extended attribute
 * user.xdg.tags of the desktop's file managers.
 */
#pragma once

#include <gio/gio.h>

#include "persea-keywords.h"
#include "persea-tag-options.h"

G_BEGIN_DECLS

typedef struct _PerseaKeywordPlace PerseaKeywordPlace;

/**
 * persea_keyword_places_open:
 * @picture: (type filename): the picture
 * @write: which kind; not %PERSEA_WRITE_NONE
 * @form: of a new sidecar
 * @error: return location; %PERSEA_ERROR_INVALID_DATA for a sidecar that cannot be read,
 *   %PERSEA_ERROR_UNSUPPORTED, %G_IO_ERROR
 *
 * Reads every place of that kind that the picture has: where both forms of sidecar exist, both
 * are kept up to date; where none exists, a new one, not made before it is saved.
 *
 * Returns: (transfer full) (element-type PerseaKeywordPlace) (nullable): one or two places
 */
GPtrArray *persea_keyword_places_open (const char         *picture,
                                       PerseaWrite         write,
                                       PerseaSidecarForm   form,
                                       GError            **error);

/* (transfer none) (type filename): the file that is written */
const char *persea_keyword_place_get_path (PerseaKeywordPlace *place);

/* (transfer none): to be changed freely */
PerseaKeywords *persea_keyword_place_get_keywords (PerseaKeywordPlace *place);

/**
 * persea_keyword_place_save:
 * @run: name of the run, noted in a sidecar that is new
 * @error: return location; %PERSEA_ERROR_BUSY if another program has changed it since it was read
 *
 * Writes the keywords back.  A sidecar that we made and that has become empty is removed.
 */
gboolean persea_keyword_place_save (PerseaKeywordPlace  *place,
                                    const char          *run,
                                    GCancellable        *cancellable,
                                    GError             **error);

void persea_keyword_place_free (PerseaKeywordPlace *place);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaKeywordPlace, persea_keyword_place_free)

G_END_DECLS
