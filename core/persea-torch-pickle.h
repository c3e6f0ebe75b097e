/* persea-torch-pickle.h - the tensors that a pickle of PyTorch talks about
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shared by the containers of PyTorch: they differ in where the storages lie, not in what the
 * pickle says.  Understood are state dictionaries, plain or wrapped by a training program, the
 * module trees of TorchScript, and whole pickled modules; names of tensors are the paths to them,
 * joined by ".".
 */
#pragma once

#include "persea-checkpoint-private.h"
#include "persea-pickle.h"

G_BEGIN_DECLS

/**
 * PerseaTorchStorage:
 * @key: the storage's name in its container
 * @dtype: of its elements
 * @n_elements: how many it is said to have
 */
typedef struct
{
  const PerseaPickleText *key;
  PerseaDtype             dtype;
  uint64_t                n_elements;
} PerseaTorchStorage;

/**
 * PerseaTorchContainer:
 * @find: says where the bytes of a storage lie, or sets an error
 * @data: for @find
 * @is_script: an archive of TorchScript, where "model" and the like are names of modules
 */
typedef struct
{
  gboolean (*find) (gpointer                  data,
                    const PerseaTorchStorage *storage,
                    const uint8_t           **bytes,
                    size_t                   *size,
                    GError                  **error);
  gpointer data;
  gboolean is_script;
} PerseaTorchContainer;

/**
 * persea_torch_collect:
 * @checkpoint: gets the tensors
 * @pickle: of the whole object
 * @container: where storages are
 */
gboolean persea_torch_collect (PerseaCheckpoint           *checkpoint,
                               const PerseaPickle         *pickle,
                               const PerseaTorchContainer *container,
                               GError                    **error);

/**
 * persea_torch_parse_storage:
 * @node: any node
 * @storage: (out caller-allocates): filled if @node is a storage
 *
 * Returns: whether @node is the persistent identifier of a storage, of a class we know
 */
gboolean persea_torch_parse_storage (const PerseaPickleNode *node, PerseaTorchStorage *storage);

G_END_DECLS
