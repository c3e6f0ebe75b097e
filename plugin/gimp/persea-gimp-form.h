/* persea-gimp-form.h - the values of a call, to be changed by a person
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A row for each parameter: its title, with a mnemonic, and what is right for its kind.  Whatever
 * is changed is in the call at once.
 */
#pragma once

#include <gtk/gtk.h>

#include "persea-gimp-call.h"
#include "persea-model-files.h"

G_BEGIN_DECLS

typedef struct _PerseaGimpForm PerseaGimpForm;

typedef void (*PerseaGimpChangedFunc) (const char *name, gpointer user_data);

/**
 * persea_gimp_form_new:
 * @call: outlives the form
 * @changed: (nullable): told that a value is another one
 */
PerseaGimpForm *persea_gimp_form_new (PerseaGimpCall       *call,
                                      PerseaGimpChangedFunc changed,
                                      gpointer              user_data);

void persea_gimp_form_free (PerseaGimpForm *form);

/**
 * persea_gimp_form_add:
 * @box: gets another row
 * @name: of a parameter
 *
 * Returns: (transfer none): what holds the value
 */
GtkWidget *persea_gimp_form_add (PerseaGimpForm *form, GtkWidget *box, const char *name);

/* likewise: a number as a slider */
GtkWidget *persea_gimp_form_add_scale (PerseaGimpForm *form, GtkWidget *box, const char *name, double step);

/* likewise: a text as one of the installed models that have @role */
GtkWidget *persea_gimp_form_add_model (PerseaGimpForm *form, GtkWidget *box, const char *name, PerseaModelRole role);

/* likewise: an integer that -1 leaves to chance */
GtkWidget *persea_gimp_form_add_seed (PerseaGimpForm *form, GtkWidget *box, const char *name);

/* (transfer none): what lies behind a title: a box of further rows, at first closed */
GtkWidget *persea_gimp_form_add_more (PerseaGimpForm *form, GtkWidget *box, const char *title);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaGimpForm, persea_gimp_form_free)

G_END_DECLS
