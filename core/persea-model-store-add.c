/* persea-model-store-add.c - models come to the store and go
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A model is put together in a hidden folder and gets its name when it is complete; it loses its
 * name before it is taken apart.
 */
#include "config.h"

#include "persea-model-store-add.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "models/persea-clip-weights.h"
#include "models/persea-registry.h"
#include "persea-error.h"
#include "persea-model-directory.h"
#include "persea-model-match.h"

#define STORE_BLOCK           (1024 * 1024)
#define STORE_MAX_NAME        64
#define STORE_MAX_DEPTH       16
#define STORE_CODEBOOK_PLACE  "vqgan/" /* where a codebook goes that has its own folder */
#define STORE_MAX_COMPANION   (64 * 1024 * 1024) /* bytes of a file beside the weights */

/* Files beside a checkpoint that Persea reads; they come along even if the checkpoint is in a
 * folder with other people's files. */
static const char *const store_companions[] = {
  "config.json", "preprocessor_config.json", "open_clip_config.json", "persea.json",
  "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json",
  "merges.txt", "enwiki-words-frequency.txt", "bpe_simple_vocab_16e6.txt.gz",
};

/* In a model's own folder, files of these kinds come along, too */
static const char *const store_companion_suffixes[] = { ".json", ".txt", ".gz", ".md", "LICENSE" };

static gboolean
store_fail (GError **error, const char *path)
{
  int saved_errno = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s", path,
               g_strerror (saved_errno));
  return FALSE;
}

static gboolean
store_is_name (const char *name)
{
  size_t length = strlen (name);

  if (length == 0 || length > STORE_MAX_NAME || !g_ascii_isalnum (name[0]))
    return FALSE;
  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isalnum (name[i]) && strchr ("._-+@", name[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* Deletes a file, a link or a folder with all in it; follows no link */
static gboolean
store_delete (const char *path, unsigned depth, GError **error)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;
  GStatBuf status;

  if (g_lstat (path, &status) < 0)
    return store_fail (error, path);
  if (!S_ISDIR (status.st_mode) || depth == 0)
    return g_remove (path) == 0 || store_fail (error, path);

  dir = g_dir_open (path, 0, error);
  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      if (!store_delete (inner, depth - 1, error))
        return FALSE;
    }
  return g_rmdir (path) == 0 || store_fail (error, path);
}

static gboolean
store_is_companion (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf status;

  if (*name == '.' || g_stat (path, &status) < 0 || !S_ISREG (status.st_mode)
      || status.st_size > STORE_MAX_COMPANION)
    return FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (store_companion_suffixes); i++)
    if (g_str_has_suffix (name, store_companion_suffixes[i]))
      return TRUE;
  return FALSE;
}

/* What is to be added: a checked model, of whatever family.
 * name: what it is called if nobody says otherwise
 * whole: (nullable): the folder that has all of it, for a link
 * files: name in the store, perhaps with a folder in front -> path of the file */
typedef struct
{
  char       *name;
  char       *whole;
  GHashTable *files;
} StoreSource;

static void
store_source_clear (StoreSource *source)
{
  g_free (source->name);
  g_free (source->whole);
  g_clear_pointer (&source->files, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoreSource, store_source_clear)

/* @place: "" or a folder in the store, with a slash */
static void
store_add_file (StoreSource *source, const char *place, const char *path)
{
  g_autofree char *base = g_path_get_basename (path);

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_hash_table_insert (source->files, g_strconcat (place, base, NULL),
                         g_canonicalize_filename (path, NULL));
}

/* The small files in a model's own folder */
static void
store_add_companions (StoreSource *source, const char *place, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (store_is_companion (folder, name))
        store_add_file (source, place, path);
    }
}

static gboolean
store_open_clip (StoreSource *source, const char *path, GError **error)
{
  g_autoptr (PerseaModelDirectory) directory = persea_model_directory_open (path, error);
  g_autoptr (PerseaClipWeights) weights = NULL;
  const char *const *shards;

  if (directory == NULL)
    return FALSE;
  weights = persea_clip_weights_open (path, error);
  if (weights == NULL)
    return FALSE;

  source->name = g_strdup (directory->name);
  store_add_file (source, "", directory->weights);
  shards = persea_checkpoint_get_files (persea_clip_weights_get_checkpoint (weights));
  for (size_t i = 0; shards[i] != NULL; i++)
    store_add_file (source, "", shards[i]);
  for (size_t i = 0; i < G_N_ELEMENTS (store_companions); i++)
    {
      g_autofree char *companion = persea_model_directory_find (directory, store_companions[i]);

      if (companion != NULL)
        store_add_file (source, "", companion);
    }
  if (directory->is_folder)
    {
      source->whole = g_strdup (directory->folder);
      store_add_companions (source, "", directory->folder);
    }
  return TRUE;
}

