/* persea-prompt-file.h - files that say what is to be drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a watched folder that draws takes, in two kinds:
 *
 * NAME.txt: one prompt a line.  Empty lines, and those that begin with #, do not count.
 *
 * NAME.persea: lines KEY=VALUE, for a prompt with options of its own (persea-prompt-options.h;
 * the prompt's key is "prompt"), [GROUP] lines, comments that begin with #.  Each group is one
 * prompt.  Keys before the first group are one prompt if "prompt" is among them, and the defaults
 * of the groups otherwise.
 *
 * What is wrong with a prompt is kept with it, and the others are drawn.
 */
#pragma once

#include "persea-prompt-options.h"

G_BEGIN_DECLS

#define PERSEA_PROMPT_FILE_MAX_BYTES (1024 * 1024)
#define PERSEA_PROMPT_FILE_MAX_PROMPTS 10000

/**
 * PerseaPrompt:
 * @line: where it is, from 1
 * @text: the prompt; %NULL only if there is an @error
 * @options: how to draw it
 * @seed: of its pictures: that of the options, or one that follows from the text and from how many
 *   prompts before it have the same text; lines that come or go elsewhere do not change it
 * @key: a word for all that decides its pictures, but for their number
 * @error: (nullable): why it cannot be drawn
 */
typedef struct
{
  unsigned            line;
  char               *text;
  PerseaPromptOptions options;
  uint64_t            seed;
  char               *key;
  GError             *error;
} PerseaPrompt;

void persea_prompt_free (PerseaPrompt *prompt);

/**
 * persea_prompt_file_wants:
 * @name: (type filename): the last part of a path
 *
 * Whether a file of this name is a prompt file: *.txt and *.persea (in any case), but no hidden files
 * and no *.error.txt.
 */
gboolean persea_prompt_file_wants (const char *name);

/**
 * persea_prompt_file_parse:
 * @path: (type filename): whose suffix decides about the kind
 * @text: (array length=length): its contents
 * @defaults: of all its prompts
 * @error: return location; %PERSEA_ERROR_INVALID_DATA if it is no text, or too much of it
 *
 * Returns: (transfer full) (element-type PerseaPrompt) (nullable): the prompts, in their order
 */
GPtrArray *persea_prompt_file_parse (const char                 *path,
                                     const char                 *text,
                                     size_t                      length,
                                     const PerseaPromptOptions  *defaults,
                                     GError                    **error);

/* the same for a file */
GPtrArray *persea_prompt_file_load (const char                 *path,
                                    const PerseaPromptOptions  *defaults,
                                    GError                    **error);

/* (transfer full) (type filename): where errors of a prompt file are reported: PATH.error.txt */
char *persea_prompt_file_get_error_path (const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPrompt, persea_prompt_free)

G_END_DECLS
