/* persea-command.h - what all sub-commands of persea have in common
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A sub-command is one file persea-cmd-NAME.c with one function of type PerseaCommandFunc and one
 * row in the table of persea-main.c.  It parses its own options together with the common ones
 * (persea_command_parse()), writes results to standard output and words about them to standard
 * error, and returns an exit status.
 */
#pragma once

#include "persea-engine.h"
#include "persea-interrupt.h"
#include "persea-library.h"
#include "persea-progress.h"

G_BEGIN_DECLS

/**
 * PerseaExit:
 * @PERSEA_EXIT_OK: all done
 * @PERSEA_EXIT_SOME_FAILED: some inputs failed, the others are done
 * @PERSEA_EXIT_USAGE: the command line makes no sense
 * @PERSEA_EXIT_NO_MODEL: no device or no model
 * @PERSEA_EXIT_CANCELLED: stopped by SIGINT or SIGTERM
 */
typedef enum
{
  PERSEA_EXIT_OK = 0,
  PERSEA_EXIT_SOME_FAILED = 1,
  PERSEA_EXIT_USAGE = 2,
  PERSEA_EXIT_NO_MODEL = 3,
  PERSEA_EXIT_CANCELLED = 130,
} PerseaExit;

/**
 * PerseaCommand:
 * @name: of the sub-command, for messages
 * @drivers: (array zero-terminated=1): the devices that this program was built with
 * @model: (nullable): --model
 * @device: (nullable): --device
 * @precision: --precision
 * @quiet: --quiet: no progress, no remarks; errors are still shown
 * @verbose: --verbose
 * @json: --json
 * @nobody_reads: standard output is a pipe that was closed at the other end
 * @interrupt: turns SIGINT and SIGTERM into a cancellation
 * @cancellable: that cancellation
 * @progress: the progress bar; shows nothing unless standard error is a terminal
 * @user_data: the sub-command's own, for its option callbacks
 *
 * The common options, valid after persea_command_parse().
 */
typedef struct
{
  const char                *name;
  const PerseaDriver *const *drivers;
  char                      *model;
  char                      *device;
  PerseaPrecision            precision;
  gboolean                   quiet;
  gboolean                   verbose;
  gboolean                   json;
  gboolean                   nobody_reads;
  PerseaInterrupt           *interrupt;
  GCancellable              *cancellable;
  PerseaProgress            *progress;
  gpointer                   user_data;
} PerseaCommand;

/* @argv[0] is the sub-command's name.  Returns: an exit status */
typedef int (*PerseaCommandFunc) (PerseaCommand *command, int argc, char **argv);

/**
 * persea_command_parse:
 * @argc: (inout): as given to the sub-command
 * @argv: (inout): what is left after parsing: @argv[0] and, if @entries has no
 *   %G_OPTION_REMAINING, the other arguments
 * @entries: (nullable) (array zero-terminated=1): the sub-command's own options; callbacks among
 *   them are passed @command
 * @arguments: (nullable): what follows the options, for the first line of --help, translated
 * @summary: what the sub-command does, translated
 * @description: (nullable): more of --help, shown below the options, translated
 *
 * Understands the sub-command's options and the common ones.  --help is answered here.
 *
 * Returns: %FALSE if the command line is wrong; it has been said on standard error, the
 *   sub-command returns %PERSEA_EXIT_USAGE
 */
gboolean persea_command_parse (PerseaCommand      *command,
                               int                *argc,
                               char             ***argv,
                               const GOptionEntry *entries,
                               const char         *arguments,
                               const char         *summary,
                               const char         *description);

/**
 * persea_command_open_engine:
 *
 * Opens the device that the common options ask for, with progress.
 *
 * Returns: (transfer full) (nullable): an engine, or %NULL after the reason has been shown; see
 *   persea_command_get_load_status()
 */
PerseaEngine *persea_command_open_engine (PerseaCommand *command);

/**
 * persea_command_load_clip:
 *
 * Loads the model that the common options ask for, with progress.
 *
 * Returns: (transfer full) (nullable): the model, or %NULL after the reason has been shown
 */
PerseaClip *persea_command_load_clip (PerseaCommand *command,
                                      PerseaEngine  *engine);

/* likewise both halves of a drawing model: %FALSE after the reason has been shown */
gboolean persea_command_load_artist (PerseaCommand    *command,
                                     PerseaEngine     *engine,
                                     PerseaGenerator **generator,  /* (out) (transfer full) */
                                     PerseaCodebook  **codebook);  /* (out) (transfer full) */

/* (transfer full) (nullable): likewise the codebook of a drawing model */
PerseaCodebook *persea_command_load_codebook (PerseaCommand *command,
                                              PerseaEngine  *engine);

/* (transfer full) (nullable): the user's library, or %NULL after the reason has been shown */
PerseaLibrary *persea_command_open_library (PerseaCommand *command);

/* a PerseaProgressFunc; @command is a #PerseaCommand */
void persea_command_show_progress (const char *what,
                                   double      fraction,
                                   gpointer    command);

/* with --verbose: where the device's time went, on standard error */
void persea_command_show_profile (PerseaCommand *command,
                                  PerseaEngine  *engine);

/* the exit status after one of those above has failed: no model, or cancelled */
int persea_command_get_load_status (PerseaCommand *command);

/* for an option of those sub-commands that read pictures; see persea_image_allow_untrusted() */
gboolean persea_command_allow_untrusted (const char  *option,
                                         const char  *value,
                                         gpointer     command,
                                         GError     **error);

/* shows an error on standard error, above the progress bar: "persea tag: MESSAGE" */
void persea_command_error (PerseaCommand *command,
                           const char    *format,
                           ...) G_GNUC_PRINTF (2, 3);

/* the same for wrong usage, with a pointer to --help; returns %PERSEA_EXIT_USAGE */
int persea_command_usage_error (PerseaCommand *command,
                                const char    *format,
                                ...) G_GNUC_PRINTF (2, 3);

/* a remark on standard error, unless --quiet */
void persea_command_remark (PerseaCommand *command,
                            const char    *format,
                            ...) G_GNUC_PRINTF (2, 3);

/**
 * persea_command_fail_input:
 * @file: the input's name, in the file system's encoding
 * @error: why it failed
 *
 * Reports an input that failed: on standard error with its reason, and with --json also on
 * standard output: {"file", "error": {"code", "message"}}.
 */
void persea_command_fail_input (PerseaCommand *command,
                                const char    *file,
                                const GError  *error);

/* writes text to standard output, above the progress bar */
void persea_command_print (PerseaCommand *command,
                           const char    *text);

/* %FALSE, after saying so, if standard output could not be written (a full disk); a reader who has
 * seen enough is no failure */
gboolean persea_command_flush (PerseaCommand *command);

/**
 * persea_command_display_name:
 * @file: a name in the file system's encoding
 *
 * Returns: (transfer full): @file for a terminal: UTF-8, control characters shown as \ooo
 */
char *persea_command_display_name (const char *file);

G_END_DECLS
