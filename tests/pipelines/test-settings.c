/* test-settings.c - persea.conf: what is understood, and what is said of errors
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-settings.h"

#include <string.h>

#include <glib/gstdio.h>

static PerseaSettings *
load_bytes (const char *text, gssize length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("persea-settings-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "persea.conf", NULL);
  PerseaSettings *settings;

  g_assert_no_error (error);
  g_file_set_contents (path, text, length, &error);
  g_assert_no_error (error);
  settings = persea_settings_load (path);
  g_unlink (path);
  g_rmdir (folder);
  return settings;
}

static PerseaSettings *
load (const char *text)
{
  return load_bytes (text, -1);
}

static void
test_full (void)
{
  g_autofree char *home = g_build_filename (g_get_home_dir (), "Pictures/New", NULL);
  g_autoptr (PerseaSettings) settings = load (
    "# comment\n[persea]\n model = ViT-B-32 \ndrawing-model=mega\ndevice=\nprecision=bf16\ndrop-after=5\r\n"
    "leave-after=7\npicture-seconds=9\npicture-memory=512\n\n[watch photos and more]\nfolder=~/Pictures//x/../New\nrecursive=no\n"
    "mode=tag\ntags=cat, dog\ntop=3\nthreshold=0.25\nwrite=embed\nroot-tag=auto\nlanguage=ja\n"
    "[watch b]\nfolder = /b\nvocabulary=sub/v.txt\n"
    "[watch c]\ncount=4\nfolder=/c\nmode=generate\nmodel=./mini\ncandidates=8\nguidance=2.5\n");
  const PerseaWatchSettings *watch;

  g_assert_cmpuint (settings->errors->len, ==, 0);
  g_assert_cmpstr (settings->model, ==, "ViT-B-32");
  g_assert_cmpuint (settings->picture_seconds, ==, 9);
  g_assert_cmpuint (settings->picture_memory, ==, 512);
  g_assert_cmpstr (settings->drawing_model, ==, "mega");
  g_assert_null (settings->device);
  g_assert_cmpint (settings->precision, ==, PERSEA_PRECISION_BF16);
  g_assert_cmpuint (settings->drop_after, ==, 5);
  g_assert_cmpuint (settings->leave_after, ==, 7);

  g_assert_cmpuint (settings->watches->len, ==, 3);
  watch = g_ptr_array_index (settings->watches, 0);
  g_assert_cmpint (watch->mode, ==, PERSEA_WATCH_TAG);
  g_assert_cmpstr (watch->name, ==, "photos and more");
  g_assert_cmpstr (watch->folder, ==, home);
  g_assert_false (watch->recursive);
  g_assert_cmpuint (g_strv_length (watch->tag.tags), ==, 2);
  g_assert_cmpuint (watch->tag.top, ==, 3);
  g_assert_cmpfloat (watch->tag.threshold, ==, 0.25);
  g_assert_cmpint (watch->tag.write, ==, PERSEA_WRITE_EMBED);
  g_assert_cmpstr (watch->tag.root_tag, ==, "auto");
  g_assert_cmpstr (watch->tag.language, ==, "ja");

  watch = g_ptr_array_index (settings->watches, 1);
  g_assert_true (watch->recursive);
  g_assert_cmpint (watch->tag.write, ==, PERSEA_WRITE_SIDECAR);
  g_assert_cmpfloat (watch->tag.threshold, <, 0);
  g_assert_true (g_path_is_absolute (watch->tag.vocabulary));
  g_assert_true (g_str_has_suffix (watch->tag.vocabulary, "/sub/v.txt"));

  watch = g_ptr_array_index (settings->watches, 2);
  g_assert_cmpint (watch->mode, ==, PERSEA_WATCH_GENERATE);
  g_assert_true (g_path_is_absolute (watch->prompt.model));
  g_assert_cmpuint (watch->prompt.count, ==, 4);
  g_assert_cmpuint (watch->prompt.candidates, ==, 8);
  g_assert_cmpfloat (watch->prompt.guidance, ==, 2.5);
  g_assert_cmpfloat (watch->prompt.temperature, <, 0);
  g_assert_false (watch->prompt.has_seed);
}

/* A group that was right and is not any more stays as it was; a new one that is wrong is left out. */
static void
test_keep (void)
{
  g_autoptr (PerseaSettings) before = load ("[watch a]\nfolder=/a\ntop=3\nroot-tag=auto\n"
                                            "[watch b]\nfolder=/b\n[watch c]\nfolder=/c\n");
  g_autoptr (PerseaSettings) settings = load ("[watch a]\nfolder=/a\ntop=many\n[watch b]\n"
                                              "folder=/b\npaused=yes\n[watch n]\nfolder=n\n"
                                              "[watch c]\nfolder=/b\n");
  const PerseaWatchSettings *watch;

  g_assert_cmpuint (settings->broken->len, ==, 3);
  g_assert_cmpuint (settings->watches->len, ==, 1);
  persea_settings_keep (settings, before);
  g_assert_cmpuint (settings->errors->len, ==, 3);
  g_assert_cmpuint (settings->watches->len, ==, 3);
  watch = persea_settings_find_watch (settings, "a");
  g_assert_cmpuint (watch->tag.top, ==, 3);
  g_assert_cmpstr (watch->tag.root_tag, ==, "auto");
  g_assert_nonnull (strstr (watch->error, "persea.conf:3: "));
  watch = persea_settings_find_watch (settings, "b");
  g_assert_true (watch->paused);
  g_assert_null (watch->error);
  g_assert_nonnull (persea_settings_find_watch (settings, "c"));
  g_assert_cmpuint (settings->broken->len, ==, 1);
  watch = g_ptr_array_index (settings->broken, 0);
  g_assert_cmpstr (watch->name, ==, "n");
  g_assert_nonnull (strstr (watch->error, "persea.conf:8: "));
}

