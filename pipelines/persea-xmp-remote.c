/* persea-xmp-remote.c - XMP that another process reads and writes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The copy is shared memory that may grow: exiv2 opens files by their names, and this one has a name
 * (/proc/self/fd/N) that Landlock lets pass, for it lies on no file system that anybody sees.
 */
#include "config.h"

#include "persea-xmp-remote.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "persea-decoder-pool.h"
#include "persea-error.h"
#include "persea-shared-memory.h"

#define KEYWORDS_TYPE "(asmasmasa(sduusss))"
#define STATE_TYPE "(b" KEYWORDS_TYPE ")" /* whether it is ours alone; keywords */
#define REMOTE_MAX_STATE (64 << 20)
#define REMOTE_MAX_RECORDS 4096
#define REMOTE_COPY_SIZE 1048576

struct _PerseaXmpRemote
{
  PerseaDecoderPool *decoders;
  gboolean           is_picture;
  GBytes            *bytes;    /* of a sidecar */
  PerseaKeywords    *keywords; /* as they were read */
  GBytes            *changes;  /* (nullable) */
  gboolean           ours_alone;
};

/* what the whole process hands over; set before there are threads */
static PerseaDecoderPool *xmp_decoders = NULL;

void
persea_xmp_set_decoders (PerseaDecoderPool *decoders)
{
  g_atomic_pointer_set (&xmp_decoders, decoders);
}

PerseaDecoderPool *
persea_xmp_remote_get_decoders (void)
{
  return g_atomic_pointer_get (&xmp_decoders);
}

/* Keywords as values */

/* @text: (nullable) */
static GVariant *
text_pack (const char *text)
{
  return g_variant_new_take_string (g_utf8_make_valid (text ? text : "", -1));
}

static GVariant *
list_pack (GPtrArray *list)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (unsigned i = 0; i < list->len; i++)
    g_variant_builder_add_value (&builder, text_pack (list->pdata[i]));
  return g_variant_builder_end (&builder);
}

static GVariant *
list_pack_maybe (GPtrArray *list)
{
  return g_variant_new_maybe (G_VARIANT_TYPE_STRING_ARRAY, list ? list_pack (list) : NULL);
}

static GVariant *
keywords_pack (const PerseaKeywords *keywords)
{
  GVariantBuilder records;

  g_variant_builder_init (&records, G_VARIANT_TYPE ("a(sduusss)"));
  for (unsigned i = 0; i < keywords->records->len; i++)
    {
      const PerseaKeywordRecord *record = keywords->records->pdata[i];

      g_variant_builder_open (&records, G_VARIANT_TYPE ("(sduusss)"));
      g_variant_builder_add_value (&records, text_pack (record->path));
      g_variant_builder_add (&records, "d", record->score);
      g_variant_builder_add (&records, "u", (guint32) record->state);
      g_variant_builder_add (&records, "u", (guint32) record->lists);
      g_variant_builder_add_value (&records, text_pack (record->model));
      g_variant_builder_add_value (&records, text_pack (record->run));
      g_variant_builder_add_value (&records, text_pack (record->date));
      g_variant_builder_close (&records);
    }
  return g_variant_new ("(@as@mas@mas@a(sduusss))", list_pack (keywords->flat),
                        list_pack_maybe (keywords->hierarchical), list_pack_maybe (keywords->digikam),
                        g_variant_builder_end (&records));
}

static GPtrArray *
list_unpack (GVariant *packed)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
  size_t n = g_variant_n_children (packed);

  for (size_t i = 0; i < n; i++)
    {
      char *value = NULL;

      g_variant_get_child (packed, i, "s", &value);
      g_ptr_array_add (list, value);
    }
  return list;
}

static GPtrArray *
list_unpack_maybe (GVariant *packed)
{
  g_autoptr (GVariant) list = g_variant_get_maybe (packed);

  return list ? list_unpack (list) : NULL;
}

static PerseaKeywordRecord *
record_unpack (GVariant *packed)
{
  const char *path, *model, *run, *date;
  guint32 state, lists;
  double score;
  PerseaKeywordRecord *record;
  PerseaKeywordState known;

  g_variant_get (packed, "(&sduu&s&s&s)", &path, &score, &state, &lists, &model, &run, &date);
  /* from a process that may lie */
  if (!*path || state > PERSEA_KEYWORD_REJECTED
      || !persea_keyword_state_parse (persea_keyword_state_name (state), &known))
    return NULL;
  record = persea_keyword_record_new (path, known);
  record->score = CLAMP (score, 0, 1);
  record->lists = lists & (PERSEA_KEYWORD_LIST_FLAT | PERSEA_KEYWORD_LIST_HIERARCHICAL | PERSEA_KEYWORD_LIST_DIGIKAM);
  record->model = g_strdup (model);
  record->run = g_strdup (run);
  record->date = g_strdup (date);
  return record;
}

