/* gimp-support.h - the real GIMP, with a home of its own
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * $PERSEA_GIMP is a GIMP without windows, $PERSEA_PLUG_IN the program that is built for it,
 * $PERSEA_GIMP_API "2.0" or "3.0".  GIMP gets a home of its own, with this plug-in and those that it
 * needs for scripts and files, so that it starts soon.
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

G_BEGIN_DECLS

/* Runs the tests with a home that is gone afterwards, or says why not: the exit status */
int support_run_tests (void);

gboolean support_is_gimp_2 (void);

/* (transfer full): of a file in the home */
char *support_path (const char *name);

/* (transfer full): of a file in data/ */
char *support_source (const char *name);

/* (transfer full): what GIMP says while it runs the script, and the end of it */
char *support_run (const char *script);

/* (transfer full): what Persea's operations say while GIMP has the file open in a window, on a screen of its own,
 * until they say @last, or patience is at its end */
char *support_run_window (const char *path, const char *last);

/* (transfer full): what is said while robot.c takes @steps in @program, and GIMP, with windows, runs the script or,
 * without one, has the file open, until somebody says @last */
char *support_run_robot (const char *program, const char *steps, const char *path, const char *script, const char *last);

/* (transfer full): the value that a script told */
char *support_find_told (const char *said, const char *what);
double support_find_number (const char *said, const char *what);

/* (transfer full) */
GdkPixbuf *support_open_picture (const char *path);

G_END_DECLS
