/* persea-gimp-call.h - what a procedure is, and one call of it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A procedure describes itself in a table: its place in the menu, what it takes and what it gives.
 * Whoever knows GIMP's version (persea-gimp.h) registers it and turns a call of GIMP's into one of
 * these; a procedure looks at the call's values, lets a person change them if the call is
 * interactive, does its work and sets its results.
 *
 * Threads: the main thread only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  PERSEA_GIMP_INTEGER,
  PERSEA_GIMP_NUMBER,
  PERSEA_GIMP_SWITCH,
  PERSEA_GIMP_TEXT,
  PERSEA_GIMP_IMAGE, /* results only: an id */
  PERSEA_GIMP_LAYER, /* likewise */
} PerseaGimpKind;

/**
 * PerseaGimpParameter:
 * @name: "top-k"; %NULL ends a table
 * @kind: what it is
 * @title: for people, with a mnemonic, to be translated
 * @description: a sentence about it, to be translated
 * @minimum: of integers and numbers
 * @maximum: likewise
 * @standard: what it is unless somebody says otherwise; texts are empty
 * @choices: (nullable) (array zero-terminated=1): of an integer: what its values from @minimum on
 *   stand for, to be translated
 * @lowest: (nullable): of integers and numbers: what @minimum stands for, to be translated; further
 *   ones begin at 0 then
 */
typedef struct
{
  const char        *name;
  PerseaGimpKind     kind;
  const char        *title;
  const char        *description;
  double             minimum, maximum;
  double             standard;
  const char *const *choices;
  const char        *lowest;
} PerseaGimpParameter;

typedef struct _PerseaGimpCall PerseaGimpCall;

/* Returns: %FALSE with @error set, %PERSEA_ERROR_CANCELLED if a person changed their mind */
typedef gboolean (*PerseaGimpRunFunc) (PerseaGimpCall *call, GError **error);

/**
 * PerseaGimpProcedure:
 * @name: in the procedure database
 * @label: in the menu, with a mnemonic, to be translated
 * @menu: where in the menus
 * @summary: a sentence, to be translated
 * @help: more of it, to be translated
 * @needs_layer: it works on an image and one of its layers
 * @parameters: (array zero-terminated=1): what it takes, behind the run mode, the image and the layer
 * @results: (array zero-terminated=1): what it gives
 * @run: does it
 */
typedef struct
{
  const char                *name;
  const char                *label;
  const char                *menu;
  const char                *summary;
  const char                *help;
  gboolean                   needs_layer;
  const PerseaGimpParameter *parameters;
  const PerseaGimpParameter *results;
  PerseaGimpRunFunc          run;
} PerseaGimpProcedure;

/* the menu of all that work on an image */
#define PERSEA_GIMP_MENU "<Image>/Filters/Persea"

/**
 * persea_gimp_call_new:
 * @interactive: a person is to be asked
 * @image: an id, or -1
 * @layer: likewise
 *
 * Returns: (transfer full): a call with everything as it is unless somebody says otherwise
 */
PerseaGimpCall *persea_gimp_call_new (const PerseaGimpProcedure *procedure,
                                      gboolean                   interactive,
                                      int                        image,
                                      int                        layer);

void persea_gimp_call_free (PerseaGimpCall *call);

const PerseaGimpProcedure *persea_gimp_call_get_procedure (PerseaGimpCall *call);
gboolean                   persea_gimp_call_is_interactive (PerseaGimpCall *call);
int                        persea_gimp_call_get_image (PerseaGimpCall *call);
int                        persea_gimp_call_get_layer (PerseaGimpCall *call);

/* Values of parameters and results, by name; numbers outside their range are brought into it.  A
 * name that the procedure does not have is a mistake in the program. */
double      persea_gimp_call_get_number (PerseaGimpCall *call, const char *name);
int         persea_gimp_call_get_integer (PerseaGimpCall *call, const char *name);
const char *persea_gimp_call_get_text (PerseaGimpCall *call, const char *name); /* (transfer none) */
void        persea_gimp_call_set_number (PerseaGimpCall *call, const char *name, double value);
void        persea_gimp_call_set_text (PerseaGimpCall *call, const char *name, const char *value);
gboolean    persea_gimp_call_has (PerseaGimpCall *call, const char *name);

/* all parameters as one text, and back; what does not fit any more is left as it is */
char *persea_gimp_call_save (PerseaGimpCall *call);
void  persea_gimp_call_restore (PerseaGimpCall *call, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaGimpCall, persea_gimp_call_free)

G_END_DECLS
