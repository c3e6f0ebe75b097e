/* persea-checkpoint.c - named tensors in files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Opens and maps the files and keeps what the readers find.  Which reader a file gets is decided
 * in persea-checkpoint-container.c.
 */
#include "config.h"

#include "persea-checkpoint.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "persea-checkpoint-private.h"
#include "persea-error.h"
#include "persea-json.h"

typedef struct
{
  char       *path;
  GBytes     *bytes;
  int         descriptor; /* -1 if the bytes came from the caller */
  struct stat opened;     /* as it was then, to notice changes */
} CheckpointFile;

struct _PerseaCheckpoint
{
  PerseaCheckpointKind kind;
  GPtrArray           *files;   /* of CheckpointFile */
  GPtrArray           *paths;   /* the same files' paths, NULL at the end */
  GArray              *tensors; /* of PerseaCheckpointTensor */
  GPtrArray           *pieces;  /* owns those of each tensor */
  GHashTable          *by_name; /* name -> index in tensors + 1 */
  GStringChunk        *names;
};

static const char *const checkpoint_kind_names[PERSEA_N_CHECKPOINT_KINDS] = {
  [PERSEA_CHECKPOINT_SAFETENSORS] = "safetensors",
  [PERSEA_CHECKPOINT_TORCH_ZIP] = "PyTorch zip archive",
  [PERSEA_CHECKPOINT_TORCH_SCRIPT] = "TorchScript archive",
  [PERSEA_CHECKPOINT_TORCH_LEGACY] = "PyTorch file, legacy layout",
  [PERSEA_CHECKPOINT_FLAX] = "Flax msgpack",
};

/* Prefixes that training programs wrap around a whole model */
static const char *const checkpoint_wrappers[] = { "module.", "_orig_mod." };

static void
checkpoint_file_free (CheckpointFile *file)
{
  g_clear_pointer (&file->bytes, g_bytes_unref);
  if (file->descriptor >= 0)
    close (file->descriptor);
  g_free (file->path);
  g_free (file);
}

static PerseaCheckpoint *
checkpoint_new (void)
{
  PerseaCheckpoint *checkpoint = g_atomic_rc_box_new0 (PerseaCheckpoint);

  checkpoint->files = g_ptr_array_new_with_free_func ((GDestroyNotify) checkpoint_file_free);
  checkpoint->paths = g_ptr_array_new ();
  checkpoint->tensors = g_array_new (FALSE, FALSE, sizeof (PerseaCheckpointTensor));
  checkpoint->pieces = g_ptr_array_new_with_free_func (g_free);
  checkpoint->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  checkpoint->names = g_string_chunk_new (16 * 1024);
  return checkpoint;
}

static void
checkpoint_clear (PerseaCheckpoint *checkpoint)
{
  g_ptr_array_unref (checkpoint->files);
  g_ptr_array_unref (checkpoint->paths);
  g_array_unref (checkpoint->tensors);
  g_ptr_array_unref (checkpoint->pieces);
  g_hash_table_unref (checkpoint->by_name);
  g_string_chunk_free (checkpoint->names);
}

PerseaCheckpoint *
persea_checkpoint_ref (PerseaCheckpoint *checkpoint)
{
  return g_atomic_rc_box_acquire (checkpoint);
}

void
persea_checkpoint_unref (PerseaCheckpoint *checkpoint)
{
  if (checkpoint != NULL)
    g_atomic_rc_box_release_full (checkpoint, (GDestroyNotify) checkpoint_clear);
}

static void
checkpoint_take_file (PerseaCheckpoint *checkpoint, CheckpointFile *file)
{
  g_ptr_array_add (checkpoint->files, file);
  g_ptr_array_add (checkpoint->paths, file->path);
}

