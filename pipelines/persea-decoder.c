/* persea-decoder.c - the process that decodes what nobody trusts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-decoder.h"

#include <locale.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-picture-writer.h"
#include "persea-program-identity.h"
#include "persea-sandbox-probe.h"
#include "persea-shared-memory.h"
#include "persea-xmp-remote.h"

#define MIB (UINT64_C (1) << 20)

typedef struct
{
  const PerseaDecoderRequest *request;
  PerseaImageSource           source;
  int                         memory;
  int                         input; /* -1: none */
  PerseaDecoderReply         *reply;
} Task;

static gboolean
task_put (Task *task, const void *data, size_t size, GError **error)
{
  size_t offset = 0;

  if (!persea_shared_memory_write (task->memory, data, size, &offset, error))
    return FALSE;
  task->reply->size = size;
  return TRUE;
}

static gboolean
task_put_plane (Task *task, uint8_t *plane, int width, int height, GError **error)
{
  g_autofree uint8_t *owned = plane;

  task->reply->width = width;
  task->reply->height = height;
  return owned && task_put (task, owned, (size_t) width * height, error);
}

static gboolean
decoder_preprocess (Task *task, GError **error)
{
  const PerseaPreprocess *preprocess = &task->request->preprocess;
  size_t size = (size_t) preprocess->image_size * preprocess->image_size * 3;
  g_autofree uint8_t *square = g_malloc (size);

  return persea_image_preprocess (&task->source, preprocess, task->request->quality, square, NULL, error)
         && task_put (task, square, size, error);
}

static gboolean
decoder_load (Task *task, GError **error)
{
  g_autoptr (PerseaImage) image = persea_image_load (&task->source, NULL, error);

  if (!image)
    return FALSE;
  task->reply->width = image->width;
  task->reply->height = image->height;
  return task_put (task, image->pixels, (size_t) image->width * image->height * 3, error);
}

static gboolean
decoder_load_alpha (Task *task, GError **error)
{
  int width = 0, height = 0;
  uint8_t *plane = persea_image_load_alpha (&task->source, &width, &height, NULL, error);

  return task_put_plane (task, plane, width, height, error);
}

static gboolean
decoder_load_grey (Task *task, GError **error)
{
  int width = 0, height = 0;
  uint8_t *plane = persea_image_load_grey (&task->source, &width, &height, NULL, error);

  return task_put_plane (task, plane, width, height, error);
}

static gboolean
decoder_read_xmp (Task *task, GError **error)
{
  g_autoptr (GBytes) xmp = NULL;

  if (!persea_image_read_xmp (&task->source, &xmp, error))
    return FALSE;
  return !xmp || task_put (task, g_bytes_get_data (xmp, NULL), g_bytes_get_size (xmp), error);
}

static gboolean
decoder_read_date (Task *task, GError **error)
{
  gboolean has_date = FALSE;
  int64_t date = 0;

  return persea_image_read_date (&task->source, &has_date, &date, error)
         && (!has_date || task_put (task, &date, sizeof date, error));
}

/* what an encoding takes besides the picture */
typedef struct
{
  PerseaImagePatch  patch;
  uint8_t          *bytes;
  GBytes           *words; /* (nullable): the packet, or the provenance */
  char             *name;
} EncodeInput;

static void
encode_input_clear (EncodeInput *input)
{
  g_clear_pointer (&input->words, g_bytes_unref);
  g_free (input->bytes);
  g_free (input->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EncodeInput, encode_input_clear)

static gboolean
task_get_encode_input (Task *task, EncodeInput *input, GError **error)
{
  const PerseaDecoderRequest *request = task->request;
  size_t n = (size_t) request->place.width * request->place.height;

  input->name = g_strconcat (PERSEA_DECODER_PICTURE, request->suffix, NULL);
  input->bytes = g_malloc (MAX (request->input_size, 1));
  input->patch = (PerseaImagePatch) { request->place, input->bytes, input->bytes + n * 3 };
  if (!persea_shared_memory_read (task->input, input->bytes, request->input_size, error))
    return FALSE;
  if (request->words_size > 0)
    input->words = g_bytes_new (input->bytes + n * 4, request->words_size);
  return TRUE;
}

static gboolean
task_put_bytes (Task *task, GBytes *bytes, GError **error)
{
  g_autoptr (GBytes) owned = bytes;

  return owned && task_put (task, g_bytes_get_data (owned, NULL), g_bytes_get_size (owned), error);
}

static gboolean
decoder_encode (Task *task, GError **error)
{
  g_auto (EncodeInput) input = { 0 };

  return task_get_encode_input (task, &input, error)
         && task_put_bytes (task, persea_image_encode_patched (&task->source, &input.patch, input.name,
                                                               input.words, NULL, error), error);
}

static gboolean
decoder_encode_made (Task *task, GError **error)
{
  g_auto (EncodeInput) input = { 0 };
  g_autoptr (PerseaProvenance) provenance = NULL;

  if (!task_get_encode_input (task, &input, error))
    return FALSE;
  provenance = input.words ? persea_decoder_provenance_unpack (input.words) : NULL;
  if (!provenance)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, "a request without provenance");
      return FALSE;
    }
  return task_put_bytes (task, persea_picture_writer_encode_patched (&task->source, &input.patch, provenance,
                                                                     input.name, NULL, error), error);
}

static gboolean
decoder_find_provenance (Task *task, GError **error)
{
  g_autoptr (PerseaProvenance) provenance = persea_picture_writer_find_provenance (&task->source, error);

  return provenance && task_put_bytes (task, persea_decoder_provenance_pack (provenance), error);
}

