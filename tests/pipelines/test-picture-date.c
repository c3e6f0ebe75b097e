/* test-picture-date.c - what cameras and programs write down about the time
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-picture-date.h"

#define SUMMER 1625336400 /* 3 July 2021, 18:20, on whatever clock */

static void
test_dates (void)
{
  static const struct
  {
    const char *text;
    int64_t     date;
  } dates[] = {
    { "2021:07:03 18:20:00", SUMMER },
    /* as libvips tells it */
    { "2021:07:03 18:20:00 (2021:07:03 18:20:00, ASCII, 20 components, 20 bytes)", SUMMER },
    { "2021-07-03T18:20:00", SUMMER },
    { "2021-07-03T18:20", SUMMER },
    { "2021-07-03T18:20:00.75+09:00", SUMMER },
    { "2021-07-03T18:20:00Z", SUMMER },
    { "2021-07-03", SUMMER - 18 * 3600 - 20 * 60 },
    { "1969:12:31 23:59:59", -1 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (dates); i++)
    {
      int64_t date = 0;

      g_test_message ("%s", dates[i].text);
      g_assert_true (persea_picture_date_parse (dates[i].text, &date));
      g_assert_cmpint (date, ==, dates[i].date);
    }
}

static void
test_no_dates (void)
{
  static const char *const texts[] = {
    "", " ", "0000:00:00 00:00:00", "    :  :     :  :  ", "2021", "2021-07", "2021:13:03 18:20:00",
    "2021:02:30 00:00:00", "2021:07:03 25:20:00", "2021:07:03 18:2", "2021:07:03 18:20:0x", "1021:07:03 18:20:00",
    "-021:07:03", "+2021:07:03", "2021.07.03", "yesterday",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      int64_t date = 17;

      g_test_message ("'%s'", texts[i]);
      g_assert_false (persea_picture_date_parse (texts[i], &date));
      g_assert_cmpint (date, ==, 17);
    }
}

static void
test_clock (void)
{
  g_assert_true (g_setenv ("TZ", "UTC-9", TRUE));
  g_assert_cmpint (persea_picture_date_from_time (SUMMER), ==, SUMMER + 9 * 3600);
  g_assert_cmpint (persea_picture_date_from_time (G_MAXINT64), ==, G_MAXINT64);
  g_assert_cmpint (persea_picture_date_from_time (G_MININT64), ==, G_MININT64);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture-date/dates", test_dates);
  g_test_add_func ("/picture-date/no-dates", test_no_dates);
  g_test_add_func ("/picture-date/clock", test_clock);
  return g_test_run ();
}
