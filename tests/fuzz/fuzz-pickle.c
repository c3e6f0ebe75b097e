/* fuzz-pickle.c - Python pickles
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "fuzz.h"
#include "persea-pickle.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (PerseaPickle) pickle = persea_pickle_parse (data, size, NULL, NULL);

  if (pickle != NULL)
    persea_pickle_find (persea_pickle_get_root (pickle), "state_dict");
  return 0;
}
