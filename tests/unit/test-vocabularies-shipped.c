/* test-vocabularies-shipped.c - the vocabularies that come with Persea
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-vocabulary.h"

#include <string.h>

static PerseaVocabulary *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "vocabularies", name, NULL);
  g_autoptr (GError) error = NULL;
  PerseaVocabulary *vocabulary = persea_vocabulary_load (path, &error);

  g_assert_no_error (error);
  return vocabulary;
}

/* Every tag has a Japanese name of its own, and no two tags have one keyword. */
static unsigned
check (PerseaVocabulary *vocabulary)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) japanese = g_hash_table_new (g_str_hash, g_str_equal);
  unsigned n = 0;

  for (unsigned i = 0; i < persea_vocabulary_get_n_tags (vocabulary); i++)
    {
      const PerseaVocabularyTag *tag = persea_vocabulary_get_tag (vocabulary, i);
      const char *name = persea_vocabulary_get_translated_name (vocabulary, i, "ja");

      n += !tag->heading;
      g_test_message ("%s: %s", tag->path, name);
      g_assert_cmpuint (tag->line, >, 0);
      g_assert_cmpstr (name, !=, tag->name);
      g_assert_true (g_hash_table_add (japanese, (char *) name));
      g_assert_true (g_hash_table_add (names, g_utf8_casefold (tag->name, -1)));
    }
  return n;
}

static void
test_default (void)
{
  g_autoptr (PerseaVocabulary) vocabulary = load ("default.txt");

  g_assert_cmpuint (check (vocabulary), >=, 700);
}

static void
test_orchard (void)
{
  g_autoptr (PerseaVocabulary) vocabulary = load ("orchard.txt");

  g_assert_cmpuint (check (vocabulary), >=, 16 + 12 + 6);
  g_assert_true (persea_vocabulary_find (vocabulary, "ground")->choose == 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vocabularies-shipped/default", test_default);
  g_test_add_func ("/vocabularies-shipped/orchard", test_orchard);
  return g_test_run ();
}
