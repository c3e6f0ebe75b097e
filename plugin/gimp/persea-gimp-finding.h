/* persea-gimp-finding.h - where in a layer the words are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What Select by Text does besides asking: the layer is looked at in a copy that is small, words
 * are found there, and become a mask of the image, pixel by pixel.
 */
#pragma once

#include "persea-gimp-call.h"
#include "persea-gimp-studio.h"
#include "persea-image.h"
#include "persea-relevance.h"

G_BEGIN_DECLS

/**
 * PerseaGimpFinding:
 * @width: of the layer
 * @height: likewise
 * @image: the small copy
 * @values: (nullable): [image.height, image.width], 0 to 1: how much the words fit there
 */
typedef struct
{
  int                 width, height;
  PerseaImage        *image;
  float              *values;

  /*< private >*/
  PerseaGimpStudio   *studio;
  int                 layer;
  PerseaRelevance    *relevance;
  PerseaRelevanceMap *map;
  char               *seen_by; /* the model that has seen the picture */
  char               *model;
  GStrv               texts;
  GStrv               minus;
  float               softness;
} PerseaGimpFinding;

/* @call: with a layer, and the parameters prompt, minus, softness, model */
PerseaGimpFinding *persea_gimp_finding_new (PerseaGimpCall *call);
void               persea_gimp_finding_free (PerseaGimpFinding *finding);

/* takes over what a call asks for; %FALSE with @error set if that is nothing */
gboolean persea_gimp_finding_prepare (PerseaGimpFinding *finding, PerseaGimpCall *call, GError **error);

/* a PerseaGimpWorkFunc; the picture is looked at once, unless the model changes */
gboolean persea_gimp_finding_work (PerseaGimpTask *task, gpointer finding, GError **error);

/* how much of a pixel is selected: 0 to 255 */
uint8_t persea_gimp_finding_judge (PerseaGimpFinding *finding, float value, double threshold);

/**
 * persea_gimp_finding_select:
 * @call: with the parameters threshold and operation; gets the result share
 *
 * Makes a selection of what was found.
 */
void persea_gimp_finding_select (PerseaGimpFinding *finding, PerseaGimpCall *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaGimpFinding, persea_gimp_finding_free)

G_END_DECLS
