/* test-ignore-file.c - what .perseaignore leaves alone
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-ignore-file.h"

#include <string.h>

#include <glib/gstdio.h>

static void
test_patterns (void)
{
  static const struct
  {
    const char *pattern;
    const char *text;
    gboolean    fits;
  } cases[] = {
    { "a.jpg", "a.jpg", TRUE },    { "a.jpg", "b.jpg", FALSE },     { "*", "", TRUE },
    { "*.jpg", "x.jpg", TRUE },    { "*.jpg", ".jpg", TRUE },       { "*.jpg", "x.jpeg", FALSE },
    { "a*b*c", "a1b2c", TRUE },    { "a*b*c", "abcb", FALSE },      { "?", "ü", TRUE },
    { "??", "ü", FALSE },          { "x/*", "x/a", TRUE },          { "x/*", "x/a/b", FALSE },
    { "x?y", "x/y", FALSE },       { "*/y", "x/y", TRUE },          { "", "", TRUE },
    { "", "a", FALSE },            { "*a*", "bbab", TRUE },         { "[a]", "[a]", TRUE },
    { "\xff*", "\xff\xfe", TRUE }, { "a?", "a\xc3\xbc", TRUE },     { "a*?", "a", FALSE },
  };
  g_autofree char *stars = g_strnfill (2000, '*');
  g_autofree char *letters = g_strnfill (20000, 'a');

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s %s", cases[i].pattern, cases[i].text);
      g_assert_true (persea_ignore_pattern_fits (cases[i].pattern, cases[i].text) == cases[i].fits);
    }
  for (unsigned i = 1; i < 2000; i += 2)
    stars[i] = 'a';
  stars[1999] = 'b';
  g_assert_false (persea_ignore_pattern_fits (stars, letters));
}

static void
write_file (const char *folder, const char *text)
{
  g_autofree char *path = g_build_filename (folder, PERSEA_IGNORE_FILE_NAME, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static gboolean
covers (PerseaIgnoreFiles *files, const char *folder, const char *name, gboolean is_folder)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return persea_ignore_files_cover (files, path, is_folder);
}

static void
test_files (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *root = g_dir_make_tmp ("persea-ignore-XXXXXX", &error);
  g_autofree char *below = g_build_filename (root, "below", NULL);
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", root);
  g_autofree char *blanks = g_strnfill (100 * 1024, '\n');
  g_autofree char *with_slash = g_strconcat (root, "/", NULL);
  g_autoptr (PerseaIgnoreFiles) files = persea_ignore_files_new (with_slash);

  g_assert_no_error (error);
  g_mkdir (below, 0700);
  persea_ignore_files_read (files, root);
  g_assert_false (covers (files, root, "a.png", FALSE));

  write_file (root, "# a comment\n\n*.png\r\n!keep.png\nraw/\n/top.jpg\nbelow/x*\n");
  write_file (below, "!b.png\nkeep.png\n");
  persea_ignore_files_read (files, with_slash);
  persea_ignore_files_read (files, below);
  g_assert_true (covers (files, root, "a.png", FALSE));
  g_assert_false (covers (files, root, "a.jpg", FALSE));
  g_assert_false (covers (files, root, "keep.png", FALSE));
  g_assert_false (covers (files, root, "raw", FALSE));
  g_assert_true (covers (files, root, "raw", TRUE));
  g_assert_true (covers (files, root, "top.jpg", FALSE));
  g_assert_true (covers (files, below, "a.png", FALSE));
  g_assert_false (covers (files, below, "b.png", FALSE));
  g_assert_true (covers (files, below, "keep.png", FALSE));
  g_assert_false (covers (files, below, "top.jpg", FALSE));
  g_assert_true (covers (files, below, "x1.jpg", FALSE));
  g_assert_true (covers (files, below, "raw", TRUE));

  /* nobody can read what it says, so nothing is touched */
  write_file (below, blanks);
  persea_ignore_files_read (files, below);
  g_assert_true (covers (files, below, "b.png", FALSE));
  g_assert_true (covers (files, below, "a.jpg", FALSE));
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  persea_ignore_files_read (files, below);
  g_assert_false (covers (files, below, "a.jpg", FALSE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ignore-file/patterns", test_patterns);
  g_test_add_func ("/ignore-file/files", test_files);
  return g_test_run ();
}
