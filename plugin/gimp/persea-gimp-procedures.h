/* persea-gimp-procedures.h - the procedures of this plug-in
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each is in the file of its name; persea-gimp-main.c lists them.
 */
#pragma once

#include "persea-gimp-call.h"

G_BEGIN_DECLS

extern const PerseaGimpProcedure persea_gimp_procedure_draw;
extern const PerseaGimpProcedure persea_gimp_procedure_draw_image;
extern const PerseaGimpProcedure persea_gimp_procedure_complete;
extern const PerseaGimpProcedure persea_gimp_procedure_vary;
extern const PerseaGimpProcedure persea_gimp_procedure_select;
extern const PerseaGimpProcedure persea_gimp_procedure_tags;
extern const PerseaGimpProcedure persea_gimp_procedure_about;

G_END_DECLS
