/* persea-gimp-drawing.h - candidates for a picture, or for a part of one
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the procedures that draw have in common: the values of their calls become a request, the
 * work is done in a thread, what comes of it can be shown, and put into an image with a note of
 * how it was made.
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "persea-artist.h"
#include "persea-draw-canvas.h"
#include "persea-gimp-call.h"
#include "persea-gimp-studio.h"

G_BEGIN_DECLS

#define PERSEA_GIMP_THUMBNAIL 128 /* pixels of the longer side */

/**
 * PerseaGimpDrawing:
 * @studio: its models
 * @image: (nullable): the picture that is drawn into; for variations perhaps made smaller
 * @x: where it lies in GIMP's image
 * @y: likewise
 * @width: of the picture, in GIMP's image
 * @height: likewise
 * @mask: (nullable): [image.height, image.width]: what of it is drawn, 255, and what stays, 0
 * @vary: (only with @image): a share of the picture stays that is chosen by chance
 * @seed: of @candidates
 * @candidates: (element-type PerseaCandidate) (nullable): the best first; their images are what the
 *   model drew, however large the picture is: persea_gimp_drawing_paint() makes the rest of it
 * @thumbnails: (element-type GdkPixbuf) (nullable): how each looks in its place
 * @canvas: (nullable): what @candidates were drawn into
 * @remark: (nullable): what a person should know about the last drawing
 */
typedef struct
{
  PerseaGimpStudio *studio;
  PerseaImage      *image;
  int               x, y, width, height;
  uint8_t          *mask;
  gboolean          vary;

  uint64_t          seed;
  GPtrArray        *candidates;
  GPtrArray        *thumbnails;
  PerseaDrawCanvas *canvas;
  char             *remark;

  /*< private >*/
  char             *prompt;
  char             *negative;
  char             *model;
  PerseaDrawRequest request;
  double            strength;
} PerseaGimpDrawing;

PerseaGimpDrawing *persea_gimp_drawing_new (void);
void               persea_gimp_drawing_free (PerseaGimpDrawing *drawing);

/**
 * persea_gimp_drawing_prepare:
 * @call: with the parameters prompt, negative, seed, candidates, guidance, temperature, top-k, model,
 *   and perhaps size and strength
 *
 * Takes over what a call asks for; a seed of -1 becomes one that nobody has used before.
 */
gboolean persea_gimp_drawing_prepare (PerseaGimpDrawing *drawing, PerseaGimpCall *call, GError **error);

/* a PerseaGimpWorkFunc; @drawing is a #PerseaGimpDrawing that has been prepared */
gboolean persea_gimp_drawing_work (PerseaGimpTask *task, gpointer drawing, GError **error);

/* (transfer full): what a layer of this candidate is called */
char *persea_gimp_drawing_make_name (PerseaGimpDrawing *drawing, const PerseaCandidate *candidate);

/* (transfer full): how it was made, a key file; what persea_gimp_layer_set_note() keeps */
char *persea_gimp_drawing_make_note (PerseaGimpDrawing *drawing, const PerseaCandidate *candidate);

#define PERSEA_GIMP_NOTE "persea-drawing"

/**
 * persea_gimp_drawing_get_place:
 * @place: (out): what of GIMP's image @candidate is to cover; without a picture, its size
 */
void persea_gimp_drawing_get_place (PerseaGimpDrawing     *drawing,
                                    const PerseaCandidate *candidate,
                                    PerseaRectangle       *place);

/* (transfer full): what was drawn, in the size of that place; only with a picture */
PerseaPainting *persea_gimp_drawing_paint (PerseaGimpDrawing *drawing, const PerseaCandidate *candidate);

/* sets the results seed and score */
void persea_gimp_drawing_set_results (PerseaGimpDrawing     *drawing,
                                      const PerseaCandidate *candidate,
                                      PerseaGimpCall        *call);

/* what all of these procedures take; in their tables, behind their own */
#define PERSEA_GIMP_DRAWING_PROMPT(text)                                                               \
  { "prompt", PERSEA_GIMP_TEXT, N_("_Text:"), text }
#define PERSEA_GIMP_DRAWING_PARAMETERS                                                                 \
  { "negative", PERSEA_GIMP_TEXT, N_("A_void:"), N_("What the picture is not to be; may be empty") },  \
  { "candidates", PERSEA_GIMP_INTEGER, N_("_Candidates:"),                                             \
    N_("How many pictures are drawn to choose from"), 1, 64, 4 },                                      \
  { "seed", PERSEA_GIMP_INTEGER, N_("_Seed:"),                                                         \
    N_("The same seed and text give the same pictures; -1 for a new one"), -1, G_MAXINT32, -1 },       \
  { "guidance", PERSEA_GIMP_NUMBER, N_("G_uidance:"),                                                  \
    N_("How strongly to follow the text; -1 for what suits the model"), -1, 100, -1, .lowest = N_("automatic") },                 \
  { "temperature", PERSEA_GIMP_NUMBER, N_("Te_mperature:"),                                            \
    N_("How daring to be; -1 for what suits the model"), -1, 10, -1, .lowest = N_("automatic") },                                 \
  { "top-k", PERSEA_GIMP_INTEGER, N_("Top _k:"),                                                       \
    N_("From so many codes at most each is chosen; 0 for all, -1 for what suits the model"), -1,       \
    65536, -1, .lowest = N_("automatic") },                                                                                       \
  { "model", PERSEA_GIMP_TEXT, N_("M_odel:"),                                                          \
    N_("Name or folder of the model that draws; empty for the usual one") },                           \
  { "keep-others", PERSEA_GIMP_SWITCH, N_("Keep the others as _hidden layers"),                        \
    N_("Whether the candidates that were not chosen become layers, too, hidden ones"), 0, 1, 1 }

#define PERSEA_GIMP_DRAWING_RESULTS                                                                    \
  { "seed-used", PERSEA_GIMP_INTEGER, N_("Seed"), N_("The seed that was used") },                      \
  { "score", PERSEA_GIMP_NUMBER, N_("Score"),                                                          \
    N_("How well the picture fits its text, by CLIP: a cosine; -1 if nothing compared them") }

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaGimpDrawing, persea_gimp_drawing_free)

G_END_DECLS
