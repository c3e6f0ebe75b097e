/* persea-picture-date.c - when a picture was taken
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-picture-date.h"

/* no camera is older */
#define DATE_FIRST_YEAR 1826

/* Takes @n digits, and moves @text behind them. */
static gboolean
date_take (const char **text, unsigned n, int *value)
{
  *value = 0;
  for (unsigned i = 0; i < n; i++, (*text)++)
    {
      if (!g_ascii_isdigit (**text))
        return FALSE;
      *value = *value * 10 + g_ascii_digit_value (**text);
    }
  return TRUE;
}

static gboolean
date_take_separator (const char **text, char one, char other)
{
  if (**text != one && **text != other)
    return FALSE;
  (*text)++;
  return TRUE;
}

/* The time of the day, if there is one; seconds may be missing. */
static gboolean
date_take_clock (const char **text, int *hour, int *minute, int *second)
{
  if (!date_take_separator (text, ' ', 'T'))
    return TRUE;
  if (!date_take (text, 2, hour) || !date_take_separator (text, ':', ':') || !date_take (text, 2, minute))
    return FALSE;
  return !date_take_separator (text, ':', ':') || date_take (text, 2, second);
}

gboolean
persea_picture_date_parse (const char *text, int64_t *date)
{
  int year, month, day;
  int hour = 0, minute = 0, second = 0;
  g_autoptr (GDateTime) parsed = NULL;

  if (!date_take (&text, 4, &year) || !date_take_separator (&text, ':', '-')
      || !date_take (&text, 2, &month) || !date_take_separator (&text, ':', '-')
      || !date_take (&text, 2, &day) || year < DATE_FIRST_YEAR
      || !date_take_clock (&text, &hour, &minute, &second))
    return FALSE;
  parsed = g_date_time_new_utc (year, month, day, hour, minute, second);
  if (!parsed)
    return FALSE;
  *date = g_date_time_to_unix (parsed);
  return TRUE;
}

int64_t
persea_picture_date_from_time (int64_t time)
{
  /* out of its years there is nothing to be shown */
  g_autoptr (GDateTime) shown = g_date_time_new_from_unix_local (time);

  return shown ? time + g_date_time_get_utc_offset (shown) / G_USEC_PER_SEC : time;
}
