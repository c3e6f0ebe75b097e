/* persea-cmd-devices.c - persea devices: what there is to compute with
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <glib/gi18n.h>

#include "persea-json-line.h"

static const char *const kind_names[] = {
  [PERSEA_DEVICE_KIND_GPU] = "gpu",
  [PERSEA_DEVICE_KIND_ACCELERATOR] = "accelerator",
  [PERSEA_DEVICE_KIND_CPU] = "cpu",
  [PERSEA_DEVICE_KIND_REFERENCE] = "reference",
};

static void
devices_print_json (PerseaCommand *command, const PerseaDeviceInfo *info, unsigned number, gboolean chosen)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_integer (line, "number", number);
  persea_json_line_add_string (line, "name", info->name);
  persea_json_line_add_string (line, "platform", info->platform);
  persea_json_line_add_string (line, "kind", kind_names[info->kind]);
  persea_json_line_add_integer (line, "memory", (int64_t) MIN (info->memory, G_MAXINT64));
  persea_json_line_add_integer (line, "units", info->n_units);
  persea_json_line_add_boolean (line, "native_bf16", info->native_bf16);
  persea_json_line_add_boolean (line, "default", chosen);
  if (info->unusable)
    persea_json_line_add_string (line, "unusable", info->unusable);
  persea_command_print (command, persea_json_line_finish (line));
}

static void
devices_print_words (PerseaCommand *command, const PerseaDeviceInfo *info, unsigned number, gboolean chosen)
{
  /* the reference device has whatever the system has */
  gboolean unlimited = info->memory > (uint64_t) 1 << 60;
  g_autofree char *memory = unlimited ? g_strdup (_("any memory"))
                                      : g_format_size_full (info->memory, G_FORMAT_SIZE_IEC_UNITS);
  g_autoptr (GString) text = g_string_new (NULL);

  /* TRANSLATORS: marks the device in a list that is used unless another one is asked for */
  g_string_append_printf (text, "%u  %s%s\n", number, info->name, chosen ? _("  (default)") : "");
  g_string_append_printf (text, "   %s\n", info->platform);
  /* TRANSLATORS: kind of the device (cpu, gpu), its memory, its compute units */
  g_string_append_printf (text, _("   %s, %s, %u units"), kind_names[info->kind], memory, info->n_units);
  if (info->native_bf16)
    g_string_append (text, _(", bf16 products"));
  g_string_append_c (text, '\n');
  if (info->unusable)
    g_string_append_printf (text, _("   not usable: %s\n"), info->unusable);
  persea_command_print (command, text->str);
}

int
persea_cmd_devices (PerseaCommand *command, int argc, char **argv)
{
  g_autoptr (GPtrArray) devices = NULL;
  gboolean chosen = FALSE;

  if (!persea_command_parse (command, &argc, &argv, NULL, NULL,
                             _("Lists the devices that Persea can compute with, the preferred one first."),
                             NULL))
    return PERSEA_EXIT_USAGE;
  if (argc > 1)
    return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[1]);

  devices = persea_devices_list (command->drivers, NULL);
  for (unsigned i = 0; i < devices->len; i++)
    {
      const PerseaDeviceInfo *info = devices->pdata[i];
      /* as persea_device_open() chooses: the reference only for those who ask for it */
      gboolean first = !chosen && !info->unusable && info->kind != PERSEA_DEVICE_KIND_REFERENCE;

      chosen |= first;
      if (command->json)
        devices_print_json (command, info, i, first);
      else
        devices_print_words (command, info, i, first);
    }
  if (!chosen)
    {
      persea_command_error (command, _("no usable device found; an OpenCL driver is needed, "
                                       "for instance Debian's package pocl-opencl-icd"));
      return PERSEA_EXIT_NO_MODEL;
    }
  return persea_command_flush (command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}
