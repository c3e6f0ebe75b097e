/* fuzz-provenance.c - how pictures say that they were made: PNG text chunks, and what is in them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "fuzz.h"
#include "persea-png-text.h"
#include "persea-provenance.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autofree char *chunk = persea_png_text_find (bytes, "parameters");
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (PerseaProvenance) provenance = persea_provenance_parse_parameters (chunk ? chunk : text);
  g_autofree char *again = provenance ? persea_provenance_format_parameters (provenance) : NULL;

  return 0;
}