static CheckpointFile *
checkpoint_file_open (const char *path, GError **error)
{
  CheckpointFile *file = g_new0 (CheckpointFile, 1);
  GMappedFile *mapped = NULL;

  file->path = g_strdup (path);
  file->descriptor = g_open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
  if (file->descriptor < 0 || fstat (file->descriptor, &file->opened) < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s", path,
                   g_strerror (saved_errno));
    }
  else if (!S_ISREG (file->opened.st_mode) || file->opened.st_size == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "%s: %s", path,
                   S_ISREG (file->opened.st_mode) ? "the file is empty" : "not a regular file");
    }
  else
    {
      mapped = g_mapped_file_new_from_fd (file->descriptor, FALSE, error);
    }

  if (mapped == NULL)
    {
      checkpoint_file_free (file);
      return NULL;
    }
  file->bytes = g_mapped_file_get_bytes (mapped);
  g_mapped_file_unref (mapped);
  return file;
}

static gboolean
checkpoint_file_is_unchanged (const CheckpointFile *file, GError **error)
{
  struct stat now;

  if (file->descriptor < 0)
    return TRUE;
  if (fstat (file->descriptor, &now) == 0 && now.st_size == file->opened.st_size
      && now.st_mtim.tv_sec == file->opened.st_mtim.tv_sec
      && now.st_mtim.tv_nsec == file->opened.st_mtim.tv_nsec)
    return TRUE;

  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               "%s: the file was changed while it was in use", file->path);
  return FALSE;
}

/* Looks whether all elements of @tensor lie inside @storage; fills n_elements and contiguous.
 * Returns NULL or what is wrong. */
static const char *
checkpoint_measure (PerseaCheckpointTensor *tensor, const PerseaStorage *storage)
{
  size_t element = persea_dtype_size (tensor->dtype);
  size_t n_elements = 1;
  size_t last = 0; /* index of the last element, from the tensor's first */

  if (tensor->n_dims > PERSEA_CHECKPOINT_MAX_DIMS)
    return "too many dimensions";
  for (unsigned i = 0; i < tensor->n_dims; i++)
    if (!g_size_checked_mul (&n_elements, n_elements, MAX (tensor->shape[i], 1))
        || n_elements > G_MAXSSIZE / 8)
      return "its shape is too large";

  tensor->n_elements = 1;
  for (unsigned i = tensor->n_dims; i-- > 0;)
    {
      if (tensor->contiguous)
        tensor->strides[i] = tensor->n_elements;
      tensor->n_elements *= tensor->shape[i];
    }
  if (tensor->n_elements == 0)
    {
      tensor->contiguous = TRUE;
      return NULL;
    }

  n_elements = 1;
  tensor->contiguous = TRUE;
  for (unsigned i = tensor->n_dims; i-- > 0;)
    {
      size_t step;

      if (tensor->shape[i] == 1)
        continue;
      if (!g_size_checked_mul (&step, tensor->shape[i] - 1, tensor->strides[i])
          || !g_size_checked_add (&last, last, step))
        return "its strides are too large";
      tensor->contiguous = tensor->contiguous && tensor->strides[i] == n_elements;
      n_elements *= tensor->shape[i];
    }
  if (!g_size_checked_add (&last, last, storage->offset) || last >= storage->size / element)
    return "its elements reach beyond the data that belongs to it";
  if (tensor->n_elements > storage->size / element)
    return "it repeats elements of its storage (an expanded tensor)";
  return NULL;
}

/* What every tensor must be, before one looks at its elements */
static gboolean
checkpoint_may_add (PerseaCheckpoint *checkpoint, const char *name, GError **error)
{
  size_t length = strlen (name);

  if (checkpoint->tensors->len >= PERSEA_CHECKPOINT_MAX_TENSORS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "more than %d tensors",
                   PERSEA_CHECKPOINT_MAX_TENSORS);
      return FALSE;
    }
  if (length == 0 || length > PERSEA_CHECKPOINT_MAX_NAME || !g_utf8_validate (name, -1, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "a tensor's name: expected 1 to %d bytes of UTF-8, found %" G_GSIZE_FORMAT,
                   PERSEA_CHECKPOINT_MAX_NAME, length);
      return FALSE;
    }
  if (g_hash_table_contains (checkpoint->by_name, name))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "tensor %s: occurs twice", name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
