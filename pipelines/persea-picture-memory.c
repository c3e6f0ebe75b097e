/* persea-picture-memory.c - no picture is encoded twice
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-picture-memory.h"

#include "persea-dtype.h"
#include "persea-embeddings.h"
#include "persea-image-file.h"

struct _PerseaPictureMemory
{
  gatomicrefcount  ref_count;
  PerseaLibrary   *library;
  int64_t          model;
  size_t           dim;
  char            *made;
};

void
persea_picture_trace_clear (PerseaPictureTrace *trace)
{
  g_clear_pointer (&trace->path, g_free);
  g_clear_pointer (&trace->content, g_free);
  g_clear_pointer (&trace->half, g_free);
}

PerseaPictureMemory *
persea_picture_memory_new (PerseaLibrary *library, PerseaClip *clip, gboolean exact, GError **error)
{
  g_autoptr (PerseaPictureMemory) memory = g_new0 (PerseaPictureMemory, 1);

  g_atomic_ref_count_init (&memory->ref_count);
  memory->library = persea_library_ref (library);
  memory->dim = persea_clip_get_embed_dim (clip);
  memory->made = g_strdup_printf ("%s %s", persea_precision_name (persea_clip_get_precision (clip)),
                                  exact ? "exact" : "fast");
  if (!persea_embeddings_ensure_model (library, persea_clip_get_identity (clip),
                                       persea_clip_get_name (clip), memory->dim, &memory->model, error))
    return NULL;
  return g_steal_pointer (&memory);
}

PerseaPictureMemory *
persea_picture_memory_ref (PerseaPictureMemory *memory)
{
  g_atomic_ref_count_inc (&memory->ref_count);
  return memory;
}

void
persea_picture_memory_unref (PerseaPictureMemory *memory)
{
  if (!memory || !g_atomic_ref_count_dec (&memory->ref_count))
    return;

  persea_library_unref (memory->library);
  g_free (memory->made);
  g_free (memory);
}

void
persea_picture_memory_round (float *embedding, size_t dim)
{
  persea_clip_normalize (embedding, 1, dim);
  for (size_t i = 0; i < dim; i++)
    embedding[i] = persea_f16_to_f32 (persea_f32_to_f16 (embedding[i]));
}

/* Descriptors of other programs have names that mean nothing later; what lies in /dev/shm are files. */
static gboolean
memory_wants (const char *path)
{
  return !g_str_has_prefix (path, "/proc/")
         && (!g_str_has_prefix (path, "/dev/") || g_str_has_prefix (path, "/dev/shm/"));
}

void
persea_picture_memory_recall_again (PerseaPictureMemory *memory, PerseaPictureTrace *trace)
{
  g_autoptr (GError) error = NULL;
  gboolean found = FALSE;

  if (!trace->path || trace->half)
    return;
  trace->half = g_new (uint16_t, memory->dim);
  if (!persea_embeddings_find (memory->library, memory->model, trace->content, memory->made,
                               trace->half, memory->dim, &found, &error)
      || !found)
    g_clear_pointer (&trace->half, g_free);
}

void
persea_picture_memory_recall (PerseaPictureMemory *memory,
                              const char          *path,
                              PerseaPictureTrace  *trace,
                              GCancellable        *cancellable)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autoptr (GError) error = NULL;

  *trace = (PerseaPictureTrace) { NULL };
  if (!memory_wants (absolute) || !persea_file_stamp_read (absolute, &trace->stamp, NULL)
      || !persea_embeddings_find_content (memory->library, absolute, &trace->stamp, &trace->content, &error))
    return;
  trace->seen = trace->content != NULL;
  if (!trace->seen)
    trace->content = persea_file_stamp_sum_content (absolute, cancellable, &error);
  if (!trace->content)
    return;

  trace->path = g_steal_pointer (&absolute);
  if (!persea_embeddings_knows_date (memory->library, trace->content, &trace->dated, &error))
    g_clear_error (&error);
  persea_picture_memory_recall_again (memory, trace);
}

void
persea_picture_memory_date (PerseaPictureTrace *trace)
{
  const PerseaImageSource source = { .path = trace->path };

  /* one that cannot be read says nothing */
  if (trace->path && !trace->dated
      && !persea_image_read_date (&source, &trace->has_date, &trace->date, NULL))
    trace->has_date = FALSE;
}

static gboolean
memory_keep (PerseaPictureMemory       *memory,
             const PerseaPictureTrace  *trace,
             const float               *unit,
             GError                   **error)
{
  g_autofree uint16_t *half = g_new (uint16_t, memory->dim);

  if (!trace->seen
      && !persea_embeddings_set_content (memory->library, trace->path, &trace->stamp, trace->content, error))
    return FALSE;
  if (!trace->dated
      && !persea_embeddings_put_date (memory->library, trace->content, trace->has_date, trace->date, error))
    return FALSE;
  if (trace->half)
    return TRUE;
  persea_dtype_from_f32 (PERSEA_DTYPE_F16, unit, half, memory->dim);
  return persea_embeddings_put (memory->library, memory->model, trace->content, memory->made, half,
                                memory->dim, error);
}

gboolean
persea_picture_memory_keep (PerseaPictureMemory       *memory,
                            const PerseaPictureTrace  *trace,
                            const float               *unit,
                            GError                   **error)
{
  PerseaFileStamp stamp;

  if (!trace->path || (trace->seen && trace->half && trace->dated) || !persea_file_stamp_read (trace->path, &stamp, NULL)
      || !persea_file_stamp_equal (&stamp, &trace->stamp))
    return TRUE;
  if (!persea_library_begin (memory->library, error))
    return FALSE;
  if (memory_keep (memory, trace, unit, error))
    return persea_library_commit (memory->library, error);
  persea_library_rollback (memory->library);
  return FALSE;
}

gboolean
persea_picture_memory_follow (PerseaPictureMemory  *memory,
                              const char           *path,
                              const float          *unit,
                              GCancellable         *cancellable,
                              GError              **error)
{
  g_auto (PerseaPictureTrace) trace = { NULL };

  persea_picture_memory_recall (memory, path, &trace, cancellable);
  persea_picture_memory_date (&trace);
  return persea_picture_memory_keep (memory, &trace, unit, error);
}