static void
test_none (void)
{
  g_autoptr (PerseaSettings) settings = persea_settings_load ("/nowhere/at/all/persea.conf");

  g_assert_cmpuint (settings->errors->len, ==, 0);
  g_assert_cmpuint (settings->watches->len, ==, 0);
}

/* What is wrong, at which line, and how many watches are left. */
static const struct
{
  const char *text;
  unsigned    line;
  const char *message;
  unsigned    n_watches;
} mistakes[] = {
  { "model=x\nrubbish\n[watch a]\nfolder=/a", 2, "KEY=VALUE", 1 },
  { "[watch a]\nfolder=/a\nrubbish\n[watch b]\nfolder=/b", 3, "rubbish", 1 },
  { "[watch a\nfolder=/a\n[watch b]\nfolder=/b", 1, "[watch a", 1 },
  { "[watch a]\nfolder=/a\nthreshold=2\n[watch b]\nfolder=/b", 3, "threshold", 1 },
  { "[watch a]\nfolder=/a\ntreshold=0.2", 3, "treshold", 0 },
  { "[watch a]\nfolder=/a\nmode=generate\ncount=0", 4, "count", 0 },
  { "[watch a]\nfolder=/a\nmode=generate\ncount=1.5", 4, "1.5", 0 },
  { "[watch a]\nfolder=/a\nmode=generate\ncount=5\ncandidates=4", 1, "at least 5", 0 },
  { "[watch a]\nfolder=/a\ntags=cat\nmode=generate", 3, "mode=tag", 0 },
  { "[watch a]\nfolder=/a\nseed=1", 3, "mode=generate", 0 },
  { "[watch a]\nfolder=/a\nmode=generate\nseed=-1", 4, "seed", 0 },
  { "[watch a]\nfolder=/a\nmode=dance", 3, "dance", 0 },
  { "[watch a]\nfolder=/a\nrecursive=maybe", 3, "maybe", 0 },
  { "[watch a]\nfolder=/a\nwrite=somewhere", 3, "somewhere", 0 },
  { "[watch a]\nfolder=pictures", 2, "pictures", 0 },
  { "[watch a]\nfolder=/", 2, "file system", 0 },
  { "[watch a]\nfolder=/x/..", 2, "file system", 0 },
  { "[watch a]\nfolder=/sys", 2, "file system", 0 },
  { "[watch a]\nfolder=/proc/self/", 2, "file system", 0 },
  { "\n[watch a]\nwrite=none\n", 2, "folder is missing", 0 },
  { "[watch a]\nfolder=/a\nfolder=/b", 3, "twice", 0 },
  { "[watch a]\nfolder=/a\n[watch a]\nfolder=/b", 3, "twice", 1 },
  { "[watch a]\nfolder=/a\n[watch b]\nfolder=/x/../a", 3, "[watch a]", 1 },
  { "[watch ]\nfolder=/a", 1, "[watch NAME]", 0 },
  { "[other]\nfolder=/a\n[watch b]\nfolder=/b", 1, "[other]", 1 },
  { "[persea]\nmodell=x\n[watch b]\nfolder=/b", 2, "modell", 1 },
  { "[persea]\nprecision=f8\n[watch b]\nfolder=/b", 2, "f8", 1 },
  { "[persea]\ndrop-after=0\n[watch b]\nfolder=/b", 2, "drop-after", 1 },
  { "[watch a]\nfolder=/\xff\n[watch b]\nfolder=/b", 2, "UTF-8", 1 },
};

