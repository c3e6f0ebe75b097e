/* persea-decoder-pool.c - processes that decode what nobody trusts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-decoder-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "persea-bad-pictures.h"
#include "persea-error.h"
#include "persea-shared-memory.h"

#define POOL_SELF "/proc/self/exe"
#define POOL_KEEP 30            /* s that a process stays with nothing to do */
#define POOL_MAX_REQUESTS 1000  /* of one process */
#define POOL_ATTEMPTS 2         /* for a picture that a decoder dies of */
#define POOL_PATIENCE 100000    /* µs between two looks whether to wait on for a decoder */

typedef struct
{
  PerseaDecoderProcess *process;
  gint64                since; /* monotonic, µs */
} Idle;

struct _PerseaDecoderPool
{
  char          *program;
  PerseaDecoderMode mode;
  unsigned       max_processes;
  PerseaLibrary *library; /* (nullable) */

  GMutex              lock; /* of all below */
  GCond               changed;
  PerseaDecoderLimits limits;
  GQueue              idle; /* of (owned) Idle, the last used first */
  unsigned            n_processes;
  unsigned            sweep; /* timer */
  gboolean            told;  /* what the sandbox is like */
};

/* What a picture did to its decoder, as the library remembers it. */
static const char *const end_names[PERSEA_N_DECODER_ENDS] = {
  [PERSEA_DECODER_CRASHED] = "crashed",
  [PERSEA_DECODER_HUNG] = "hung",
  [PERSEA_DECODER_BLOATED] = "bloated",
};

static PerseaDecoderLimits
pool_complete_limits (const PerseaDecoderLimits *limits)
{
  return (PerseaDecoderLimits) {
    .seconds = limits->seconds > 0 ? limits->seconds : PERSEA_DECODER_SECONDS,
    .memory = limits->memory > 0 ? limits->memory : PERSEA_DECODER_MEMORY,
  };
}

PerseaDecoderPool *
persea_decoder_pool_new (const PerseaDecoderPoolOptions *options)
{
  PerseaDecoderPool *pool = g_new0 (PerseaDecoderPool, 1);

  pool->program = g_strdup (options->program != NULL ? options->program : POOL_SELF);
  pool->mode = options->mode;
  pool->max_processes = options->n_processes > 0 ? options->n_processes : g_get_num_processors ();
  pool->library = options->library != NULL ? persea_library_ref (options->library) : NULL;
  pool->limits = pool_complete_limits (&options->limits);
  g_mutex_init (&pool->lock);
  g_cond_init (&pool->changed);
  g_queue_init (&pool->idle);
  return pool;
}

static void
idle_free (gpointer data)
{
  Idle *idle = data;

  persea_decoder_process_free (idle->process);
  g_free (idle);
}

void
persea_decoder_pool_free (PerseaDecoderPool *pool)
{
  if (pool == NULL)
    return;
  g_clear_handle_id (&pool->sweep, g_source_remove);
  g_queue_clear_full (&pool->idle, idle_free);
  g_clear_pointer (&pool->library, persea_library_unref);
  g_cond_clear (&pool->changed);
  g_mutex_clear (&pool->lock);
  g_free (pool->program);
  g_free (pool);
}

/* The following are called with the lock held. */

/* Lets go of processes that have had nothing to do since @before. */
static void
pool_drop (PerseaDecoderPool *pool, gint64 before)
{
  for (Idle *idle = g_queue_peek_tail (&pool->idle); idle != NULL && idle->since <= before;
       idle = g_queue_peek_tail (&pool->idle))
    {
      idle_free (g_queue_pop_tail (&pool->idle));
      pool->n_processes--;
    }
}

static gboolean
on_sweep (gpointer user_data)
{
  PerseaDecoderPool *pool = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);

  pool->sweep = 0;
  pool_drop (pool, g_get_monotonic_time () - POOL_KEEP * G_USEC_PER_SEC);
  if (pool->idle.length > 0)
    pool->sweep = g_timeout_add_seconds (POOL_KEEP, on_sweep, pool);
  return G_SOURCE_REMOVE;
}

