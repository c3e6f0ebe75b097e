/* persea-gimp-plug-in-3.c - how GIMP 3 calls
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The other half of this is persea-gimp-plug-in-2.c.
 */
#include "config.h"

#include "persea-gimp.h"

#include <locale.h>
#include <string.h>

#include <glib/gi18n.h>

#include <libgimp/gimp.h>

#include "persea-error.h"
#include "persea-gimp-pixels.h"

/* GIMP makes the plug-in's object itself, so this has to be here. */
static const PerseaGimpProcedure *const *all_procedures;

/* Procedures */

#define PERSEA_TYPE_PLUG_IN (persea_plug_in_get_type ())
G_DECLARE_FINAL_TYPE (PerseaPlugIn, persea_plug_in, PERSEA, PLUG_IN, GimpPlugIn)

struct _PerseaPlugIn
{
  GimpPlugIn parent_instance;
};

G_DEFINE_FINAL_TYPE (PerseaPlugIn, persea_plug_in, GIMP_TYPE_PLUG_IN)

static GList *
persea_plug_in_query (GimpPlugIn *plug_in)
{
  GList *names = NULL;

  for (const PerseaGimpProcedure *const *p = all_procedures; *p; p++)
    names = g_list_append (names, g_strdup ((*p)->name));
  return names;
}

/* what is registered is translated already */
static gboolean
persea_plug_in_set_i18n (GimpPlugIn *plug_in, const char *procedure, char **domain, char **folder)
{
  return FALSE;
}

static const PerseaGimpProcedure *
procedure_find (const char *name)
{
  for (const PerseaGimpProcedure *const *p = all_procedures; *p; p++)
    if (strcmp ((*p)->name, name) == 0)
      return *p;
  return NULL;
}

/* Parameters become properties of the procedure's settings, which GIMP keeps from call to call. */

static void
call_take_parameters (PerseaGimpCall *call, GimpProcedureConfig *config)
{
  const PerseaGimpParameter *parameter = persea_gimp_call_get_procedure (call)->parameters;

  for (; parameter && parameter->name; parameter++)
    {
      g_autofree char *text = NULL;
      gboolean on;
      double number;
      int integer;

      switch (parameter->kind)
        {
        case PERSEA_GIMP_TEXT:
          g_object_get (config, parameter->name, &text, NULL);
          persea_gimp_call_set_text (call, parameter->name, text);
          break;
        case PERSEA_GIMP_NUMBER:
          g_object_get (config, parameter->name, &number, NULL);
          persea_gimp_call_set_number (call, parameter->name, number);
          break;
        case PERSEA_GIMP_SWITCH:
          g_object_get (config, parameter->name, &on, NULL);
          persea_gimp_call_set_number (call, parameter->name, on);
          break;
        default:
          g_object_get (config, parameter->name, &integer, NULL);
          persea_gimp_call_set_number (call, parameter->name, integer);
        }
    }
}

static void
call_keep_parameters (PerseaGimpCall *call, GimpProcedureConfig *config)
{
  const PerseaGimpParameter *parameter = persea_gimp_call_get_procedure (call)->parameters;

  for (; parameter && parameter->name; parameter++)
    if (parameter->kind == PERSEA_GIMP_TEXT)
      g_object_set (config, parameter->name, persea_gimp_call_get_text (call, parameter->name), NULL);
    else if (parameter->kind == PERSEA_GIMP_NUMBER)
      g_object_set (config, parameter->name, persea_gimp_call_get_number (call, parameter->name), NULL);
    else
      g_object_set (config, parameter->name, persea_gimp_call_get_integer (call, parameter->name), NULL);
}

