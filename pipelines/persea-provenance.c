/* persea-provenance.c - how a machine-made picture came about
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One table of fields, so that XMP, text chunks, JSON and words cannot know different ones.
 */
#include "config.h"

#include "persea-provenance.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

typedef enum
{
  FIELD_TEXT,
  FIELD_MADE,
  FIELD_INTEGER,  /* uint64_t */
  FIELD_UNSIGNED,
  FIELD_OPTIONAL, /* the same, 0 for none */
  FIELD_REAL,     /* float */
} FieldKind;

#define MEMBER(member) offsetof (PerseaProvenance, member)

static const struct
{
  const char *name;
  const char *json;
  FieldKind   kind;
  size_t      offset;
} fields[] = {
  { "Prompt", "prompt", FIELD_TEXT, MEMBER (prompt) },
  { "Negative", "negative", FIELD_TEXT, MEMBER (negative) },
  { "Seed", "seed", FIELD_INTEGER, MEMBER (seed) },
  { "Candidate", "candidate", FIELD_INTEGER, MEMBER (candidate) },
  { "Candidates", "candidates", FIELD_INTEGER, MEMBER (n_candidates) },
  { "Score", "score", FIELD_REAL, MEMBER (score) },
  { "Guidance", "guidance", FIELD_REAL, MEMBER (guidance) },
  { "Temperature", "temperature", FIELD_REAL, MEMBER (temperature) },
  { "TopK", "top_k", FIELD_UNSIGNED, MEMBER (top_k) },
  { "TopP", "top_p", FIELD_REAL, MEMBER (top_p) },
  { "Size", "size", FIELD_OPTIONAL, MEMBER (size) },
  { "Generator", "model", FIELD_TEXT, MEMBER (model) },
  { "GeneratorIdentity", "model_identity", FIELD_TEXT, MEMBER (model_identity) },
  { "Codebook", "codebook", FIELD_TEXT, MEMBER (codebook) },
  { "CodebookIdentity", "codebook_identity", FIELD_TEXT, MEMBER (codebook_identity) },
  { "Clip", "clip", FIELD_TEXT, MEMBER (clip) },
  { "ClipIdentity", "clip_identity", FIELD_TEXT, MEMBER (clip_identity) },
  { "Precision", "precision", FIELD_TEXT, MEMBER (precision) },
  { "Device", "device", FIELD_TEXT, MEMBER (device) },
  { "Kind", "kind", FIELD_MADE, MEMBER (made) },
  { "Source", "source", FIELD_TEXT, MEMBER (source) },
  { "SourceIdentity", "source_identity", FIELD_TEXT, MEMBER (source_identity) },
  { "Details", "details", FIELD_TEXT, MEMBER (details) },
  { "MaskIdentity", "mask_identity", FIELD_TEXT, MEMBER (mask_identity) },
  { "Date", "date", FIELD_TEXT, MEMBER (date) },
  { "Software", "software", FIELD_TEXT, MEMBER (software) },
};

static const char *const made_names[PERSEA_N_MADE] = { "generate", "complete", "vary" };

const char *
persea_made_name (PerseaMade made)
{
  g_return_val_if_fail ((unsigned) made < PERSEA_N_MADE, NULL);

  return made_names[made];
}

PerseaProvenance *
persea_provenance_new (void)
{
  PerseaProvenance *provenance = g_new0 (PerseaProvenance, 1);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  provenance->score = NAN;
  provenance->software = g_strdup ("persea " PERSEA_VERSION);
  provenance->date = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  return provenance;
}

static char **
field_text (PerseaProvenance *provenance, size_t i)
{
  return (char **) ((char *) provenance + fields[i].offset);
}

PerseaProvenance *
persea_provenance_copy (const PerseaProvenance *provenance)
{
  PerseaProvenance *copy = g_new (PerseaProvenance, 1);

  *copy = *provenance;
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].kind == FIELD_TEXT)
      *field_text (copy, i) = g_strdup (*field_text (copy, i));
  return copy;
}