/* There are other limits: those that live by the old ones are of no use. */
static void
pool_change_limits (PerseaDecoderPool *pool, const PerseaDecoderLimits *limits)
{
  if (limits->memory != pool->limits.memory)
    pool_drop (pool, G_MAXINT64);
  pool->limits = *limits;
}

void
persea_decoder_pool_set_limits (PerseaDecoderPool *pool, const PerseaDecoderLimits *limits)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);
  PerseaDecoderLimits complete = pool_complete_limits (limits);

  pool_change_limits (pool, &complete);
}

void
persea_decoder_pool_drop_idle (PerseaDecoderPool *pool)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);

  pool_drop (pool, G_MAXINT64);
}

unsigned
persea_decoder_pool_count (PerseaDecoderPool *pool)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);

  return pool->n_processes;
}

/* Processes */

static void
pool_tell_sandbox (PerseaDecoderPool *pool, PerseaDecoderProcess *process)
{
  PerseaSandboxLayers layers = persea_decoder_process_get_hello (process)->layers;
  g_autofree char *text = NULL;

  if (pool->told)
    return;
  text = persea_sandbox_describe (layers);
  g_debug (pool->mode == PERSEA_DECODER_PICTURES
             ? "pictures are decoded in processes of their own, with %s"
             : "keywords are read and written in a process of its own, with %s", text);
  pool->told = TRUE;
}

/* A place for a process; one that is there already, or NULL for one to be started. */
static gboolean
pool_take_place (PerseaDecoderPool     *pool,
                 PerseaDecoderProcess **process,
                 GCancellable          *cancellable,
                 GError               **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);
  Idle *idle;

  while (pool->idle.length == 0 && pool->n_processes >= pool->max_processes)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      g_cond_wait_until (&pool->changed, &pool->lock, g_get_monotonic_time () + POOL_PATIENCE);
    }
  idle = g_queue_pop_head (&pool->idle);
  *process = idle != NULL ? idle->process : NULL;
  g_free (idle);
  if (*process == NULL)
    pool->n_processes++;
  return TRUE;
}

/* @process: (nullable): dead or never born */
static void
pool_give_up_place (PerseaDecoderPool *pool, PerseaDecoderProcess *process)
{
  persea_decoder_process_free (process);
  g_mutex_lock (&pool->lock);
  pool->n_processes--;
  g_cond_signal (&pool->changed);
  g_mutex_unlock (&pool->lock);
}

static PerseaDecoderProcess *
pool_acquire (PerseaDecoderPool   *pool,
              PerseaDecoderLimits *limits,
              GCancellable        *cancellable,
              GError             **error)
{
  PerseaDecoderProcess *process = NULL;

  if (!pool_take_place (pool, &process, cancellable, error))
    return NULL;
  g_mutex_lock (&pool->lock);
  *limits = pool->limits;
  g_mutex_unlock (&pool->lock);
  if (process != NULL)
    return process;

  process = persea_decoder_process_start (pool->program, pool->mode, limits, cancellable, error);
  if (process == NULL)
    {
      pool_give_up_place (pool, NULL);
      return NULL;
    }
  g_mutex_lock (&pool->lock);
  pool_tell_sandbox (pool, process);
  g_mutex_unlock (&pool->lock);
  return process;
}

static void
pool_release (PerseaDecoderPool *pool, PerseaDecoderProcess *process)
{
  Idle *idle;

  if (persea_decoder_process_get_n_requests (process) >= POOL_MAX_REQUESTS)
    {
      pool_give_up_place (pool, process);
      return;
    }
  idle = g_new0 (Idle, 1);
  idle->process = process;
  idle->since = g_get_monotonic_time ();
  g_mutex_lock (&pool->lock);
  g_queue_push_head (&pool->idle, idle);
  if (pool->sweep == 0)
    pool->sweep = g_timeout_add_seconds (POOL_KEEP, on_sweep, pool);
  g_cond_signal (&pool->changed);
  g_mutex_unlock (&pool->lock);
}

/* Pictures */