static PerseaKeywords *
keywords_unpack (GVariant *packed)
{
  PerseaKeywords *keywords = persea_keywords_new ();
  g_autoptr (GVariant) flat = g_variant_get_child_value (packed, 0);
  g_autoptr (GVariant) hierarchical = g_variant_get_child_value (packed, 1);
  g_autoptr (GVariant) digikam = g_variant_get_child_value (packed, 2);
  g_autoptr (GVariant) records = g_variant_get_child_value (packed, 3);
  size_t n = MIN (g_variant_n_children (records), REMOTE_MAX_RECORDS);

  g_clear_pointer (&keywords->flat, g_ptr_array_unref);
  g_clear_pointer (&keywords->hierarchical, g_ptr_array_unref);
  keywords->flat = list_unpack (flat);
  keywords->hierarchical = list_unpack_maybe (hierarchical);
  keywords->digikam = list_unpack_maybe (digikam);
  for (size_t i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (records, i);
      PerseaKeywordRecord *record = record_unpack (child);

      if (record)
        g_ptr_array_add (keywords->records, record);
    }
  return keywords;
}

/* whatever the bytes are, it can be read */
static GVariant *
bytes_unpack (const char *type, GBytes *bytes)
{
  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
}

/* Copies */

static gboolean
file_fails (const char *what, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", what, g_strerror (errno));
  return FALSE;
}

