/* persea-model-identity.h - telling one set of weights from another
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Caches of packed weights and of embeddings are keyed by the content of the checkpoint, so that
 * a copied, moved or touched model finds its caches, and a changed one does not.  Reading half a
 * gigabyte takes seconds, so what was found is remembered with each file's device, inode, size and
 * modification time, and computed again when any of them differs.
 */
#pragma once

#include "persea-device.h"

G_BEGIN_DECLS

/**
 * persea_model_identity:
 * @files: (array zero-terminated=1): paths of the checkpoint (all files of one in several) and of
 *   the configuration beside it, which changes what the weights mean; those that are not there
 *   are passed over
 * @progress: (nullable): told how far the reading is
 * @error: return location; GIO's errors
 *
 * Returns: (transfer full) (nullable): the SHA-256 of the files' SHA-256 sums in their order, 64
 *   hexadecimal digits
 */
char *persea_model_identity (const char *const   *files,
                             PerseaProgressFunc   progress,
                             gpointer             progress_data,
                             GCancellable        *cancellable,
                             GError             **error);

G_END_DECLS