static void
value_set_result (GValue *value, PerseaGimpCall *call, const PerseaGimpParameter *result)
{
  switch (result->kind)
    {
    case PERSEA_GIMP_TEXT:
      g_value_set_string (value, persea_gimp_call_get_text (call, result->name));
      break;
    case PERSEA_GIMP_NUMBER:
      g_value_set_double (value, persea_gimp_call_get_number (call, result->name));
      break;
    case PERSEA_GIMP_IMAGE:
      g_value_set_object (value, gimp_image_get_by_id (persea_gimp_call_get_integer (call, result->name)));
      break;
    case PERSEA_GIMP_LAYER:
      g_value_set_object (value, gimp_layer_get_by_id (persea_gimp_call_get_integer (call, result->name)));
      break;
    default:
      g_value_set_int (value, persea_gimp_call_get_integer (call, result->name));
    }
}

static GimpValueArray *
call_give_results (PerseaGimpCall *call, GimpProcedure *procedure)
{
  GimpValueArray *values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  const PerseaGimpParameter *result = persea_gimp_call_get_procedure (call)->results;

  for (int i = 1; result && result->name; result++, i++)
    value_set_result (gimp_value_array_index (values, i), call, result);
  return values;
}

/* GIMP keeps the settings of a dialog in its image, and complains if that was closed meanwhile. */
static gboolean
call_has_lost_image (PerseaGimpCall *call)
{
  int image = persea_gimp_call_get_image (call);

  return persea_gimp_call_is_interactive (call) && image >= 0 && !persea_gimp_image_is_valid (image);
}

static GimpValueArray *
call_run (PerseaGimpCall *call, GimpProcedure *procedure, GimpProcedureConfig *config)
{
  GError *error = NULL;

  call_take_parameters (call, config);
  if (persea_gimp_call_get_procedure (call)->run (call, &error))
    {
      if (call_has_lost_image (call))
        return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
      call_keep_parameters (call, config);
      return call_give_results (call, procedure);
    }
  if (!persea_error_is_cancelled (error))
    return gimp_procedure_new_return_values (procedure, GIMP_PDB_EXECUTION_ERROR, error);
  g_clear_error (&error);
  return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
}

/* a GimpRunImageFunc */
static GimpValueArray *
procedure_run_on_layer (GimpProcedure        *procedure,
                        GimpRunMode           mode,
                        GimpImage            *image,
                        GimpDrawable        **drawables,
                        GimpProcedureConfig  *config,
                        gpointer              data)
{
  const PerseaGimpProcedure *description = data;
  int layer = drawables && drawables[0] ? gimp_item_get_id (GIMP_ITEM (drawables[0])) : -1;
  g_autoptr (PerseaGimpCall) call = persea_gimp_call_new (description, mode == GIMP_RUN_INTERACTIVE,
                                                          image ? gimp_image_get_id (image) : -1, layer);

  persea_gimp_pixels_init ();
  return call_run (call, procedure, config);
}

/* a GimpRunFunc */
static GimpValueArray *
procedure_run_alone (GimpProcedure *procedure, GimpProcedureConfig *config, gpointer data)
{
  const PerseaGimpProcedure *description = data;
  GimpRunMode mode = GIMP_RUN_NONINTERACTIVE;
  g_autoptr (PerseaGimpCall) call = NULL;

  g_object_get (config, "run-mode", &mode, NULL);
  call = persea_gimp_call_new (description, mode == GIMP_RUN_INTERACTIVE, -1, -1);
  persea_gimp_pixels_init ();
  return call_run (call, procedure, config);
}

static void
procedure_add_parameter (GimpProcedure *procedure, const PerseaGimpParameter *parameter)
{
  const char *title = _(parameter->title);
  const char *words = _(parameter->description);

  switch (parameter->kind)
    {
    case PERSEA_GIMP_TEXT:
      gimp_procedure_add_string_argument (procedure, parameter->name, title, words, "", G_PARAM_READWRITE);
      break;
    case PERSEA_GIMP_NUMBER:
      gimp_procedure_add_double_argument (procedure, parameter->name, title, words, parameter->minimum,
                                          parameter->maximum, parameter->standard, G_PARAM_READWRITE);
      break;
    case PERSEA_GIMP_SWITCH:
      gimp_procedure_add_boolean_argument (procedure, parameter->name, title, words, parameter->standard != 0,
                                           G_PARAM_READWRITE);
      break;
    default:
      gimp_procedure_add_int_argument (procedure, parameter->name, title, words, (int) parameter->minimum,
                                       (int) parameter->maximum, (int) parameter->standard, G_PARAM_READWRITE);
    }
}

