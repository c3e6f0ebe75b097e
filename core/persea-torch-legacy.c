/* persea-torch-legacy.c - what torch.save wrote before PyTorch 1.6
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Five pickles in a row: a magic number, the protocol's version, facts about the machine, the
 * object, and the keys of the storages; then the storages in the order of the keys, each as a
 * count and its elements.
 * Reference: pytorch, torch/serialization.py, _legacy_save.
 */
#include "config.h"

#include "persea-checkpoint-private.h"

#include <string.h>

#include "persea-error.h"
#include "persea-pickle.h"
#include "persea-torch-pickle.h"

#define LEGACY_VERSION 1001

typedef struct
{
  const uint8_t *data;
  size_t         size;
} LegacyBytes;

typedef struct
{
  const uint8_t *data;
  size_t         size;
  size_t         position;
  GHashTable    *storages; /* key -> LegacyBytes */
} LegacyFile;

static gboolean
legacy_fail (GError **error, const char *message)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "legacy PyTorch file: %s", message);
  return FALSE;
}

static PerseaPickle *
legacy_next_pickle (LegacyFile *file, GError **error)
{
  size_t consumed = 0;
  PerseaPickle *pickle = persea_pickle_parse (file->data + file->position,
                                              file->size - file->position, &consumed, error);

  file->position += consumed;
  return pickle;
}

/* The magic number is told before; what matters in the first three pickles is the version and
 * the byte order */
static gboolean
legacy_read_preamble (LegacyFile *file, GError **error)
{
  g_autoptr (PerseaPickle) magic = legacy_next_pickle (file, error);
  g_autoptr (PerseaPickle) version = magic != NULL ? legacy_next_pickle (file, error) : NULL;
  g_autoptr (PerseaPickle) machine = version != NULL ? legacy_next_pickle (file, error) : NULL;
  const PerseaPickleNode *node;

  if (machine == NULL)
    return FALSE;
  node = persea_pickle_get_root (version);
  if (node->kind != PERSEA_PICKLE_INT || node->integer != LEGACY_VERSION)
    return legacy_fail (error, "expected version 1001, found another");
  node = persea_pickle_find (persea_pickle_get_root (machine), "little_endian");
  if (node == NULL || node->kind != PERSEA_PICKLE_BOOL || !node->integer)
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                           "saved on a machine with another byte order");
      return FALSE;
    }
  return TRUE;
}

/* Returns: (transfer full): key -> size of an element, for all storages that @object mentions */
static GHashTable *
legacy_list_storages (const PerseaPickle *object)
{
  GHashTable *sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  size_t n;
  const PerseaPickleNode *const *nodes = persea_pickle_get_nodes (object, &n);

  for (size_t i = 0; i < n; i++)
    {
      PerseaTorchStorage storage;

      if (persea_torch_parse_storage (nodes[i], &storage))
        g_hash_table_insert (sizes, g_strndup (storage.key->text, storage.key->length),
                             GSIZE_TO_POINTER (persea_dtype_size (storage.dtype)));
    }
  return sizes;
}

/* Finds where the storage that comes next in the file lies */
static gboolean
legacy_take_storage (LegacyFile *file, char *key, size_t element, GError **error)
{
  LegacyBytes *bytes;
  uint64_t n_elements;
  size_t size;

  if (file->size - file->position < 8)
    {
      g_free (key);
      return legacy_fail (error, "it ends before its last tensor");
    }
  memcpy (&n_elements, file->data + file->position, sizeof n_elements);
  n_elements = GUINT64_FROM_LE (n_elements);
  file->position += 8;
  if (!g_size_checked_mul (&size, n_elements, element) || size > file->size - file->position)
    {
      g_free (key);
      return legacy_fail (error, "it ends before its last tensor");
    }

  bytes = g_new (LegacyBytes, 1);
  bytes->data = file->data + file->position;
  bytes->size = size;
  g_hash_table_insert (file->storages, key, bytes);
  file->position += size;
  return TRUE;
}

static gboolean
legacy_locate_storages (LegacyFile             *file,
                        const PerseaPickle     *object,
                        const PerseaPickleNode *keys,
                        GError                **error)
{
  g_autoptr (GHashTable) sizes = legacy_list_storages (object);

  if (keys->kind != PERSEA_PICKLE_LIST)
    return legacy_fail (error, "expected a list of storages");
  for (size_t i = 0; i < keys->n_items; i++)
    {
      const PerseaPickleText *text = &keys->items[i]->text;
      char *key;
      size_t element;

      if (keys->items[i]->kind != PERSEA_PICKLE_STRING)
        return legacy_fail (error, "expected strings as names of storages");
      key = g_strndup (text->text, text->length);
      element = GPOINTER_TO_SIZE (g_hash_table_lookup (sizes, key));
      if (element == 0)
        {
          g_free (key);
          return legacy_fail (error, "a storage that nothing uses, of unknown type");
        }
      if (!legacy_take_storage (file, key, element, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
legacy_find (gpointer                  data,
             const PerseaTorchStorage *storage,
             const uint8_t           **bytes,
             size_t                   *size,
             GError                  **error)
{
  LegacyFile *file = data;
  g_autofree char *key = g_strndup (storage->key->text, storage->key->length);
  const LegacyBytes *found = g_hash_table_lookup (file->storages, key);
  size_t needed;

  if (found == NULL)
    return legacy_fail (error, "a storage without elements");
  if (!g_size_checked_mul (&needed, storage->n_elements, persea_dtype_size (storage->dtype))
      || needed > found->size)
    return legacy_fail (error, "a storage with fewer elements than it should have");
  *bytes = found->data;
  *size = needed;
  return TRUE;
}

gboolean
persea_torch_legacy_read (PerseaCheckpoint *checkpoint,
                          const uint8_t    *data,
                          size_t            size,
                          GError          **error)
{
  LegacyFile file = { .data = data, .size = size };
  const PerseaTorchContainer container = { .find = legacy_find, .data = &file };
  g_autoptr (GHashTable) storages = NULL;
  g_autoptr (PerseaPickle) object = NULL;
  g_autoptr (PerseaPickle) keys = NULL;

  storages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  file.storages = storages;
  if (!legacy_read_preamble (&file, error))
    return FALSE;
  object = legacy_next_pickle (&file, error);
  keys = object != NULL ? legacy_next_pickle (&file, error) : NULL;
  return keys != NULL
         && legacy_locate_storages (&file, object, persea_pickle_get_root (keys), error)
         && persea_torch_collect (checkpoint, object, &container, error);
}
