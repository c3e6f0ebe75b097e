/* persea-upkeep.h - the library does not grow for ever
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Once a day, all files that the library knows are looked for, those outside of watched folders, too.
 * What is gone for long is forgotten:
 *
 * - after %PERSEA_UPKEEP_DAYS, how a picture looks, if no file is known to hold it;
 * - after %PERSEA_UPKEEP_FILE_DAYS, a file with its tags, unless somebody has taken a tag away from it.
 *
 * A file is gone only if its file system is there without it.  What lies on a volume that is not
 * mounted stays, however long that is.
 */
#pragma once

#include "persea-library.h"

G_BEGIN_DECLS

#define PERSEA_UPKEEP_DAYS 30
#define PERSEA_UPKEEP_FILE_DAYS 180

typedef struct _PerseaUpkeep PerseaUpkeep;

/* Begins some minutes from now, and again every day, on a thread of its own. */
PerseaUpkeep *persea_upkeep_new (PerseaLibrary *library);

/* Waits until the thread is done with what it is doing. */
void persea_upkeep_free (PerseaUpkeep *upkeep);

/**
 * persea_upkeep_run:
 * @cancellable: (nullable): ends it early
 *
 * All of it, now, on this thread.
 */
gboolean persea_upkeep_run (PerseaLibrary  *library,
                            GCancellable   *cancellable,
                            GError        **error);

G_END_DECLS
