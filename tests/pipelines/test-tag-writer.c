/* test-tag-writer.c - keywords in sidecars, pictures and extended attributes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each test has a folder of its own with a picture in it, and looks at the files afterwards as
 * another program would.
 */
#include "config.h"

#include "persea-tag-writer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "persea-decoder-pool.h"
#include "persea-error.h"
#include "persea-replacement.h"
#include "persea-xmp.h"

typedef struct
{
  char *folder;
  char *picture;
  char *sidecar; /* IMG.png.xmp */
  char *stem;    /* IMG.xmp */
  GError *error;
  PerseaTagWritten written;
  PerseaTagWriterOptions options;
} Fixture;

static const PerseaKeywordTag cat_and_sofa[] = { { "animal|cat", 0.91 }, { "room|sofa", 0.6 } };

/* what darktable writes, with more that we know nothing of */
static const char foreign_sidecar[] =
  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
  "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"XMP Core 4.4.0-Exiv2\">\n"
  " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
  "  <rdf:Description rdf:about=\"\"\n"
  "    xmlns:exif=\"http://ns.adobe.com/exif/1.0/\"\n"
  "    xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n"
  "    xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
  "    xmlns:lr=\"http://ns.adobe.com/lightroom/1.0/\"\n"
  "    xmlns:digiKam=\"http://www.digikam.org/ns/1.0/\"\n"
  "    xmlns:darktable=\"http://darktable.sf.net/\"\n"
  "    xmlns:foo=\"http://example.com/foo#\"\n"
  "   exif:DateTimeOriginal=\"2020:01:02 03:04:05.678\"\n"
  "   xmp:Rating=\"3\"\n"
  "   foo:bar=\"baz\"\n"
  "   darktable:xmp_version=\"5\">\n"
  "   <foo:kind rdf:parseType=\"Resource\"><rdf:value>v</rdf:value><foo:q>w</foo:q></foo:kind>\n"
  "   <darktable:history><rdf:Seq>\n"
  "    <rdf:li darktable:num=\"0\" darktable:operation=\"exposure\" darktable:params=\"gz02eJxjYGBg==\"/>\n"
  "    <rdf:li darktable:num=\"1\" darktable:operation=\"filmicrgb\" darktable:params=\"00 &amp; &lt;\"/>\n"
  "   </rdf:Seq></darktable:history>\n"
  "   <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Hi</rdf:li><rdf:li xml:lang=\"de\">Hallo</rdf:li></rdf:Alt></dc:title>\n"
  "   <dc:subject><rdf:Seq><rdf:li>Holiday</rdf:li><rdf:li>SOFA</rdf:li></rdf:Seq></dc:subject>\n"
  "   <lr:hierarchicalSubject><rdf:Bag><rdf:li>Trips|Holiday</rdf:li></rdf:Bag></lr:hierarchicalSubject>\n"
  "   <digiKam:TagsList><rdf:Seq><rdf:li>Trips/Holiday</rdf:li></rdf:Seq></digiKam:TagsList>\n"
  "  </rdf:Description>\n"
  " </rdf:RDF>\n"
  "</x:xmpmeta>\n";

/* the smallest grey PNG: 1 × 1 */
static const uint8_t png[] = {
  0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 1, 0, 0, 0, 1,
  8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, 'I', 'D', 'A', 'T', 0x78, 0x9c, 0x63, 0x60, 0, 0,
  0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82
};

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("persea-writer-XXXXXX", &fixture->error);
  g_assert_no_error (fixture->error);
  fixture->picture = g_build_filename (fixture->folder, "IMG.png", NULL);
  fixture->sidecar = g_strconcat (fixture->picture, ".xmp", NULL);
  fixture->stem = g_build_filename (fixture->folder, "IMG.xmp", NULL);
  g_assert_true (g_file_set_contents (fixture->picture, (const char *) png, sizeof png, NULL));
  persea_tag_written_init (&fixture->written);
  fixture->options = (PerseaTagWriterOptions) {
    .write = PERSEA_WRITE_SIDECAR, .model = "toy", .run = "run-1",
  };
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  GDir *dir;
  const char *name;

  g_chmod (fixture->folder, 0700);
  dir = g_dir_open (fixture->folder, 0, NULL);
  while (dir && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_unlink (path);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->picture);
  g_free (fixture->sidecar);
  g_free (fixture->stem);
  g_clear_error (&fixture->error);
  persea_tag_written_clear (&fixture->written);
}

