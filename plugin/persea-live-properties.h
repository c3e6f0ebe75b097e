/* persea-live-properties.h - the properties of every operation that has a PerseaLive
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For the GEGL_PROPERTIES part of an operation, as persea-drawing-properties.h is.
 */
#ifdef GEGL_PROPERTIES

property_enum (wait, _("Wait"), PerseaWait, persea_wait, PERSEA_WAIT_AUTO)
  description (_("Whether pixels are waited for, or shown when they are there"))
  ui_meta ("visible", "0")

property_double (score, _("Score"), -1.0)
  description (_("Result: how well what is shown fits the words; notified when there is something new"))
  value_range (-1.0, 1.0)
  ui_meta ("visible", "0")

property_string (status, _("Status"), "")
  description (_("Result: what is being done or went wrong; empty if the result is shown"))
  ui_meta ("visible", "0")

#endif