/* The picture as a file that can be read and nothing else, with a position of its own. */
static int
pool_open (const PerseaImageSource *source, GError **error)
{
  g_autofree char *path = NULL;
  size_t offset = 0;
  int file = persea_image_source_open (source, error);
  int again;

  if (file == -1 || (file >= 0 && source->path != NULL))
    return file;
  if (file < 0)
    {
      size_t size = g_bytes_get_size (source->bytes);

      file = persea_shared_memory_new (size, error);
      if (file >= 0
          && (!persea_shared_memory_write (file, g_bytes_get_data (source->bytes, NULL), size, &offset,
                                           error)
              || !persea_shared_memory_seal (file, error)))
        {
          close (file);
          file = -1;
        }
      return file;
    }
  path = g_strdup_printf ("/proc/self/fd/%d", file);
  again = open (path, O_RDONLY | O_CLOEXEC);
  close (file);
  if (again < 0)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("%s: cannot be opened: %s"),
                 persea_image_source_get_name (source), g_strerror (errno));
  return again;
}

static void
pool_set_error (const char                *name,
                const PerseaDecoderLimits *limits,
                PerseaDecoderEnd           end,
                gboolean                   before,
                GError                   **error)
{
  unsigned seconds = ceil (limits->seconds);

  if (end == PERSEA_DECODER_HUNG)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
                 before ? _("%s: not tried again: decoding it took more than %u seconds")
                        : _("%s: decoding it takes more than %u seconds"), name, seconds);
  else if (end == PERSEA_DECODER_BLOATED)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
                 before ? _("%s: not tried again: decoding it took more than %u MiB of memory")
                        : _("%s: decoding it takes more than %u MiB of memory"), name, limits->memory);
  else
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
                 before ? _("%s: not tried again: the process that decoded it crashed")
                        : _("%s: the process that decodes it crashes"), name);
}

/* What decides whether a picture that failed would fail again. */
static char *
pool_describe_program (PerseaDecoderPool         *pool,
                       PerseaDecoderProcess      *process,
                       const PerseaDecoderLimits *limits)
{
  return g_strdup_printf ("%s %u %g s %u MiB", persea_decoder_process_get_hello (process)->identity,
                          pool->mode, limits->seconds, limits->memory);
}

/* Whether the picture in @file is known to be bad.  Nearly always its size alone says that it is
 * not. */
static gboolean
pool_recall (PerseaDecoderPool *pool, const char *program, int file, PerseaDecoderEnd *end)
{
  g_autofree char *content = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  struct stat status;
  gboolean maybe = FALSE;

  if (pool->library == NULL || fstat (file, &status) != 0)
    return FALSE;
  if (persea_bad_pictures_has_size (pool->library, status.st_size, &maybe, &error) && maybe)
    content = persea_file_stamp_sum_open_file (file, NULL, &error);
  if (content != NULL)
    persea_bad_pictures_find (pool->library, content, program, &name, &error);
  if (error != NULL)
    g_debug ("%s", error->message);
  for (unsigned i = 0; name != NULL && i < PERSEA_N_DECODER_ENDS; i++)
    if (g_strcmp0 (end_names[i], name) == 0)
      {
        *end = i;
        return TRUE;
      }
  return FALSE;
}

static void
pool_remember (PerseaDecoderPool *pool, const char *program, int file, PerseaDecoderEnd end)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  struct stat status;

  if (pool->library == NULL || fstat (file, &status) != 0)
    return;
  content = persea_file_stamp_sum_open_file (file, NULL, &error);
  if (content == NULL
      || !persea_bad_pictures_add (pool->library, content, status.st_size, program, end_names[end],
                                   &error))
    g_warning ("%s", error->message);
}

