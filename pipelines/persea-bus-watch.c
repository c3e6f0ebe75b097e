/* persea-bus-watch.c - methods that edit persea.conf, properties that show what came of it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-watch.h"

#include "persea-bus-call.h"
#include "persea-bus-error.h"
#include "persea-dbus.h"
#include "persea-error.h"
#include "persea-settings-edit.h"

#include <string.h>

#include <glib/gi18n.h>

#define BUS_WATCH_MAX_FAILED 1000
#define BUS_WATCH_MAX_OPTIONS 100

struct _PerseaBusWatch
{
  GDBusConnection    *connection;
  PerseaDBusPersea1  *manager; /* its skeleton */
  PerseaWatches      *watches;
  char               *settings_path;
  PerseaBusWatchFunc  changed;
  gpointer            user_data;
  GHashTable         *objects; /* (owned) name → (owned) Object */
};

typedef struct
{
  PerseaBusWatch         *bus_watch; /* (unowned) */
  char                   *name;
  PerseaDBusPersea1Watch *skeleton;
} Object;

/* Letters and digits as they are, other bytes as an underscore and two digits. */
static char *
bus_watch_make_path (const char *name)
{
  GString *path = g_string_new (PERSEA_BUS_PATH "/watch/");

  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (path, *p);
    else
      g_string_append_printf (path, "_%02x", (unsigned char) *p);
  return g_string_free (path, FALSE);
}

static void
object_show_status (Object *object)
{
  PerseaWatchStatus status;
  PerseaDBusPersea1Watch *skeleton = object->skeleton;

  if (!persea_watches_get_status (object->bus_watch->watches, object->name, &status))
    return;
  persea_dbus_persea1_watch_set_path (skeleton,
                                      status.settings->folder != NULL ? status.settings->folder : "");
  persea_dbus_persea1_watch_set_mode (skeleton, persea_watch_mode_get_name (status.settings->mode));
  persea_dbus_persea1_watch_set_recursive (skeleton, status.settings->recursive);
  persea_dbus_persea1_watch_set_state (skeleton, persea_watch_state_get_name (status.state));
  persea_dbus_persea1_watch_set_reason (skeleton, status.reason != NULL ? status.reason : "");
  persea_dbus_persea1_watch_set_done (skeleton, status.counts.done);
  persea_dbus_persea1_watch_set_waiting (skeleton, status.counts.queued + status.counts.running);
  persea_dbus_persea1_watch_set_failed (skeleton, status.counts.failed);
}

/* Methods of a watch */

