/* persea-bus-call.c - from variants to what all calls have in common
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-call.h"

#include "persea-error.h"

#include <string.h>

#include <glib/gi18n.h>

#define BUS_MAX_TOKEN 64
/* what messages show of a key, characters */
#define BUS_KEY_SHOWN 60

PerseaBusCall *
persea_bus_call_new (GUnixFDList *fd_list)
{
  PerseaBusCall *call = g_new0 (PerseaBusCall, 1);

  call->pictures = persea_pictures_new ();
  call->sources = persea_pictures_new ();
  call->fd_list = fd_list;
  return call;
}

void
persea_bus_call_free (PerseaBusCall *call)
{
  if (call == NULL)
    return;
  persea_pictures_unref (call->pictures);
  persea_pictures_unref (call->sources);
  g_free (call->token);
  g_free (call->model);
  g_free (call);
}

/* Options of all methods */

static gboolean
call_set_token (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  size_t length;
  const char *token = g_variant_get_string (value, &length);

  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isalnum (token[i]) && token[i] != '_')
      length = 0;
  if (length == 0 || length > BUS_MAX_TOKEN)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("token: expected 1 to %d letters, digits and underscores"), BUS_MAX_TOKEN);
      return FALSE;
    }
  call->token = g_strdup (token);
  return TRUE;
}

static gboolean
call_set_lasting (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  call->lasting = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
call_set_priority (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  static const char *const names[PERSEA_N_PRIORITIES] = {
    [PERSEA_PRIORITY_INTERACTIVE] = "interactive",
    [PERSEA_PRIORITY_BACKGROUND] = "background",
  };

  for (unsigned i = 0; i < PERSEA_N_PRIORITIES; i++)
    if (strcmp (g_variant_get_string (value, NULL), names[i]) == 0)
      {
        call->priority = i;
        return TRUE;
      }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("priority: expected interactive or background"));
  return FALSE;
}

static gboolean
call_set_model (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  call->model = g_variant_dup_string (value, NULL);
  return persea_bus_check_name (key, call->model, error);
}

static const PerseaBusOption call_options[] = {
  { "token", "s", call_set_token },
  { "lasting", "b", call_set_lasting },
  { "priority", "s", call_set_priority },
  { "model", "s", call_set_model },
};

gboolean
persea_bus_check_name (const char *key, const char *value, GError **error)
{
  if (value[0] == '/' || strchr (value, '/') == NULL)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected a name or an absolute path"), key);
  return FALSE;
}

static const PerseaBusOption *
call_find_option (const PerseaBusOption *options, size_t n, const char *key)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp (key, options[i].key) == 0)
      return &options[i];
  return NULL;
}

static gboolean
call_check_type (const PerseaBusOption *option, GVariant *value, GError **error)
{
  g_auto (GStrv) types = g_strsplit (option->types, " ", -1);

  if (g_strv_contains ((const char *const *) types, g_variant_get_type_string (value)))
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected a value of type %s, found %.32s"), option->key, option->types,
               g_variant_get_type_string (value));
  return FALSE;
}

/* (transfer full): what a message shows of a key that may be anything */
static char *
call_show_key (const char *key)
{
  return g_utf8_substring (key, 0, MIN (g_utf8_strlen (key, -1), BUS_KEY_SHOWN));
}

/* (nullable): the option with this key that is not in @seen yet */
static const PerseaBusOption *
call_choose_option (const PerseaBusOption  *own,
                    size_t                  n_own,
                    const char             *key,
                    GHashTable             *seen,
                    GError                **error)
{
  const PerseaBusOption *option = call_find_option (own, n_own, key);
  g_autofree char *shown = call_show_key (key);

  if (option == NULL)
    option = call_find_option (call_options, G_N_ELEMENTS (call_options), key);
  if (option != NULL && g_hash_table_add (seen, (gpointer) option))
    return option;
  if (option == NULL)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: no such option"), shown);
  else
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: is there twice"), shown);
  return NULL;
}

gboolean
persea_bus_call_parse_options (PerseaBusCall          *call,
                               GVariant               *options,
                               const PerseaBusOption  *own,
                               size_t                  n_own,
                               gpointer                target,
                               GError                **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  GVariantIter iter;
  const char *key;
  GVariant *child;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &child))
    {
      g_autoptr (GVariant) value = child;
      const PerseaBusOption *option = call_choose_option (own, n_own, key, seen, error);

      if (option == NULL || !call_check_type (option, value, error)
          || !option->set (call, target, option->key, value, error))
        return FALSE;
    }
  return TRUE;
}

/* Pictures */

void
persea_bus_call_add_uris (PerseaBusCall *call, GVariant *uris)
{
  GVariantIter iter;
  const char *uri;

  g_variant_iter_init (&iter, uris);
  while (persea_pictures_get_length (call->pictures) <= PERSEA_BUS_MAX_PICTURES
         && g_variant_iter_next (&iter, "&s", &uri))
    persea_pictures_add_uri (call->pictures, uri);
}

int
persea_bus_call_take_file (PerseaBusCall *call, const char *key, GVariant *value, GError **error)
{
  gint32 handle = g_variant_get_handle (value);
  int file = -1;

  if (call->fd_list != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (call->fd_list))
    file = g_unix_fd_list_get (call->fd_list, handle, NULL);
  if (file < 0)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                 _("%s: descriptor %d did not come with the message"), key, handle);
  return file;
}

gboolean
persea_bus_call_add_files (PerseaBusCall  *call,
                           gpointer        target,
                           const char     *key,
                           GVariant       *value,
                           GError        **error)
{
  size_t n = g_variant_n_children (value);

  for (size_t i = 0; i < n && i <= PERSEA_BUS_MAX_PICTURES; i++)
    {
      g_autoptr (GVariant) handle = g_variant_get_child_value (value, i);
      int file = persea_bus_call_take_file (call, key, handle, error);

      if (file < 0)
        return FALSE;
      persea_pictures_add_file (call->pictures, file);
    }
  return TRUE;
}

unsigned
persea_bus_call_count_files (const PerseaBusCall *call)
{
  return persea_pictures_count_files (call->pictures) + persea_pictures_count_files (call->sources);
}

void
persea_bus_call_drop_pictures (PerseaBusCall *call)
{
  g_clear_pointer (&call->pictures, persea_pictures_unref);
  g_clear_pointer (&call->sources, persea_pictures_unref);
}

gboolean
persea_bus_call_check_pictures (PerseaBusCall *call, GError **error)
{
  unsigned n = persea_pictures_get_length (call->pictures);

  if (n > 0 && n <= PERSEA_BUS_MAX_PICTURES)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("uris and files: expected 1 to %d pictures, found %u"), PERSEA_BUS_MAX_PICTURES, n);
  return FALSE;
}
