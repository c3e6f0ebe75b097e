/* persea-bus-options.c - from variants to options
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-options.h"

#include "persea-error.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define BUS_MAX_TOKEN 64

static void
bus_close_file (gpointer file)
{
  close (*(int *) file);
}

static void
bus_error_free (gpointer error)
{
  if (error != NULL)
    g_error_free (error);
}

void
persea_bus_tag_call_free (PerseaBusTagCall *call)
{
  if (call == NULL)
    return;
  g_free (call->token);
  g_free (call->model);
  persea_tag_options_clear (&call->tag);
  g_ptr_array_unref (call->paths);
  g_ptr_array_unref (call->uris);
  g_ptr_array_unref (call->errors);
  g_array_unref (call->files);
  g_free (call);
}

static PerseaBusTagCall *
bus_tag_call_new (void)
{
  PerseaBusTagCall *call = g_new0 (PerseaBusTagCall, 1);

  persea_tag_options_init (&call->tag);
  call->paths = g_ptr_array_new_with_free_func (g_free);
  call->uris = g_ptr_array_new_with_free_func (g_free);
  call->errors = g_ptr_array_new_with_free_func (bus_error_free);
  call->files = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (call->files, bus_close_file);
  return call;
}

static gboolean
bus_check_type (const char *key, GVariant *value, const char *type, GError **error)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected a value of type %s, found %s"), key, type,
               g_variant_get_type_string (value));
  return FALSE;
}

static gboolean
bus_set_token (PerseaBusTagCall *call, GVariant *value, GError **error)
{
  const char *token;
  size_t length;

  if (!bus_check_type ("token", value, "s", error))
    return FALSE;
  token = g_variant_get_string (value, &length);
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
bus_set_tags (PerseaBusTagCall *call, GVariant *value, GError **error)
{
  g_autofree const char **tags = NULL;
  g_autofree char *joined = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return persea_tag_options_set (&call->tag, "tags", g_variant_get_string (value, NULL), error);
  if (!bus_check_type ("tags", value, "as", error))
    return FALSE;
  tags = g_variant_get_strv (value, NULL);
  for (size_t i = 0; tags[i] != NULL; i++)
    if (strchr (tags[i], ',') != NULL)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     _("tags: no tag may have a comma, found “%s”"), tags[i]);
        return FALSE;
      }
  joined = g_strjoinv (",", (char **) tags);
  return persea_tag_options_set (&call->tag, "tags", joined, error);
}

static gboolean
bus_set_number (PerseaBusTagCall *call, const char *key, GVariant *value, GError **error)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  gboolean whole = strcmp (key, "top") == 0;

  if (!bus_check_type (key, value, whole ? "u" : "d", error))
    return FALSE;
  if (whole)
    g_snprintf (text, sizeof text, "%u", g_variant_get_uint32 (value));
  else
    g_ascii_dtostr (text, sizeof text, g_variant_get_double (value));
  return persea_tag_options_set (&call->tag, key, text, error);
}

static gboolean
bus_set_text (PerseaBusTagCall *call, const char *key, GVariant *value, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      g_auto (PerseaTagOptions) scratch;

      /* an unknown key is worse than a wrong type */
      persea_tag_options_init (&scratch);
      if (persea_tag_options_set (&scratch, key, "", &local_error))
        return bus_check_type (key, value, "s", error);
    }
  else if (persea_tag_options_set (&call->tag, key, g_variant_get_string (value, NULL),
                                   &local_error))
    return TRUE;
  if (g_error_matches (local_error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND))
    local_error->code = PERSEA_ERROR_INVALID_ARGUMENT;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* A descriptor that is not a regular file is an item in error, for reading it may never end. */
static void
bus_add_file (PerseaBusTagCall *call, int file)
{
  struct stat status;
  GError *error = NULL;
  char *path = NULL;

  if (fstat (file, &status) == 0 && S_ISREG (status.st_mode))
    path = g_strdup_printf ("/proc/self/fd/%d", file);
  else
    error = g_error_new (PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                         _("the descriptor is not of a regular file"));
  g_array_append_val (call->files, file);
  g_ptr_array_add (call->paths, path);
  g_ptr_array_add (call->uris, NULL);
  g_ptr_array_add (call->errors, error);
}