static gboolean
store_add_part (StoreSource            *source,
                const PerseaModelFiles *files,
                const char             *place,
                gboolean                is_folder,
                GError                **error)
{
  g_auto (GStrv) paths = persea_model_files_list (files, error);

  if (paths == NULL)
    return FALSE;
  for (size_t i = 0; paths[i] != NULL; i++)
    store_add_file (source, place, paths[i]);
  for (size_t i = 0; files->weights[i] != NULL; i++)
    store_add_file (source, place, files->weights[i]);
  if (is_folder)
    store_add_companions (source, place, files->folder);
  return TRUE;
}

/* "last" for "/home/me/last.ckpt" */
static char *
store_strip_suffix (const char *path)
{
  char *name = g_path_get_basename (path);
  char *suffix = strrchr (name, '.');

  if (suffix != NULL && suffix != name)
    *suffix = '\0';
  return name;
}

/* A model that draws, or a codebook.  Without one of its own, a generator may come all the same: it
 * may be installed next. */
static gboolean
store_open_drawing (StoreSource *source, const char *path, PerseaModelParts *parts, GError **error)
{
  const PerseaModelFiles *generator = parts->files[PERSEA_ROLE_GENERATOR];
  const PerseaModelFiles *codebook = parts->files[PERSEA_ROLE_CODEBOOK];
  const PerseaModelFiles *first = generator != NULL ? generator : codebook;
  gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  gboolean apart = codebook != NULL && strcmp (codebook->folder, first->folder) != 0;
  PerseaModelFacts facts;

  if (generator != NULL && codebook != NULL ? !persea_model_match (parts, NULL, error)
                                            : !first->family->describe (first, &facts, NULL, error))
    return FALSE;

  source->name = is_folder || first->weights[1] != NULL ? g_path_get_basename (first->folder)
                                                         : store_strip_suffix (path);
  if (is_folder && (!apart || g_str_has_prefix (codebook->folder, first->folder)))
    source->whole = g_strdup (first->folder);
  return (generator == NULL || store_add_part (source, generator, "", is_folder, error))
         && (codebook == NULL
             || store_add_part (source, codebook, apart ? STORE_CODEBOOK_PLACE : "",
                                is_folder || apart, error));
}

/* Finds and checks a model; for what is of no family that we know, CLIP has the best words */
static gboolean
store_source_open (StoreSource *source, const char *path, GError **error)
{
  g_autoptr (GError) unknown = NULL;
  g_autoptr (PerseaModelParts) parts = persea_model_parts_find (path, &unknown);

  source->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (parts != NULL && parts->files[PERSEA_ROLE_CLIP] == NULL)
    return store_open_drawing (source, path, parts, error);
  if (parts != NULL || g_error_matches (unknown, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED))
    return store_open_clip (source, path, error);
  g_propagate_error (error, g_steal_pointer (&unknown));
  return FALSE;
}

typedef struct
{
  const PerseaModelAddOptions *options;
  GCancellable                *cancellable;
  uint64_t                     done;
  uint64_t                     total;
} StoreCopy;

static gboolean
store_copy_bytes (StoreCopy *copy, FILE *in, FILE *out, const char *to, GError **error)
{
  g_autofree uint8_t *block = g_malloc (STORE_BLOCK);
  size_t n;

  while ((n = fread (block, 1, STORE_BLOCK, in)) > 0)
    {
      if (g_cancellable_set_error_if_cancelled (copy->cancellable, error))
        return FALSE;
      if (fwrite (block, 1, n, out) != n)
        return store_fail (error, to);
      copy->done += n;
      if (copy->options != NULL && copy->options->progress != NULL && copy->total > 0)
        copy->options->progress (_("Copying the model"), (double) copy->done / copy->total,
                                 copy->options->progress_data);
    }
  if (ferror (in) || fflush (out) != 0 || fsync (fileno (out)) != 0)
    return store_fail (error, to);
  return TRUE;
}

static gboolean
store_copy_file (StoreCopy *copy, const char *from, const char *to, GError **error)
{
  FILE *in = g_fopen (from, "rbe");
  FILE *out;
  gboolean done;

  if (in == NULL)
    return store_fail (error, from);
  out = g_fopen (to, "wbxe");
  if (out == NULL)
    {
      store_fail (error, to);
      fclose (in);
      return FALSE;
    }
  done = store_copy_bytes (copy, in, out, to, error);
  fclose (in);
  if (fclose (out) != 0 && done)
    done = store_fail (error, to);
  return done;
}

