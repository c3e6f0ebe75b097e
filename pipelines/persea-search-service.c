/* persea-search-service.c - persea search, answered by the daemon
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-search-service.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gi18n.h>

#include "persea-bus-error.h"
#include "persea-error.h"
#include "persea-image-file.h"
#include "persea-service.h"

/* a daemon that does not even say how it is would be waited for in vain, ms */
#define SERVICE_PATIENCE 1000

typedef struct
{
  GDBusConnection *connection;
  PerseaCommand   *command;
} Service;

/* what is on its way from Wait and PropertiesChanged */
typedef struct
{
  PerseaCommand *command;
  gboolean       finished;
  GVariant      *reply; /* (nullable) */
  GError        *error;
} Waiting;

void
persea_search_answer_clear (PerseaSearchAnswer *answer)
{
  g_clear_pointer (&answer->groups, g_ptr_array_unref);
}

static void
service_set_error (GError **error, const char *text)
{
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED, text);
}

/* @arguments: a tuple, taken if it is floating; @patience: ms */
static GVariant *
service_call (Service             *service,
              const char          *path,
              const char          *interface,
              const char          *method,
              GVariant            *arguments,
              const char          *reply_type,
              int                  patience,
              GError             **error)
{
  GVariant *reply = g_dbus_connection_call_sync (service->connection, PERSEA_SERVICE_NAME, path, interface, method,
                                                 arguments, G_VARIANT_TYPE (reply_type),
                                                 G_DBUS_CALL_FLAGS_NO_AUTO_START, patience,
                                                 service->command->cancellable, error);

  if (!reply && error)
    g_dbus_error_strip_remote_error (*error);
  return reply;
}

static gboolean
service_is_same_file (const char *uri, const char *path)
{
  g_autofree char *other = g_filename_from_uri (uri, NULL, NULL);
  struct stat own_status;
  struct stat status;

  return other && stat (other, &status) == 0 && stat (path, &own_status) == 0
         && status.st_dev == own_status.st_dev && status.st_ino == own_status.st_ino;
}

/* Whether the daemon looks into the same library, and computes as this program would. */
static gboolean
service_check (Service *service, PerseaLibrary *library, unsigned *pid, GError **error)
{
  PerseaCommand *command = service->command;
  g_autoptr (GVariant) reply = service_call (service, PERSEA_SERVICE_PATH, PERSEA_SERVICE_NAME, "GetInfo", NULL,
                                             "(a{sv})", SERVICE_PATIENCE, error);
  g_autoptr (GVariant) info = NULL;
  const char *precision = NULL;
  const char *device = NULL;
  const char *uri = NULL;

  if (!reply)
    return FALSE;
  info = g_variant_get_child_value (reply, 0);
  if (!g_variant_lookup (info, "pid", "u", pid) || !g_variant_lookup (info, "library", "&s", &uri)
      || !g_variant_lookup (info, "settings-device", "&s", &device)
      || !g_variant_lookup (info, "settings-precision", "&s", &precision))
    service_set_error (error, _("it is of another version"));
  else if (!service_is_same_file (uri, persea_library_get_path (library)))
    service_set_error (error, _("it has another library"));
  else if (strcmp (device, command->device ? command->device : "") != 0
           || strcmp (precision, persea_precision_name (command->precision)) != 0)
    service_set_error (error, _("its settings have another device or precision"));
  else
    return TRUE;
  return FALSE;
}

/* What is asked */

static GVariant *
service_list_pictures (const PerseaSearchArguments *arguments)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE_STRING_ARRAY);
  for (char **picture = arguments->pictures; *picture; picture++)
    {
      g_autofree char *path = g_canonicalize_filename (*picture, NULL);
      g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

      g_variant_builder_add (&list, "s", uri);
    }
  return g_variant_builder_end (&list);
}

static void
service_add_strings (GVariantBuilder *options, const char *key, char **strings)
{
  if (strings && *strings)
    g_variant_builder_add (options, "{sv}", key, g_variant_new_strv ((const char *const *) strings, -1));
}

