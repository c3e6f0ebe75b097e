/* test-decoder.c - processes that decode, and what hostile pictures make of them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two kinds of decoders: persead (the program named by PERSEAD) as it is; and this program itself,
 * which is one, too, but does what a word at the beginning of a picture says: a decoder that has
 * a fault, or that somebody has taken over.  That decoded pictures are the same as in process is
 * tested by test-image-file and test-image-patch, which run a second time with decoders.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vips/vips.h>

#include "persea-bad-pictures.h"
#include "persea-decoder.h"
#include "persea-error.h"
#include "persea-image-remote.h"
#include "persea-sandbox-probe.h"
#include "persea-shared-memory.h"

#define SIZE 32
#define SELF "/proc/self/exe"

/* The decoder that does not do its work */

static void
hostile_bloat (void)
{
  /* until there is no more; GLib gives up then.  Not touched, for that takes time on a busy machine. */
  for (;;)
    *(volatile char *) g_malloc (8 << 20) = 1;
}

static void
hostile_keep_writable (int memory)
{
  g_assert_true (mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0) != MAP_FAILED);
}

/* Whether @word has an answer, which need not be one. */
static gboolean
hostile_answer (const char *word, const PerseaDecoderRequest *request, const int *files, PerseaDecoderReply *reply)
{
  if (g_str_has_prefix (word, "CRASH"))
    raise (SIGSEGV);
  if (g_str_has_prefix (word, "LOOP"))
    for (volatile unsigned i = 0;; i++)
      ;
  if (g_str_has_prefix (word, "SLEEP"))
    g_usleep (G_USEC_PER_SEC * 1000);
  if (g_str_has_prefix (word, "BLOAT"))
    hostile_bloat ();
  if (g_str_has_prefix (word, "KEEP"))
    hostile_keep_writable (files[1]);
  else if (g_str_has_prefix (word, "HUGE"))
    *reply = (PerseaDecoderReply) { .done = TRUE, .width = 1 << 20, .height = 1 << 20, .size = 3 };
  else if (g_str_has_prefix (word, "NEGATIVE"))
    *reply = (PerseaDecoderReply) { .done = TRUE, .width = -1, .height = -3, .size = 9 };
  else if (g_str_has_prefix (word, "MORE"))
    *reply = (PerseaDecoderReply) { .done = TRUE, .width = 1, .height = 1, .size = UINT64_MAX };
  else if (g_str_has_prefix (word, "LESS"))
    *reply = (PerseaDecoderReply) { .done = TRUE, .width = 9, .height = 9, .size = 1 };
  else if (g_str_has_prefix (word, "GONE"))
    *reply = (PerseaDecoderReply) { .code = PERSEA_ERROR_NOT_FOUND, .message = "@: \xff\nit is\tgone" };
  else if (g_str_has_prefix (word, "LOST"))
    {
      *reply = (PerseaDecoderReply) { .code = PERSEA_ERROR_DEVICE_LOST };
      memset (reply->message, 'x', sizeof reply->message);
    }
  else
    return FALSE;
  if (g_str_has_prefix (word, "KEEP"))
    *reply = (PerseaDecoderReply) { .done = TRUE, .width = 1, .height = 1, .size = 3 };
  return TRUE;
}

static int
hostile_main (char **arguments)
{
  PerseaDecoderRequest request;
  PerseaDecoderReply reply;
  int files[PERSEA_DECODER_MAX_FILES];
  unsigned n_files = 0;

  if (!persea_decoder_begin (g_ascii_strtoull (arguments[2], NULL, 10), g_ascii_strtoull (arguments[3], NULL, 10)))
    return 1;
  while (persea_decoder_message_receive (PERSEA_DECODER_SOCKET, &request, sizeof request, files, &n_files))
    {
      char word[16] = "";

      if (pread (files[0], word, sizeof word - 1, 0) < 0
          || !hostile_answer (word, &request, files, &reply))
        persea_decoder_answer (&request, files, n_files, &reply);
      for (unsigned i = 0; i < n_files; i++)
        close (files[i]);
      persea_decoder_message_send (PERSEA_DECODER_SOCKET, &reply, sizeof reply, NULL, 0);
    }
  return 0;
}