checkpoint_take_tensor (PerseaCheckpoint             *checkpoint,
                        const PerseaCheckpointTensor *tensor,
                        const PerseaStorage          *storage,
                        const PerseaCheckpointPiece  *pieces,
                        size_t                        n_pieces,
                        GError                      **error)
{
  PerseaCheckpointTensor added = *tensor;
  const char *wrong;

  if (!checkpoint_may_add (checkpoint, tensor->name, error))
    return FALSE;
  wrong = checkpoint_measure (&added, storage);
  if (wrong != NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "tensor %s: %s",
                   tensor->name, wrong);
      return FALSE;
    }

  added.name = g_string_chunk_insert (checkpoint->names, tensor->name);
  added.file = checkpoint->files->len - 1;
  added.n_pieces = n_pieces;
  added.pieces = g_memdup2 (pieces, n_pieces * sizeof *pieces);
  g_ptr_array_add (checkpoint->pieces, (gpointer) added.pieces);
  g_array_append_val (checkpoint->tensors, added);
  g_hash_table_insert (checkpoint->by_name, (gpointer) added.name,
                       GSIZE_TO_POINTER (checkpoint->tensors->len));
  return TRUE;
}

gboolean
persea_checkpoint_add (PerseaCheckpoint             *checkpoint,
                       const PerseaCheckpointTensor *tensor,
                       const PerseaStorage          *storage,
                       GError                      **error)
{
  size_t element = persea_dtype_size (tensor->dtype);
  size_t offset = MIN (storage->offset, storage->size / element);
  const PerseaCheckpointPiece piece = {
    .data = storage->data != NULL ? storage->data + offset * element : NULL,
    .n_elements = storage->size / element - offset,
  };

  return checkpoint_take_tensor (checkpoint, tensor, storage, &piece, 1, error);
}

gboolean
persea_checkpoint_add_pieces (PerseaCheckpoint             *checkpoint,
                              const PerseaCheckpointTensor *tensor,
                              const PerseaCheckpointPiece  *pieces,
                              size_t                        n_pieces,
                              GError                      **error)
{
  PerseaStorage all = { 0 }; /* as if they were one, to count them */

  g_return_val_if_fail (tensor->contiguous, FALSE);

  for (size_t i = 0; i < n_pieces; i++)
    all.size += pieces[i].n_elements * persea_dtype_size (tensor->dtype);
  return checkpoint_take_tensor (checkpoint, tensor, &all, pieces, n_pieces, error);
}

void
persea_checkpoint_set_kind (PerseaCheckpoint *checkpoint, PerseaCheckpointKind kind)
{
  checkpoint->kind = kind;
}

static gboolean
checkpoint_read_file (PerseaCheckpoint *checkpoint, CheckpointFile *file, GError **error)
{
  size_t size;
  const uint8_t *data = g_bytes_get_data (file->bytes, &size);

  checkpoint_take_file (checkpoint, file);
  if (persea_checkpoint_read_bytes (checkpoint, data, size, error))
    return TRUE;

  g_prefix_error (error, "%s: ", file->path);
  return FALSE;
}

static gboolean
checkpoint_read_index (PerseaCheckpoint *checkpoint,
                       const char       *path,
                       const uint8_t    *data,
                       size_t            size,
                       GError          **error)
{
  g_autoptr (JsonObject) index = NULL;
  g_autoptr (GHashTable) shards = NULL;
  g_autoptr (GList) names = NULL;
  g_autofree char *folder = g_path_get_dirname (path);
  JsonObject *weight_map = NULL;

  index = persea_json_parse ((const char *) data, size, error);
  if (index == NULL || !persea_json_get_object (index, "weight_map", &weight_map, error))
    return FALSE;
  if (weight_map == NULL)
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                           "JSON without a \"weight_map\": not the index of a checkpoint");
      return FALSE;
    }
  shards = persea_checkpoint_list_shards (weight_map, error);
  if (shards == NULL)
    return FALSE;

  names = g_list_sort (g_hash_table_get_keys (shards), (GCompareFunc) strcmp);
  for (GList *l = names; l != NULL; l = l->next)
    {
      g_autofree char *shard = g_build_filename (folder, l->data, NULL);
      CheckpointFile *file = checkpoint_file_open (shard, error);

      if (file == NULL || !checkpoint_read_file (checkpoint, file, error))
        return FALSE;
    }
  return persea_checkpoint_has_shards (checkpoint, weight_map, error);
}

