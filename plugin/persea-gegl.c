/* persea-gegl.c - the module that GEGL loads
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Registers the operations and does nothing else: GEGL loads all modules whenever a program that
 * uses it starts.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include <gegl-plugin.h>

/* each is made by "gegl-op.h" */
void gegl_op_persea_generate_register_type (GTypeModule *module);
void gegl_op_persea_complete_register_type (GTypeModule *module);
void gegl_op_persea_relevance_register_type (GTypeModule *module);
void gegl_op_persea_score_register_type (GTypeModule *module);
void gegl_op_persea_vary_register_type (GTypeModule *module);

G_MODULE_EXPORT const GeglModuleInfo *gegl_module_query (GTypeModule *module);
G_MODULE_EXPORT gboolean              gegl_module_register (GTypeModule *module);

static const GeglModuleInfo module_info = { GEGL_MODULE_ABI_VERSION };

const GeglModuleInfo *
gegl_module_query (GTypeModule *module)
{
  return &module_info;
}

gboolean
gegl_module_register (GTypeModule *module)
{
  bindtextdomain (GETTEXT_PACKAGE, PERSEA_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  gegl_op_persea_generate_register_type (module);
  gegl_op_persea_complete_register_type (module);
  gegl_op_persea_relevance_register_type (module);
  gegl_op_persea_score_register_type (module);
  gegl_op_persea_vary_register_type (module);
  return TRUE;
}