static gboolean
file_write_all (int to, const uint8_t *data, size_t size, const char *what, GError **error)
{
  while (size > 0)
    {
      ssize_t n = write (to, data, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return file_fails (what, error);
      data += n;
      size -= n;
    }
  return TRUE;
}

/* from the beginning of @from to where @to stands */
static gboolean
file_copy (int from, int to, const char *what, GError **error)
{
  g_autofree uint8_t *buffer = g_malloc (REMOTE_COPY_SIZE);
  off_t offset = 0;

  for (;;)
    {
      ssize_t n = pread (from, buffer, REMOTE_COPY_SIZE, offset);

      if (n == 0)
        return TRUE;
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return file_fails (what, error);
      if (!file_write_all (to, buffer, n, what, error))
        return FALSE;
      offset += n;
    }
}

/* The copy that the decoder works on; @path: (nullable): of a picture, otherwise @bytes */
static int
copy_new (const char *path, GBytes *bytes, GError **error)
{
  int copy = persea_shared_memory_new_growing (error);
  gsize size = 0;
  const void *data = bytes ? g_bytes_get_data (bytes, &size) : NULL;
  int file = -1;
  gboolean done;

  if (copy < 0)
    return -1;
  if (path)
    file = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (path && file < 0)
    done = file_fails (path, error);
  else
    done = path ? file_copy (file, copy, path, error)
                : file_write_all (copy, data, size, "shared memory", error);
  if (file >= 0)
    close (file);
  if (done)
    return copy;
  close (copy);
  return -1;
}

/* the other way */
static gboolean
copy_save (int copy, const char *path, GError **error)
{
  int file = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  gboolean done;

  if (file < 0)
    return file_fails (path, error);
  done = file_copy (copy, file, path, error);
  if (close (file) != 0 && done)
    done = file_fails (path, error);
  return done;
}

/* Exchanges */

static gboolean
remote_ask (PerseaXmpRemote *remote, int copy, gboolean is_written, GVariant **state, GError **error)
{
  PerseaDecoderRequest request = {
    .operation = PERSEA_DECODER_KEYWORDS,
    .capacity = REMOTE_MAX_STATE,
    .is_picture = remote->is_picture,
    .is_written = is_written,
  };
  PerseaDecoderReply reply;
  int memory = persea_shared_memory_new (REMOTE_MAX_STATE, error);
  int input = -1;
  size_t offset = 0;
  g_autoptr (GBytes) bytes = NULL;
  gboolean done = memory >= 0;

  if (done && remote->changes)
    {
      request.input_size = g_bytes_get_size (remote->changes);
      input = persea_shared_memory_new (request.input_size, error);
      done = input >= 0 && persea_shared_memory_write (input, g_bytes_get_data (remote->changes, NULL),
                                                       request.input_size, &offset, error);
    }
  done = done
         && persea_decoder_pool_ask_about_file (remote->decoders, remote->is_picture ? "the picture" : "the sidecar",
                                                copy, &request, memory, input, &reply, NULL, error)
         && persea_shared_memory_seal (memory, error)
         && (bytes = persea_shared_memory_copy (memory, MIN (reply.size, REMOTE_MAX_STATE), error)) != NULL;
  if (done)
    *state = bytes_unpack (STATE_TYPE, bytes);
  if (input >= 0)
    close (input);
  if (memory >= 0)
    close (memory);
  return done;
}

static void
remote_take_state (PerseaXmpRemote *remote, GVariant *state)
{
  g_autoptr (GVariant) keywords = g_variant_get_child_value (state, 1);

  g_variant_get_child (state, 0, "b", &remote->ours_alone);
  g_clear_pointer (&remote->keywords, persea_keywords_free);
  remote->keywords = keywords_unpack (keywords);
}

static PerseaXmpRemote *
remote_read (PerseaDecoderPool *decoders, const char *path, GBytes *bytes, GError **error)
{
  g_autoptr (PerseaXmpRemote) remote = g_new0 (PerseaXmpRemote, 1);
  g_autoptr (GVariant) state = NULL;
  int copy = copy_new (path, bytes, error);
  gboolean done;

  if (copy < 0)
    return NULL;
  remote->decoders = decoders;
  remote->is_picture = path != NULL;
  remote->bytes = bytes ? g_bytes_ref (bytes) : NULL;
  done = remote_ask (remote, copy, FALSE, &state, error);
  close (copy);
  if (!done)
    return NULL;
  remote_take_state (remote, state);
  return g_steal_pointer (&remote);
}

PerseaXmpRemote *
persea_xmp_remote_read_sidecar (PerseaDecoderPool *decoders, GBytes *bytes, GError **error)
{
  return remote_read (decoders, NULL, bytes, error);
}

PerseaXmpRemote *
persea_xmp_remote_read_picture (PerseaDecoderPool *decoders, const char *path, GError **error)
{
  return remote_read (decoders, path, NULL, error);
}

void
persea_xmp_remote_free (PerseaXmpRemote *remote)
{
  if (!remote)
    return;

  g_clear_pointer (&remote->bytes, g_bytes_unref);
  g_clear_pointer (&remote->changes, g_bytes_unref);
  persea_keywords_free (remote->keywords);
  g_free (remote);
}

PerseaKeywords *
persea_xmp_remote_get_keywords (PerseaXmpRemote *remote)
{
  g_autoptr (GVariant) packed = g_variant_ref_sink (keywords_pack (remote->keywords));

  return keywords_unpack (packed);
}

void
persea_xmp_remote_set_keywords (PerseaXmpRemote *remote, const PerseaKeywords *keywords)
{
  g_autoptr (GVariant) packed = g_variant_ref_sink (keywords_pack (keywords));

  g_clear_pointer (&remote->changes, g_bytes_unref);
  remote->changes = g_variant_get_data_as_bytes (packed);
}

gboolean
persea_xmp_remote_is_ours_alone (PerseaXmpRemote *remote)
{
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ours_alone = FALSE;
  int copy = copy_new (NULL, remote->bytes, &error);

  if (copy >= 0 && remote_ask (remote, copy, FALSE, &state, &error))
    g_variant_get_child (state, 0, "b", &ours_alone);
  if (copy >= 0)
    close (copy);
  if (error)
    g_debug ("%s", error->message);
  return ours_alone;
}

gboolean
persea_xmp_remote_save (PerseaXmpRemote *remote, const char *path, GError **error)
{
  g_autoptr (GVariant) state = NULL;
  int copy = copy_new (remote->is_picture ? path : NULL, remote->bytes, error);
  gboolean done;

  if (copy < 0)
    return FALSE;
  done = remote_ask (remote, copy, TRUE, &state, error) && copy_save (copy, path, error);
  close (copy);
  return done;
}

/* The other side */

static PerseaXmp *
answer_open (const char *path, gboolean is_picture, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  char *contents;
  gsize size;

  if (is_picture)
    return persea_xmp_open_picture (path, error);
  if (!g_file_get_contents (path, &contents, &size, error))
    return NULL;
  bytes = g_bytes_new_take (contents, size);
  return persea_xmp_parse (bytes, error);
}

GBytes *
persea_xmp_remote_answer (const char  *path,
                          gboolean     is_picture,
                          gboolean     is_written,
                          GBytes      *changes,
                          GError     **error)
{
  g_autoptr (PerseaXmp) xmp = answer_open (path, is_picture, error);
  g_autoptr (PerseaKeywords) keywords = NULL;
  g_autoptr (GVariant) state = NULL;

  if (!xmp)
    return NULL;
  if (changes)
    {
      g_autoptr (GVariant) packed = bytes_unpack (KEYWORDS_TYPE, changes);

      keywords = keywords_unpack (packed);
      if (!persea_xmp_set_keywords (xmp, keywords, error))
        return NULL;
      g_clear_pointer (&keywords, persea_keywords_free);
    }
  if (is_written
      && !(is_picture ? persea_xmp_save_picture (xmp, path, error) : persea_xmp_save_sidecar (xmp, path, error)))
    return NULL;
  keywords = persea_xmp_get_keywords (xmp);
  state = g_variant_ref_sink (g_variant_new ("(b@" KEYWORDS_TYPE ")", persea_xmp_is_ours_alone (xmp),
                                             keywords_pack (keywords)));
  return g_variant_get_data_as_bytes (state);
}
