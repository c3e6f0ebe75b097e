/* persea-doctor-editors.c - GEGL with the module of operations, the GIMPs with their plug-ins
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where editors look for what is theirs is asked of the installed ones, not of the build: a program
 * that was built elsewhere finds the same.
 */
#include "config.h"

#include "persea-doctor.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define MODULE "persea-gegl.so"
#define GEGL "libgegl-0.4.so.0"

static void
editors_add (GPtrArray *findings, PerseaFindingState state, const char *about, char *text, char *mend)
{
  persea_doctor_add (findings, PERSEA_DOCTOR_EDITORS, state, about, text, mend);
}

static char *
editors_mend_install (void)
{
  return g_strdup (_("Install Persea for GIMP: its manual (docs/gimp.md) says how, with and without root."));
}

/* GEGL */

static char *
editors_describe_gegl (void *library)
{
  void (*get_version) (int *major, int *minor, int *micro) = dlsym (library, "gegl_get_version");
  int major = 0, minor = 0, micro = 0;

  if (!get_version)
    return g_strdup ("GEGL");
  get_version (&major, &minor, &micro);
  return g_strdup_printf ("GEGL %d.%d.%d", major, minor, micro);
}

char *
persea_doctor_editors_probe (const char *path, gboolean *loads)
{
  void *module = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  char *words;

  *loads = FALSE;
  if (!module)
    return g_strdup (dlerror ());
  if (!dlsym (module, "gegl_module_register"))
    return g_strdup_printf (_("%s is no GEGL module"), path);
  *loads = TRUE;
  words = editors_describe_gegl (module);
  /* what it brought along (drivers, threads) need not survive a dlclose() */
  return words;
}

/* (transfer full) (nullable): the folder that GEGL's library lies in */
static char *
editors_find_libraries (char **version)
{
  void *library = dlopen (GEGL, RTLD_LAZY | RTLD_LOCAL);
  void *place = library ? dlsym (library, "gegl_get_version") : NULL;
  Dl_info info = { 0 };
  g_autofree char *file = NULL; /* /lib is a link to /usr/lib, as a rule */

  if (!place || !dladdr (place, &info) || !info.dli_fname)
    return NULL;
  *version = editors_describe_gegl (library);
  file = realpath (info.dli_fname, NULL);
  return g_path_get_dirname (file ? file : info.dli_fname);
}

/* (transfer full): the folders that GEGL loads modules from */
static GStrv
editors_list_module_folders (const char *libraries)
{
  const char *search_path = g_getenv ("GEGL_PATH");
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), "gegl-0.4", "plug-ins", NULL);
  g_autofree char *installed = libraries ? g_build_filename (libraries, "gegl-0.4", NULL) : NULL;

  if (search_path)
    return g_strsplit (search_path, ":", -1);
  g_strv_builder_add (folders, own);
  if (installed)
    g_strv_builder_add (folders, installed);
  return g_strv_builder_end (folders);
}

static void
editors_look_at_module (GPtrArray *findings, const char *path)
{
  const char *const argv[] = { "/proc/self/exe", "doctor", "--probe-module", path, NULL };
  g_autofree char *output = NULL;
  int status = persea_doctor_run (argv, &output);

  if (output)
    g_strstrip (output);
  if (status == 0)
    editors_add (findings, PERSEA_FINDING_WELL, path, g_strdup_printf (_("the module of operations loads, with %s"),
                                                                       output), NULL);
  else if (status > 128)
    editors_add (findings, PERSEA_FINDING_PROBLEM, path,
                 g_strdup_printf (_("a program that loads this module is ended by signal %d"), status - 128),
                 g_strdup (_("Install Persea again; the file may be damaged.")));
  else
    editors_add (findings, PERSEA_FINDING_PROBLEM, path,
                 g_strdup_printf (_("the module of operations does not load: %s"), output ? output : "?"),
                 g_strdup (_("Install what is missing, or build Persea again on this system.")));
}

