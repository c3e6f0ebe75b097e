/* test-settings-edit.c - watched folders are added and removed; the rest of the file stays
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-settings-edit.h"

#include "persea-error.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static const char text[] = "# mine\n"
                           "[persea]\n"
                           "model = x   \r\n"
                           "nonsense\n"
                           "\n"
                           "# the photos\n"
                           "[watch photos]\n"
                           "folder=/photos\n"
                           "#top=5\n"
                           "threshold=0.5\n"
                           "\n"
                           "# the others\n"
                           "[ watch  others ]\n"
                           "folder=/others";

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-edit-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "persea.conf", NULL);
  g_assert_true (g_file_set_contents (fixture->path, text, -1, NULL));
  g_assert_cmpint (g_chmod (fixture->path, 0640), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
assert_text (Fixture *fixture, const char *expected)
{
  g_autofree char *found = NULL;
  struct stat status;
  unsigned n = 0;
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);

  g_assert_true (g_file_get_contents (fixture->path, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpint (stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0640);
  while (g_dir_read_name (dir) != NULL)
    n++;
  g_assert_cmpuint (n, ==, 1);
}

static void
test_add (Fixture *fixture, gconstpointer data)
{
  static const char *const pairs[] = { "top=3", "root-tag = auto", NULL };
  g_autofree char *expected = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autoptr (GError) error = NULL;

  persea_settings_edit_add (fixture->path, NULL, "/a/photos", pairs, &first, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (first, ==, "photos 2");
  persea_settings_edit_add (fixture->path, "my own", "/b", NULL, &second, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (second, ==, "my own");
  expected = g_strconcat (text, "\n\n[watch photos 2]\nfolder=/a/photos\ntop=3\nroot-tag = auto\n",
                          "\n[watch my own]\nfolder=/b\n", NULL);
  assert_text (fixture, expected);
}

static void
test_new_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "new/deep/persea.conf", NULL);
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  persea_settings_edit_add (path, NULL, "/a/b", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, "[watch b]\nfolder=/a/b\n");
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    const char *folder;
    const char *pair;
  } cases[] = {
    { "photos", "/x", NULL },       { "x", "/photos", NULL },    { "x", "relative", NULL },
    { "x", "/", NULL },             { "x\n[persea]", "/x", NULL }, { "x", "/x\ntop=3", NULL },
    { "x]", "/x", "top=3]" },       { "x", "/x ", NULL },        { "", "/x", NULL },
    { "x", "/x", "top=many" },      { "x", "/x", "topp=3" },     { "x", "/x", "folder=/y" },
    { "x", "/x", "[watch y]" },     { "x", "/x", "# top=3" },    { "x", "/x", "top" },
    { "x", "/x", "top=3\nwrite=embed" }, { "x", "/\xff", NULL }, { "x", "/x", "count=3" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const pairs[] = { cases[i].pair, NULL };
      g_autoptr (GError) error = NULL;

      g_assert_false (persea_settings_edit_add (fixture->path, cases[i].name, cases[i].folder, pairs,
                                                NULL, &error));
      g_test_message ("%" G_GSIZE_FORMAT ": %s", i, error->message);
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
      assert_text (fixture, text);
    }
}

static void
test_remove (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  persea_settings_edit_remove (fixture->path, "photos", &error);
  g_assert_no_error (error);
  assert_text (fixture, "# mine\n[persea]\nmodel = x   \r\nnonsense\n\n# the photos\n#top=5\n\n"
                        "# the others\n[ watch  others ]\nfolder=/others");
  persea_settings_edit_remove (fixture->path, "others", &error);
  g_assert_no_error (error);
  assert_text (fixture, "# mine\n[persea]\nmodel = x   \r\nnonsense\n\n# the photos\n#top=5\n\n"
                        "# the others");
  g_assert_false (persea_settings_edit_remove (fixture->path, "others", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
}

/* What was added is gone without a trace. */
static void
test_add_and_remove (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected = g_strconcat (text, "\n", NULL);
  g_autoptr (GError) error = NULL;

  persea_settings_edit_add (fixture->path, "a", "/a", NULL, NULL, &error);
  g_assert_no_error (error);
  persea_settings_edit_add (fixture->path, "b", "/b", NULL, NULL, &error);
  g_assert_no_error (error);
  persea_settings_edit_remove (fixture->path, "a", &error);
  g_assert_no_error (error);
  persea_settings_edit_remove (fixture->path, "b", &error);
  g_assert_no_error (error);
  assert_text (fixture, expected);
}

static void
test_set (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  persea_settings_edit_set (fixture->path, "photos", "paused", "true", &error);
  g_assert_no_error (error);
  persea_settings_edit_set (fixture->path, "photos", "threshold", "0.7", &error);
  g_assert_no_error (error);
  persea_settings_edit_set (fixture->path, "others", "paused", "yes", &error);
  g_assert_no_error (error);
  assert_text (fixture, "# mine\n[persea]\nmodel = x   \r\nnonsense\n\n# the photos\n[watch photos]\n"
                        "folder=/photos\n#top=5\npaused=true\nthreshold=0.7\n\n# the others\n"
                        "[ watch  others ]\nfolder=/others\npaused=yes");
  persea_settings_edit_set (fixture->path, "photos", "paused", NULL, &error);
  g_assert_no_error (error);
  g_assert_false (persea_settings_edit_set (fixture->path, "photos", "top", "many", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (persea_settings_edit_set (fixture->path, "x", "top", "3", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
}

/* A link stays one. */
static void
test_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->folder, "sub/link.conf", NULL);
  g_autofree char *folder = g_path_get_dirname (link);
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (symlink ("../persea.conf", link), ==, 0);
  persea_settings_edit_remove (link, "others", &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_get_contents (fixture->path, &found, NULL, NULL));
  g_assert_true (g_str_has_suffix (found, "# the others"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/settings-edit/add", test_add);
  ADD ("/settings-edit/new-file", test_new_file);
  ADD ("/settings-edit/refused", test_refused);
  ADD ("/settings-edit/remove", test_remove);
  ADD ("/settings-edit/add-and-remove", test_add_and_remove);
  ADD ("/settings-edit/set", test_set);
  ADD ("/settings-edit/link", test_link);
#undef ADD
  return g_test_run ();
}
