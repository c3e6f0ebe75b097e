/* persea-torch-pickle.c - the tensors that a pickle of PyTorch talks about
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * References: pytorch, torch/_utils.py (_rebuild_tensor_v2 and its relatives),
 * torch/serialization.py (persistent identifiers), torch/csrc/jit/serialization/pickler.cpp.
 */
#include "config.h"

#include "persea-torch-pickle.h"

#include <string.h>

#include "persea-error.h"

/* The graph of a pickle may lead in circles, and may have more paths than atoms */
#define TORCH_MAX_DEPTH 64
#define TORCH_MAX_STEPS 4000000

typedef struct
{
  PerseaCheckpoint           *checkpoint;
  const PerseaTorchContainer *container;
  GString                    *path;
  unsigned                    depth;
  size_t                      n_steps;
} TorchWalk;

static const struct
{
  const char *storage; /* of module torch or torch.cuda */
  const char *type;    /* of module torch */
  PerseaDtype dtype;
} torch_dtypes[] = {
  { "FloatStorage", "float32", PERSEA_DTYPE_F32 },
  { "HalfStorage", "float16", PERSEA_DTYPE_F16 },
  { "BFloat16Storage", "bfloat16", PERSEA_DTYPE_BF16 },
  { "DoubleStorage", "float64", PERSEA_DTYPE_F64 },
  { "LongStorage", "int64", PERSEA_DTYPE_I64 },
  { "IntStorage", "int32", PERSEA_DTYPE_I32 },
  { "ShortStorage", "int16", PERSEA_DTYPE_I16 },
  { "CharStorage", "int8", PERSEA_DTYPE_I8 },
  { "ByteStorage", "uint8", PERSEA_DTYPE_U8 },
  { "BoolStorage", "bool", PERSEA_DTYPE_BOOL },
  { "UntypedStorage", "", PERSEA_DTYPE_U8 },
};

static const char *const torch_wrappers[] = { "state_dict", "model", "module", "weights", "params" };

static gboolean
torch_fail (TorchWalk *walk, GError **error, const char *message)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "tensor %s: %s", walk->path->str,
               message);
  return FALSE;
}

gboolean
persea_torch_parse_storage (const PerseaPickleNode *node, PerseaTorchStorage *storage)
{
  const PerseaPickleNode *identifier;

  if (node->kind != PERSEA_PICKLE_PERSISTENT)
    return FALSE;
  identifier = node->arguments;
  if (identifier->kind != PERSEA_PICKLE_TUPLE || identifier->n_items < 5
      || identifier->items[0]->kind != PERSEA_PICKLE_STRING
      || !persea_pickle_text_is (&identifier->items[0]->text, "storage")
      || identifier->items[1]->kind != PERSEA_PICKLE_GLOBAL
      || identifier->items[2]->kind != PERSEA_PICKLE_STRING
      || identifier->items[4]->kind != PERSEA_PICKLE_INT || identifier->items[4]->integer < 0)
    return FALSE;

  for (size_t i = 0; i < G_N_ELEMENTS (torch_dtypes); i++)
    if (persea_pickle_text_is (&identifier->items[1]->text, torch_dtypes[i].storage))
      {
        storage->key = &identifier->items[2]->text;
        storage->dtype = torch_dtypes[i].dtype;
        storage->n_elements = (uint64_t) identifier->items[4]->integer;
        return TRUE;
      }
  return FALSE;
}

/* The legacy container's sixth element: None, or (key, offset, size) of a part of a storage */
static gboolean
torch_get_view_offset (const PerseaPickleNode *node, uint64_t *offset)
{
  const PerseaPickleNode *view;

  *offset = 0;
  if (node->arguments->n_items < 6)
    return TRUE;
  view = node->arguments->items[5];
  if (view->kind == PERSEA_PICKLE_NONE)
    return TRUE;
  if (view->kind != PERSEA_PICKLE_TUPLE || view->n_items != 3
      || view->items[1]->kind != PERSEA_PICKLE_INT || view->items[1]->integer < 0)
    return FALSE;
  *offset = (uint64_t) view->items[1]->integer;
  return TRUE;
}

static gboolean
torch_get_sizes (const PerseaPickleNode *node, size_t *sizes, unsigned *n)
{
  if ((node->kind != PERSEA_PICKLE_TUPLE && node->kind != PERSEA_PICKLE_LIST)
      || node->n_items > PERSEA_CHECKPOINT_MAX_DIMS)
    return FALSE;
  for (size_t i = 0; i < node->n_items; i++)
    {
      if (node->items[i]->kind != PERSEA_PICKLE_INT || node->items[i]->integer < 0)
        return FALSE;
      sizes[i] = (size_t) node->items[i]->integer;
    }
  *n = (unsigned) node->n_items;
  return TRUE;
}