/* Tests */

static char *
golden_picture (void)
{
  return g_test_build_filename (G_TEST_DIST, "../golden/pixels/stripes-64x48.png", NULL);
}

/* a library with nothing in it, in a folder of its own */
static PerseaLibrary *
make_library (char **folder)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  PerseaLibrary *library;

  *folder = g_dir_make_tmp ("persea-decoder-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (*folder, "library.db", NULL);
  library = persea_library_open (path, PERSEA_LIBRARY_NONE, NULL, &error);
  g_assert_no_error (error);
  return library;
}

static void
remove_folder (const char *folder)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);

  g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL);
}

static gboolean
decode_bytes (PerseaDecoderPool *pool, const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  const PerseaImageSource source = { .bytes = bytes, .name = "bad.jpg" };
  g_autoptr (PerseaImage) image = persea_image_remote_load (pool, &source, NULL, error);

  return image != NULL;
}

static void
assert_decodes (PerseaDecoderPool *pool)
{
  static const PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (SIZE);
  g_autofree char *path = golden_picture ();
  const PerseaImageSource source = { .path = path };
  uint8_t expected[SIZE * SIZE * 3], found[SIZE * SIZE * 3];
  g_autoptr (GError) error = NULL;

  persea_image_preprocess (&source, &preprocess, PERSEA_IMAGE_EXACT, expected, NULL, &error);
  g_assert_no_error (error);
  persea_image_remote_preprocess (pool, &source, &preprocess, PERSEA_IMAGE_EXACT, found, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (found, sizeof found, expected, sizeof expected);
}

/* What each does to its decoder costs it alone, and is not done twice. */
static void
test_bad_pictures (void)
{
  static const struct
  {
    const char *picture;
    const char *message;
    const char *again;
  } cases[] = {
    { "CRASH 1", "bad.jpg: the process that decodes it crashes",
      "bad.jpg: not tried again: the process that decoded it crashed" },
    { "LOOP 1", "bad.jpg: decoding it takes more than 1 seconds",
      "bad.jpg: not tried again: decoding it took more than 1 seconds" },
    { "SLEEP 1", "bad.jpg: decoding it takes more than 1 seconds",
      "bad.jpg: not tried again: decoding it took more than 1 seconds" },
#ifndef __SANITIZE_ADDRESS__ /* whose shadow goes beyond any limit */
    { "BLOAT 1", "bad.jpg: decoding it takes more than 600 MiB of memory",
      "bad.jpg: not tried again: decoding it took more than 600 MiB of memory" },
#endif
  };
  g_autofree char *folder = NULL;
  g_autoptr (PerseaLibrary) library = make_library (&folder);
  const PerseaDecoderPoolOptions options = {
    .program = SELF, .limits = { .seconds = 0.5, .memory = 600 }, .library = library,
  };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      unsigned n;

      assert_decodes (pool);
      g_assert_false (decode_bytes (pool, cases[i].picture, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED);
      g_assert_cmpstr (error->message, ==, cases[i].message);
      g_clear_error (&error);
      assert_decodes (pool);

      n = persea_decoder_pool_count (pool);
      g_assert_cmpuint (n, >, 0);
      g_assert_false (decode_bytes (pool, cases[i].picture, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED);
      g_assert_cmpstr (error->message, ==, cases[i].again);
      g_assert_cmpuint (persea_decoder_pool_count (pool), ==, n);
    }
  g_clear_pointer (&pool, persea_decoder_pool_free);
  g_clear_pointer (&library, persea_library_unref);
  remove_folder (folder);
}

/* What was bad for one program is tried again by another. */
static void
test_other_program (void)
{
  g_autofree char *folder = NULL;
  g_autoptr (PerseaLibrary) library = make_library (&folder);
  PerseaDecoderPoolOptions options = {
    .program = SELF, .limits = { .memory = 600 }, .library = library,
  };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);
  g_autoptr (GError) error = NULL;

  g_assert_false (decode_bytes (pool, "CRASH 2", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED);
  g_clear_error (&error);
  g_clear_pointer (&pool, persea_decoder_pool_free);

  options.program = g_getenv ("PERSEAD"); /* which finds nothing but that it is no picture */
  pool = persea_decoder_pool_new (&options);
  g_assert_false (decode_bytes (pool, "CRASH 2", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_clear_pointer (&pool, persea_decoder_pool_free);
  g_clear_pointer (&library, persea_library_unref);
  remove_folder (folder);
}

/* Files that were made to harm, or to look like what they are not. */
static void
test_hostile_files (void)
{
  static const struct
  {
    const char *what;
    const char *bytes;
    size_t      size;
    int         code;
  } files[] = {
#define FILE_OF(bytes) bytes, sizeof bytes - 1
    { "an SVG that includes a file",
      FILE_OF ("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\""
               " width=\"9\" height=\"9\"><image xlink:href=\"file:///etc/passwd\"/></svg>"),
      PERSEA_ERROR_UNSUPPORTED },
    { "an SVG that asks another machine",
      FILE_OF ("<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY x SYSTEM \"http://example.org/x\">]>"
               "<svg xmlns=\"http://www.w3.org/2000/svg\">&x;</svg>"),
      PERSEA_ERROR_UNSUPPORTED },
    { "a program for ImageMagick",
      FILE_OF ("push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://example.org/x\"|id\")'\n"),
      PERSEA_ERROR_UNSUPPORTED },
    { "a program in PostScript", FILE_OF ("%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n"),
      PERSEA_ERROR_UNSUPPORTED },
    { "a TIFF of 2^31 x 2^31 pixels",
      FILE_OF ("II*\0\10\0\0\0\4\0"
               "\0\1\4\0\1\0\0\0\377\377\377\177" "\1\1\4\0\1\0\0\0\377\377\377\177"
               "\21\1\4\0\1\0\0\0\10\0\0\0" "\27\1\4\0\1\0\0\0\377\377\377\177" "\0\0\0\0"),
      PERSEA_ERROR_INVALID_DATA },
    { "a TIFF whose next page is itself",
      FILE_OF ("II*\0\10\0\0\0\1\0" "\0\1\4\0\1\0\0\0\1\0\0\0" "\10\0\0\0"),
      PERSEA_ERROR_INVALID_DATA },
    { "a GIF of 65535 x 65535 pixels, and no more", FILE_OF ("GIF89a\377\377\377\377\0\0\0;"),
      PERSEA_ERROR_INVALID_DATA },
    { "a JPEG of 65500 x 65500 pixels, and no more",
      FILE_OF ("\377\330\377\300\0\21\10\377\334\377\334\3\1\21\0\2\21\1\3\21\1"
               "\377\332\0\14\3\1\0\2\21\3\21\0\77\0"),
      PERSEA_ERROR_UNSUPPORTED },
    { "a WebP that is one in name",
      FILE_OF ("RIFF\377\377\377\377WEBPVP8X\12\0\0\0\0\0\0\0\377\377\377\377\377\377"),
      PERSEA_ERROR_INVALID_DATA },
    { "a HEIF with a box that never ends", FILE_OF ("\0\0\0\30ftypheic\0\0\0\0heicmif1\377\377\377\377meta"),
      PERSEA_ERROR_INVALID_DATA },
#undef FILE_OF
  };
  const PerseaDecoderPoolOptions options = { .program = g_getenv ("PERSEAD"), .n_processes = 1 };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);

  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (files[i].bytes, files[i].size);
      const PerseaImageSource source = { .bytes = bytes, .name = files[i].what };
      g_autoptr (GError) error = NULL;

      g_assert_null (persea_image_remote_load (pool, &source, NULL, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, PERSEA_ERROR, files[i].code);
    }
  assert_decodes (pool);
}

/* A small file with many pixels, that has to be turned and so be in memory as a whole. */
G_GNUC_UNUSED static void
test_bomb (void)
{
  const PerseaDecoderPoolOptions options = {
    .program = g_getenv ("PERSEAD"), .n_processes = 1, .limits = { .memory = 600 },
  };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);
  g_autoptr (GObject) image = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  PerseaImageSource source = { .name = "bomb.tif" };
  VipsImage *black;
  void *buffer;
  size_t size;

  g_assert_cmpint (vips_black (&black, 12000, 12000, NULL), ==, 0);
  image = G_OBJECT (black);
  vips_image_set_int (black, VIPS_META_ORIENTATION, 6);
  g_assert_cmpint (vips_tiffsave_buffer (black, &buffer, &size, "compression",
                                         VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE, NULL), ==, 0);
  bytes = g_bytes_new_take (buffer, size);
  g_assert_cmpuint (size, <, 2000000);
  source.bytes = bytes;
  g_assert_null (persea_image_remote_load (pool, &source, NULL, &error));
  g_assert_cmpstr (error->message, ==, "bomb.tif: decoding it takes more than 600 MiB of memory");
  assert_decodes (pool);
}

/* Replies that were made to harm. */
static void
test_lies (void)
{
  static const struct
  {
    const char *picture;
    const char *message;
  } cases[] = {
    { "HUGE", "bad.jpg: what its decoder says makes no sense" },
    { "NEGATIVE", "bad.jpg: what its decoder says makes no sense" },
    { "MORE", "bad.jpg: what its decoder says makes no sense" },
    { "LESS", "bad.jpg: what its decoder says makes no sense" },
    { "KEEP", "shared memory cannot be sealed: Device or resource busy" },
    { "GONE", "bad.jpg: \xef\xbf\xbd it is gone" },
  };
  const PerseaDecoderPoolOptions options = { .program = SELF };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_false (decode_bytes (pool, cases[i].picture, &error));
      g_assert_cmpstr (error->message, ==, cases[i].message);
      g_assert_false (g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND));
      g_clear_error (&error);
    }
  g_assert_false (decode_bytes (pool, "LOST", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED);
  g_assert_cmpuint (strlen (error->message), <, 1100);
}

/* the children of this process that are decoders */
static GArray *
list_decoders (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%s/stat", name);
      g_autofree char *stat = NULL;
      int pid = 0, parent = 0;

      if (g_ascii_isdigit (name[0]) && g_file_get_contents (path, &stat, NULL, NULL)
          && sscanf (stat, "%d (persea-decoder) %*c %d", &pid, &parent) == 2 && parent == getpid ())
        g_array_append_val (found, pid);
    }
  return found;
}

