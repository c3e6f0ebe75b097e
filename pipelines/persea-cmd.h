/* persea-cmd.h - the sub-commands of persea
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each is in the file of its name.  All are of type PerseaCommandFunc; the table of persea-main.c
 * lists them.
 */
#pragma once

#include "persea-command.h"

G_BEGIN_DECLS

int persea_cmd_bench (PerseaCommand *command, int argc, char **argv);
int persea_cmd_cache (PerseaCommand *command, int argc, char **argv);
int persea_cmd_complete (PerseaCommand *command, int argc, char **argv);
int persea_cmd_devices (PerseaCommand *command, int argc, char **argv);
int persea_cmd_doctor (PerseaCommand *command, int argc, char **argv);
int persea_cmd_embed (PerseaCommand *command, int argc, char **argv);
int persea_cmd_generate (PerseaCommand *command, int argc, char **argv);
int persea_cmd_index (PerseaCommand *command, int argc, char **argv);
int persea_cmd_inspect (PerseaCommand *command, int argc, char **argv);
int persea_cmd_models (PerseaCommand *command, int argc, char **argv);
int persea_cmd_pause (PerseaCommand *command, int argc, char **argv);
int persea_cmd_rank (PerseaCommand *command, int argc, char **argv);
int persea_cmd_relevance (PerseaCommand *command, int argc, char **argv);
int persea_cmd_search (PerseaCommand *command, int argc, char **argv);
int persea_cmd_resume (PerseaCommand *command, int argc, char **argv);
int persea_cmd_show (PerseaCommand *command, int argc, char **argv);
int persea_cmd_status (PerseaCommand *command, int argc, char **argv);
int persea_cmd_tag (PerseaCommand *command, int argc, char **argv);
int persea_cmd_undo (PerseaCommand *command, int argc, char **argv);
int persea_cmd_vary (PerseaCommand *command, int argc, char **argv);
int persea_cmd_watch (PerseaCommand *command, int argc, char **argv);

G_END_DECLS