/* Takes a prefix off all names if all have it */
static void
checkpoint_unwrap (PerseaCheckpoint *checkpoint, const char *prefix)
{
  PerseaCheckpointTensor *tensors = (PerseaCheckpointTensor *) (void *) checkpoint->tensors->data;
  size_t n = checkpoint->tensors->len;
  size_t length = strlen (prefix);

  for (size_t i = 0; i < n; i++)
    if (!g_str_has_prefix (tensors[i].name, prefix) || tensors[i].name[length] == '\0')
      return;

  g_hash_table_remove_all (checkpoint->by_name);
  for (size_t i = 0; i < n; i++)
    {
      tensors[i].name += length;
      g_hash_table_insert (checkpoint->by_name, (gpointer) tensors[i].name,
                           GSIZE_TO_POINTER (i + 1));
    }
}

static PerseaCheckpoint *
checkpoint_finish (PerseaCheckpoint *checkpoint, GError **error)
{
  if (checkpoint->tensors->len == 0)
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "no tensor in the file");
      return NULL;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (checkpoint_wrappers); i++)
    checkpoint_unwrap (checkpoint, checkpoint_wrappers[i]);
  g_ptr_array_add (checkpoint->paths, NULL);
  return persea_checkpoint_ref (checkpoint);
}

PerseaCheckpoint *
persea_checkpoint_open (const char *path, GError **error)
{
  g_autoptr (PerseaCheckpoint) checkpoint = checkpoint_new ();
  CheckpointFile *file = checkpoint_file_open (path, error);
  PerseaCheckpoint *opened = NULL;
  const uint8_t *data;
  size_t size;

  if (file == NULL)
    return NULL;

  data = g_bytes_get_data (file->bytes, &size);
  if (persea_checkpoint_is_index (data, size))
    {
      g_autoptr (GError) index_error = NULL;

      if (size > PERSEA_JSON_MAX_FILE_SIZE)
        g_set_error_literal (&index_error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                             "too large for the index of a checkpoint");
      else if (checkpoint_read_index (checkpoint, path, data, size, &index_error))
        opened = checkpoint_finish (checkpoint, &index_error);
      checkpoint_file_free (file);
      if (index_error != NULL)
        g_propagate_prefixed_error (error, g_steal_pointer (&index_error), "%s: ", path);
      return opened;
    }

  if (!checkpoint_read_file (checkpoint, file, error))
    return NULL;
  opened = checkpoint_finish (checkpoint, error);
  if (opened == NULL)
    g_prefix_error (error, "%s: ", path);
  return opened;
}

PerseaCheckpoint *
persea_checkpoint_new_from_bytes (const char *name, GBytes *bytes, GError **error)
{
  g_autoptr (PerseaCheckpoint) checkpoint = checkpoint_new ();
  CheckpointFile *file = g_new0 (CheckpointFile, 1);
  PerseaCheckpoint *opened;

  file->path = g_strdup (name);
  file->bytes = g_bytes_ref (bytes);
  file->descriptor = -1;
  if (!checkpoint_read_file (checkpoint, file, error))
    return NULL;
  opened = checkpoint_finish (checkpoint, error);
  if (opened == NULL)
    g_prefix_error (error, "%s: ", name);
  return opened;
}

PerseaCheckpointKind
persea_checkpoint_get_kind (PerseaCheckpoint *checkpoint)
{
  return checkpoint->kind;
}

const char *
persea_checkpoint_kind_name (PerseaCheckpointKind kind)
{
  g_return_val_if_fail (kind < PERSEA_N_CHECKPOINT_KINDS, "?");

  return checkpoint_kind_names[kind];
}