static void
editors_look_at_gegl (GPtrArray *findings, const char *libraries, const char *version)
{
  g_auto (GStrv) folders = editors_list_module_folders (libraries);
  g_autofree char *list = g_strjoinv (", ", folders);
  unsigned n = 0;

  if (!version)
    {
      editors_add (findings, PERSEA_FINDING_REMARK, "GEGL",
                   g_strdup (_("is not installed, so there are no operations and no filters in GIMP")),
                   g_strdup (_("Install gimp or gegl, if you want them.")));
      return;
    }
  for (char **folder = folders; *folder; folder++)
    {
      g_autofree char *path = g_build_filename (*folder, MODULE, NULL);

      if (**folder && g_file_test (path, G_FILE_TEST_EXISTS))
        {
          editors_look_at_module (findings, path);
          n++;
        }
    }
  if (n == 0)
    editors_add (findings, PERSEA_FINDING_PROBLEM, version,
                 g_strdup_printf (_("finds no module of Persea's (%s) where it looks: %s"), MODULE, list),
                 editors_mend_install ());
  else if (n > 1)
    editors_add (findings, PERSEA_FINDING_REMARK, version,
                 g_strdup (_("finds several modules of Persea's; only one of them counts")),
                 g_strdup (_("Remove those that you no longer want.")));
}

/* GIMP */

typedef struct
{
  const char *series;   /* folder of its settings, below GIMP */
  const char *api;      /* folder of its libraries, below gimp */
  const char *variable; /* moves the settings */
  const char *plug_in;  /* the program, and its folder */
} Series;

static const Series all_series[] = {
  { "2.10", "2.0", "GIMP2_DIRECTORY", "persea-gimp-2" },
  { "3.0", "3.0", "GIMP3_DIRECTORY", "persea-gimp-3" },
  { "3.2", "3.0", "GIMP3_DIRECTORY", "persea-gimp-3" },
};

static const Series *
editors_find_series (const char *version)
{
  for (size_t i = 0; i < G_N_ELEMENTS (all_series); i++)
    {
      g_autofree char *prefix = g_strconcat (all_series[i].series, ".", NULL);

      if (g_str_has_prefix (version, prefix))
        return &all_series[i];
    }
  return NULL;
}

/* (transfer full) (nullable): "2.10.34" */
static char *
editors_ask_version (const char *program)
{
  g_autofree char *path = g_find_program_in_path (program);
  const char *const argv[] = { path, "--version", NULL };
  g_autofree char *output = NULL;
  g_autoptr (GRegex) regex = NULL;
  g_autoptr (GMatchInfo) match = NULL;

  if (!path || persea_doctor_run (argv, &output) != 0)
    return NULL;
  regex = g_regex_new ("[0-9]+\\.[0-9]+\\.[0-9]+", 0, 0, NULL);
  return g_regex_match (regex, output, 0, &match) ? g_match_info_fetch (match, 0) : NULL;
}

static char *
editors_get_settings_folder (const Series *series)
{
  const char *moved = g_getenv (series->variable);

  if (moved && g_path_is_absolute (moved))
    return g_strdup (moved);
  return g_build_filename (g_get_user_config_dir (), "GIMP", series->series, NULL);
}

/* (transfer full): where that GIMP may look for plug-ins; Debian's 2.10 lies beside, not in, the folder
 * of its architecture */
static GStrv
editors_list_plug_in_folders (const Series *series, const char *libraries)
{
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();
  g_autofree char *settings = editors_get_settings_folder (series);
  g_autofree char *own = g_build_filename (settings, "plug-ins", NULL);
  g_autofree char *above = libraries ? g_path_get_dirname (libraries) : g_strdup ("/usr/lib");
  g_autofree char *beside = g_build_filename (above, "gimp", series->api, "plug-ins", NULL);
  g_autofree char *inside = g_build_filename (libraries ? libraries : "/usr/lib", "gimp", series->api, "plug-ins", NULL);

  g_strv_builder_add (folders, own);
  g_strv_builder_add (folders, inside);
  if (strcmp (inside, beside) != 0)
    g_strv_builder_add (folders, beside);
  return g_strv_builder_end (folders);
}

/* GIMP asks a plug-in once what it has, and keeps the answer. */
static gboolean
editors_is_registered (const Series *series)
{
  g_autofree char *settings = editors_get_settings_folder (series);
  g_autofree char *file = g_build_filename (settings, "pluginrc", NULL);
  g_autofree char *content = NULL;

  return g_file_get_contents (file, &content, NULL, NULL) && strstr (content, series->plug_in) != NULL;
}