static unsigned
count_files (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  unsigned n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* Only what is surely a temporary file of ours goes, and not while it may be in use. */
static void
test_sweep (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { ".persea-0123abcd", ".persea-0123ABCD", ".persea-0123abc",
                                       ".persea-0123abcd.jpg", "x.persea-0123abcd", ".persea-notes" };
  g_autofree char *link = g_build_filename (fixture->folder, ".persea-00000000", NULL);
  g_autofree char *temporary = g_build_filename (fixture->folder, names[0], NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

      g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    }
  g_assert_cmpint (symlink (fixture->picture, link), ==, 0);
  persea_replacement_sweep (fixture->folder, PERSEA_REPLACEMENT_ABANDONED);
  g_assert_cmpuint (count_files (fixture), ==, 1 + G_N_ELEMENTS (names) + 1);
  persea_replacement_sweep (fixture->folder, -1);
  g_assert_cmpuint (count_files (fixture), ==, 1 + G_N_ELEMENTS (names));
  g_assert_false (g_file_test (temporary, G_FILE_TEST_EXISTS));
}

static gboolean
write_tags (Fixture *fixture, const PerseaKeywordTag *tags, size_t n)
{
  g_clear_error (&fixture->error);
  persea_tag_written_clear (&fixture->written);
  persea_tag_written_init (&fixture->written);
  return persea_tag_writer_write (&fixture->options, fixture->picture, tags, n, &fixture->written, NULL,
                                  &fixture->error);
}

static void
assert_write (Fixture *fixture, const PerseaKeywordTag *tags, size_t n)
{
  write_tags (fixture, tags, n);
  g_assert_no_error (fixture->error);
}

static gboolean
take_back (Fixture *fixture, const char *run)
{
  PerseaTagWriterOptions options = fixture->options;

  options.run = run;
  g_clear_error (&fixture->error);
  return persea_tag_writer_take_back (&options, fixture->picture, &fixture->written, NULL, &fixture->error);
}

static PerseaXmp *
read_xmp (const char *path)
{
  char *contents;
  gsize size;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  PerseaXmp *xmp;

  g_assert_true (g_file_get_contents (path, &contents, &size, &error));
  bytes = g_bytes_new_take (contents, size);
  xmp = persea_xmp_parse (bytes, &error);
  g_assert_no_error (error);
  return xmp;
}

static char *
list_to_text (GPtrArray *list)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; list && i < list->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "", (char *) list->pdata[i]);
  return g_string_free (text, FALSE);
}

static void
assert_lists (const char *path, const char *flat, const char *hierarchical)
{
  g_autoptr (PerseaXmp) xmp = read_xmp (path);
  g_autoptr (PerseaKeywords) keywords = persea_xmp_get_keywords (xmp);
  g_autofree char *found_flat = list_to_text (keywords->flat);
  g_autofree char *found_hierarchical = list_to_text (keywords->hierarchical);

  g_assert_cmpstr (found_flat, ==, flat);
  g_assert_cmpstr (found_hierarchical, ==, hierarchical);
}

/* changes the flat list as another program would */
static void
edit_flat (const char *path, const char *remove, const char *add)
{
  g_autoptr (PerseaXmp) xmp = read_xmp (path);
  g_autoptr (PerseaKeywords) keywords = persea_xmp_get_keywords (xmp);
  g_autoptr (GError) error = NULL;

  for (unsigned i = keywords->flat->len; i-- > 0;)
    if (remove && strcmp (keywords->flat->pdata[i], remove) == 0)
      g_ptr_array_remove_index (keywords->flat, i);
  if (add)
    g_ptr_array_add (keywords->flat, g_strdup (add));
  persea_xmp_set_keywords (xmp, keywords, &error);
  g_assert_no_error (error);
  persea_xmp_save_sidecar (xmp, path, &error);
  g_assert_no_error (error);
}

