/* persea-picture-date.h - when a picture was taken
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Cameras write down what their clock showed, mostly without a time zone.  So a date is a time of the
 * clock here: seconds from midnight of the first of January 1970 on the same clock.  Whoever looks for
 * the pictures of a day means the day where they were taken.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_picture_date_parse:
 * @text: as Exif ("2021:07:03 18:20:00") or as XMP has it ("2021-07-03T18:20:00.25+02:00", or no
 *   more than the day); what follows it is not looked at
 * @date: (out): what the clock showed
 *
 * Returns: %FALSE if it is no date; clocks that were never set ("0000:00:00 00:00:00") show none
 */
gboolean persea_picture_date_parse (const char *text,
                                    int64_t    *date);

/* What clocks here show at @time, seconds since 1970; the ends of the numbers stay what they are. */
int64_t persea_picture_date_from_time (int64_t time);

G_END_DECLS
