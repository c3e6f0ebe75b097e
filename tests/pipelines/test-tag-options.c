/* test-tag-options.c - options from text, and what is refused
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-tag-options.h"

#include "persea-error.h"

static void
test_set (void)
{
  static const char *const pairs[][2] = {
    { "vocabulary", "/v/trees.txt" }, { "tags", " cat , animal|dog,," }, { "top", "3" },
    { "threshold", "0.25" },          { "write", "sidecar" },            { "root-tag", "auto|st" },
    { "language", "ja" },             { "top", "" },                     { "sidecar", "stem" },
  };
  g_auto (PerseaTagOptions) options;
  g_auto (PerseaTagOptions) copy;
  g_autofree char *json = NULL;
  g_autofree char *defaults = NULL;

  persea_tag_options_init (&options);
  defaults = persea_tag_options_to_json (&options);
  g_assert_cmpstr (defaults, ==, "{\"top\":0,\"write\":\"none\"}");
  for (size_t i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (GError) error = NULL;

      persea_tag_options_set (&options, pairs[i][0], pairs[i][1], &error);
      g_assert_no_error (error);
    }
  persea_tag_options_copy (&copy, &options);
  g_assert_cmpstr (copy.vocabulary, ==, "/v/trees.txt");
  g_assert_cmpuint (g_strv_length (copy.tags), ==, 2);
  g_assert_cmpstr (copy.tags[1], ==, "animal|dog");
  g_assert_cmpuint (copy.top, ==, 3);
  json = persea_tag_options_to_json (&copy);
  g_assert_cmpstr (json, ==,
                   "{\"language\":\"ja\",\"root-tag\":\"auto|st\",\"sidecar\":\"stem\",\"tags\":[\"cat\",\"animal|dog\"],"
                   "\"threshold\":0.25,\"top\":3,\"write\":\"sidecar\"}");
}

static void
test_refused (void)
{
  static const char *const pairs[][2] = {
    { "top", "-1" },          { "top", "1001" },        { "top", "many" },
    { "threshold", "1.5" },   { "threshold", "nan" },   { "threshold", "0,5" },
    { "threshold", "-0.1" },  { "write", "Sidecar" },   { "root-tag", "a,b" },
    { "root-tag", "a||b" },   { "root-tag", "|" },      { "root-tag", "a/b" },
    { "sidecar", "IMG" },
    { "language", "../../x" }, { "vocabulary", "\xff" }, { "threshold", "0.5 x" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_auto (PerseaTagOptions) options;
      g_autoptr (GError) error = NULL;

      persea_tag_options_init (&options);
      g_assert_false (persea_tag_options_set (&options, pairs[i][0], pairs[i][1], &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, pairs[i][0]));
    }
}

static void
test_unknown (void)
{
  g_auto (PerseaTagOptions) options;
  g_autoptr (GError) error = NULL;

  persea_tag_options_init (&options);
  g_assert_false (persea_tag_options_set (&options, "treshold", "", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "treshold"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tag-options/set", test_set);
  g_test_add_func ("/tag-options/refused", test_refused);
  g_test_add_func ("/tag-options/unknown", test_unknown);
  return g_test_run ();
}
