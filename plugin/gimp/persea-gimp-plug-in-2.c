/* persea-gimp-plug-in-2.c - how GIMP 2.10 calls
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The other half of this is persea-gimp-plug-in-3.c.
 */
#include "config.h"

#include "persea-gimp.h"

#include <locale.h>
#include <string.h>

#include <glib/gi18n.h>

#include <libgimp/gimp.h>

#include "persea-error.h"
#include "persea-gimp-pixels.h"

/* libgimp calls back without a pointer of ours, so this has to be here. */
static const PerseaGimpProcedure *const *all_procedures;

/* Procedures */

static const GimpPDBArgType kind_types[] = {
  [PERSEA_GIMP_INTEGER] = GIMP_PDB_INT32,
  [PERSEA_GIMP_NUMBER] = GIMP_PDB_FLOAT,
  [PERSEA_GIMP_SWITCH] = GIMP_PDB_INT32,
  [PERSEA_GIMP_TEXT] = GIMP_PDB_STRING,
  [PERSEA_GIMP_IMAGE] = GIMP_PDB_IMAGE,
  [PERSEA_GIMP_LAYER] = GIMP_PDB_LAYER,
};

static const GimpParamDef frame[] = {
  { GIMP_PDB_INT32, "run-mode", "The run mode { RUN-INTERACTIVE (0), RUN-NONINTERACTIVE (1) }" },
  { GIMP_PDB_IMAGE, "image", "Input image" },
  { GIMP_PDB_DRAWABLE, "drawable", "Input layer" },
};

static unsigned
procedure_get_frame (const PerseaGimpProcedure *procedure)
{
  return procedure->needs_layer ? 3 : 1;
}

static GArray *
procedure_describe (const PerseaGimpParameter *parameters, unsigned n_frame)
{
  GArray *definitions = g_array_new (FALSE, TRUE, sizeof (GimpParamDef));

  g_array_append_vals (definitions, frame, n_frame);
  for (; parameters && parameters->name; parameters++)
    {
      const GimpParamDef definition = {
        .type = kind_types[parameters->kind],
        .name = (char *) parameters->name,
        .description = (char *) parameters->description,
      };

      g_array_append_val (definitions, definition);
    }
  return definitions;
}

static void
plug_in_query (void)
{
  gimp_plugin_domain_register (GETTEXT_PACKAGE, PERSEA_LOCALEDIR);
  for (const PerseaGimpProcedure *const *p = all_procedures; *p; p++)
    {
      const PerseaGimpProcedure *procedure = *p;
      g_autoptr (GArray) parameters = procedure_describe (procedure->parameters, procedure_get_frame (procedure));
      g_autoptr (GArray) results = procedure_describe (procedure->results, 0);

      /* GIMP translates these itself, in the domain above */
      gimp_install_procedure (procedure->name, procedure->summary, procedure->help, "the Persea authors",
                              "LGPL-3.0-or-later", PERSEA_VERSION, procedure->label,
                              procedure->needs_layer ? "*" : "", GIMP_PLUGIN, parameters->len, results->len,
                              (GimpParamDef *) parameters->data, (GimpParamDef *) results->data);
      gimp_plugin_menu_register (procedure->name, procedure->menu);
    }
}

static const PerseaGimpProcedure *
procedure_find (const char *name)
{
  for (const PerseaGimpProcedure *const *p = all_procedures; *p; p++)
    if (strcmp ((*p)->name, name) == 0)
      return *p;
  return NULL;
}

static void
call_take_parameters (PerseaGimpCall *call, const GimpParam *given, int n_given)
{
  const PerseaGimpProcedure *procedure = persea_gimp_call_get_procedure (call);
  const PerseaGimpParameter *parameter = procedure->parameters;

  for (int i = procedure_get_frame (procedure); parameter && parameter->name && i < n_given; i++, parameter++)
    if (given[i].type == GIMP_PDB_STRING)
      persea_gimp_call_set_text (call, parameter->name, given[i].data.d_string);
    else if (given[i].type == GIMP_PDB_FLOAT)
      persea_gimp_call_set_number (call, parameter->name, given[i].data.d_float);
    else
      persea_gimp_call_set_number (call, parameter->name, given[i].data.d_int32);
}