/* Answers a call that changed the settings, or could not.  The object may be gone afterwards. */
static gboolean
bus_watch_answer (PerseaBusWatch        *bus_watch,
                  GDBusMethodInvocation *invocation,
                  gboolean               done,
                  const GError          *error)
{
  if (done)
    {
      bus_watch->changed (bus_watch->user_data);
      g_dbus_method_invocation_return_value (invocation, NULL);
    }
  else
    persea_bus_error_return (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_pause (PerseaDBusPersea1Watch *skeleton,
                 GDBusMethodInvocation  *invocation,
                 gpointer                user_data)
{
  Object *object = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = persea_settings_edit_set (object->bus_watch->settings_path, object->name, "paused",
                                            "true", &error);

  return bus_watch_answer (object->bus_watch, invocation, done, error);
}

static gboolean
on_handle_resume (PerseaDBusPersea1Watch *skeleton,
                  GDBusMethodInvocation  *invocation,
                  gpointer                user_data)
{
  Object *object = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = persea_settings_edit_set (object->bus_watch->settings_path, object->name, "paused",
                                            NULL, &error);

  return bus_watch_answer (object->bus_watch, invocation, done, error);
}

static gboolean
on_handle_remove (PerseaDBusPersea1Watch *skeleton,
                  GDBusMethodInvocation  *invocation,
                  gpointer                user_data)
{
  Object *object = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = persea_settings_edit_remove (object->bus_watch->settings_path, object->name, &error);

  return bus_watch_answer (object->bus_watch, invocation, done, error);
}

static gboolean
on_handle_rescan (PerseaDBusPersea1Watch *skeleton,
                  GDBusMethodInvocation  *invocation,
                  gpointer                user_data)
{
  Object *object = user_data;

  persea_watches_rescan (object->bus_watch->watches, object->name);
  persea_dbus_persea1_watch_complete_rescan (skeleton, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
bus_watch_add_failure (GVariantBuilder *files, const PerseaQueueFailure *failure)
{
  g_autofree char *uri = g_filename_to_uri (failure->path, NULL, NULL);

  if (uri != NULL)
    g_variant_builder_add (files, "(sss)", uri, persea_bus_error_name_of_word (failure->code),
                           failure->message);
}

static gboolean
on_handle_get_failed (PerseaDBusPersea1Watch *skeleton,
                      GDBusMethodInvocation  *invocation,
                      unsigned                max,
                      gpointer                user_data)
{
  Object *object = user_data;
  g_autoptr (GPtrArray) failures = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder files;

  if (!persea_watches_list_failed (object->bus_watch->watches, object->name,
                                   MIN (max, BUS_WATCH_MAX_FAILED), &failures, &error))
    {
      persea_bus_error_return (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  g_variant_builder_init (&files, G_VARIANT_TYPE ("a(sss)"));
  for (unsigned i = 0; i < failures->len; i++)
    bus_watch_add_failure (&files, g_ptr_array_index (failures, i));
  persea_dbus_persea1_watch_complete_get_failed (skeleton, invocation,
                                                 g_variant_builder_end (&files));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Objects */

static void
object_free (Object *object)
{
  GDBusInterfaceSkeleton *interface = G_DBUS_INTERFACE_SKELETON (object->skeleton);

  g_signal_handlers_disconnect_by_data (object->skeleton, object);
  if (g_dbus_interface_skeleton_get_connection (interface) != NULL)
    g_dbus_interface_skeleton_unexport (interface);
  g_object_unref (object->skeleton);
  g_free (object->name);
  g_free (object);
}

static Object *
object_new (PerseaBusWatch *bus_watch, const char *name)
{
  Object *object = g_new0 (Object, 1);
  g_autofree char *path = bus_watch_make_path (name);
  g_autoptr (GError) error = NULL;

  object->bus_watch = bus_watch;
  object->name = g_strdup (name);
  object->skeleton = persea_dbus_persea1_watch_skeleton_new ();
  persea_dbus_persea1_watch_set_name (object->skeleton, name);
  g_signal_connect (object->skeleton, "handle-pause", G_CALLBACK (on_handle_pause), object);
  g_signal_connect (object->skeleton, "handle-resume", G_CALLBACK (on_handle_resume), object);
  g_signal_connect (object->skeleton, "handle-rescan", G_CALLBACK (on_handle_rescan), object);
  g_signal_connect (object->skeleton, "handle-remove", G_CALLBACK (on_handle_remove), object);
  g_signal_connect (object->skeleton, "handle-get-failed", G_CALLBACK (on_handle_get_failed), object);
  object_show_status (object);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (object->skeleton),
                                         bus_watch->connection, path, &error))
    g_warning ("[watch %s]: %s", name, error->message);
  return object;
}

static void
bus_watch_show_list (PerseaBusWatch *bus_watch)
{
  g_autoptr (GPtrArray) names = persea_watches_list (bus_watch->watches);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) old = g_steal_pointer (&bus_watch->objects);

  bus_watch->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                              (GDestroyNotify) object_free);
  for (unsigned i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      gpointer key = NULL;
      gpointer object = NULL;

      if (g_hash_table_contains (bus_watch->objects, name))
        continue;
      if (g_hash_table_steal_extended (old, name, &key, &object))
        object_show_status (object);
      else
        object = object_new (bus_watch, name);
      g_free (key);
      g_hash_table_insert (bus_watch->objects, g_strdup (name), object);
      g_ptr_array_add (paths, bus_watch_make_path (name));
    }
  g_ptr_array_add (paths, NULL);
  persea_dbus_persea1_set_watches (bus_watch->manager, (const char *const *) paths->pdata);
}

void
persea_bus_watch_update (PerseaBusWatch *bus_watch, const char *name)
{
  Object *object = name != NULL ? g_hash_table_lookup (bus_watch->objects, name) : NULL;

  if (name == NULL)
    bus_watch_show_list (bus_watch);
  else if (object != NULL)
    object_show_status (object);
}

/* AddWatch */

/* (transfer full) (nullable): @value as a settings file has it */
static char *
bus_watch_print_value (const char *key, GVariant *value, GError **error)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? "true" : "false");
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_strdup_printf ("%u", g_variant_get_uint32 (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return g_strdup (g_ascii_dtostr (number, sizeof number, g_variant_get_double (value)));
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected a value of type s, b, u or d, found one of type %s"), key,
               g_variant_get_type_string (value));
  return NULL;
}

static gboolean
bus_watch_check_key (const char *key, const char *value, GError **error)
{
  if (key[0] == '\0' || key[strspn (key, "abcdefghijklmnopqrstuvwxyz-")] != '\0'
      || strcmp (key, "folder") == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: no such option"), key);
      return FALSE;
    }
  /* a settings file may name others beside it; a caller knows nothing of that place */
  return (strcmp (key, "vocabulary") != 0 && strcmp (key, "model") != 0)
         || persea_bus_check_name (key, value, error);
}

/* *name (nullable) and KEY=VALUE lines out of the options of AddWatch */
static char **
bus_watch_parse_options (GVariant *options, char **name, GError **error)
{
  g_autoptr (GStrvBuilder) pairs = g_strv_builder_new ();
  size_t n = g_variant_n_children (options);

  if (n > BUS_WATCH_MAX_OPTIONS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("more than %d options"),
                   BUS_WATCH_MAX_OPTIONS);
      return NULL;
    }
  for (size_t i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = NULL;
      g_autofree char *text = NULL;
      g_autofree char *pair = NULL;
      const char *key;

      g_variant_get_child (options, i, "{&sv}", &key, &value);
      text = bus_watch_print_value (key, value, error);
      if (text == NULL)
        return NULL;
      if (strcmp (key, "name") == 0)
        {
          g_free (*name);
          *name = g_steal_pointer (&text);
          continue;
        }
      if (!bus_watch_check_key (key, text, error))
        return NULL;
      pair = g_strdup_printf ("%s=%s", key, text);
      g_strv_builder_add (pairs, pair);
    }
  return g_strv_builder_end (pairs);
}

static gboolean
bus_watch_add (PerseaBusWatch *bus_watch,
               const char     *folder,
               GVariant       *options,
               char          **added,
               GError        **error)
{
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;
  g_auto (GStrv) pairs = bus_watch_parse_options (options, &name, error);

  if (pairs == NULL)
    return FALSE;
  path = g_str_has_prefix (folder, "file:") ? g_filename_from_uri (folder, NULL, NULL)
                                            : g_strdup (folder);
  if (path == NULL || !g_path_is_absolute (path))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("folder: expected an absolute path or a file:// URI, found “%s”"), folder);
      return FALSE;
    }
  return persea_settings_edit_add (bus_watch->settings_path, name, path,
                                   (const char *const *) pairs, added, error);
}