/* What a decoder says went wrong, in words that are fit to be shown. */
static void
pool_propagate_reply (const char *name, const PerseaDecoderReply *reply, GError **error)
{
  g_autofree char *message = g_utf8_make_valid (reply->message, -1);
  gboolean named = g_str_has_prefix (message, PERSEA_DECODER_PICTURE ":");
  int code = reply->code;

  for (char *p = message; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  /* others mean something to us that is not a decoder's to say */
  if (code != PERSEA_ERROR_INVALID_DATA && code != PERSEA_ERROR_UNSUPPORTED
      && code != PERSEA_ERROR_INVALID_ARGUMENT)
    code = PERSEA_ERROR_FAILED;
  g_set_error (error, PERSEA_ERROR, code, "%s%s", named ? name : "",
               named ? message + strlen (PERSEA_DECODER_PICTURE) : message);
}

/* One attempt.  @known: (out): that the picture is known to be bad */
static gboolean
pool_attempt (PerseaDecoderPool           *pool,
              const PerseaDecoderRequest  *request,
              const int                   *files,
              unsigned                     n_files,
              PerseaDecoderReply          *reply,
              PerseaDecoderLimits         *limits,
              char                       **program,
              PerseaDecoderEnd            *end,
              gboolean                    *known,
              GCancellable                *cancellable,
              GError                     **error)
{
  PerseaDecoderProcess *process = pool_acquire (pool, limits, cancellable, error);

  if (process == NULL)
    return FALSE;
  lseek (files[0], 0, SEEK_SET); /* where a decoder that died has left it is anybody's guess */
  g_free (*program);
  *program = pool_describe_program (pool, process, limits);
  *known = pool_recall (pool, *program, files[0], end);
  if (!*known)
    *end = persea_decoder_process_ask (process, request, files, n_files, limits, reply, cancellable);
  if (*known || *end == PERSEA_DECODER_ANSWERED)
    pool_release (pool, process);
  else
    pool_give_up_place (pool, process);
  return TRUE;
}

static gboolean
pool_ask_for (PerseaDecoderPool           *pool,
              const char                  *name,
              const PerseaDecoderRequest  *request,
              const int                   *files,
              unsigned                     n_files,
              PerseaDecoderReply          *reply,
              GCancellable                *cancellable,
              GError                     **error)
{
  PerseaDecoderEnd end = PERSEA_DECODER_CRASHED;
  PerseaDecoderLimits limits;
  g_autofree char *program = NULL;
  gboolean known = FALSE;

  for (int i = 0; i < POOL_ATTEMPTS && end == PERSEA_DECODER_CRASHED && !known; i++)
    if (!pool_attempt (pool, request, files, n_files, reply, &limits, &program, &end, &known,
                       cancellable, error))
      return FALSE;
  if (end == PERSEA_DECODER_ANSWERED && reply->done)
    return TRUE;
  if (end == PERSEA_DECODER_CANCELLED)
    {
      g_cancellable_set_error_if_cancelled (cancellable, error);
      return FALSE;
    }
  if (end == PERSEA_DECODER_ANSWERED && reply->code != PERSEA_ERROR_OUT_OF_MEMORY)
    {
      pool_propagate_reply (name, reply, error);
      return FALSE;
    }
  if (end == PERSEA_DECODER_ANSWERED)
    end = PERSEA_DECODER_BLOATED;
  if (!known)
    pool_remember (pool, program, files[0], end);
  pool_set_error (name, &limits, end, known, error);
  return FALSE;
}

gboolean
persea_decoder_pool_ask_about_file (PerseaDecoderPool           *pool,
                                    const char                  *name,
                                    int                          file,
                                    const PerseaDecoderRequest  *request,
                                    int                          memory,
                                    int                          input,
                                    PerseaDecoderReply          *reply,
                                    GCancellable                *cancellable,
                                    GError                     **error)
{
  const int files[PERSEA_DECODER_MAX_FILES] = { file, memory, input };

  return pool_ask_for (pool, name, request, files, input >= 0 ? 3 : 2, reply, cancellable, error);
}

gboolean
persea_decoder_pool_ask (PerseaDecoderPool        *pool,
                         const PerseaImageSource  *source,
                         PerseaDecoderRequest     *request,
                         int                       memory,
                         int                       input,
                         PerseaDecoderReply       *reply,
                         GCancellable             *cancellable,
                         GError                  **error)
{
  int file = pool_open (source, error);
  gboolean done;

  if (file < 0)
    return FALSE;
  request->max_pixels = source->max_pixels;
  done = persea_decoder_pool_ask_about_file (pool, persea_image_source_get_name (source), file, request,
                                             memory, input, reply, cancellable, error);
  close (file);
  return done;
}