static void
call_give_results (PerseaGimpCall *call, GArray *values)
{
  const PerseaGimpParameter *result = persea_gimp_call_get_procedure (call)->results;

  for (; result && result->name; result++)
    {
      GimpParam value = { .type = kind_types[result->kind] };

      if (result->kind == PERSEA_GIMP_TEXT)
        value.data.d_string = g_strdup (persea_gimp_call_get_text (call, result->name));
      else if (result->kind == PERSEA_GIMP_NUMBER)
        value.data.d_float = persea_gimp_call_get_number (call, result->name);
      else
        value.data.d_int32 = persea_gimp_call_get_integer (call, result->name);
      g_array_append_val (values, value);
    }
}

/* What was asked for last is kept by GIMP, as long as it runs. */
static void
call_restore_last (PerseaGimpCall *call)
{
  const char *name = persea_gimp_call_get_procedure (call)->name;
  int size = gimp_get_data_size (name);
  g_autofree char *text = g_malloc0 ((size_t) MAX (size, 0) + 1);

  if (size > 0 && gimp_get_data (name, text))
    persea_gimp_call_restore (call, text);
}

static void
call_save_last (PerseaGimpCall *call)
{
  g_autofree char *text = persea_gimp_call_save (call);

  /* GIMP complains of no bytes */
  if (*text)
    gimp_set_data (persea_gimp_call_get_procedure (call)->name, text, strlen (text));
}

static void
call_run (PerseaGimpCall *call, GArray *values)
{
  GimpParam status = { .type = GIMP_PDB_STATUS, .data.d_status = GIMP_PDB_SUCCESS };
  g_autoptr (GError) error = NULL;

  if (persea_gimp_call_get_procedure (call)->run (call, &error))
    {
      g_array_append_val (values, status);
      call_give_results (call, values);
      call_save_last (call);
    }
  else if (persea_error_is_cancelled (error))
    {
      status.data.d_status = GIMP_PDB_CANCEL;
      g_array_append_val (values, status);
    }
  else
    {
      const GimpParam message = { .type = GIMP_PDB_STRING, .data.d_string = g_strdup (error->message) };

      status.data.d_status = GIMP_PDB_EXECUTION_ERROR;
      g_array_append_val (values, status);
      g_array_append_val (values, message);
    }
}

static void
plug_in_run (const char *name, int n_given, const GimpParam *given, int *n_values, GimpParam **values)
{
  const PerseaGimpProcedure *procedure = procedure_find (name);
  /* libgimp reads it after we have returned, and the process ends then */
  GArray *list = g_array_new (FALSE, TRUE, sizeof (GimpParam));
  GimpRunMode mode = given[0].data.d_int32;
  gboolean on_layer = procedure->needs_layer;
  g_autoptr (PerseaGimpCall) call = persea_gimp_call_new (procedure, mode == GIMP_RUN_INTERACTIVE,
                                                          on_layer ? given[1].data.d_image : -1,
                                                          on_layer ? given[2].data.d_drawable : -1);

  persea_gimp_pixels_init ();
  if (mode == GIMP_RUN_NONINTERACTIVE)
    call_take_parameters (call, given, n_given);
  else
    call_restore_last (call);
  call_run (call, list);
  *n_values = list->len;
  *values = (GimpParam *) g_array_free (list, FALSE);
}

int
persea_gimp_main (const PerseaGimpProcedure *const *procedures, int argc, char **argv)
{
  static const GimpPlugInInfo info = { NULL, NULL, plug_in_query, plug_in_run };

  all_procedures = procedures;
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, PERSEA_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  return gimp_main (&info, argc, argv);
}