static void
signal_decoders (int number)
{
  g_autoptr (GArray) decoders = list_decoders ();

  g_assert_cmpuint (decoders->len, >, 0);
  for (unsigned i = 0; i < decoders->len; i++)
    g_assert_cmpint (kill (g_array_index (decoders, pid_t, i), number), ==, 0);
}

/* The real program: killed while it has nothing to do, it is replaced; stopped, it is not waited
 * for. */
static void
test_signals (void)
{
  const PerseaDecoderPoolOptions options = {
    .program = g_getenv ("PERSEAD"), .n_processes = 1, .limits = { .seconds = 1 },
  };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);
  g_autoptr (GError) error = NULL;

  assert_decodes (pool);
  signal_decoders (SIGKILL);
  assert_decodes (pool);
  signal_decoders (SIGSEGV);
  assert_decodes (pool);
  signal_decoders (SIGSTOP);
  g_assert_false (decode_bytes (pool, "GIF89a", &error));
  g_assert_cmpstr (error->message, ==, "bad.jpg: decoding it takes more than 1 seconds");
  assert_decodes (pool);
  g_assert_cmpuint (persea_decoder_pool_count (pool), ==, 1);
  persea_decoder_pool_drop_idle (pool);
  g_assert_cmpuint (persea_decoder_pool_count (pool), ==, 0);
  assert_decodes (pool);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (G_USEC_PER_SEC / 5);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_cancelled (void)
{
  const PerseaDecoderPoolOptions options = { .program = SELF };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("SLEEP", 5);
  const PerseaImageSource source = { .bytes = bytes };
  g_autoptr (GError) error = NULL;
  g_autoptr (GThread) thread = NULL;
  gint64 before;

  assert_decodes (pool);
  before = g_get_monotonic_time ();
  thread = g_thread_new ("cancel", cancel_soon, cancellable);
  g_assert_null (persea_image_remote_load (pool, &source, cancellable, &error));
  g_assert_true (persea_error_is_cancelled (error));
  g_assert_cmpint (g_get_monotonic_time () - before, <, 20 * G_USEC_PER_SEC);
  g_thread_join (g_steal_pointer (&thread));
  assert_decodes (pool);
}