void
persea_provenance_free (PerseaProvenance *provenance)
{
  if (!provenance)
    return;

  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].kind == FIELD_TEXT)
      g_free (*field_text (provenance, i));
  g_free (provenance);
}

/* the shortest that is read back as the same float */
static char *
format_real (float value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    return NULL;
  for (int precision = 6; precision < 10; precision++)
    {
      char format[] = { '%', '.', (char) ('0' + precision), 'g', '\0' };

      g_ascii_formatd (digits, sizeof digits, format, value);
      if ((float) g_ascii_strtod (digits, NULL) == value)
        break;
    }
  return g_strdup (digits);
}

static char *
format_field (const PerseaProvenance *provenance, size_t i)
{
  const void *member = (const char *) provenance + fields[i].offset;

  switch (fields[i].kind)
    {
    case FIELD_INTEGER:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, *(const uint64_t *) member);
    case FIELD_OPTIONAL:
    case FIELD_UNSIGNED:
      if (fields[i].kind == FIELD_OPTIONAL && *(const unsigned *) member == 0)
        return NULL;
      return g_strdup_printf ("%u", *(const unsigned *) member);
    case FIELD_REAL:
      return format_real (*(const float *) member);
    case FIELD_MADE:
      return g_strdup (persea_made_name (*(const PerseaMade *) member));
    case FIELD_TEXT:
      break;
    }
  return g_strdup (*(char *const *) member);
}

GPtrArray *
persea_provenance_list_fields (const PerseaProvenance *provenance)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_provenance_field_free);

  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *value = format_field (provenance, i);
      PerseaProvenanceField *field;

      if (!value)
        continue;
      field = g_new (PerseaProvenanceField, 1);
      *field = (PerseaProvenanceField) {
        .name = fields[i].name,
        .json = fields[i].json,
        .value = g_steal_pointer (&value),
        .is_number = fields[i].kind != FIELD_TEXT && fields[i].kind != FIELD_MADE,
      };
      g_ptr_array_add (list, field);
    }
  return list;
}

void
persea_provenance_field_free (PerseaProvenanceField *field)
{
  if (!field)
    return;

  g_free (field->value);
  g_free (field);
}

static gboolean
parse_real (const char *value, float *real)
{
  char *end;
  double parsed = g_ascii_strtod (value, &end);

  if (end == value || *end || !isfinite (parsed) || fabs (parsed) > G_MAXFLOAT)
    return FALSE;
  *real = (float) parsed;
  return TRUE;
}

static gboolean
parse_made (const char *value, PerseaMade *made)
{
  for (int i = 0; i < PERSEA_N_MADE; i++)
    if (strcmp (value, made_names[i]) == 0)
      {
        *made = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
set_field (PerseaProvenance *provenance, size_t i, const char *value)
{
  void *member = (char *) provenance + fields[i].offset;
  guint64 number;

  switch (fields[i].kind)
    {
    case FIELD_INTEGER:
      if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &number, NULL))
        return FALSE;
      *(uint64_t *) member = number;
      return TRUE;
    case FIELD_OPTIONAL:
    case FIELD_UNSIGNED:
      if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT, &number, NULL))
        return FALSE;
      *(unsigned *) member = (unsigned) number;
      return TRUE;
    case FIELD_REAL:
      return parse_real (value, member);
    case FIELD_MADE:
      return parse_made (value, member);
    case FIELD_TEXT:
      break;
    }
  if (!g_utf8_validate (value, -1, NULL))
    return FALSE;
  g_free (*(char **) member);
  *(char **) member = g_strdup (value);
  return TRUE;
}

gboolean
persea_provenance_knows_field (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strcmp (fields[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

gboolean
persea_provenance_set_field (PerseaProvenance *provenance, const char *name, const char *value)
{
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strcmp (name, fields[i].name) == 0)
      return set_field (provenance, i, value);
  return FALSE;
}
