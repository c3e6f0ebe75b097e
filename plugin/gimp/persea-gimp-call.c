/* persea-gimp-call.c - what a procedure is, and one call of it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-call.h"

#include <math.h>
#include <string.h>

#define GROUP "values"

/* One parameter or result with its value */
typedef struct
{
  const PerseaGimpParameter *parameter;
  double                     number;
  char                      *text; /* (nullable) */
} Value;

struct _PerseaGimpCall
{
  const PerseaGimpProcedure *procedure;
  gboolean                   interactive;
  int                        image;
  int                        layer;
  GArray                    *values; /* (element-type Value) */
};

static void
value_clear (gpointer data)
{
  Value *value = data;

  g_clear_pointer (&value->text, g_free);
}

static void
call_add_values (PerseaGimpCall *call, const PerseaGimpParameter *parameters)
{
  for (; parameters && parameters->name; parameters++)
    {
      const Value value = { .parameter = parameters, .number = parameters->standard };

      g_array_append_val (call->values, value);
    }
}

PerseaGimpCall *
persea_gimp_call_new (const PerseaGimpProcedure *procedure, gboolean interactive, int image, int layer)
{
  PerseaGimpCall *call = g_new0 (PerseaGimpCall, 1);

  call->procedure = procedure;
  call->interactive = interactive;
  call->image = image;
  call->layer = layer;
  call->values = g_array_new (FALSE, TRUE, sizeof (Value));
  g_array_set_clear_func (call->values, value_clear);
  call_add_values (call, procedure->parameters);
  call_add_values (call, procedure->results);
  return call;
}

void
persea_gimp_call_free (PerseaGimpCall *call)
{
  if (!call)
    return;

  g_array_unref (call->values);
  g_free (call);
}

const PerseaGimpProcedure *
persea_gimp_call_get_procedure (PerseaGimpCall *call)
{
  return call->procedure;
}

gboolean
persea_gimp_call_is_interactive (PerseaGimpCall *call)
{
  return call->interactive;
}

int
persea_gimp_call_get_image (PerseaGimpCall *call)
{
  return call->image;
}

int
persea_gimp_call_get_layer (PerseaGimpCall *call)
{
  return call->layer;
}

static Value *
call_find (PerseaGimpCall *call, const char *name)
{
  for (unsigned i = 0; i < call->values->len; i++)
    {
      Value *value = &g_array_index (call->values, Value, i);

      if (strcmp (value->parameter->name, name) == 0)
        return value;
    }
  return NULL;
}

gboolean
persea_gimp_call_has (PerseaGimpCall *call, const char *name)
{
  return call_find (call, name) != NULL;
}

double
persea_gimp_call_get_number (PerseaGimpCall *call, const char *name)
{
  Value *value = call_find (call, name);

  g_return_val_if_fail (value, 0);
  return value->number;
}

int
persea_gimp_call_get_integer (PerseaGimpCall *call, const char *name)
{
  return (int) lrint (persea_gimp_call_get_number (call, name));
}

const char *
persea_gimp_call_get_text (PerseaGimpCall *call, const char *name)
{
  Value *value = call_find (call, name);

  g_return_val_if_fail (value, "");
  return value->text ? value->text : "";
}

void
persea_gimp_call_set_number (PerseaGimpCall *call, const char *name, double number)
{
  Value *value = call_find (call, name);
  const PerseaGimpParameter *parameter;

  g_return_if_fail (value);
  parameter = value->parameter;
  if (parameter->minimum < parameter->maximum)
    /* what is no number is the smallest */
    number = number > parameter->minimum ? MIN (number, parameter->maximum) : parameter->minimum;
  value->number = number;
}

void
persea_gimp_call_set_text (PerseaGimpCall *call, const char *name, const char *text)
{
  Value *value = call_find (call, name);
  char *copy;

  g_return_if_fail (value);
  copy = g_strdup (text);
  g_free (value->text);
  value->text = copy;
}

char *
persea_gimp_call_save (PerseaGimpCall *call)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  const PerseaGimpParameter *parameter = call->procedure->parameters;

  for (; parameter && parameter->name; parameter++)
    if (parameter->kind == PERSEA_GIMP_TEXT)
      g_key_file_set_string (file, GROUP, parameter->name, persea_gimp_call_get_text (call, parameter->name));
    else
      g_key_file_set_double (file, GROUP, parameter->name, persea_gimp_call_get_number (call, parameter->name));
  return g_key_file_to_data (file, NULL, NULL);
}

void
persea_gimp_call_restore (PerseaGimpCall *call, const char *text)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  const PerseaGimpParameter *parameter = call->procedure->parameters;

  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL))
    return;
  for (; parameter && parameter->name; parameter++)
    {
      g_autofree char *value = g_key_file_get_string (file, GROUP, parameter->name, NULL);

      if (value && parameter->kind == PERSEA_GIMP_TEXT)
        persea_gimp_call_set_text (call, parameter->name, value);
      else if (value)
        persea_gimp_call_set_number (call, parameter->name, g_ascii_strtod (value, NULL));
    }
}