const char *const *
persea_checkpoint_get_files (PerseaCheckpoint *checkpoint)
{
  return (const char *const *) checkpoint->paths->pdata;
}

const PerseaCheckpointTensor *
persea_checkpoint_get_tensors (PerseaCheckpoint *checkpoint, size_t *n)
{
  *n = checkpoint->tensors->len;
  return (const PerseaCheckpointTensor *) (void *) checkpoint->tensors->data;
}

const PerseaCheckpointTensor *
persea_checkpoint_find (PerseaCheckpoint *checkpoint, const char *name)
{
  size_t found = GPOINTER_TO_SIZE (g_hash_table_lookup (checkpoint->by_name, name));

  if (found == 0)
    return NULL;
  return &g_array_index (checkpoint->tensors, PerseaCheckpointTensor, found - 1);
}

/* Rows along the last dimension; the others count like an odometer.  @first need not begin a row */
static void
checkpoint_gather (const PerseaCheckpointTensor *tensor, size_t first, size_t n, float *out)
{
  size_t element = persea_dtype_size (tensor->dtype);
  unsigned inner = tensor->n_dims - 1;
  size_t row = tensor->shape[inner];
  size_t step = tensor->strides[inner] * element;
  size_t index[PERSEA_CHECKPOINT_MAX_DIMS] = { 0 };

  for (size_t rest = first / row, i = inner; i-- > 0; rest /= tensor->shape[i])
    index[i] = rest % tensor->shape[i];
  for (size_t done = 0, from = first % row; done < n; from = 0)
    {
      const uint8_t *source = tensor->pieces[0].data + from * step;
      size_t length = MIN (row - from, n - done);

      for (unsigned i = 0; i < inner; i++)
        source += index[i] * tensor->strides[i] * element;
      if (step == element)
        persea_dtype_to_f32 (tensor->dtype, source, out + done, length);
      else
        for (size_t i = 0; i < length; i++)
          persea_dtype_to_f32 (tensor->dtype, source + i * step, out + done + i, 1);
      done += length;

      for (unsigned i = inner; i-- > 0 && ++index[i] == tensor->shape[i];)
        index[i] = 0;
    }
}

/* One piece after the other */
static void
checkpoint_join (const PerseaCheckpointTensor *tensor, size_t first, size_t n, float *out)
{
  size_t element = persea_dtype_size (tensor->dtype);

  for (const PerseaCheckpointPiece *piece = tensor->pieces; n > 0; piece++)
    {
      size_t skipped = MIN (first, piece->n_elements);
      size_t length = MIN (n, piece->n_elements - skipped);

      persea_dtype_to_f32 (tensor->dtype, piece->data + skipped * element, out, length);
      first -= skipped;
      n -= length;
      out += length;
    }
}

gboolean
persea_checkpoint_read_f32_part (PerseaCheckpoint             *checkpoint,
                                 const PerseaCheckpointTensor *tensor,
                                 size_t                        first,
                                 size_t                        n,
                                 float                        *out,
                                 GError                      **error)
{
  g_return_val_if_fail (first <= tensor->n_elements && n <= tensor->n_elements - first, FALSE);

  if (!checkpoint_file_is_unchanged (g_ptr_array_index (checkpoint->files, tensor->file), error))
    return FALSE;

  if (tensor->contiguous)
    checkpoint_join (tensor, first, n, out);
  else
    checkpoint_gather (tensor, first, n, out);
  return TRUE;
}

gboolean
persea_checkpoint_read_f32 (PerseaCheckpoint             *checkpoint,
                            const PerseaCheckpointTensor *tensor,
                            float                        *out,
                            GError                      **error)
{
  return persea_checkpoint_read_f32_part (checkpoint, tensor, 0, tensor->n_elements, out, error);
}

char *
persea_checkpoint_format_shape (const size_t *shape, unsigned n_dims)
{
  GString *text = g_string_new ("[");

  for (unsigned i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GSIZE_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}