static gboolean
on_handle_add_watch (PerseaDBusPersea1     *skeleton,
                     GDBusMethodInvocation *invocation,
                     const char            *folder,
                     GVariant              *options,
                     gpointer               user_data)
{
  PerseaBusWatch *bus_watch = user_data;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  if (bus_watch_add (bus_watch, folder, options, &name, &error))
    {
      bus_watch->changed (bus_watch->user_data);
      path = bus_watch_make_path (name);
      persea_dbus_persea1_complete_add_watch (skeleton, invocation, path);
    }
  else
    persea_bus_error_return (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PerseaBusWatch *
persea_bus_watch_new (GDBusConnection    *connection,
                      PerseaBus          *bus,
                      PerseaWatches      *watches,
                      const char         *settings_path,
                      PerseaBusWatchFunc  changed,
                      gpointer            user_data)
{
  PerseaBusWatch *bus_watch = g_new0 (PerseaBusWatch, 1);

  bus_watch->connection = g_object_ref (connection);
  bus_watch->manager = g_object_ref (persea_bus_get_skeleton (bus));
  bus_watch->watches = watches;
  bus_watch->settings_path = g_strdup (settings_path);
  bus_watch->changed = changed;
  bus_watch->user_data = user_data;
  bus_watch->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                              (GDestroyNotify) object_free);
  g_signal_connect (bus_watch->manager, "handle-add-watch", G_CALLBACK (on_handle_add_watch),
                    bus_watch);
  bus_watch_show_list (bus_watch);
  return bus_watch;
}

void
persea_bus_watch_free (PerseaBusWatch *bus_watch)
{
  if (bus_watch == NULL)
    return;
  g_signal_handlers_disconnect_by_data (bus_watch->manager, bus_watch);
  g_hash_table_unref (bus_watch->objects);
  g_object_unref (bus_watch->manager);
  g_object_unref (bus_watch->connection);
  g_free (bus_watch->settings_path);
  g_free (bus_watch);
}
