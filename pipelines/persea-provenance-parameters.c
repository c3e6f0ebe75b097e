/* persea-provenance-parameters.c - the text chunk "parameters" of PNG files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Its form is nowhere written down but in the programs that use it: lines of prompt, lines of
 * negative prompt from "Negative prompt:" on, and a last line "Name: value, …" with at least three
 * names; a value with a comma in it is a JSON string.
 */
#include "config.h"

#include "persea-provenance.h"

#include <string.h>

#define NEGATIVE "Negative prompt: "
#define MIN_PARAMETERS 3

/* what everybody calls it, and we */
static const struct
{
  const char *parameter;
  const char *field;
} parameters[] = {
  { "Seed", "Seed" },
  { "CFG scale", "Guidance" },
  { "Model", "Generator" },
  { "Model hash", "GeneratorIdentity" },
  { "VAE", "Codebook" },
  { "VAE hash", "CodebookIdentity" },
  { "Candidate", "Candidate" },
  { "Candidates", "Candidates" },
  { "Temperature", "Temperature" },
  { "Top k", "TopK" },
  { "Top p", "TopP" },
  { "Output size", "Size" },
  { "Score", "Score" },
  { "CLIP", "Clip" },
  { "CLIP hash", "ClipIdentity" },
  { "Precision", "Precision" },
  { "Device", "Device" },
  { "Kind", "Kind" },
  { "Source", "Source" },
  { "Source hash", "SourceIdentity" },
  { "Details", "Details" },
  { "Mask hash", "MaskIdentity" },
  { "Date", "Date" },
  { "Version", "Software" },
};

static void
append_parameter (GString *line, const char *name, const char *value)
{
  g_string_append_printf (line, "%s%s: ", line->len > 0 ? ", " : "", name);
  if (!strpbrk (value, ",:\"\\\n\r"))
    {
      g_string_append (line, value);
      return;
    }
  g_string_append_c (line, '"');
  for (const char *p = value; *p; p++)
    if (*p == '\n' || *p == '\r')
      g_string_append_c (line, ' ');
    else
      {
        if (*p == '"' || *p == '\\')
          g_string_append_c (line, '\\');
        g_string_append_c (line, *p);
      }
  g_string_append_c (line, '"');
}

static const char *
find_value (GPtrArray *fields, const char *name)
{
  for (unsigned i = 0; i < fields->len; i++)
    {
      const PerseaProvenanceField *field = fields->pdata[i];

      if (strcmp (field->name, name) == 0)
        return field->value;
    }
  return NULL;
}

char *
persea_provenance_format_parameters (const PerseaProvenance *provenance)
{
  g_autoptr (GPtrArray) fields = persea_provenance_list_fields (provenance);
  g_autoptr (GString) line = g_string_new (NULL);
  GString *text = g_string_new (provenance->prompt);

  if (provenance->negative && *provenance->negative)
    g_string_append_printf (text, "\n" NEGATIVE "%s", provenance->negative);
  for (size_t i = 0; i < G_N_ELEMENTS (parameters); i++)
    {
      const char *value = find_value (fields, parameters[i].field);

      if (value)
        append_parameter (line, parameters[i].parameter, value);
    }
  g_string_append_printf (text, "\n%s", line->str);
  return g_string_free (text, FALSE);
}

/* Moves *@at behind a value and the comma that follows it. */
static char *
parse_value (const char **at)
{
  GString *value = g_string_new (NULL);
  const char *p = *at;

  if (*p == '"')
    {
      for (p++; *p && *p != '"'; p++)
        {
          if (*p == '\\' && p[1])
            p++;
          g_string_append_c (value, *p);
        }
      p += strcspn (p, ",");
    }
  else
    {
      size_t n = strcspn (p, ",");

      g_string_append_len (value, p, n);
      p += n;
    }
  *at = *p == ',' ? p + 1 : p;
  return g_strstrip (g_string_free (value, FALSE));
}

static void
set_parameter (PerseaProvenance *provenance, const char *name, const char *value)
{
  for (size_t i = 0; i < G_N_ELEMENTS (parameters); i++)
    if (strcmp (name, parameters[i].parameter) == 0)
      persea_provenance_set_field (provenance, parameters[i].field, value);
}

/* Returns: how many names there are on the line; 0 for a line of another kind */
static unsigned
parse_line (PerseaProvenance *provenance, const char *line)
{
  unsigned n = 0;

  for (const char *at = line; *at;)
    {
      const char *colon = strchr (at, ':');
      g_autofree char *name = NULL;
      g_autofree char *value = NULL;

      if (!colon || memchr (at, ',', colon - at))
        return 0;
      name = g_strstrip (g_strndup (at, colon - at));
      at = colon + 1;
      at += strspn (at, " ");
      value = parse_value (&at);
      set_parameter (provenance, name, value);
      n++;
    }
  return n;
}

PerseaProvenance *
persea_provenance_parse_parameters (const char *text)
{
  g_autoptr (PerseaProvenance) provenance = persea_provenance_new ();
  g_autofree char *lines = g_strchomp (g_strdup (text));
  char *last = strrchr (lines, '\n');
  char *negative;

  if (!g_utf8_validate (text, -1, NULL) || !last)
    return NULL;
  g_clear_pointer (&provenance->software, g_free);
  g_clear_pointer (&provenance->date, g_free);
  if (parse_line (provenance, last + 1) < MIN_PARAMETERS)
    return NULL;
  *last = '\0';
  negative = strstr (lines, "\n" NEGATIVE);
  if (negative)
    {
      provenance->negative = g_strdup (negative + strlen ("\n" NEGATIVE));
      *negative = '\0';
    }
  provenance->prompt = g_strdup (lines);
  return g_steal_pointer (&provenance);
}