static void
test_new_sidecar (Fixture *fixture, gconstpointer data)
{
  struct stat before, after;
  g_autoptr (PerseaXmp) xmp = NULL;
  g_autoptr (PerseaKeywords) keywords = NULL;
  const PerseaKeywordRecord *record;

  g_assert_cmpint (stat (fixture->picture, &before), ==, 0);
  assert_write (fixture, cat_and_sofa, 2);
  g_assert_cmpuint (fixture->written.added->len, ==, 2);
  g_assert_cmpstr (fixture->written.paths->pdata[0], ==, fixture->sidecar);
  assert_lists (fixture->sidecar, "cat; sofa", "animal|cat; room|sofa");
  g_assert_cmpuint (count_files (fixture), ==, 2);
  g_assert_cmpint (stat (fixture->picture, &after), ==, 0);
  g_assert_cmpint (before.st_mtim.tv_nsec, ==, after.st_mtim.tv_nsec);

  xmp = read_xmp (fixture->sidecar);
  keywords = persea_xmp_get_keywords (xmp);
  g_assert_cmpuint (keywords->records->len, ==, 2);
  record = keywords->records->pdata[0];
  g_assert_cmpstr (record->path, ==, "animal|cat");
  g_assert_cmpfloat_with_epsilon (record->score, 0.91, 0.0005);
  g_assert_cmpstr (record->model, ==, "toy");
  g_assert_cmpstr (record->run, ==, "run-1");

  /* the same again changes nothing */
  assert_write (fixture, cat_and_sofa, 2);
  g_assert_cmpuint (fixture->written.paths->len, ==, 0);

  /* nothing found, nothing made */
  g_unlink (fixture->sidecar);
  assert_write (fixture, NULL, 0);
  g_assert_cmpuint (count_files (fixture), ==, 1);
}

static void
test_dry_run (Fixture *fixture, gconstpointer data)
{
  fixture->options.dry_run = TRUE;
  assert_write (fixture, cat_and_sofa, 2);
  g_assert_cmpuint (fixture->written.added->len, ==, 2);
  g_assert_cmpuint (fixture->written.paths->len, ==, 1);
  g_assert_cmpuint (count_files (fixture), ==, 1);
}

/* Everything foreign stays; the user's own words are neither doubled nor re-cased. */
static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  static const char *const kept[] = {
    "DateTimeOriginal=\"2020:01:02 03:04:05.678\"", "xmp:Rating=\"3\"", "foo:bar=\"baz\"",
    "<foo:q>w</foo:q>", "darktable:xmp_version=\"5\"", "gz02eJxjYGBg==", "00 &amp; &lt;", "filmicrgb",
    ">Hallo<", "Trips|Holiday", "Trips/Holiday", "animal/cat"
  };
  g_autofree char *text = NULL;
  struct stat status;

  g_assert_true (g_file_set_contents (fixture->sidecar, foreign_sidecar, -1, NULL));
  g_chmod (fixture->sidecar, 0640);
  assert_write (fixture, cat_and_sofa, 2);
  g_assert_cmpuint (fixture->written.added->len, ==, 1);
  assert_lists (fixture->sidecar, "Holiday; SOFA; cat", "Trips|Holiday; animal|cat");
  g_assert_cmpint (stat (fixture->sidecar, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0640);
  g_assert_true (g_file_get_contents (fixture->sidecar, &text, NULL, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      g_test_message ("%s", kept[i]);
      g_assert_nonnull (strstr (text, kept[i]));
    }

  g_assert_true (take_back (fixture, "run-1"));
  assert_lists (fixture->sidecar, "Holiday; SOFA", "Trips|Holiday");
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (fixture->sidecar, &text, NULL, NULL));
  g_assert_null (strstr (text, "animal"));
  for (size_t i = 0; i + 1 < G_N_ELEMENTS (kept); i++)
    g_assert_nonnull (strstr (text, kept[i]));
}

