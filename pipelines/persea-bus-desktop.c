/* persea-bus-desktop.c - pictures in the search of GNOME Shell and KRunner
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A result is named by the URI of its file.
 */
#include "config.h"

#include "persea-bus-desktop.h"

#include "persea-desktop-dbus.h"
#include "persea-search-names.h"

#include <string.h>

#define DESKTOP_TOP 10
/* one letter is in everything */
#define DESKTOP_SHORTEST 2
#define DESKTOP_MAX_METAS 100

/* what KRunner calls a possible match, and how it sorts among others; without a difference it turns ours round */
#define KRUNNER_POSSIBLE_MATCH 30
#define KRUNNER_RELEVANCE 0.5
#define KRUNNER_RELEVANCE_STEP 0.01

struct _PerseaBusDesktop
{
  GDBusConnection                      *connection;
  PerseaLibrary                        *library;
  PerseaDBusOrgGnomeShellSearchProvider2 *shell;
  PerseaDBusOrgKdeKrunner1             *krunner;
};

/* (transfer full) (array zero-terminated=1): URIs */
static char **
desktop_find (PerseaBusDesktop *desktop, const char *const *terms)
{
  g_autoptr (GStrvBuilder) uris = g_strv_builder_new ();
  g_autoptr (GPtrArray) paths = NULL;
  g_autoptr (GError) error = NULL;
  size_t length = 0;

  for (const char *const *term = terms; *term != NULL; term++)
    length += strlen (*term);
  if (length >= DESKTOP_SHORTEST
      && !persea_search_names_find (desktop->library, terms, DESKTOP_TOP, &paths, &error))
    g_warning ("%s", error->message);
  for (unsigned i = 0; paths != NULL && i < paths->len; i++)
    {
      g_autofree char *uri = g_filename_to_uri (g_ptr_array_index (paths, i), NULL, NULL);

      g_strv_builder_add (uris, uri);
    }
  return g_strv_builder_end (uris);
}

