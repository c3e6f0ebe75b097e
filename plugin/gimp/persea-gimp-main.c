/* persea-gimp-main.c - Persea in GIMP's menus
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * GIMP starts this program once to ask what it has, and then for each use of it.  Each is a process
 * of its own: what a driver or a network does there cannot harm GIMP, and all memory is given back
 * at the end.
 */
#include "config.h"

#include "persea-gimp-procedures.h"
#include "persea-gimp.h"

static const PerseaGimpProcedure *const procedures[] = {
  &persea_gimp_procedure_draw,
  &persea_gimp_procedure_draw_image,
  &persea_gimp_procedure_complete,
  &persea_gimp_procedure_vary,
  &persea_gimp_procedure_select,
  &persea_gimp_procedure_tags,
  &persea_gimp_procedure_about,
  NULL
};

int
main (int argc, char **argv)
{
  return persea_gimp_main (procedures, argc, argv);
}
