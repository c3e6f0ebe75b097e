/* persea-gimp-form.c - the values of a call, to be changed by a person
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-form.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-gimp.h"
#include "persea-model-parts.h"
#include "persea-model-store.h"

#define SPACING 6
#define WORD_WIDTH 10    /* letters of a word in place of a number */
#define WIDE_RANGE 2048  /* integers from 0 to this or more go in larger steps */
#define WIDE_STEP 64
#define KEY_NAME "persea-parameter" /* of the widget that holds a value */
#define KEY_FORM "persea-form"
#define KEY_OTHER "persea-other" /* the widget beside it */

struct _PerseaGimpForm
{
  PerseaGimpCall       *call;
  PerseaGimpChangedFunc changed; /* (nullable) */
  gpointer              user_data;
  GtkSizeGroup         *titles;
};

PerseaGimpForm *
persea_gimp_form_new (PerseaGimpCall *call, PerseaGimpChangedFunc changed, gpointer user_data)
{
  PerseaGimpForm *form = g_new0 (PerseaGimpForm, 1);

  form->call = call;
  form->changed = changed;
  form->user_data = user_data;
  form->titles = gtk_size_group_new (GTK_SIZE_GROUP_HORIZONTAL);
  return form;
}

void
persea_gimp_form_free (PerseaGimpForm *form)
{
  if (!form)
    return;

  g_object_unref (form->titles);
  g_free (form);
}

static const PerseaGimpParameter *
form_find (PerseaGimpForm *form, const char *name)
{
  const PerseaGimpParameter *parameter = persea_gimp_call_get_procedure (form->call)->parameters;

  while (strcmp (parameter->name, name) != 0)
    parameter++;
  return parameter;
}

static const char *
form_get_name (GtkWidget *widget)
{
  return g_object_get_data (G_OBJECT (widget), KEY_NAME);
}

static PerseaGimpForm *
form_bind (PerseaGimpForm *form, GtkWidget *widget, const PerseaGimpParameter *parameter)
{
  g_object_set_data (G_OBJECT (widget), KEY_NAME, (gpointer) parameter->name);
  g_object_set_data (G_OBJECT (widget), KEY_FORM, form);
  gtk_widget_set_tooltip_text (widget, _(parameter->description));
  return form;
}

static void
form_tell (GtkWidget *widget)
{
  PerseaGimpForm *form = g_object_get_data (G_OBJECT (widget), KEY_FORM);

  if (form->changed)
    form->changed (form_get_name (widget), form->user_data);
}

static PerseaGimpCall *
form_get_call (GtkWidget *widget)
{
  return ((PerseaGimpForm *) g_object_get_data (G_OBJECT (widget), KEY_FORM))->call;
}

/* What a person does */

static void
form_entry_changed (GtkEntry *entry)
{
  persea_gimp_call_set_text (form_get_call (GTK_WIDGET (entry)), form_get_name (GTK_WIDGET (entry)),
                             gtk_entry_get_text (entry));
  form_tell (GTK_WIDGET (entry));
}

static void
form_spin_changed (GtkSpinButton *spin, const PerseaGimpParameter *parameter)
{
  PerseaGimpCall *call = form_get_call (GTK_WIDGET (spin));
  double before = persea_gimp_call_get_number (call, parameter->name);
  double value = gtk_spin_button_get_value (spin);

  if (parameter->lowest && value > parameter->minimum && value < 0)
    {
      /* steps over what means nothing; calls this again */
      gtk_spin_button_set_value (spin, before < 0 ? 0 : parameter->minimum);
      return;
    }
  persea_gimp_call_set_number (call, parameter->name, value);
  form_tell (GTK_WIDGET (spin));
}

static gboolean
form_spin_show_word (GtkSpinButton *spin, const PerseaGimpParameter *parameter)
{
  const char *word = _(parameter->lowest);

  if (gtk_adjustment_get_value (gtk_spin_button_get_adjustment (spin)) > parameter->minimum)
    return FALSE;
  if (strcmp (gtk_entry_get_text (GTK_ENTRY (spin)), word) != 0)
    gtk_entry_set_text (GTK_ENTRY (spin), word);
  return TRUE;
}

static int
form_spin_read_word (GtkSpinButton *spin, double *value, const PerseaGimpParameter *parameter)
{
  if (strcmp (gtk_entry_get_text (GTK_ENTRY (spin)), _(parameter->lowest)) != 0)
    return FALSE;
  *value = parameter->minimum;
  return TRUE;
}

static void
form_scale_changed (GtkRange *scale)
{
  persea_gimp_call_set_number (form_get_call (GTK_WIDGET (scale)), form_get_name (GTK_WIDGET (scale)),
                               gtk_range_get_value (scale));
  form_tell (GTK_WIDGET (scale));
}

