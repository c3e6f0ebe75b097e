/* persea-checkpoint-container.c - which container a file is
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Tells containers from their first bytes, refuses by name what is none, and reads the index of
 * sharded checkpoints.
 */
#include "config.h"

#include "persea-checkpoint-private.h"

#include <string.h>

#include "persea-error.h"

/* A pickle that begins with the integer 0x1950a86a20f9469cfc6c */
#define CHECKPOINT_LEGACY "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

/* What people mistake for a checkpoint, or what we know by name but do not read */
static const struct
{
  size_t      offset;
  const char *magic;
  size_t      length;
  const char *message;
} checkpoint_strangers[] = {
  { 0, "GGUF", 4, "a GGUF file; that container is not supported" },
  { 257, "ustar", 5, "the tar layout of PyTorch before 0.1.10; load it in PyTorch and save again" },
  { 0, "\223NUMPY", 6, "a NumPy array, not a checkpoint" },
  { 0, "version https://git-lfs", 23, "a Git LFS pointer; the real file has to be fetched" },
  { 0, "<", 1, "a web page, not a checkpoint; the download went wrong" },
  { 0, "\211HDF", 4, "an HDF5 file; that container is not supported" },
  { 0, "\200\002", 2, "a bare pickle without tensors, or a PyTorch file without its beginning" },
};

static gboolean
checkpoint_begins (const uint8_t *data, size_t size, size_t offset, const char *magic, size_t length)
{
  return size >= offset + length && memcmp (data + offset, magic, length) == 0;
}

static gboolean
checkpoint_refuse (const uint8_t *data, size_t size, GError **error)
{
  const char *message = "not a checkpoint: neither safetensors nor a file of PyTorch or Flax";

  for (size_t i = 0; i < G_N_ELEMENTS (checkpoint_strangers); i++)
    if (checkpoint_begins (data, size, checkpoint_strangers[i].offset,
                           checkpoint_strangers[i].magic, checkpoint_strangers[i].length))
      {
        message = checkpoint_strangers[i].message;
        break;
      }
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED, message);
  return FALSE;
}

gboolean
persea_checkpoint_read_bytes (PerseaCheckpoint *checkpoint,
                              const uint8_t    *data,
                              size_t            size,
                              GError          **error)
{
  /* The length of a safetensors header has zeros in its upper half, which no text and no zip
   * header has there together with the brace. */
  if (size > 8 && data[8] == '{' && memcmp (data + 4, "\0\0\0\0", 4) == 0)
    {
      persea_checkpoint_set_kind (checkpoint, PERSEA_CHECKPOINT_SAFETENSORS);
      return persea_safetensors_read (checkpoint, data, size, error);
    }
  if (checkpoint_begins (data, size, 0, "PK", 2))
    return persea_torch_zip_read (checkpoint, data, size, error);
  if (checkpoint_begins (data, size, 0, CHECKPOINT_LEGACY, strlen (CHECKPOINT_LEGACY)))
    {
      persea_checkpoint_set_kind (checkpoint, PERSEA_CHECKPOINT_TORCH_LEGACY);
      return persea_torch_legacy_read (checkpoint, data, size, error);
    }
  if (persea_flax_begins (data, size))
    {
      persea_checkpoint_set_kind (checkpoint, PERSEA_CHECKPOINT_FLAX);
      return persea_flax_read (checkpoint, data, size, error);
    }
  return checkpoint_refuse (data, size, error);
}

gboolean
persea_checkpoint_is_index (const uint8_t *data, size_t size)
{
  size_t i = 0;

  while (i < size && g_ascii_isspace (data[i]))
    i++;
  return i < size && data[i] == '{';
}

GHashTable *
persea_checkpoint_list_shards (JsonObject *weight_map, GError **error)
{
  g_autoptr (GHashTable) shards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GList) members = json_object_get_members (weight_map);

  for (GList *l = members; l != NULL; l = l->next)
    {
      const char *shard = NULL;

      if (!persea_json_get_string (weight_map, l->data, &shard, error))
        return NULL;
      if (shard == NULL || *shard == '\0' || *shard == '.' || strchr (shard, '/') != NULL)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       "\"%s\": expected the name of a file beside the index, found \"%s\"",
                       (const char *) l->data, shard != NULL ? shard : "null");
          return NULL;
        }
      g_hash_table_add (shards, g_strdup (shard));
    }
  if (g_hash_table_size (shards) < 1 || g_hash_table_size (shards) > PERSEA_CHECKPOINT_MAX_FILES)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected 1 to %d shards, found %u", PERSEA_CHECKPOINT_MAX_FILES,
                   g_hash_table_size (shards));
      return NULL;
    }
  return g_steal_pointer (&shards);
}

gboolean
persea_checkpoint_has_shards (PerseaCheckpoint *checkpoint,
                              JsonObject       *weight_map,
                              GError          **error)
{
  const char *const *files = persea_checkpoint_get_files (checkpoint);
  g_autoptr (GList) members = json_object_get_members (weight_map);

  for (GList *l = members; l != NULL; l = l->next)
    {
      const PerseaCheckpointTensor *tensor = persea_checkpoint_find (checkpoint, l->data);
      const char *shard = json_object_get_string_member (weight_map, l->data);
      g_autofree char *found = NULL;

      if (tensor != NULL)
        found = g_path_get_basename (files[tensor->file]);
      if (g_strcmp0 (found, shard) == 0)
        continue;
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "tensor %s: expected in %s, found in %s", (const char *) l->data, shard,
                   found != NULL ? found : "no shard");
      return FALSE;
    }
  return TRUE;
}
