/* orchard-output.h - pictures, sheets and streams of the Orchard
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "orchard.h"

G_BEGIN_DECLS

/* The stream's records, without padding between their parts:
 *   size * size * 3 bytes     pixels, R G B
 *   size * size bytes         with wishes only: 255 where a thing is, 0 where the ground is
 *   12 int8                   the scene: n_items; thing, look, size, place of each item (-1 for
 *                             one that is not there); ground; two zeros
 *   then 1 + ORCHARD_STREAM_MISSES times, the first one true, the others near misses (with wishes
 *   all are true, wishes that this picture fulfils):
 *   12 int8                   the claim: n_items; thing, look, size, place of each; ground;
 *                             relation; a zero; -1: not said
 *   ORCHARD_STREAM_TEXT bytes the caption, padded with zeros
 */
enum
{
  ORCHARD_STREAM_MISSES = 4,
  ORCHARD_STREAM_TEXT = 184,
};

typedef struct
{
  OrchardSplit split;
  uint64_t     first;
  uint64_t     count;
  int          size;  /* pixels */
  gboolean     pairs;  /* for streams: pass over three of four scenes with one thing */
  gboolean     wishes; /* for streams: masks, and captions as somebody asks for a picture */
  gboolean     aligned; /* for streams: orchard_scene_align () */
} OrchardRange;

/* PNG files and captions.jsonl in @folder; with @masks a PNG for each thing as well. */
gboolean orchard_output_folder (const OrchardRange *range, const char *folder, gboolean masks,
                                GError **error);

/* The sample pictures that Persea is installed with, and their captions.jsonl, in @folder. */
gboolean orchard_output_samples (const char *folder, int size, GError **error);

/* Records on standard output, see above.  Ends quietly when the reader goes away. */
gboolean orchard_output_stream (const OrchardRange *range, GError **error);

/* Every thing with every look, grounds and sizes in turn; rows are things. */
gboolean orchard_output_sheet (const char *path, int size, GError **error);

/* Scenes of a range, @columns side by side. */
gboolean orchard_output_contact (const OrchardRange *range, int columns, const char *path,
                                 GError **error);

/* One question per line, as JSON: {"split","index","captions"}; the first caption is right. */
void orchard_output_quiz (const OrchardRange *range, int n, int n_near);

/* Everything there is, as JSON. */
void orchard_output_list (void);

G_END_DECLS