/* _rebuild_tensor_v3 gives the type apart from the storage */
static gboolean
torch_get_type (const PerseaPickleNode *node, PerseaDtype *dtype)
{
  for (size_t i = 0; i < G_N_ELEMENTS (torch_dtypes); i++)
    if (persea_pickle_is_global (node, "torch", torch_dtypes[i].type))
      {
        *dtype = torch_dtypes[i].dtype;
        return TRUE;
      }
  return FALSE;
}

/* @arguments: (storage, offset, size, stride, …, [6] type if @typed) */
static gboolean
torch_add_tensor (TorchWalk              *walk,
                  const PerseaPickleNode *arguments,
                  gboolean                typed,
                  GError                **error)
{
  PerseaCheckpointTensor tensor = { .name = walk->path->str };
  PerseaTorchStorage storage;
  PerseaStorage bytes;
  unsigned n_strides;
  uint64_t view;

  if (arguments->n_items < 4 || arguments->items[1]->kind != PERSEA_PICKLE_INT
      || arguments->items[1]->integer < 0
      || !torch_get_sizes (arguments->items[2], tensor.shape, &tensor.n_dims)
      || !torch_get_sizes (arguments->items[3], tensor.strides, &n_strides)
      || n_strides != tensor.n_dims)
    return torch_fail (walk, error, "expected storage, offset, sizes and strides, found other");
  if (!persea_torch_parse_storage (arguments->items[0], &storage)
      || !torch_get_view_offset (arguments->items[0], &view))
    return torch_fail (walk, error, "its storage is of a kind that is not supported");
  if (!walk->container->find (walk->container->data, &storage, &bytes.data, &bytes.size, error))
    {
      g_prefix_error (error, "tensor %s: ", walk->path->str);
      return FALSE;
    }

  tensor.dtype = storage.dtype;
  if (typed && (arguments->n_items < 7 || !torch_get_type (arguments->items[6], &tensor.dtype)))
    return torch_fail (walk, error, "its element type is not supported");
  if (!g_size_checked_add (&bytes.offset, (size_t) arguments->items[1]->integer, view))
    return torch_fail (walk, error, "its offset is too large");
  return persea_checkpoint_add (walk->checkpoint, &tensor, &bytes, error);
}

static const struct
{
  const char *module;
  const char *name;
  int         function; /* index of the function to call instead, in the arguments, or -1 */
  int         inner;    /* index of the thing that is wrapped, in the arguments, or -1 */
  gboolean    typed;
} torch_builders[] = {
  { "torch._utils", "_rebuild_tensor", -1, -1, FALSE },
  { "torch._utils", "_rebuild_tensor_v2", -1, -1, FALSE },
  { "torch._utils", "_rebuild_tensor_v3", -1, -1, TRUE },
  { "torch._utils", "_rebuild_parameter", -1, 0, FALSE },
  { "torch._utils", "_rebuild_parameter_with_state", -1, 0, FALSE },
  { "torch._tensor", "_rebuild_from_type_v2", 0, 2, FALSE },
};

/* If calling @callee with @arguments gives a tensor, adds it and sets @is_tensor.  At most four
 * wrappers are taken off. */
static gboolean
torch_try_tensor (TorchWalk              *walk,
                  const PerseaPickleNode *callee,
                  const PerseaPickleNode *arguments,
                  gboolean               *is_tensor,
                  GError                **error)
{
  for (int wrapping = 0; wrapping < 4; wrapping++)
    {
      size_t i = 0;

      while (i < G_N_ELEMENTS (torch_builders)
             && !persea_pickle_is_global (callee, torch_builders[i].module, torch_builders[i].name))
        i++;
      if (i == G_N_ELEMENTS (torch_builders))
        break;

      *is_tensor = TRUE;
      if (torch_builders[i].inner < 0)
        return torch_add_tensor (walk, arguments, torch_builders[i].typed, error);
      if (arguments->n_items <= (size_t) torch_builders[i].inner)
        return torch_fail (walk, error, "a wrapper without a tensor");
      if (torch_builders[i].function >= 0)
        {
          callee = arguments->items[torch_builders[i].function];
          arguments = arguments->items[torch_builders[i].inner];
        }
      else
        {
          const PerseaPickleNode *inner = arguments->items[torch_builders[i].inner];

          if (inner->kind != PERSEA_PICKLE_OBJECT)
            return torch_fail (walk, error, "a wrapper without a tensor");
          callee = inner->callee;
          arguments = inner->arguments;
        }
    }

  if (callee->kind == PERSEA_PICKLE_GLOBAL && callee->text.length > 9
      && memcmp (callee->text.text, "_rebuild_", 9) == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "tensor %s: made by %.*s, which is not supported", walk->path->str,
                   (int) MIN (callee->text.length, 100), callee->text.text);
      return FALSE;
    }
  return TRUE;
}

