/* persea-gimp-progress.c - the bar that GIMP shows while a plug-in works
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The same in GIMP 2.10 and GIMP 3.
 */
#include "config.h"

#include "persea-gimp.h"

#include <libgimp/gimp.h>

void
persea_gimp_progress_begin (const char *text)
{
  /* GIMP would complain to the user where the window is gone that it is to be in */
  if (!persea_gimp_display_is_closed ())
    gimp_progress_init (text);
}

void
persea_gimp_progress_update (const char *text, double fraction)
{
  if (text)
    gimp_progress_set_text (text);
  if (fraction < 0)
    gimp_progress_pulse ();
  else
    gimp_progress_update (fraction);
}

void
persea_gimp_progress_end (void)
{
  gimp_progress_end ();
}