static void
test_both_forms (Fixture *fixture, gconstpointer data)
{
  g_assert_true (g_file_set_contents (fixture->stem, foreign_sidecar, -1, NULL));
  assert_write (fixture, cat_and_sofa, 1);
  assert_lists (fixture->stem, "Holiday; SOFA; cat", "Trips|Holiday; animal|cat");
  g_assert_false (g_file_test (fixture->sidecar, G_FILE_TEST_EXISTS));

  g_assert_true (g_file_set_contents (fixture->sidecar, foreign_sidecar, -1, NULL));
  assert_write (fixture, cat_and_sofa, 1);
  assert_lists (fixture->sidecar, "Holiday; SOFA; cat", "Trips|Holiday; animal|cat");

  g_unlink (fixture->stem);
  g_unlink (fixture->sidecar);
  fixture->options.form = PERSEA_SIDECAR_STEM;
  assert_write (fixture, cat_and_sofa, 1);
  g_assert_true (g_file_test (fixture->stem, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (fixture->sidecar, G_FILE_TEST_EXISTS));
}

static void
test_rejected (Fixture *fixture, gconstpointer data)
{
  assert_write (fixture, cat_and_sofa, 2);
  edit_flat (fixture->sidecar, "cat", NULL);
  fixture->options.run = "run-2";
  assert_write (fixture, cat_and_sofa, 2);
  g_assert_cmpuint (fixture->written.rejected->len, ==, 1);
  g_assert_cmpstr (fixture->written.rejected->pdata[0], ==, "animal|cat");
  g_assert_cmpuint (fixture->written.added->len, ==, 0);
  assert_lists (fixture->sidecar, "sofa", "room|sofa");

  /* nor the next time; nor after the run was taken back */
  assert_write (fixture, cat_and_sofa, 2);
  assert_lists (fixture->sidecar, "sofa", "room|sofa");
  g_assert_true (take_back (fixture, "run-1"));
  assert_write (fixture, cat_and_sofa, 1);
  assert_lists (fixture->sidecar, "", "");
}

static void
test_adopted (Fixture *fixture, gconstpointer data)
{
  /* the user wrote our tag anew, in capitals: it is the user's */
  assert_write (fixture, cat_and_sofa, 2);
  edit_flat (fixture->sidecar, "cat", "Cat");
  assert_write (fixture, cat_and_sofa, 2);
  assert_lists (fixture->sidecar, "sofa; Cat", "animal|cat; room|sofa");
  g_assert_true (take_back (fixture, "run-1"));
  assert_lists (fixture->sidecar, "Cat", "animal|cat");
}

static void
test_undo (Fixture *fixture, gconstpointer data)
{
  static const PerseaKeywordTag more[] = { { "animal|cat", 0.95 }, { "light|dusk", 0.7 } };

  assert_write (fixture, cat_and_sofa, 2);
  fixture->options.run = "run-2";
  assert_write (fixture, more, 2);
  g_assert_true (take_back (fixture, "run-1"));
  assert_lists (fixture->sidecar, "dusk", "light|dusk");
  edit_flat (fixture->sidecar, NULL, "mine");
  g_assert_true (take_back (fixture, "run-2"));
  assert_lists (fixture->sidecar, "mine", "");

  /* a sidecar that is ours alone goes altogether */
  g_unlink (fixture->sidecar);
  assert_write (fixture, cat_and_sofa, 2);
  g_assert_true (take_back (fixture, "run-2"));
  g_assert_cmpuint (count_files (fixture), ==, 1);

  /* and a run that did nothing here leaves everything */
  g_assert_true (take_back (fixture, "run-9"));
}

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) deep = g_string_new ("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">");
  const char *texts[] = {
    "", "garbage", "<a/>", "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF", NULL, NULL,
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
    "<rdf:Description xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>x\xff</dc:title>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>",
  };
  g_autofree char *half = g_strndup (foreign_sidecar, sizeof foreign_sidecar / 2);

  for (int i = 0; i < 100000; i++)
    g_string_append (deep, "<a>");
  texts[4] = half;
  texts[5] = deep->str;
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *after = NULL;

      g_assert_true (g_file_set_contents (fixture->sidecar, texts[i], -1, NULL));
      g_assert_false (write_tags (fixture, cat_and_sofa, 2));
      g_test_message ("%s", fixture->error->message);
      g_assert_nonnull (strstr (fixture->error->message, fixture->sidecar));
      g_assert_true (g_file_get_contents (fixture->sidecar, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, texts[i]);
      g_assert_cmpuint (count_files (fixture), ==, 2);
    }
}

static void
test_read_only (Fixture *fixture, gconstpointer data)
{
  if (geteuid () == 0)
    {
      g_test_skip ("root may write anywhere");
      return;
    }
  g_chmod (fixture->folder, 0500);
  g_assert_false (write_tags (fixture, cat_and_sofa, 2));
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_chmod (fixture->folder, 0700);
  g_assert_cmpuint (count_files (fixture), ==, 1);
}

