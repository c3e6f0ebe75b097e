/* persea-bus-compare.c - from variants to what pictures are compared with
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-compare.h"

#include "persea-error.h"
#include "persea-work-embed.h"
#include "persea-work-rank.h"

#include <string.h>

#include <glib/gi18n.h>

#define RANK_TOP 10

/* what both have */
typedef struct
{
  gboolean     exact;
  gboolean     raw;
  unsigned     top;
  const char **texts; /* (nullable): the strings belong to the message */
} Comparison;

static gboolean
compare_set_exact (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  ((Comparison *) target)->exact = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
compare_set_raw (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  ((Comparison *) target)->raw = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
compare_set_top (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  ((Comparison *) target)->top = g_variant_get_uint32 (value);
  return TRUE;
}

static gboolean
compare_set_texts (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Comparison *comparison = target;
  size_t n = g_variant_n_children (value);

  if (n > PERSEA_BUS_MAX_TEXTS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("texts: expected %d at most, found %zu"), PERSEA_BUS_MAX_TEXTS, n);
      return FALSE;
    }
  comparison->texts = g_variant_get_strv (value, NULL);
  for (size_t i = 0; i < n; i++)
    if (strlen (comparison->texts[i]) > PERSEA_BUS_MAX_TEXT_BYTES)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     _("texts: number %zu has more than %d bytes"), i, PERSEA_BUS_MAX_TEXT_BYTES);
        return FALSE;
      }
  return TRUE;
}

static const PerseaBusOption rank_options[] = {
  { "files", "ah", persea_bus_call_add_files },
  { "exact", "b", compare_set_exact },
  { "top", "u", compare_set_top },
};

static const PerseaBusOption embed_options[] = {
  { "files", "ah", persea_bus_call_add_files },
  { "exact", "b", compare_set_exact },
  { "raw", "b", compare_set_raw },
  { "texts", "as", compare_set_texts },
};

PerseaWork *
persea_bus_rank_parse (PerseaBusCall *call, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) uris = g_variant_get_child_value (arguments, 0);
  g_autoptr (GVariant) texts = g_variant_get_child_value (arguments, 1);
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 2);
  Comparison comparison = { .top = RANK_TOP };
  g_autofree const char **strings = NULL;
  PerseaRankOptions rank;
  gboolean ok;

  persea_bus_call_add_uris (call, uris);
  ok = compare_set_texts (call, &comparison, "texts", texts, error)
       && persea_bus_call_parse_options (call, options, rank_options, G_N_ELEMENTS (rank_options),
                                         &comparison, error)
       && persea_bus_call_check_pictures (call, error);
  strings = comparison.texts;
  if (!ok)
    return NULL;
  if (strings[0] == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("texts: there is nothing to choose from"));
      return NULL;
    }
  rank = (PerseaRankOptions) {
    .model = call->model,
    .exact = comparison.exact,
    .texts = strings,
    .top = comparison.top,
  };
  return persea_work_rank_new (call->pictures, &rank);
}

PerseaWork *
persea_bus_embed_parse (PerseaBusCall *call, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) uris = g_variant_get_child_value (arguments, 0);
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 1);
  Comparison comparison = { FALSE };
  g_autofree const char **strings = NULL;
  PerseaEmbedOptions embed;
  gboolean ok;

  persea_bus_call_add_uris (call, uris);
  ok = persea_bus_call_parse_options (call, options, embed_options, G_N_ELEMENTS (embed_options),
                                      &comparison, error);
  strings = comparison.texts;
  /* texts alone are enough */
  if (!ok
      || ((strings == NULL || strings[0] == NULL || persea_pictures_get_length (call->pictures) > 0)
          && !persea_bus_call_check_pictures (call, error)))
    return NULL;
  embed = (PerseaEmbedOptions) {
    .model = call->model,
    .exact = comparison.exact,
    .raw = comparison.raw,
    .texts = strings,
  };
  return persea_work_embed_new (call->pictures, &embed);
}