static void
editors_look_at_plug_in (GPtrArray *findings, const Series *series, const char *path)
{
  const char *const argv[] = { path, NULL };
  g_autofree char *output = NULL;
  int status;

  if (g_access (path, X_OK) != 0)
    {
      editors_add (findings, PERSEA_FINDING_PROBLEM, path, g_strdup (_("GIMP's plug-in is no program that you may run")),
                   g_strdup_printf (_("Make it one: chmod +x %s"), path));
      return;
    }
  /* started by anybody but GIMP it only says so; the loader's complaints end with 127 */
  status = persea_doctor_run (argv, &output);
  if (status == 127 || status > 128 || status < 0)
    editors_add (findings, PERSEA_FINDING_PROBLEM, path,
                 g_strdup_printf (_("GIMP's plug-in does not start: %s"), output ? g_strstrip (output) : "?"),
                 g_strdup (_("Install what is missing, or build Persea again on this system.")));
  else if (editors_is_registered (series))
    editors_add (findings, PERSEA_FINDING_WELL, path, g_strdup (_("GIMP's plug-in starts, and GIMP knows it")), NULL);
  else
    editors_add (findings, PERSEA_FINDING_WELL, path,
                 g_strdup (_("GIMP's plug-in starts; it is in the menu from GIMP's next start on")), NULL);
}

static void
editors_look_at_gimp (GPtrArray *findings, const char *version, const char *libraries)
{
  const Series *series = editors_find_series (version);
  g_autofree char *name = g_strdup_printf ("GIMP %s", version);
  g_auto (GStrv) folders = NULL;
  g_autofree char *list = NULL;
  unsigned n = 0;

  if (!series)
    {
      editors_add (findings, PERSEA_FINDING_REMARK, name,
                   g_strdup (_("is no version that Persea has a plug-in for (2.10, 3.0)")), NULL);
      return;
    }
  folders = editors_list_plug_in_folders (series, libraries);
  list = g_strjoinv (", ", folders);
  for (char **folder = folders; *folder; folder++)
    {
      g_autofree char *path = g_build_filename (*folder, series->plug_in, series->plug_in, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        {
          editors_look_at_plug_in (findings, series, path);
          n++;
        }
    }
  if (n > 0)
    editors_add (findings, PERSEA_FINDING_WELL, name, g_strdup (_("has Persea in its menu Filters")), NULL);
  else
    editors_add (findings, PERSEA_FINDING_PROBLEM, name,
                 g_strdup_printf (_("finds no plug-in of Persea's (%s) where it looks: %s"), series->plug_in, list),
                 editors_mend_install ());
}

static void
editors_look_at_gimps (GPtrArray *findings, const char *libraries)
{
  static const char *const programs[] = { "gimp-3.2", "gimp-3.0", "gimp-2.10", "gimp", "gimp-console" };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      char *version = editors_ask_version (programs[i]);

      if (version && g_hash_table_add (seen, version))
        editors_look_at_gimp (findings, version, libraries);
    }
  if (g_hash_table_size (seen) == 0)
    editors_add (findings, PERSEA_FINDING_REMARK, "GIMP", g_strdup (_("is not installed")), NULL);
}

/* GIMPs in a box see neither the system's folders nor, most of them, the user's. */
static void
editors_look_at_boxes (GPtrArray *findings)
{
  g_autofree char *flatpak = g_build_filename (g_get_home_dir (), ".var", "app", "org.gimp.GIMP", NULL);
  g_autofree char *snap = g_build_filename (g_get_home_dir (), "snap", "gimp", NULL);

  if (g_file_test (flatpak, G_FILE_TEST_IS_DIR))
    editors_add (findings, PERSEA_FINDING_REMARK, "Flatpak",
                 g_strdup (_("a GIMP from a Flatpak uses only what was built for it, so it does not see Persea")),
                 g_strdup (_("Use the GIMP of your distribution.")));
  if (g_file_test (snap, G_FILE_TEST_IS_DIR))
    editors_add (findings, PERSEA_FINDING_REMARK, "Snap",
                 g_strdup (_("a GIMP from a Snap uses only what was built for it, so it does not see Persea")),
                 g_strdup (_("Use the GIMP of your distribution.")));
}

void
persea_doctor_editors_look (GPtrArray *findings)
{
  g_autofree char *version = NULL;
  g_autofree char *libraries = editors_find_libraries (&version);

  editors_look_at_gegl (findings, libraries, version);
  editors_look_at_gimps (findings, libraries);
  editors_look_at_boxes (findings);
}