/* A full disk, as a limit of the size of files. */
static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  struct rlimit limit, small;
  g_autofree char *after = NULL;

  g_assert_true (g_file_set_contents (fixture->sidecar, foreign_sidecar, -1, NULL));
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 700;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  write_tags (fixture, cat_and_sofa, 2);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_nonnull (fixture->error);
  g_test_message ("%s", fixture->error->message);
  g_assert_true (g_file_get_contents (fixture->sidecar, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, foreign_sidecar);
  g_assert_cmpuint (count_files (fixture), ==, 2);
}

static void
test_changed_meanwhile (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) places = NULL;
  g_autofree char *after = NULL;

  g_assert_true (g_file_set_contents (fixture->sidecar, foreign_sidecar, -1, NULL));
  places = persea_keyword_places_open (fixture->picture, PERSEA_WRITE_SIDECAR, PERSEA_SIDECAR_FULL, NULL);
  g_assert_cmpuint (places->len, ==, 1);
  g_assert_true (g_file_set_contents (fixture->sidecar, "other", -1, NULL));
  g_ptr_array_add (persea_keyword_place_get_keywords (places->pdata[0])->flat, g_strdup ("cat"));
  g_assert_false (persea_keyword_place_save (places->pdata[0], "r", NULL, &fixture->error));
  g_assert_error (fixture->error, PERSEA_ERROR, PERSEA_ERROR_BUSY);
  g_assert_true (g_file_get_contents (fixture->sidecar, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, "other");
  g_assert_cmpuint (count_files (fixture), ==, 2);
}

static void
test_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->folder, "real", NULL);

  g_assert_true (g_file_set_contents (target, foreign_sidecar, -1, NULL));
  g_assert_cmpint (symlink ("real", fixture->sidecar), ==, 0);
  assert_write (fixture, cat_and_sofa, 1);
  g_assert_true (g_file_test (fixture->sidecar, G_FILE_TEST_IS_SYMLINK));
  assert_lists (target, "Holiday; SOFA; cat", "Trips|Holiday; animal|cat");
}

static void
test_vanished (Fixture *fixture, gconstpointer data)
{
  fixture->options.write = PERSEA_WRITE_EMBED;
  g_unlink (fixture->picture);
  g_assert_false (write_tags (fixture, cat_and_sofa, 1));
  g_assert_nonnull (fixture->error);
}

static void
test_embed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaXmp) xmp = NULL;
  g_autoptr (PerseaKeywords) keywords = NULL;
  g_autofree char *flat = NULL;
  g_autofree char *bad = g_build_filename (fixture->folder, "bad.bmp", NULL);

  fixture->options.write = PERSEA_WRITE_EMBED;
  assert_write (fixture, cat_and_sofa, 2);
  g_assert_cmpuint (count_files (fixture), ==, 1);
  xmp = persea_xmp_open_picture (fixture->picture, &fixture->error);
  g_assert_no_error (fixture->error);
  keywords = persea_xmp_get_keywords (xmp);
  flat = list_to_text (keywords->flat);
  g_assert_cmpstr (flat, ==, "cat; sofa");
  g_assert_cmpuint (keywords->records->len, ==, 2);

  g_assert_true (take_back (fixture, "run-1"));
  g_clear_pointer (&xmp, persea_xmp_free);
  g_clear_pointer (&keywords, persea_keywords_free);
  xmp = persea_xmp_open_picture (fixture->picture, NULL);
  keywords = persea_xmp_get_keywords (xmp);
  g_assert_true (persea_keywords_is_empty (keywords));

  /* not a picture */
  g_assert_true (g_file_set_contents (fixture->picture, "BM nonsense", -1, NULL));
  g_assert_false (write_tags (fixture, cat_and_sofa, 2));
  g_assert_error (fixture->error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
}

static void
test_xattr (Fixture *fixture, gconstpointer data)
{
  char value[256];
  ssize_t size;

  if (setxattr (fixture->picture, "user.xdg.tags", "Mine, sofa", 10, 0) != 0)
    {
      g_test_skip ("this file system has no extended attributes");
      return;
    }
  fixture->options.write = PERSEA_WRITE_XATTR;
  assert_write (fixture, cat_and_sofa, 2);
  size = getxattr (fixture->picture, "user.xdg.tags", value, sizeof value - 1);
  value[MAX (size, 0)] = '\0';
  g_assert_cmpstr (value, ==, "Mine,sofa,cat");

  g_assert_cmpint (setxattr (fixture->picture, "user.xdg.tags", "Mine", 4, 0), ==, 0);
  assert_write (fixture, cat_and_sofa, 1);
  size = getxattr (fixture->picture, "user.xdg.tags", value, sizeof value - 1);
  value[MAX (size, 0)] = '\0';
  g_assert_cmpstr (value, ==, "Mine");
}