static void
form_switch_changed (GtkToggleButton *button)
{
  persea_gimp_call_set_number (form_get_call (GTK_WIDGET (button)), form_get_name (GTK_WIDGET (button)),
                               gtk_toggle_button_get_active (button));
  form_tell (GTK_WIDGET (button));
}

static void
form_choice_changed (GtkComboBox *combo)
{
  PerseaGimpForm *form = g_object_get_data (G_OBJECT (combo), KEY_FORM);
  const PerseaGimpParameter *parameter = form_find (form, form_get_name (GTK_WIDGET (combo)));

  persea_gimp_call_set_number (form->call, parameter->name, parameter->minimum + gtk_combo_box_get_active (combo));
  form_tell (GTK_WIDGET (combo));
}

static void
form_model_changed (GtkComboBox *combo)
{
  g_autofree char *name = gtk_combo_box_text_get_active_text (GTK_COMBO_BOX_TEXT (combo));

  persea_gimp_call_set_text (form_get_call (GTK_WIDGET (combo)), form_get_name (GTK_WIDGET (combo)),
                             gtk_combo_box_get_active (combo) > 0 ? name : "");
  form_tell (GTK_WIDGET (combo));
}

/* "new each time" beside the number: -1 */
static void
form_seed_changed (GtkWidget *spin)
{
  GtkWidget *check = g_object_get_data (G_OBJECT (spin), KEY_OTHER);
  gboolean fresh = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (check));

  gtk_widget_set_sensitive (spin, !fresh);
  persea_gimp_call_set_number (form_get_call (spin), form_get_name (spin),
                               fresh ? -1 : gtk_spin_button_get_value (GTK_SPIN_BUTTON (spin)));
  form_tell (spin);
}

/* Rows */

static void
form_add_row (PerseaGimpForm *form, GtkWidget *box, const PerseaGimpParameter *parameter, GtkWidget *widget,
              GtkWidget *beside, gboolean wide)
{
  GtkWidget *row = persea_gimp_box_new (GTK_ORIENTATION_HORIZONTAL, SPACING);
  GtkWidget *label = gtk_label_new_with_mnemonic (_(parameter->title));

  persea_gimp_label_align (label);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), widget);
  gtk_size_group_add_widget (form->titles, label);
  gtk_box_pack_start (GTK_BOX (row), label, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), widget, wide, wide, 0);
  if (beside)
    gtk_box_pack_start (GTK_BOX (row), beside, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), row, FALSE, FALSE, 0);
}

static GtkWidget *
form_make_spin (PerseaGimpForm *form, const PerseaGimpParameter *parameter)
{
  gboolean whole = parameter->kind == PERSEA_GIMP_INTEGER;
  gboolean wide = whole && parameter->minimum == 0 && parameter->maximum >= WIDE_RANGE;
  GtkWidget *spin = gtk_spin_button_new_with_range (parameter->minimum, parameter->maximum, whole ? 1 : 0.1);

  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), whole ? 0 : 2);
  if (wide)
    gtk_spin_button_set_increments (GTK_SPIN_BUTTON (spin), WIDE_STEP, WIDE_STEP * 4);
  if (parameter->lowest)
    {
      gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (spin), FALSE);
      gtk_entry_set_width_chars (GTK_ENTRY (spin), WORD_WIDTH);
      g_signal_connect (spin, "output", G_CALLBACK (form_spin_show_word), (gpointer) parameter);
      g_signal_connect (spin, "input", G_CALLBACK (form_spin_read_word), (gpointer) parameter);
    }
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), persea_gimp_call_get_number (form->call, parameter->name));
  gtk_spin_button_update (GTK_SPIN_BUTTON (spin));
  gtk_entry_set_activates_default (GTK_ENTRY (spin), TRUE);
  g_signal_connect (spin, "value-changed", G_CALLBACK (form_spin_changed), (gpointer) parameter);
  return spin;
}

static GtkWidget *
form_make_choice (PerseaGimpForm *form, const PerseaGimpParameter *parameter)
{
  GtkWidget *combo = gtk_combo_box_text_new ();

  for (const char *const *choice = parameter->choices; *choice; choice++)
    gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (combo), _(*choice));
  gtk_combo_box_set_active (GTK_COMBO_BOX (combo), persea_gimp_call_get_integer (form->call, parameter->name)
                                                     - (int) lrint (parameter->minimum));
  g_signal_connect (combo, "changed", G_CALLBACK (form_choice_changed), NULL);
  return combo;
}

static GtkWidget *
form_make_entry (PerseaGimpForm *form, const PerseaGimpParameter *parameter)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_text (GTK_ENTRY (entry), persea_gimp_call_get_text (form->call, parameter->name));
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_entry_set_width_chars (GTK_ENTRY (entry), 28);
  g_signal_connect (entry, "changed", G_CALLBACK (form_entry_changed), NULL);
  return entry;
}

