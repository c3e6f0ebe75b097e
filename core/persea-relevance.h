/* persea-relevance.h - where in a picture the words are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A map of the picture, from 0 (elsewhere) to 1 (what the words say), good enough to start a
 * selection from: 0.5 is the border.  Three steps, dear to cheap:
 *
 *     relevance = persea_relevance_new (clip, &picture, …);        the network looks at the picture
 *     map = persea_relevance_find (relevance, &query, …);          words, and the picture's edges
 *     persea_relevance_map_paint (map, …, rgb, stride, values);    pixels, of any part, at any size
 *
 * so other words or another softness need no look at the picture again.
 *
 * *Looking.*  CLIP says what a picture shows, not where.  But its last attention only takes a mean
 * of what it knows of each cell; without it, each cell has an embedding of its own
 * (persea_clip_encode_cells(); Zhou et al., "Extract Free Dense Labels from CLIP", 2022).  Cells are
 * large, so the picture is looked at as a whole and in overlapping windows, 1.5 and 2 times as near.
 *
 * *Words.*  A cell's similarity is f · t less what fits better of f · b and f · m: t is the mean of
 * the texts, b that of background words, m each text that is not meant.  Subtracting the background
 * takes away what all words have in common there (Li et al., "CLIP Surgery", 2023).  It counts as
 * much as the cell has to say: as the square of its embedding's length.  What overlapping cells say is averaged, and scaled so that the picture's median becomes 0 and its
 * maximum 1: words are always somewhere.
 *
 * *Edges.*  As GrabCut does it (Rother et al., 2004): colours where the words are likely are told
 * from those elsewhere by their histograms, a border is sought that is short and runs along edges,
 * and with it the colours are told apart again.  The border is that of least total variation,
 * weighted by the edges (Unger et al., "TVSeg", 2008), found with Chambolle and Pock's algorithm
 * (2011): no more than sums and clamps, and the same numbers everywhere.
 *
 * *Pixels.*  The map is made on a small copy; a guided filter (He et al., 2010), fitted there,
 * carries it to the pixels of any size.
 *
 * Pixels are red, green, blue, encoded as sRGB, 0 to 1; what is beyond, or no number, is clamped.
 * Threads: objects are immutable once made, and may be used from any thread.
 */
#pragma once

#include "models/persea-clip.h"
#include "persea-resample.h"

G_BEGIN_DECLS

/* A copy with a longer side than this tells persea_relevance_new() nothing more. */
#define PERSEA_RELEVANCE_USEFUL_SIDE 1024

#define PERSEA_RELEVANCE_MAX_TEXTS 1000 /* of each kind */

typedef struct _PerseaRelevance PerseaRelevance;
typedef struct _PerseaRelevanceMap PerseaRelevanceMap;

/**
 * PerseaRelevancePicture:
 * @width, @height: 1 to %PERSEA_RESAMPLE_MAX_SIDE
 * @rgb: (array): [height, width, 3] without gaps: the whole picture, or a copy of it made smaller
 */
typedef struct
{
  int          width, height;
  const float *rgb;
} PerseaRelevancePicture;

/**
 * persea_relevance_new:
 * @picture: not needed after the return
 * @cancellable: (nullable)
 * @progress: (nullable): told how much of the picture has been looked at
 * @progress_data: passed to @progress
 * @error: return location; also that of persea_clip_encode_images()
 *
 * Returns: (transfer full) (nullable): what the network knows of the picture's parts
 */
PerseaRelevance *persea_relevance_new (PerseaClip                    *clip,
                                       const PerseaRelevancePicture  *picture,
                                       GCancellable                  *cancellable,
                                       PerseaProgressFunc             progress,
                                       gpointer                       progress_data,
                                       GError                       **error);

PerseaRelevance *persea_relevance_ref (PerseaRelevance *relevance);
void             persea_relevance_unref (PerseaRelevance *relevance);

/**
 * PerseaRelevanceQuery:
 * @texts: (array zero-terminated=1): what is looked for, at least one; several mean the same
 * @minus: (array zero-terminated=1) (nullable): what is not meant
 * @background: (array zero-terminated=1) (nullable): any words, to measure against; %NULL: a few
 *   that are built in
 * @softness: 0: the border only; 1: the likelihood only, without a border; between, a mixture.  Below
 *   0.5 the border stays where it is
 */
typedef struct
{
  const char *const *texts;
  const char *const *minus;
  const char *const *background;
  float              softness;
} PerseaRelevanceQuery;

/**
 * persea_relevance_find:
 * @query: not needed after the return
 * @cancellable: (nullable)
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT, and what persea_clip_encode_texts() says
 *
 * Returns: (transfer full) (nullable): where the words are
 */
PerseaRelevanceMap *persea_relevance_find (PerseaRelevance             *relevance,
                                           const PerseaRelevanceQuery  *query,
                                           GCancellable                *cancellable,
                                           GError                     **error);

PerseaRelevanceMap *persea_relevance_map_ref (PerseaRelevanceMap *map);
void                persea_relevance_map_unref (PerseaRelevanceMap *map);

/**
 * persea_relevance_map_get_lines:
 * @width: (out)
 * @height: (out)
 *
 * Returns: (transfer none): [height, width, 4]: all that a map is, for those who keep it
 */
const float *persea_relevance_map_get_lines (const PerseaRelevanceMap *map, int *width, int *height);

/* (transfer full): the map that had these lines, which are copied */
PerseaRelevanceMap *persea_relevance_map_new_from_lines (const float *lines, int width, int height);

/**
 * persea_relevance_map_paint:
 * @width: of the picture that is painted for, in any size
 * @height: likewise
 * @area: which part of it; inside
 * @rgb: its pixels: [area->height] rows of [area->width, 3]
 * @stride: floats from one row of @rgb to the next
 * @values: (out caller-allocates): [area->height, area->width], 0 to 1
 *
 * A value depends on its own pixel and place only, so parts fit together.
 */
void persea_relevance_map_paint (const PerseaRelevanceMap *map,
                                 int                       width,
                                 int                       height,
                                 const PerseaRectangle    *area,
                                 const float              *rgb,
                                 size_t                    stride,
                                 float                    *values);

/**
 * persea_relevance_heat:
 * @rgb: a pixel
 * @value: of the map
 * @heat: (out caller-allocates): red, green, blue: the pixel in grey under a colour, from dark blue (0)
 *   over red to yellow (1)
 */
void persea_relevance_heat (const float rgb[3],
                            float       value,
                            float       heat[3]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaRelevance, persea_relevance_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaRelevanceMap, persea_relevance_map_unref)

G_END_DECLS
