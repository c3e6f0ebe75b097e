/* orchard-main.c - persea-orchard, the program that draws the Orchard
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-output.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>

typedef struct
{
  char    *split, *folder, *samples, *sheet, *contact;
  gint64   first, count;
  int      size, quiz, near;
  gboolean stream, pairs, wishes, aligned, masks, list;
} Options;

static gboolean
parse_range (const Options *options, OrchardRange *range, GError **error)
{
  int split = 0;

  while (split < ORCHARD_N_SPLITS && strcmp (options->split, orchard_split_name (split)) != 0)
    split++;
  if (split == ORCHARD_N_SPLITS)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--split: expected train, test or heldout, found %s", options->split);
  else if (options->size < ORCHARD_MIN_SIZE || options->size > ORCHARD_MAX_SIZE)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--size: expected %d to %d pixels, found %d", ORCHARD_MIN_SIZE, ORCHARD_MAX_SIZE,
                 options->size);
  else if (options->first < 0 || options->count < 1)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--first must not be negative, --count must be at least 1");
  else if (options->quiz != 0 && (options->quiz < 2 || options->quiz > 1000))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--quiz: expected 2 to 1000 captions, found %d", options->quiz);
  else if (options->near < 0 || (options->quiz != 0 && options->near >= options->quiz))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--near: expected less than --quiz, found %d", options->near);
  else if (options->contact != NULL && options->count > 400)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--contact: at most 400 pictures, found %" G_GINT64_FORMAT, options->count);
  else
    {
      *range = (OrchardRange) { split, options->first, options->count, options->size,
                                options->pairs, options->wishes, options->aligned };
      return TRUE;
    }
  return FALSE;
}

static gboolean
run (const Options *options, GError **error)
{
  OrchardRange range;

  if (!parse_range (options, &range, error))
    return FALSE;
  if (options->list)
    orchard_output_list ();
  if (options->quiz > 0)
    orchard_output_quiz (&range, options->quiz, options->near);
  if (options->sheet != NULL && !orchard_output_sheet (options->sheet, range.size, error))
    return FALSE;
  if (options->contact != NULL && !orchard_output_contact (&range, 10, options->contact, error))
    return FALSE;
  if (options->folder != NULL
      && !orchard_output_folder (&range, options->folder, options->masks, error))
    return FALSE;
  if (options->samples != NULL && !orchard_output_samples (options->samples, range.size, error))
    return FALSE;
  return !options->stream || orchard_output_stream (&range, error);
}

int
main (int argc, char **argv)
{
  Options options = { .split = g_strdup ("test"), .count = 1, .size = 128 };
  const GOptionEntry entries[] = {
    { "split", 0, 0, G_OPTION_ARG_STRING, &options.split,
      "Which scenes: train, test (default) or heldout", "SPLIT" },
    { "first", 0, 0, G_OPTION_ARG_INT64, &options.first, "First scene (default 0)", "INDEX" },
    { "count", 'n', 0, G_OPTION_ARG_INT64, &options.count, "How many (default 1)", "N" },
    { "size", 0, 0, G_OPTION_ARG_INT, &options.size, "Side in pixels (default 128)", "PIXELS" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.folder,
      "Write PNG files and captions.jsonl", "FOLDER" },
    { "masks", 0, 0, G_OPTION_ARG_NONE, &options.masks, "With --output: the things' masks", NULL },
    { "samples", 0, 0, G_OPTION_ARG_FILENAME, &options.samples,
      "Write Persea's sample pictures and captions.jsonl", "FOLDER" },
    { "sheet", 0, 0, G_OPTION_ARG_FILENAME, &options.sheet,
      "Write a picture of every thing with every look", "FILE" },
    { "contact", 0, 0, G_OPTION_ARG_FILENAME, &options.contact,
      "Write the scenes into one picture", "FILE" },
    { "stream", 0, 0, G_OPTION_ARG_NONE, &options.stream,
      "Write raw records for training (orchard-output.h)", NULL },
    { "pairs", 0, 0, G_OPTION_ARG_NONE, &options.pairs,
      "With --stream: pass over most scenes with one thing", NULL },
    { "wishes", 0, 0, G_OPTION_ARG_NONE, &options.wishes,
      "With --stream: masks, and captions as somebody asks for a picture", NULL },
    { "aligned", 0, 0, G_OPTION_ARG_NONE, &options.aligned,
      "With --stream: things upright, in three sizes, on a grid of 16 of 256 pixels", NULL },
    { "quiz", 0, 0, G_OPTION_ARG_INT, &options.quiz,
      "Print N captions for each scene, the first one right", "N" },
    { "near", 0, 0, G_OPTION_ARG_INT, &options.near,
      "With --quiz: so many of them near misses", "N" },
    { "list", 0, 0, G_OPTION_ARG_NONE, &options.list, "Print all things, looks and grounds", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  signal (SIGPIPE, SIG_IGN);
  g_option_context_set_summary (context, "Draws pictures of the Orchard, and describes them.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !run (&options, &error))
    {
      g_printerr ("persea-orchard: %s\n", error->message);
      return error->domain == G_OPTION_ERROR ? 2 : 1;
    }
  g_free (options.split);
  g_free (options.folder);
  g_free (options.samples);
  g_free (options.sheet);
  g_free (options.contact);
  return 0;
}