static gboolean
bus_set_files (PerseaBusTagCall *call, GVariant *value, GUnixFDList *fd_list, GError **error)
{
  size_t n;

  if (!bus_check_type ("files", value, "ah", error))
    return FALSE;
  n = g_variant_n_children (value);
  for (size_t i = 0; i < n && n <= PERSEA_BUS_MAX_PICTURES; i++)
    {
      gint32 handle = -1;
      int file = -1;

      g_variant_get_child (value, i, "h", &handle);
      if (fd_list != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (fd_list))
        file = g_unix_fd_list_get (fd_list, handle, NULL);
      if (file < 0)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       _("files: number %u did not come with the message"), (unsigned) i);
          return FALSE;
        }
      bus_add_file (call, file);
    }
  return TRUE;
}

static gboolean
bus_set_option (PerseaBusTagCall  *call,
                const char        *key,
                GVariant          *value,
                GUnixFDList       *fd_list,
                GError           **error)
{
  if (strcmp (key, "token") == 0)
    return bus_set_token (call, value, error);
  if (strcmp (key, "lasting") == 0)
    {
      if (!bus_check_type (key, value, "b", error))
        return FALSE;
      call->lasting = g_variant_get_boolean (value);
      return TRUE;
    }
  if (strcmp (key, "files") == 0)
    return bus_set_files (call, value, fd_list, error);
  if (strcmp (key, "model") == 0)
    {
      if (!bus_check_type (key, value, "s", error))
        return FALSE;
      g_free (call->model);
      call->model = g_variant_dup_string (value, NULL);
      return TRUE;
    }
  if (strcmp (key, "tags") == 0)
    return bus_set_tags (call, value, error);
  if (strcmp (key, "top") == 0 || strcmp (key, "threshold") == 0)
    return bus_set_number (call, key, value, error);
  return bus_set_text (call, key, value, error);
}

static void
bus_add_uri (PerseaBusTagCall *call, const char *uri)
{
  g_autofree char *host = NULL;
  GError *error = NULL;
  char *path = g_filename_from_uri (uri, &host, &error);

  if (error != NULL)
    {
      error->domain = PERSEA_ERROR;
      error->code = PERSEA_ERROR_UNSUPPORTED;
    }
  else if (host != NULL && host[0] != '\0' && strcmp (host, "localhost") != 0)
    {
      g_clear_pointer (&path, g_free);
      error = g_error_new (PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                           _("%s: is on another machine"), uri);
    }
  g_ptr_array_add (call->paths, path);
  g_ptr_array_add (call->uris, g_strdup (uri));
  g_ptr_array_add (call->errors, error);
}

static gboolean
bus_check_call (const PerseaBusTagCall *call, GError **error)
{
  const char *vocabulary = call->tag.vocabulary;

  if (call->paths->len == 0 || call->paths->len > PERSEA_BUS_MAX_PICTURES)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("uris and files: expected 1 to %d pictures, found %u"),
                   PERSEA_BUS_MAX_PICTURES, call->paths->len);
      return FALSE;
    }
  if (call->files->len > 0 && call->tag.write != PERSEA_WRITE_NONE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("files: tags can only be written to pictures that are given as URIs"));
      return FALSE;
    }
  if ((vocabulary != NULL && strchr (vocabulary, '/') != NULL && vocabulary[0] != '/')
      || (call->model != NULL && strchr (call->model, '/') != NULL && call->model[0] != '/'))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("vocabulary and model: expected a name or an absolute path"));
      return FALSE;
    }
  return TRUE;
}

PerseaBusTagCall *
persea_bus_tag_call_parse (const char *const  *uris,
                           GVariant           *options,
                           GUnixFDList        *fd_list,
                           GError            **error)
{
  g_autoptr (PerseaBusTagCall) call = bus_tag_call_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GVariantIter iter;
  const char *key;
  GVariant *child;

  for (size_t i = 0; uris[i] != NULL && i <= PERSEA_BUS_MAX_PICTURES; i++)
    bus_add_uri (call, uris[i]);

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &child))
    {
      g_autoptr (GVariant) value = child;

      if (!g_hash_table_add (seen, (gpointer) key))
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: is there twice"),
                       key);
          return NULL;
        }
      if (!bus_set_option (call, key, value, fd_list, error))
        return NULL;
    }
  return bus_check_call (call, error) ? g_steal_pointer (&call) : NULL;
}