static gboolean torch_walk (TorchWalk *walk, const PerseaPickleNode *node, GError **error);

/* Modules of Python keep their tensors in three dictionaries that are not part of the names */
static gboolean
torch_is_silent (const PerseaPickleText *key)
{
  return persea_pickle_text_is (key, "_parameters") || persea_pickle_text_is (key, "_buffers")
         || persea_pickle_text_is (key, "_modules");
}

static gboolean
torch_walk_pairs (TorchWalk *walk, const PerseaPickleNode *node, GError **error)
{
  gboolean module = persea_pickle_find (node, "_modules") != NULL;

  for (size_t i = 0; i + 1 < node->n_items; i += 2)
    {
      const PerseaPickleNode *key = node->items[i];
      size_t length = walk->path->len;
      gboolean silent;

      if (key->kind != PERSEA_PICKLE_STRING)
        continue;
      silent = module && torch_is_silent (&key->text);
      if ((module && !silent) || key->text.length > PERSEA_CHECKPOINT_MAX_NAME
          || memchr (key->text.text, '\0', key->text.length) != NULL)
        continue;
      if (!silent)
        {
          if (length > 0)
            g_string_append_c (walk->path, '.');
          g_string_append_len (walk->path, key->text.text, (gssize) key->text.length);
        }
      if (!torch_walk (walk, node->items[i + 1], error))
        return FALSE;
      g_string_truncate (walk->path, length);
    }
  return TRUE;
}

static gboolean
torch_walk (TorchWalk *walk, const PerseaPickleNode *node, GError **error)
{
  gboolean is_tensor = FALSE;
  gboolean done;

  if (node->kind != PERSEA_PICKLE_DICT && node->kind != PERSEA_PICKLE_OBJECT)
    return TRUE;
  walk->n_steps += 1 + node->n_items;
  if (walk->depth >= TORCH_MAX_DEPTH || walk->n_steps > TORCH_MAX_STEPS
      || walk->path->len > PERSEA_CHECKPOINT_MAX_NAME)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "pickle: nested deeper than %d, in a circle, or with too many parts",
                   TORCH_MAX_DEPTH);
      return FALSE;
    }
  if (node->kind == PERSEA_PICKLE_OBJECT
      && !torch_try_tensor (walk, node->callee, node->arguments, &is_tensor, error))
    return FALSE;
  if (is_tensor)
    return TRUE;

  walk->depth++;
  done = (!node->pairs || torch_walk_pairs (walk, node, error))
         && (node->state == NULL || node->state == node || torch_walk (walk, node->state, error));
  walk->depth--;
  return done;
}

static gboolean
torch_is_tensor (const PerseaPickleNode *node)
{
  return node->kind == PERSEA_PICKLE_OBJECT && node->callee->kind == PERSEA_PICKLE_GLOBAL
         && node->callee->text.length > 9 && memcmp (node->callee->text.text, "_rebuild_", 9) == 0;
}

/* What training programs save beside the weights (optimizers, schedules) is left out by going
 * down to the weights first. */
static const PerseaPickleNode *
torch_unwrap (const PerseaPickleNode *root)
{
  for (int wrapping = 0; wrapping < 4; wrapping++)
    {
      const PerseaPickleNode *inner = NULL;

      for (size_t i = 1; root->pairs && i < root->n_items; i += 2)
        if (torch_is_tensor (root->items[i]))
          return root;
      for (size_t i = 0; i < G_N_ELEMENTS (torch_wrappers) && inner == NULL; i++)
        {
          inner = persea_pickle_find (root, torch_wrappers[i]);
          if (inner != NULL && inner->kind != PERSEA_PICKLE_DICT
              && inner->kind != PERSEA_PICKLE_OBJECT)
            inner = NULL;
        }
      if (inner == NULL)
        break;
      root = inner;
    }
  return root;
}

gboolean
persea_torch_collect (PerseaCheckpoint           *checkpoint,
                      const PerseaPickle         *pickle,
                      const PerseaTorchContainer *container,
                      GError                    **error)
{
  const PerseaPickleNode *root = persea_pickle_get_root (pickle);
  TorchWalk walk = { .checkpoint = checkpoint, .container = container };
  gboolean done;

  if (!container->is_script)
    root = torch_unwrap (root);
  walk.path = g_string_new (NULL);
  done = torch_walk (&walk, root, error);
  g_string_free (walk.path, TRUE);
  return done;
}