static gpointer
decode_often (gpointer data)
{
  for (int i = 0; i < 20; i++)
    {
      assert_decodes (data);
      g_assert_false (decode_bytes (data, i % 5 == 0 ? "CRASH" : "\xff\xd8\xff nothing", NULL));
    }
  return NULL;
}

/* More who ask than there are decoders, some of which die. */
static void
test_threads (void)
{
  const PerseaDecoderPoolOptions options = { .program = SELF, .n_processes = 2 };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);
  GThread *threads[6];

  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("decode", decode_often, pool);
  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (persea_decoder_pool_count (pool), <=, 2);
}

static void
test_no_program (void)
{
  const PerseaDecoderPoolOptions options = { .program = "/nowhere/persead" };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);
  g_autoptr (GError) error = NULL;

  g_assert_false (decode_bytes (pool, "GIF89a", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY);
  g_assert_cmpuint (persea_decoder_pool_count (pool), ==, 0);
}

/* The sandbox */

/* What the real program can do: nothing, where the kernel helps. */
static void
assert_locked_in (PerseaDecoderMode mode, const char *needed)
{
  const PerseaDecoderPoolOptions options = { .program = g_getenv ("PERSEAD"), .mode = mode };
  g_autoptr (PerseaDecoderPool) pool = persea_decoder_pool_new (&options);
  g_autoptr (GError) error = NULL;
  g_autofree char *report = persea_image_remote_probe (pool, &error);
  g_auto (GStrv) lines = NULL;

  g_assert_no_error (error);
  g_test_message ("%s", report);
  if (strstr (report, needed))
    {
      g_test_skip ("this kernel, or this build, lacks Landlock or seccomp");
      return;
    }
  lines = g_strsplit (report, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), >, 10);
  for (char **line = lines; **line; line++)
    g_assert_true (g_str_has_suffix (*line, "\tdenied"));
}