static gboolean
decoder_keywords (Task *task, GError **error)
{
  const PerseaDecoderRequest *request = task->request;
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", task->source.fd);
  g_autoptr (GBytes) changes = NULL;

  if (request->input_size > 0
      && !(changes = persea_shared_memory_copy (task->input, request->input_size, error)))
    return FALSE;
  return task_put_bytes (task, persea_xmp_remote_answer (path, request->is_picture, request->is_written, changes,
                                                         error), error);
}

static gboolean
decoder_probe (Task *task, GError **error)
{
  g_autofree char *report = persea_sandbox_probe ();

  return task_put (task, report, strlen (report), error);
}

static gboolean (*const operations[PERSEA_N_DECODER_OPERATIONS]) (Task *task, GError **error) = {
  [PERSEA_DECODER_PREPROCESS] = decoder_preprocess,
  [PERSEA_DECODER_LOAD] = decoder_load,
  [PERSEA_DECODER_ALPHA] = decoder_load_alpha,
  [PERSEA_DECODER_GREY] = decoder_load_grey,
  [PERSEA_DECODER_READ_XMP] = decoder_read_xmp,
  [PERSEA_DECODER_READ_DATE] = decoder_read_date,
  [PERSEA_DECODER_ENCODE] = decoder_encode,
  [PERSEA_DECODER_ENCODE_MADE] = decoder_encode_made,
  [PERSEA_DECODER_FIND_PROVENANCE] = decoder_find_provenance,
  [PERSEA_DECODER_KEYWORDS] = decoder_keywords,
  [PERSEA_DECODER_PROBE] = decoder_probe,
};

void
persea_decoder_answer (const PerseaDecoderRequest *request,
                       const int                  *files,
                       unsigned                    n_files,
                       PerseaDecoderReply         *reply)
{
  Task task = { .request = request, .reply = reply, .input = -1 };
  g_autoptr (GError) error = NULL;

  *reply = (PerseaDecoderReply) { .code = PERSEA_ERROR_FAILED };
  if (n_files < 2 || request->operation >= PERSEA_N_DECODER_OPERATIONS
      || (n_files < 3 && request->input_size > 0))
    {
      g_strlcpy (reply->message, PERSEA_DECODER_PICTURE ": a request that makes no sense",
                 sizeof reply->message);
      return;
    }
  task.source = (PerseaImageSource) {
    .fd = files[0],
    .name = PERSEA_DECODER_PICTURE,
    .max_pixels = request->max_pixels,
  };
  task.memory = files[1];
  if (n_files > 2)
    task.input = files[2];
  reply->done = operations[request->operation] (&task, &error);
  if (reply->done)
    return;
  if (error->domain == PERSEA_ERROR)
    reply->code = error->code;
  g_strlcpy (reply->message, error->message, sizeof reply->message);
}

/* Called with what ends the program: g_malloc() has no other way to say that there is no memory. */
static void
decoder_die (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  if (strstr (message, "allocate") != NULL)
    _exit (PERSEA_DECODER_EXIT_MEMORY);
  abort ();
}

/* Everything that would be loaded at its first use, for afterwards no file can be opened. */
static gboolean
decoder_load_everything (void)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, PERSEA_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  mallopt (M_ARENA_MAX, 2); /* each reserves address space */
  g_log_set_handler ("GLib", G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION | G_LOG_LEVEL_ERROR, decoder_die,
                     NULL);
  return _("the picture")[0] != '\0' && persea_xmp_init (NULL) && persea_image_load_libraries ();
}

gboolean
persea_decoder_begin (PerseaDecoderMode mode, uint64_t max_memory)
{
  PerseaDecoderHello hello = { 0 };
  g_autofree char *identity = NULL;

  prctl (PR_SET_NAME, "persea-decoder", 0, 0, 0);
  if (persea_sandbox_limit (PERSEA_DECODER_SOCKET + 1, max_memory * MIB))
    hello.layers |= PERSEA_SANDBOX_LIMITS;
  if (!decoder_load_everything ())
    return FALSE;
  identity = persea_program_identity_compute ();
  g_strlcpy (hello.identity, identity, sizeof hello.identity);
  hello.layers |= persea_sandbox_enter (PERSEA_SANDBOX_ALL, mode == PERSEA_DECODER_FILES);
  return persea_decoder_message_send (PERSEA_DECODER_SOCKET, &hello, sizeof hello, NULL, 0);
}

int
persea_decoder_main (char **arguments)
{
  guint64 max_memory = 0;
  guint64 mode = 0;
  PerseaDecoderRequest request;
  PerseaDecoderReply reply;
  int files[PERSEA_DECODER_MAX_FILES];
  unsigned n_files = 0;

  if (g_strv_length (arguments) != 4
      || !g_ascii_string_to_unsigned (arguments[2], 10, 0, PERSEA_DECODER_FILES, &mode, NULL)
      || !g_ascii_string_to_unsigned (arguments[3], 10, 1, G_MAXUINT32, &max_memory, NULL)
      || !persea_decoder_begin (mode, max_memory))
    return 1;
  while (persea_decoder_message_receive (PERSEA_DECODER_SOCKET, &request, sizeof request, files, &n_files))
    {
      persea_decoder_answer (&request, files, n_files, &reply);
      for (unsigned i = 0; i < n_files; i++)
        close (files[i]);
      if (!persea_decoder_message_send (PERSEA_DECODER_SOCKET, &reply, sizeof reply, NULL, 0))
        break;
    }
  return 0;
}
