/* persea-drawing-properties.h - the properties of every operation that draws
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For the GEGL_PROPERTIES part of an operation.  "gegl-op.h" reads that part several times, each
 * time with other meanings of the words, so this file is read as often.
 */
#ifdef GEGL_PROPERTIES

property_string (prompt, _("Prompt"), "")
  description (_("What the picture is to show"))
  ui_meta ("multiline", "true")

property_string (negative, _("Move away from"), "")
  description (_("What the picture is not to show"))

property_seed (seed, _("Random seed"), random)
  description (_("The same seed gives the same picture"))

property_int (candidates, _("Candidates"), 4)
  description (_("How many pictures are drawn, of which CLIP chooses the best; 1 takes the least time"))
  value_range (1, 64)
  ui_range (1, 16)

property_double (guidance, _("Guidance"), -1.0)
  description (_("How strongly to follow the prompt; -1: as suits the model"))
  value_range (-1.0, 1000.0)
  ui_range (-1.0, 20.0)

property_double (temperature, _("Temperature"), -1.0)
  description (_("Boldness: 1 as the model has learned, 0 always the likeliest; -1: as suits the model"))
  value_range (-1.0, 100.0)
  ui_range (-1.0, 2.0)

property_int (top_k, _("Top k"), -1)
  description (_("Choose among so many of the likeliest codes; 0: all; -1: as suits the model"))
  value_range (-1, 1048576)
  ui_range (-1, 256)

property_string (model, _("Model"), "")
  description (_("The drawing model: a name from 'persea models list', or a path; empty: the default"))

property_string (clip, _("CLIP"), "")
  description (_("The CLIP that chooses: a name from 'persea models list', or a path; empty: the default"))

#endif