static void
test_library (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "library.db", NULL);
  g_autoptr (PerseaLibrary) library = persea_library_open (path, PERSEA_LIBRARY_NONE, NULL, &fixture->error);
  g_autoptr (GArray) files = NULL;
  g_autoptr (GHashTable) rejected = NULL;
  const PerseaRun run = {
    .name = "run-1", .program = "test", .model = "toy", .model_identity = "0", .vocabulary = "v",
    .vocabulary_identity = "0", .options = "{}",
  };

  g_assert_no_error (fixture->error);
  fixture->options.library = library;
  g_assert_true (persea_library_add_run (library, &run, &fixture->options.run_id, &fixture->error));
  assert_write (fixture, cat_and_sofa, 2);
  g_assert_true (persea_library_get_run_files (library, fixture->options.run_id, &files, &fixture->error));
  g_assert_cmpuint (files->len, ==, 1);

  /* the sidecar is lost, the library remembers what was rejected */
  edit_flat (fixture->sidecar, "cat", NULL);
  assert_write (fixture, cat_and_sofa, 2);
  g_unlink (fixture->sidecar);
  assert_write (fixture, cat_and_sofa, 2);
  assert_lists (fixture->sidecar, "sofa", "room|sofa");
  g_assert_true (persea_library_get_rejected (library, g_array_index (files, int64_t, 0), &rejected,
                                              &fixture->error));
  g_assert_true (g_hash_table_contains (rejected, "animal|cat"));
}

#define ADD(name, function) \
  g_test_add ("/tag-writer/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

/* The file holds another picture now: ours go, yours stay, and what you took away stays away. */
static void
test_replaced (Fixture *fixture, gconstpointer data)
{
  static const PerseaKeywordTag dog_and_sofa[] = { { "animal|dog", 0.8 }, { "room|sofa", 0.7 } };

  assert_write (fixture, cat_and_sofa, 2);
  edit_flat (fixture->sidecar, "sofa", "Mine");
  fixture->options.run = "run-2";
  fixture->options.replaced = TRUE;
  assert_write (fixture, dog_and_sofa, 2);
  assert_lists (fixture->sidecar, "Mine; dog", "animal|dog");
  g_assert_cmpuint (fixture->written.removed->len, ==, 1);
  g_assert_cmpstr (fixture->written.removed->pdata[0], ==, "animal|cat");
  g_assert_cmpuint (fixture->written.added->len, ==, 1);
}

int
main (int argc, char **argv)
{
  const PerseaDecoderPoolOptions options = {
    .program = g_getenv ("PERSEA_TEST_DECODERS"), .mode = PERSEA_DECODER_FILES, .n_processes = 1,
  };
  g_autoptr (PerseaDecoderPool) decoders = NULL;
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  /* once more, read and written in another process */
  if (options.program != NULL)
    {
      decoders = persea_decoder_pool_new (&options);
      persea_xmp_set_decoders (decoders);
    }
  if (!persea_xmp_init (&error))
    g_error ("%s", error->message);
  ADD ("new-sidecar", test_new_sidecar);
  ADD ("replaced", test_replaced);
  ADD ("dry-run", test_dry_run);
  ADD ("foreign", test_foreign);
  ADD ("both-forms", test_both_forms);
  ADD ("rejected", test_rejected);
  ADD ("adopted", test_adopted);
  ADD ("undo", test_undo);
  ADD ("damaged", test_damaged);
  ADD ("read-only", test_read_only);
  ADD ("full-disk", test_full_disk);
  ADD ("changed-meanwhile", test_changed_meanwhile);
  ADD ("link", test_link);
  ADD ("vanished", test_vanished);
  ADD ("embed", test_embed);
  ADD ("sweep", test_sweep);
  ADD ("xattr", test_xattr);
  ADD ("library", test_library);
  return g_test_run ();
}
