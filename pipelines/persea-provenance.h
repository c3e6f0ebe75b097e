/* persea-provenance.h - how a machine-made picture came about
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Everything that is needed to make the picture again, and to see that it was made by a machine.
 * It travels in the picture, in two forms:
 *
 * XMP, in any format that takes it: http://persea.org/ns/1.0/ (prefix persea) Prompt, Negative,
 * Seed, Candidate, Candidates, Guidance, Temperature, TopK, TopP, Size, Score, Generator,
 * GeneratorIdentity, Codebook, CodebookIdentity, Clip, ClipIdentity, Precision, Device, Kind,
 * Source, SourceIdentity, Details, MaskIdentity, Date, Software; besides
 * Iptc4xmpExt:DigitalSourceType, dc:description (the prompt), xmp:CreatorTool and xmp:CreateDate for everybody else.  A program that rewrites the picture
 * usually keeps it.
 *
 * A PNG text chunk "parameters", as the field's tools write and read it: the prompt, a line
 * "Negative prompt: …", a line "Seed: …, CFG scale: …, Model: …, …"; and "Software".
 *
 * The seed may have all its 64 bits; numbers are written so that they are read back exactly.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * PerseaMade:
 * @PERSEA_MADE_DRAWN: from words alone
 * @PERSEA_MADE_COMPLETED: a part of another picture was kept
 * @PERSEA_MADE_VARIED: a share of another picture's codes was kept
 */
typedef enum
{
  PERSEA_MADE_DRAWN,
  PERSEA_MADE_COMPLETED,
  PERSEA_MADE_VARIED,
  PERSEA_N_MADE,
} PerseaMade;

/* (transfer none): "generate", "complete", "vary": the command that does it */
const char *persea_made_name (PerseaMade made);

/**
 * PerseaProvenance:
 * @made: how
 * @prompt: what was to be drawn
 * @negative: (nullable): what was not
 * @seed: of the random numbers
 * @candidate: which of the seed's pictures, from 0
 * @n_candidates: how many it was chosen from
 * @guidance: strength of the prompt
 * @temperature: of the sampling
 * @top_k: so many codes at most to choose from, 0 for all
 * @top_p: their share of the probability at least
 * @size: pixels of each side that were asked for, 0 for the codebook's own
 * @score: cosine of prompt and picture by @clip; NAN if none looked at it
 * @model: the generator's name
 * @model_identity: changes with its weights
 * @codebook: name of what made pixels of the codes
 * @codebook_identity: changes with its weights
 * @clip: (nullable): name of the model that ranked
 * @clip_identity: (nullable): changes with its weights
 * @precision: of generator and codebook ("f32", "bf16", …)
 * @device: what it was made on
 * @software: "persea 0.1.0"
 * @date: ISO 8601, UTC
 * @source: (nullable): name of the picture that was completed or varied, without folders
 * @source_identity: (nullable): SHA-256 of that file, in hexadecimal digits
 * @details: (nullable): what else is needed to do that again, in one line
 * @mask_identity: (nullable): SHA-256 of the file that @details names, if it names one
 */
typedef struct
{
  PerseaMade  made;
  char       *prompt;
  char       *negative;
  uint64_t    seed;
  uint64_t    candidate;
  uint64_t    n_candidates;
  float       guidance;
  float       temperature;
  unsigned    top_k;
  float       top_p;
  unsigned    size;
  float       score;
  char       *model;
  char       *model_identity;
  char       *codebook;
  char       *codebook_identity;
  char       *clip;
  char       *clip_identity;
  char       *precision;
  char       *device;
  char       *software;
  char       *date;
  char       *source;
  char       *source_identity;
  char       *details;
  char       *mask_identity;
} PerseaProvenance;

/* everything empty, the software and the present time filled in */
PerseaProvenance *persea_provenance_new (void);

PerseaProvenance *persea_provenance_copy (const PerseaProvenance *provenance);
void              persea_provenance_free (PerseaProvenance *provenance);

/**
 * persea_provenance_format_parameters:
 *
 * Returns: (transfer full): the text of the PNG chunk "parameters", UTF-8
 */
char *persea_provenance_format_parameters (const PerseaProvenance *provenance);

/**
 * persea_provenance_parse_parameters:
 * @text: UTF-8, from anywhere
 *
 * Reads such a text, by whomever it was written; what other programs note and we do not know is
 * left out.
 *
 * Returns: (transfer full) (nullable): what it says; %NULL if it is no such text
 */
PerseaProvenance *persea_provenance_parse_parameters (const char *text);

/**
 * PerseaProvenanceField:
 * @name: in XMP ("Seed"); in JSON the same in small letters ("seed", "top_k")
 * @json: that name
 * @value: (nullable): its value as text; %NULL if it has none
 * @is_number: whether JSON writes it without quotes
 *
 * For those who write all that is known, one after the other.
 */
typedef struct
{
  const char *name;
  const char *json;
  char       *value;
  gboolean    is_number;
} PerseaProvenanceField;

/* (transfer full) (element-type PerseaProvenanceField): all fields that have a value, in a fixed order */
GPtrArray *persea_provenance_list_fields (const PerseaProvenance *provenance);

void persea_provenance_field_free (PerseaProvenanceField *field);

/* whether there is such a field */
gboolean persea_provenance_knows_field (const char *name);

/**
 * persea_provenance_set_field:
 * @name: as above
 * @value: from outside
 *
 * Returns: whether there is such a field and @value is one for it
 */
gboolean persea_provenance_set_field (PerseaProvenance *provenance,
                                      const char       *name,
                                      const char       *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaProvenance, persea_provenance_free)

G_END_DECLS