static gboolean
store_fill_folder (StoreCopy *copy, const char *folder, GHashTable *files, GError **error)
{
  GHashTableIter iter;
  gpointer name, path;
  GStatBuf status;

  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, NULL, &path))
    if (g_stat (path, &status) == 0)
      copy->total += (uint64_t) status.st_size;

  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &name, &path))
    {
      g_autofree char *to = g_build_filename (folder, name, NULL);
      g_autofree char *place = g_path_get_dirname (to);

      if (g_mkdir_with_parents (place, 0755) != 0)
        return store_fail (error, place);
      if (copy->options != NULL && copy->options->link)
        {
          if (symlink (path, to) != 0)
            return store_fail (error, to);
        }
      else if (!store_copy_file (copy, path, to, error))
        {
          return FALSE;
        }
    }
  return TRUE;
}

/* Syncs a folder, so that what is in it survives a crash together with its name */
static void
store_sync_folder (const char *folder)
{
  int descriptor = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (descriptor < 0)
    return;
  fsync (descriptor);
  close (descriptor);
}

static gboolean
store_place (StoreCopy *copy, const StoreSource *source, const char *target, GError **error)
{
  g_autofree char *users = g_path_get_dirname (target);
  g_autofree char *hidden = g_build_filename (users, ".adding-XXXXXX", NULL);

  if (source->whole != NULL && copy->options != NULL && copy->options->link)
    return symlink (source->whole, target) == 0 || store_fail (error, target);

  if (g_mkdtemp_full (hidden, 0755) == NULL)
    return store_fail (error, hidden);
  if (store_fill_folder (copy, hidden, source->files, error))
    {
      g_autofree char *place = g_build_filename (hidden, STORE_CODEBOOK_PLACE, NULL);

      store_sync_folder (place);
      store_sync_folder (hidden);
      if (g_rename (hidden, target) == 0)
        {
          store_sync_folder (users);
          return TRUE;
        }
      store_fail (error, target);
    }
  store_delete (hidden, STORE_MAX_DEPTH, NULL);
  return FALSE;
}

static gboolean
store_check_name (const char *own, const char *name, GError **error)
{
  g_autofree char *target = g_build_filename (own, name, NULL);
  GStatBuf status;

  if (!store_is_name (name))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "“%s”: expected 1 to %d letters, digits and . _ - + @, the first a letter or "
                   "digit", name, STORE_MAX_NAME);
      return FALSE;
    }
  if (g_lstat (target, &status) == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "a model “%s” is there already; remove it first or choose another name", name);
      return FALSE;
    }
  return TRUE;
}

PerseaModel *
persea_model_store_add (const char                  *path,
                        const PerseaModelAddOptions *options,
                        GCancellable                *cancellable,
                        GError                     **error)
{
  StoreCopy copy = { .options = options, .cancellable = cancellable };
  g_autofree char *own = persea_model_store_get_own_folder ();
  g_autofree char *target = NULL;
  g_auto (StoreSource) source = { 0 };
  const char *name;

  if (!store_source_open (&source, path, error))
    return NULL;
  name = options != NULL && options->name != NULL ? options->name : source.name;
  if (!store_check_name (own, name, error))
    return NULL;
  if (g_mkdir_with_parents (own, 0755) != 0)
    {
      store_fail (error, own);
      return NULL;
    }

  target = g_build_filename (own, name, NULL);
  if (!store_place (&copy, &source, target, error))
    return NULL;
  return persea_model_store_find (name, error);
}

gboolean
persea_model_store_remove (const char *name, GError **error)
{
  g_autofree char *own = persea_model_store_get_own_folder ();
  g_autofree char *target = g_build_filename (own, name, NULL);
  g_autofree char *hidden = g_build_filename (own, ".removing-XXXXXX", NULL);
  GStatBuf status;

  if (!store_is_name (name) || g_lstat (target, &status) < 0)
    {
      g_autoptr (PerseaModel) elsewhere = persea_model_store_find (name, error);

      if (elsewhere != NULL)
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     "%s: not in your own store, so it is not removed", elsewhere->path);
      return FALSE;
    }
  if (!S_ISDIR (status.st_mode))
    return g_unlink (target) == 0 || store_fail (error, target);

  if (g_mkdtemp_full (hidden, 0755) == NULL)
    return store_fail (error, hidden);
  if (g_rename (target, hidden) != 0)
    {
      store_fail (error, target);
      g_rmdir (hidden);
      return FALSE;
    }
  return store_delete (hidden, STORE_MAX_DEPTH, error);
}