static void
test_mistakes (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (PerseaSettings) settings = load (mistakes[i].text);
      g_autofree char *place = g_strdup_printf ("persea.conf:%u: ", mistakes[i].line);
      const char *error;

      g_test_message ("%s", mistakes[i].text);
      g_assert_cmpuint (settings->errors->len, ==, 1);
      error = g_ptr_array_index (settings->errors, 0);
      g_test_message ("%s", error);
      g_assert_nonnull (strstr (error, place));
      g_assert_nonnull (strstr (error, mistakes[i].message));
      g_assert_cmpuint (settings->watches->len, ==, mistakes[i].n_watches);
    }
}

static void
test_no_text (void)
{
  g_autoptr (PerseaSettings) binary = load_bytes ("[persea]\nmodel=a\0b", 18);
  g_autofree char *blanks = g_strnfill (2 * 1024 * 1024, ' ');
  g_autoptr (PerseaSettings) huge = load (blanks);
  g_autoptr (PerseaSettings) folder = persea_settings_load ("/");

  g_assert_cmpuint (binary->errors->len, ==, 1);
  g_assert_null (binary->model);
  g_assert_cmpuint (huge->errors->len, ==, 1);
  g_assert_cmpuint (folder->errors->len, ==, 1);
}

/* Every line of the example is right when it is no comment. */
static void
test_example (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "../../data/persea.conf.example",
                                                 NULL);
  g_autofree char *text = NULL;
  g_autoptr (GString) uncommented = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaSettings) as_it_is = persea_settings_load (path);
  g_autoptr (PerseaSettings) settings = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_cmpuint (as_it_is->errors->len, ==, 0);
  g_assert_cmpuint (as_it_is->watches->len, ==, 0);
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (size_t i = 0; lines[i] != NULL; i++)
    {
      const char *line = lines[i];

      if (line[0] == '#' && line[1] != ' ' && line[1] != '\0')
        line++;
      g_string_append_printf (uncommented, "%s\n", line);
    }
  settings = load (uncommented->str);
  for (unsigned i = 0; i < settings->errors->len; i++)
    g_test_message ("%s", (const char *) g_ptr_array_index (settings->errors, i));
  g_assert_cmpuint (settings->errors->len, ==, 0);
  g_assert_cmpuint (settings->watches->len, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/full", test_full);
  g_test_add_func ("/settings/keep", test_keep);
  g_test_add_func ("/settings/none", test_none);
  g_test_add_func ("/settings/mistakes", test_mistakes);
  g_test_add_func ("/settings/no-text", test_no_text);
  g_test_add_func ("/settings/example", test_example);
  return g_test_run ();
}