static void
test_sandbox (void)
{
  assert_locked_in (PERSEA_DECODER_PICTURES, "start a process\tallowed");
}

/* Landlock alone keeps it from files. */
static void
test_sandbox_of_files (void)
{
  assert_locked_in (PERSEA_DECODER_FILES, "read a file\tallowed");
}

/* What the probe finds in a process that has entered @wanted. */
static char *
probe_within (PerseaSandboxLayers wanted, PerseaSandboxLayers *entered)
{
  g_autoptr (GError) error = NULL;
  int memory = persea_shared_memory_new (65536, &error);
  pid_t child;
  int status = 0;
  char *report = g_malloc0 (65536);

  g_assert_no_error (error);
  child = fork ();
  if (child == 0)
    {
      size_t offset = 0;
      PerseaSandboxLayers layers = persea_sandbox_enter (wanted, FALSE);
      char *text = persea_sandbox_probe ();

      persea_shared_memory_write (memory, text, strlen (text), &offset, NULL);
      _exit (layers);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  *entered = WEXITSTATUS (status);
  persea_shared_memory_read (memory, report, 65535, &error);
  g_assert_no_error (error);
  close (memory);
  return report;
}

/* That the probe can succeed, and what each lock does alone. */
static void
test_layers (void)
{
  PerseaSandboxLayers entered = 0;
  g_autofree char *nothing = probe_within (0, &entered);
  g_autofree char *landlock = NULL;
  g_autofree char *seccomp = NULL;

  g_assert_cmpuint (entered, ==, 0);
  g_assert_nonnull (strstr (nothing, "read a file\tallowed"));
  g_assert_nonnull (strstr (nothing, "start a process\tallowed"));
  g_assert_nonnull (strstr (nothing, "run a program\tallowed"));
  g_assert_nonnull (strstr (nothing, "set its limits\tallowed"));
  landlock = probe_within (PERSEA_SANDBOX_LANDLOCK, &entered);
  if (entered == PERSEA_SANDBOX_LANDLOCK)
    {
      g_assert_nonnull (strstr (landlock, "read a file\tdenied"));
      g_assert_nonnull (strstr (landlock, "list a folder\tdenied"));
      g_assert_nonnull (strstr (landlock, "write a file\tdenied"));
      g_assert_nonnull (strstr (landlock, "open a device\tdenied"));
      g_assert_nonnull (strstr (landlock, "make a folder\tdenied"));
    }
  else
    g_test_message ("this kernel has no Landlock");
  seccomp = probe_within (PERSEA_SANDBOX_SECCOMP, &entered);
  if (entered == PERSEA_SANDBOX_SECCOMP)
    g_assert_null (strstr (seccomp, "allowed"));
  else
    g_test_message ("no seccomp");
}

/* a decoder's limits, and that it has nothing of ours */
static void
test_limits (void)
{
  const PerseaDecoderPoolOptions options = {
    .program = g_getenv ("PERSEAD"), .n_processes = 1, .limits = { .memory = 700 },
  };
  g_autoptr (PerseaDecoderPool) pool = NULL;
  g_autoptr (GArray) decoders = NULL;
  struct rlimit limit = { 0 };
  g_autofree char *environment = NULL;
  g_autofree char *path = NULL;
  g_autofree char *files = NULL;
  g_autoptr (GDir) dir = NULL;
  unsigned n_files = 0;
  int leak = open ("/dev/null", O_RDONLY); /* that nobody closes on exec */

  g_setenv ("PERSEA_TEST_SECRET", "secret", TRUE);
  pool = persea_decoder_pool_new (&options);
  assert_decodes (pool);
  decoders = list_decoders ();
  g_assert_cmpuint (decoders->len, ==, 1);
  g_assert_cmpint (prlimit (g_array_index (decoders, pid_t, 0), RLIMIT_AS, NULL, &limit), ==, 0);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpuint (limit.rlim_max, ==, 700 << 20);
#endif
  path = g_strdup_printf ("/proc/%d/environ", g_array_index (decoders, pid_t, 0));
  g_assert_true (g_file_get_contents (path, &environment, NULL, NULL));
  g_assert_null (strstr (environment, "secret"));
  files = g_strdup_printf ("/proc/%d/fd", g_array_index (decoders, pid_t, 0));
  dir = g_dir_open (files, 0, NULL);
  while (g_dir_read_name (dir) != NULL)
    n_files++;
  g_assert_cmpuint (n_files, <, 4 + 4); /* some of GLib's own */
  close (leak);
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], PERSEA_DECODER_OPTION) == 0)
    return hostile_main (argv);
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK); /* libvips warns of much */
  g_test_add_func ("/decoder/bad-pictures", test_bad_pictures);
  g_test_add_func ("/decoder/other-program", test_other_program);
  g_test_add_func ("/decoder/hostile-files", test_hostile_files);
#ifndef __SANITIZE_ADDRESS__ /* see test_bad_pictures() */
  g_test_add_func ("/decoder/bomb", test_bomb);
#endif
  g_test_add_func ("/decoder/lies", test_lies);
  g_test_add_func ("/decoder/signals", test_signals);
  g_test_add_func ("/decoder/cancelled", test_cancelled);
  g_test_add_func ("/decoder/threads", test_threads);
  g_test_add_func ("/decoder/no-program", test_no_program);
  g_test_add_func ("/decoder/sandbox", test_sandbox);
  g_test_add_func ("/decoder/sandbox-of-files", test_sandbox_of_files);
  g_test_add_func ("/decoder/layers", test_layers);
  g_test_add_func ("/decoder/limits", test_limits);
  return g_test_run ();
}