/* Asks the file manager: what is started from here would be shut in with the daemon. */
static void
desktop_show (PerseaBusDesktop *desktop, const char *const *uris)
{
  if (uris[0] != NULL)
    g_dbus_connection_call (desktop->connection, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
                            "org.freedesktop.FileManager1", "ShowItems", g_variant_new ("(^ass)", uris, ""), NULL,
                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
desktop_show_one (PerseaBusDesktop *desktop, const char *uri)
{
  const char *uris[] = { uri, NULL };

  if (g_str_has_prefix (uri, "file:///"))
    desktop_show (desktop, uris);
}

/* (transfer full): the thumbnail that file managers have made, or the name of an icon */
static char *
desktop_choose_icon (const char *uri)
{
  static const char *const sizes[] = { "large", "normal", "x-large", "xx-large" };
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);
  g_autofree char *name = g_strconcat (sum, ".png", NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "thumbnails", sizes[i], name, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  return g_strdup ("image-x-generic");
}

/* GNOME Shell */

static gboolean
on_handle_initial (PerseaDBusOrgGnomeShellSearchProvider2 *shell,
                   GDBusMethodInvocation                  *invocation,
                   const char *const                      *terms,
                   gpointer                                user_data)
{
  g_auto (GStrv) uris = desktop_find (user_data, terms);

  persea_dbus_org_gnome_shell_search_provider2_complete_get_initial_result_set (shell, invocation,
                                                                                (const char *const *) uris);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_subsearch (PerseaDBusOrgGnomeShellSearchProvider2 *shell,
                     GDBusMethodInvocation                  *invocation,
                     const char *const                      *previous,
                     const char *const                      *terms,
                     gpointer                                user_data)
{
  g_auto (GStrv) uris = desktop_find (user_data, terms);

  persea_dbus_org_gnome_shell_search_provider2_complete_get_subsearch_result_set (shell, invocation,
                                                                                  (const char *const *) uris);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
desktop_add_meta (PerseaBusDesktop *desktop, GVariantBuilder *metas, const char *uri)
{
  g_autofree char *path = g_filename_from_uri (uri, NULL, NULL);
  g_autofree char *name = path != NULL ? g_filename_display_basename (path) : NULL;
  g_autofree char *tags = path != NULL ? persea_search_names_describe (desktop->library, path) : NULL;
  g_autofree char *icon = desktop_choose_icon (uri);

  if (path == NULL)
    return;
  g_variant_builder_open (metas, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (metas, "{sv}", "id", g_variant_new_string (uri));
  g_variant_builder_add (metas, "{sv}", "name", g_variant_new_string (name));
  g_variant_builder_add (metas, "{sv}", "description", g_variant_new_string (tags));
  g_variant_builder_add (metas, "{sv}", "gicon", g_variant_new_string (icon));
  g_variant_builder_close (metas);
}

static gboolean
on_handle_metas (PerseaDBusOrgGnomeShellSearchProvider2 *shell,
                 GDBusMethodInvocation                  *invocation,
                 const char *const                      *identifiers,
                 gpointer                                user_data)
{
  GVariantBuilder metas;

  g_variant_builder_init (&metas, G_VARIANT_TYPE ("aa{sv}"));
  for (unsigned i = 0; i < DESKTOP_MAX_METAS && identifiers[i] != NULL; i++)
    desktop_add_meta (user_data, &metas, identifiers[i]);
  persea_dbus_org_gnome_shell_search_provider2_complete_get_result_metas (shell, invocation,
                                                                          g_variant_builder_end (&metas));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_activate (PerseaDBusOrgGnomeShellSearchProvider2 *shell,
                    GDBusMethodInvocation                  *invocation,
                    const char                             *identifier,
                    const char *const                      *terms,
                    guint                                   timestamp,
                    gpointer                                user_data)
{
  desktop_show_one (user_data, identifier);
  persea_dbus_org_gnome_shell_search_provider2_complete_activate_result (shell, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_launch (PerseaDBusOrgGnomeShellSearchProvider2 *shell,
                  GDBusMethodInvocation                  *invocation,
                  const char *const                      *terms,
                  guint                                   timestamp,
                  gpointer                                user_data)
{
  g_auto (GStrv) uris = desktop_find (user_data, terms);

  desktop_show (user_data, (const char *const *) uris);
  persea_dbus_org_gnome_shell_search_provider2_complete_launch_search (shell, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* KRunner */

static gboolean
on_handle_actions (PerseaDBusOrgKdeKrunner1 *krunner, GDBusMethodInvocation *invocation, gpointer user_data)
{
  persea_dbus_org_kde_krunner1_complete_actions (krunner, invocation, g_variant_new_array (G_VARIANT_TYPE ("(sss)"), NULL, 0));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
desktop_add_match (PerseaBusDesktop *desktop, GVariantBuilder *matches, const char *uri, unsigned rank)
{
  g_autofree char *path = g_filename_from_uri (uri, NULL, NULL);
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *tags = persea_search_names_describe (desktop->library, path);
  g_autofree char *icon = desktop_choose_icon (uri);
  const char *uris[] = { uri, NULL };

  g_variant_builder_open (matches, G_VARIANT_TYPE ("(sssida{sv})"));
  g_variant_builder_add (matches, "s", uri);
  g_variant_builder_add (matches, "s", name);
  g_variant_builder_add (matches, "s", icon);
  g_variant_builder_add (matches, "i", KRUNNER_POSSIBLE_MATCH);
  g_variant_builder_add (matches, "d", KRUNNER_RELEVANCE - rank * KRUNNER_RELEVANCE_STEP);
  g_variant_builder_open (matches, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (matches, "{sv}", "subtext", g_variant_new_string (tags));
  g_variant_builder_add (matches, "{sv}", "urls", g_variant_new_strv (uris, 1));
  g_variant_builder_close (matches);
  g_variant_builder_close (matches);
}

static gboolean
on_handle_match (PerseaDBusOrgKdeKrunner1 *krunner,
                 GDBusMethodInvocation    *invocation,
                 const char               *query,
                 gpointer                  user_data)
{
  g_autofree char *line = g_strstrip (g_strdup (query));
  g_auto (GStrv) terms = g_strsplit_set (line, " \t", PERSEA_SEARCH_NAMES_MAX_TERMS);
  g_auto (GStrv) uris = desktop_find (user_data, (const char *const *) terms);
  GVariantBuilder matches;

  g_variant_builder_init (&matches, G_VARIANT_TYPE ("a(sssida{sv})"));
  for (unsigned i = 0; uris[i] != NULL; i++)
    desktop_add_match (user_data, &matches, uris[i], i);
  persea_dbus_org_kde_krunner1_complete_match (krunner, invocation, g_variant_builder_end (&matches));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_run (PerseaDBusOrgKdeKrunner1 *krunner,
               GDBusMethodInvocation    *invocation,
               const char               *match,
               const char               *action,
               gpointer                  user_data)
{
  desktop_show_one (user_data, match);
  persea_dbus_org_kde_krunner1_complete_run (krunner, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PerseaBusDesktop *
persea_bus_desktop_new (GDBusConnection *connection, PerseaLibrary *library, GError **error)
{
  PerseaBusDesktop *desktop = g_new0 (PerseaBusDesktop, 1);

  desktop->connection = g_object_ref (connection);
  desktop->library = persea_library_ref (library);
  desktop->shell = persea_dbus_org_gnome_shell_search_provider2_skeleton_new ();
  desktop->krunner = persea_dbus_org_kde_krunner1_skeleton_new ();
  g_signal_connect (desktop->shell, "handle-get-initial-result-set", G_CALLBACK (on_handle_initial), desktop);
  g_signal_connect (desktop->shell, "handle-get-subsearch-result-set", G_CALLBACK (on_handle_subsearch), desktop);
  g_signal_connect (desktop->shell, "handle-get-result-metas", G_CALLBACK (on_handle_metas), desktop);
  g_signal_connect (desktop->shell, "handle-activate-result", G_CALLBACK (on_handle_activate), desktop);
  g_signal_connect (desktop->shell, "handle-launch-search", G_CALLBACK (on_handle_launch), desktop);
  g_signal_connect (desktop->krunner, "handle-actions", G_CALLBACK (on_handle_actions), desktop);
  g_signal_connect (desktop->krunner, "handle-match", G_CALLBACK (on_handle_match), desktop);
  g_signal_connect (desktop->krunner, "handle-run", G_CALLBACK (on_handle_run), desktop);
  if (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (desktop->shell), connection,
                                        PERSEA_BUS_SHELL_PATH, error)
      && g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (desktop->krunner), connection,
                                           PERSEA_BUS_KRUNNER_PATH, error))
    return desktop;
  persea_bus_desktop_free (desktop);
  return NULL;
}

static void
desktop_withdraw (gpointer skeleton, PerseaBusDesktop *desktop)
{
  g_signal_handlers_disconnect_by_data (skeleton, desktop);
  if (g_dbus_interface_skeleton_get_connection (skeleton) != NULL)
    g_dbus_interface_skeleton_unexport (skeleton);
  g_object_unref (skeleton);
}

void
persea_bus_desktop_free (PerseaBusDesktop *desktop)
{
  if (desktop == NULL)
    return;
  desktop_withdraw (desktop->shell, desktop);
  desktop_withdraw (desktop->krunner, desktop);
  persea_library_unref (desktop->library);
  g_object_unref (desktop->connection);
  g_free (desktop);
}
