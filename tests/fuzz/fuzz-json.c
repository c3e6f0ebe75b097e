/* fuzz-json.c - configurations of models
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "fuzz.h"
#include "persea-json.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (JsonObject) object = persea_json_parse ((const char *) data, size, NULL);
  unsigned number = 0;
  const char *string = NULL;
  float floats[3];

  if (object == NULL)
    return 0;
  persea_json_get_uint (object, "projection_dim", 1, 65536, &number, NULL);
  persea_json_get_string (object, "model_type", &string, NULL);
  persea_json_get_floats (object, "image_mean", floats, 3, NULL);
  return 0;
}
