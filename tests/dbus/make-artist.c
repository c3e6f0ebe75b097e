/* make-artist.c - a drawing model for tests that are no C programs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * usage: make-artist TESTS/pipelines FOLDER
 */
#include "config.h"

#include "tiny-artist.h"

int
main (int argc, char **argv)
{
  if (argc != 3)
    return 2;
  tiny_artist_make (argv[1], argv[2], TRUE);
  return 0;
}