GtkWidget *
persea_gimp_form_add (PerseaGimpForm *form, GtkWidget *box, const char *name)
{
  const PerseaGimpParameter *parameter = form_find (form, name);
  GtkWidget *widget;

  if (parameter->kind == PERSEA_GIMP_SWITCH)
    {
      widget = gtk_check_button_new_with_mnemonic (_(parameter->title));
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (widget), persea_gimp_call_get_integer (form->call, name) != 0);
      g_signal_connect (widget, "toggled", G_CALLBACK (form_switch_changed), NULL);
      gtk_box_pack_start (GTK_BOX (box), widget, FALSE, FALSE, 0);
    }
  else
    {
      gboolean text = parameter->kind == PERSEA_GIMP_TEXT;

      widget = text                 ? form_make_entry (form, parameter)
               : parameter->choices ? form_make_choice (form, parameter)
                                    : form_make_spin (form, parameter);
      form_add_row (form, box, parameter, widget, NULL, text);
    }
  form_bind (form, widget, parameter);
  return widget;
}

GtkWidget *
persea_gimp_form_add_scale (PerseaGimpForm *form, GtkWidget *box, const char *name, double step)
{
  const PerseaGimpParameter *parameter = form_find (form, name);
  GtkWidget *scale = persea_gimp_scale_new (parameter->minimum, parameter->maximum, step);

  gtk_range_set_value (GTK_RANGE (scale), persea_gimp_call_get_number (form->call, name));
  gtk_scale_set_value_pos (GTK_SCALE (scale), GTK_POS_RIGHT);
  form_bind (form, scale, parameter);
  form_add_row (form, box, parameter, scale, NULL, TRUE);
  g_signal_connect (scale, "value-changed", G_CALLBACK (form_scale_changed), NULL);
  return scale;
}

/* %FALSE for damaged models, too: those who want to know why ask persea doctor */
static gboolean
form_model_has_role (const PerseaModel *model, PerseaModelRole role)
{
  g_autoptr (PerseaModelParts) parts = persea_model_parts_find (model->path, NULL);

  return parts && parts->files[role];
}

GtkWidget *
persea_gimp_form_add_model (PerseaGimpForm *form, GtkWidget *box, const char *name, PerseaModelRole role)
{
  const PerseaGimpParameter *parameter = form_find (form, name);
  g_autoptr (GPtrArray) models = persea_model_store_list ();
  g_autoptr (PerseaModel) usual = persea_model_store_find_for (NULL, role, NULL);
  /* TRANSLATORS: the model that is used unless another one is asked for */
  g_autofree char *first = g_strdup_printf (_("the usual one (%s)"), usual ? usual->name : "–");
  const char *chosen = persea_gimp_call_get_text (form->call, name);
  GtkWidget *combo = gtk_combo_box_text_new ();
  int active = 0, n = 1;

  gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (combo), first);
  for (unsigned i = 0; i < models->len; i++)
    {
      const PerseaModel *model = models->pdata[i];

      if (!form_model_has_role (model, role))
        continue;
      gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (combo), model->name);
      if (strcmp (model->name, chosen) == 0)
        active = n;
      n++;
    }
  form_bind (form, combo, parameter);
  gtk_combo_box_set_active (GTK_COMBO_BOX (combo), active);
  g_signal_connect (combo, "changed", G_CALLBACK (form_model_changed), NULL);
  form_add_row (form, box, parameter, combo, NULL, TRUE);
  return combo;
}

GtkWidget *
persea_gimp_form_add_seed (PerseaGimpForm *form, GtkWidget *box, const char *name)
{
  const PerseaGimpParameter *parameter = form_find (form, name);
  int seed = persea_gimp_call_get_integer (form->call, name);
  GtkWidget *spin = gtk_spin_button_new_with_range (0, parameter->maximum, 1);
  GtkWidget *check = gtk_check_button_new_with_mnemonic (_("ne_w each time"));

  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), MAX (seed, 0));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), seed < 0);
  gtk_widget_set_sensitive (spin, seed >= 0);
  gtk_entry_set_activates_default (GTK_ENTRY (spin), TRUE);
  form_bind (form, spin, parameter);
  g_object_set_data (G_OBJECT (spin), KEY_OTHER, check);
  g_signal_connect (spin, "value-changed", G_CALLBACK (form_seed_changed), NULL);
  g_signal_connect_swapped (check, "toggled", G_CALLBACK (form_seed_changed), spin);
  form_add_row (form, box, parameter, spin, check, FALSE);
  return spin;
}

GtkWidget *
persea_gimp_form_add_more (PerseaGimpForm *form, GtkWidget *box, const char *title)
{
  GtkWidget *expander = gtk_expander_new_with_mnemonic (title);
  GtkWidget *inside = persea_gimp_box_new (GTK_ORIENTATION_VERTICAL, SPACING);

  gtk_container_set_border_width (GTK_CONTAINER (inside), SPACING);
  gtk_container_add (GTK_CONTAINER (expander), inside);
  gtk_box_pack_start (GTK_BOX (box), expander, FALSE, FALSE, 0);
  return inside;
}