/* Returns: (transfer floating): a{sv} */
static GVariant *
service_make_options (const PerseaSearchArguments *arguments, const PerseaModel *model)
{
  const PerseaSearchOptions *wanted = &arguments->options;
  g_autofree char *path = g_canonicalize_filename (model->path, NULL);
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "model", g_variant_new_string (path));
  g_variant_builder_add (&options, "{sv}", "top", g_variant_new_uint32 (wanted->top));
  g_variant_builder_add (&options, "{sv}", "threshold", g_variant_new_double (wanted->least));
  g_variant_builder_add (&options, "{sv}", "since", g_variant_new_int64 (wanted->since));
  g_variant_builder_add (&options, "{sv}", "until", g_variant_new_int64 (wanted->until));
  service_add_strings (&options, "tags", (char **) wanted->tags);
  if (wanted->folder)
    {
      g_autofree char *uri = g_filename_to_uri (wanted->folder, NULL, NULL);

      g_variant_builder_add (&options, "{sv}", "folder", g_variant_new_string (uri));
    }
  if (arguments->duplicates)
    return g_variant_builder_end (&options);
  /* all of them: as an argument, the first would not count if it is empty */
  service_add_strings (&options, "words", arguments->words);
  service_add_strings (&options, "minus", arguments->minus);
  g_variant_builder_add (&options, "{sv}", "picture", service_list_pictures (arguments));
  return g_variant_builder_end (&options);
}

/* What is answered */

/* @hits: a(sd); (transfer full) (nullable) */
static GPtrArray *
service_read_hits (GVariant *hits, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_search_hit_free);
  GVariantIter iter;
  const char *uri;
  double score;

  g_variant_iter_init (&iter, hits);
  while (g_variant_iter_next (&iter, "(&sd)", &uri, &score))
    {
      PerseaSearchHit *hit;
      char *path = g_filename_from_uri (uri, NULL, error);

      if (!path)
        return NULL;
      hit = g_new (PerseaSearchHit, 1);
      *hit = (PerseaSearchHit) { path, score };
      g_ptr_array_add (list, hit);
    }
  return g_steal_pointer (&list);
}

static gboolean
service_add_group (PerseaSearchAnswer *answer, GVariant *hits, GError **error)
{
  GPtrArray *group = service_read_hits (hits, error);

  if (!group)
    return FALSE;
  g_ptr_array_add (answer->groups, group);
  return TRUE;
}

static gboolean
service_search (Service *service, GVariant *options, PerseaSearchAnswer *answer, GError **error)
{
  g_autoptr (GVariant) reply
    = service_call (service, PERSEA_SERVICE_PATH, PERSEA_SERVICE_NAME ".Library", "Search",
                    g_variant_new ("(s@a{sv})", "", options), "(a(sd))", G_MAXINT, error);
  g_autoptr (GVariant) results = reply ? g_variant_get_child_value (reply, 0) : NULL;

  if (!results)
    return FALSE;
  if (g_variant_n_children (results) > 0)
    return service_add_group (answer, results, error);
  /* this program can tell whether there is anything at all */
  service_set_error (error, _("it finds nothing"));
  return FALSE;
}

/* Duplicates */

static void
on_job_changed (GDBusConnection *connection,
                const char      *sender,
                const char      *path,
                const char      *interface,
                const char      *signal,
                GVariant        *parameters,
                gpointer         user_data)
{
  Waiting *waiting = user_data;
  g_autoptr (GVariant) properties = g_variant_get_child_value (parameters, 1);
  guint32 percentage;

  if (g_variant_lookup (properties, "Percentage", "u", &percentage) && percentage <= 100)
    persea_command_show_progress (NULL, percentage / 100.0, waiting->command);
}

static void
on_job_ended (GObject *connection, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &waiting->error);
  waiting->finished = TRUE;
}