static void
procedure_add_result (GimpProcedure *procedure, const PerseaGimpParameter *result)
{
  const char *title = _(result->title);
  const char *words = _(result->description);

  switch (result->kind)
    {
    case PERSEA_GIMP_TEXT:
      gimp_procedure_add_string_return_value (procedure, result->name, title, words, "", G_PARAM_READWRITE);
      break;
    case PERSEA_GIMP_NUMBER:
      gimp_procedure_add_double_return_value (procedure, result->name, title, words, -G_MAXDOUBLE, G_MAXDOUBLE, 0,
                                              G_PARAM_READWRITE);
      break;
    case PERSEA_GIMP_IMAGE:
      gimp_procedure_add_image_return_value (procedure, result->name, title, words, TRUE, G_PARAM_READWRITE);
      break;
    case PERSEA_GIMP_LAYER:
      gimp_procedure_add_layer_return_value (procedure, result->name, title, words, TRUE, G_PARAM_READWRITE);
      break;
    default:
      gimp_procedure_add_int_return_value (procedure, result->name, title, words, G_MININT, G_MAXINT, 0,
                                           G_PARAM_READWRITE);
    }
}

static GimpProcedure *
procedure_make (GimpPlugIn *plug_in, const PerseaGimpProcedure *description)
{
  GimpProcedure *procedure;

  if (description->needs_layer)
    {
      procedure = gimp_image_procedure_new (plug_in, description->name, GIMP_PDB_PROC_TYPE_PLUGIN,
                                            procedure_run_on_layer, (gpointer) description, NULL);
      gimp_procedure_set_image_types (procedure, "*");
      gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
    }
  else
    {
      procedure = gimp_procedure_new (plug_in, description->name, GIMP_PDB_PROC_TYPE_PLUGIN, procedure_run_alone,
                                      (gpointer) description, NULL);
      gimp_procedure_add_enum_argument (procedure, "run-mode", "Run mode", "The run mode", GIMP_TYPE_RUN_MODE,
                                        GIMP_RUN_NONINTERACTIVE, G_PARAM_READWRITE);
    }
  return procedure;
}

static GimpProcedure *
persea_plug_in_create (GimpPlugIn *plug_in, const char *name)
{
  const PerseaGimpProcedure *description = procedure_find (name);
  GimpProcedure *procedure;

  if (!description)
    return NULL;
  procedure = procedure_make (plug_in, description);
  gimp_procedure_set_menu_label (procedure, _(description->label));
  gimp_procedure_add_menu_path (procedure, description->menu);
  gimp_procedure_set_documentation (procedure, _(description->summary), _(description->help), name);
  gimp_procedure_set_attribution (procedure, "the Persea authors", "LGPL-3.0-or-later", PERSEA_VERSION);
  for (const PerseaGimpParameter *p = description->parameters; p && p->name; p++)
    procedure_add_parameter (procedure, p);
  for (const PerseaGimpParameter *r = description->results; r && r->name; r++)
    procedure_add_result (procedure, r);
  return procedure;
}

static void
persea_plug_in_class_init (PerseaPlugInClass *class)
{
  GimpPlugInClass *plug_in_class = GIMP_PLUG_IN_CLASS (class);

  plug_in_class->query_procedures = persea_plug_in_query;
  plug_in_class->create_procedure = persea_plug_in_create;
  plug_in_class->set_i18n = persea_plug_in_set_i18n;
}

static void
persea_plug_in_init (PerseaPlugIn *plug_in)
{
}

int
persea_gimp_main (const PerseaGimpProcedure *const *procedures, int argc, char **argv)
{
  all_procedures = procedures;
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, PERSEA_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  return gimp_main (PERSEA_TYPE_PLUG_IN, argc, argv);
}