/* Cancelled, this program leaves the bus, and the job ends with that. */
static gboolean
service_wait (Service *service, const char *job, GError **error)
{
  Waiting waiting = { .command = service->command };
  guint32 code = 0;
  unsigned changed = g_dbus_connection_signal_subscribe (
    service->connection, PERSEA_SERVICE_NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", job, NULL,
    G_DBUS_SIGNAL_FLAGS_NONE, on_job_changed, &waiting, NULL);

  g_dbus_connection_call (service->connection, PERSEA_SERVICE_NAME, job, PERSEA_SERVICE_NAME ".Job", "Wait", NULL,
                          G_VARIANT_TYPE ("(ua{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT,
                          service->command->cancellable, on_job_ended, &waiting);
  while (!waiting.finished)
    g_main_context_iteration (NULL, TRUE);
  g_dbus_connection_signal_unsubscribe (service->connection, changed);
  if (!waiting.reply)
    {
      g_propagate_error (error, waiting.error);
      return FALSE;
    }
  g_variant_get_child (waiting.reply, 0, "u", &code);
  g_variant_unref (waiting.reply);
  if (code != 0)
    service_set_error (error, _("it has given up"));
  return code == 0;
}

/* (transfer full) (nullable): the item: a{sv} */
static GVariant *
service_fetch_item (Service *service, const char *job, GError **error)
{
  g_autoptr (GVariant) reply = service_call (service, job, PERSEA_SERVICE_NAME ".Job", "GetItems",
                                             g_variant_new ("(u)", 0), "(a(ua{sv}))", G_MAXINT, error);
  g_autoptr (GVariant) items = reply ? g_variant_get_child_value (reply, 0) : NULL;
  GVariant *values = NULL;

  if (!items)
    return NULL;
  if (g_variant_n_children (items) > 0)
    g_variant_get_child (items, 0, "(u@a{sv})", NULL, &values);
  else
    service_set_error (error, _("it has given up"));
  return values;
}

static gboolean
service_find_duplicates (Service *service, GVariant *options, PerseaSearchAnswer *answer, GError **error)
{
  g_autoptr (GVariant) reply = service_call (service, PERSEA_SERVICE_PATH, PERSEA_SERVICE_NAME, "ListDuplicates",
                                             g_variant_new ("(@a{sv})", options), "(o)", G_MAXINT, error);
  g_autoptr (GVariant) item = NULL;
  g_autoptr (GVariant) groups = NULL;
  const char *job;

  if (!reply)
    return FALSE;
  g_variant_get (reply, "(&o)", &job);
  item = service_wait (service, job, error) ? service_fetch_item (service, job, error) : NULL;
  if (!item)
    return FALSE;
  groups = g_variant_lookup_value (item, "groups", G_VARIANT_TYPE ("aa(sd)"));
  g_variant_lookup (item, "pictures", "u", &answer->n_pictures);
  for (size_t i = 0; groups && i < g_variant_n_children (groups); i++)
    {
      g_autoptr (GVariant) group = g_variant_get_child_value (groups, i);

      if (!service_add_group (answer, group, error))
        return FALSE;
    }
  return TRUE;
}

/* What the daemon has no way, or no permission, to look at. */
static gboolean
service_can_ask (const PerseaSearchArguments *arguments, const PerseaModel *model, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (model->path, NULL);

  if (!g_utf8_validate (path, -1, NULL))
    {
      service_set_error (error, _("the path of the model is no UTF-8"));
      return FALSE;
    }
  if (persea_image_is_untrusted_allowed ())
    {
      service_set_error (error, _("it does not read kinds that are not trusted"));
      return FALSE;
    }
  if (arguments->pictures && g_strv_contains ((const char *const *) arguments->pictures, "-"))
    {
      service_set_error (error, _("it cannot read standard input"));
      return FALSE;
    }
  return TRUE;
}

gboolean
persea_search_service_ask (const PerseaSearchArguments  *arguments,
                           PerseaCommand                *command,
                           const PerseaModel            *model,
                           PerseaLibrary                *library,
                           PerseaSearchAnswer           *answer,
                           GError                      **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_auto (PerseaSearchAnswer) own = { .n_pictures = G_MAXUINT };
  Service service = { .command = command };
  gboolean ok;

  if (!service_can_ask (arguments, model, error))
    return FALSE;
  connection = g_bus_get_sync (G_BUS_TYPE_SESSION, command->cancellable, error);
  if (!connection)
    return FALSE;
  /* without the bus, too, there is an answer */
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  persea_bus_error_register ();
  service.connection = connection;
  own.groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  ok = service_check (&service, library, &own.pid, error)
       && (arguments->duplicates
             ? service_find_duplicates (&service, service_make_options (arguments, model), &own, error)
             : service_search (&service, service_make_options (arguments, model), &own, error));
  if (ok)
    {
      *answer = own;
      own.groups = NULL;
    }
  return ok;
}
