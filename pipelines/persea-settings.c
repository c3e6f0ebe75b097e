/* persea-settings.c - a key file with errors by line
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Why not GKeyFile: it gives up at the first line that it does not understand and does not say
 * which one it was.  The syntax is the same, without escapes and translations.
 */
#include "config.h"

#include "persea-settings.h"

#include "persea-error.h"
#include "persea-inotify.h"

#include <string.h>

#include <glib/gi18n.h>

#define SETTINGS_MAX_SIZE (1024 * 1024)
#define SETTINGS_MAX_WATCHES 1000
#define SETTINGS_MAX_SECONDS (365 * 24 * 60 * 60)

#define SETTINGS_DROP_AFTER 60
#define SETTINGS_LEAVE_AFTER 120
#define SETTINGS_MIN_MEMORY 256 /* MiB; decoders need most of it to start */
#define SETTINGS_MAX_MEMORY (1024 * 1024)

typedef struct
{
  PerseaSettings      *settings;
  char                *folder; /* of the file, for relative vocabularies */
  const char          *path;
  unsigned             line;
  GHashTable          *seen;    /* (owned) "group\nkey", to find doubles */
  char                *group;   /* (nullable): none yet, or one to be skipped */
  PerseaWatchSettings *watch;   /* (nullable): the one that is being read */
  unsigned             watch_line;
  unsigned             watch_errors; /* how many there were before */
  struct
  {
    char    *key; /* (nullable): the first one of this mode alone, and where */
    unsigned line;
  } only[PERSEA_N_WATCH_MODES];
} Reader;

static const char *const mode_names[PERSEA_N_WATCH_MODES] = {
  [PERSEA_WATCH_TAG] = "tag",
  [PERSEA_WATCH_GENERATE] = "generate",
};

void
persea_watch_settings_free (PerseaWatchSettings *watch)
{
  if (watch == NULL)
    return;
  g_free (watch->name);
  g_free (watch->folder);
  g_free (watch->error);
  persea_tag_options_clear (&watch->tag);
  persea_prompt_options_clear (&watch->prompt);
  g_free (watch);
}

PerseaSettings *
persea_settings_ref (PerseaSettings *settings)
{
  g_atomic_ref_count_inc (&settings->ref_count);
  return settings;
}

void
persea_settings_unref (PerseaSettings *settings)
{
  if (settings == NULL || !g_atomic_ref_count_dec (&settings->ref_count))
    return;
  g_free (settings->model);
  g_free (settings->drawing_model);
  g_free (settings->device);
  g_free (settings->sum);
  g_ptr_array_unref (settings->watches);
  g_ptr_array_unref (settings->broken);
  g_ptr_array_unref (settings->errors);
  g_free (settings);
}

static const PerseaWatchSettings *
settings_find (GPtrArray *watches, const char *name)
{
  for (unsigned i = 0; i < watches->len; i++)
    {
      const PerseaWatchSettings *watch = g_ptr_array_index (watches, i);

      if (strcmp (watch->name, name) == 0)
        return watch;
    }
  return NULL;
}

const PerseaWatchSettings *
persea_settings_find_watch (const PerseaSettings *settings, const char *name)
{
  return settings_find (settings->watches, name);
}

/* (nullable): the watch of @folder */
static const PerseaWatchSettings *
settings_find_folder (const PerseaSettings *settings, const char *folder)
{
  for (unsigned i = 0; i < settings->watches->len; i++)
    {
      const PerseaWatchSettings *watch = g_ptr_array_index (settings->watches, i);

      if (strcmp (watch->folder, folder) == 0)
        return watch;
    }
  return NULL;
}

static PerseaWatchSettings *
settings_copy_watch (const PerseaWatchSettings *watch)
{
  PerseaWatchSettings *copy = g_new0 (PerseaWatchSettings, 1);

  copy->name = g_strdup (watch->name);
  copy->folder = g_strdup (watch->folder);
  copy->recursive = watch->recursive;
  copy->paused = watch->paused;
  copy->mode = watch->mode;
  persea_tag_options_copy (&copy->tag, &watch->tag);
  persea_prompt_options_copy (&copy->prompt, &watch->prompt);
  return copy;
}

void
persea_settings_keep (PerseaSettings *settings, const PerseaSettings *before)
{
  for (unsigned i = settings->broken->len; i-- > 0;)
    {
      PerseaWatchSettings *broken = g_ptr_array_index (settings->broken, i);
      const PerseaWatchSettings *old = settings_find (before->watches, broken->name);
      PerseaWatchSettings *kept;

      if (old == NULL || settings_find_folder (settings, old->folder) != NULL)
        continue;
      kept = settings_copy_watch (old);
      kept->error = g_steal_pointer (&broken->error);
      g_ptr_array_add (settings->watches, kept);
      g_ptr_array_remove_index (settings->broken, i);
    }
}

const char *
persea_watch_mode_get_name (PerseaWatchMode mode)
{
  return mode_names[mode];
}

char *
persea_settings_default_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "persea", "persea.conf", NULL);
}

static void G_GNUC_PRINTF (3, 4)
reader_error (Reader *reader, unsigned line, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (reader->settings->errors,
                   g_strdup_printf ("%s:%u: %s", reader->path, line, message));
}

/* Values */

/* "~" and "~/…" are the user's home; other relative paths start at @base. */
static char *
settings_resolve_path (const char *value, const char *base)
{
  if (value[0] == '~' && (value[1] == '/' || value[1] == '\0'))
    return g_canonicalize_filename (value[1] != '\0' ? value + 2 : ".", g_get_home_dir ());
  return g_canonicalize_filename (value, base);
}

/* What has a slash is a path, other words are names. */
static char *
settings_resolve_name (const char *value, const char *base)
{
  return strchr (value, '/') != NULL ? settings_resolve_path (value, base) : g_strdup (value);
}

static gboolean
settings_parse_boolean (const char *key, const char *value, gboolean *result, GError **error)
{
  static const char *const words[] = { "false", "true", "no", "yes", "0", "1" };

  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (value, words[i]) == 0)
      {
        *result = i % 2;
        return TRUE;
      }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected true or false, found “%s”"), key, value);
  return FALSE;
}

static gboolean
settings_parse_seconds (const char *key, const char *value, unsigned *result, GError **error)
{
  guint64 seconds;

  if (!g_ascii_string_to_unsigned (value, 10, 1, SETTINGS_MAX_SECONDS, &seconds, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("%s: expected a number of seconds from 1 to %d, found “%s”"), key,
                   SETTINGS_MAX_SECONDS, value);
      return FALSE;
    }
  *result = seconds;
  return TRUE;
}

static gboolean
settings_parse_memory (const char *key, const char *value, unsigned *result, GError **error)
{
  guint64 memory;

  if (!g_ascii_string_to_unsigned (value, 10, SETTINGS_MIN_MEMORY, SETTINGS_MAX_MEMORY, &memory, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("%s: expected a number of MiB from %d to %d, found “%s”"), key,
                   SETTINGS_MIN_MEMORY, SETTINGS_MAX_MEMORY, value);
      return FALSE;
    }
  *result = memory;
  return TRUE;
}

static gboolean
settings_set_general (Reader *reader, const char *key, const char *value, GError **error)
{
  PerseaSettings *settings = reader->settings;

  if (strcmp (key, "model") == 0)
    settings->model = settings_resolve_name (value, reader->folder);
  else if (strcmp (key, "drawing-model") == 0)
    settings->drawing_model = settings_resolve_name (value, reader->folder);
  else if (strcmp (key, "device") == 0)
    settings->device = g_strdup (value);
  else if (strcmp (key, "precision") == 0)
    return persea_precision_parse (value, &settings->precision, error);
  else if (strcmp (key, "drop-after") == 0)
    return settings_parse_seconds (key, value, &settings->drop_after, error);
  else if (strcmp (key, "leave-after") == 0)
    return settings_parse_seconds (key, value, &settings->leave_after, error);
  else if (strcmp (key, "picture-seconds") == 0)
    return settings_parse_seconds (key, value, &settings->picture_seconds, error);
  else if (strcmp (key, "picture-memory") == 0)
    return settings_parse_memory (key, value, &settings->picture_memory, error);
  else if (strcmp (key, "notifications") == 0)
    return settings_parse_boolean (key, value, &settings->notifications, error);
  else
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("%s: no such key in [%s]"), key,
                   reader->group);
      return FALSE;
    }
  return TRUE;
}

static gboolean
settings_set_mode (PerseaWatchSettings *watch, const char *value, GError **error)
{
  for (unsigned i = 0; i < PERSEA_N_WATCH_MODES; i++)
    if (strcmp (value, mode_names[i]) == 0)
      {
        watch->mode = i;
        return TRUE;
      }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("mode: expected tag or generate, found “%s”"), value);
  return FALSE;
}

/* Everything, or what the kernel makes up. */
static gboolean
settings_is_system_folder (const char *folder)
{
  static const char *const systems[] = { "/proc", "/sys" };

  for (size_t i = 0; i < G_N_ELEMENTS (systems); i++)
    if (persea_inotify_path_is_below (folder, systems[i]))
      return TRUE;
  return strcmp (folder, "/") == 0;
}

static gboolean
settings_set_folder (PerseaWatchSettings *watch, const char *value, GError **error)
{
  g_autofree char *folder = NULL;

  if (value[0] != '/' && strcmp (value, "~") != 0 && !g_str_has_prefix (value, "~/"))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("folder: expected a path from “/” or “~/”, found “%s”"), value);
      return FALSE;
    }
  folder = settings_resolve_path (value, "/");
  if (settings_is_system_folder (folder))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("folder: neither the whole file system nor the system's own can be watched"));
      return FALSE;
    }
  g_free (watch->folder);
  watch->folder = g_steal_pointer (&folder);
  return TRUE;
}

/* The mode may come later, so whether the key is for it is seen at the end of the group. */
static void
reader_note_key (Reader *reader, PerseaWatchMode mode, const char *key)
{
  if (reader->only[mode].key != NULL)
    return;
  reader->only[mode].key = g_strdup (key);
  reader->only[mode].line = reader->line;
}

static gboolean
settings_set_prompt (Reader *reader, const char *key, const char *value, GError **error)
{
  g_autofree char *resolved = strcmp (key, "model") == 0
                                ? settings_resolve_name (value, reader->folder) : g_strdup (value);

  reader_note_key (reader, PERSEA_WATCH_GENERATE, key);
  return persea_prompt_options_set (&reader->watch->prompt, key, resolved, error);
}

static gboolean
settings_set_watch (Reader *reader, const char *key, const char *value, GError **error)
{
  PerseaWatchSettings *watch = reader->watch;
  g_autofree char *path = NULL;

  if (strcmp (key, "folder") == 0)
    return settings_set_folder (watch, value, error);
  if (strcmp (key, "recursive") == 0)
    return settings_parse_boolean (key, value, &watch->recursive, error);
  if (strcmp (key, "paused") == 0)
    return settings_parse_boolean (key, value, &watch->paused, error);
  if (strcmp (key, "mode") == 0)
    return settings_set_mode (watch, value, error);
  if (persea_prompt_options_knows (key))
    return settings_set_prompt (reader, key, value, error);
  reader_note_key (reader, PERSEA_WATCH_TAG, key);
  if (strcmp (key, "vocabulary") == 0)
    {
      path = settings_resolve_name (value, reader->folder);
      return persea_tag_options_set (&watch->tag, key, path, error);
    }
  return persea_tag_options_set (&watch->tag, key, value, error);
}

/* Lines */

/* Whether all keys of @watch are for its mode, and fit each other. */
static gboolean
reader_check_mode (Reader *reader, const PerseaWatchSettings *watch)
{
  PerseaWatchMode other = watch->mode == PERSEA_WATCH_TAG ? PERSEA_WATCH_GENERATE
                                                          : PERSEA_WATCH_TAG;
  g_autoptr (GError) error = NULL;

  if (reader->only[other].key != NULL)
    {
      reader_error (reader, reader->only[other].line, _("%s: only for folders with mode=%s"),
                    reader->only[other].key, mode_names[other]);
      return FALSE;
    }
  if (persea_prompt_options_check (&watch->prompt, &error))
    return TRUE;
  reader_error (reader, reader->watch_line, _("[watch %s]: %s"), watch->name, error->message);
  return FALSE;
}

static gboolean
reader_check_folder (Reader *reader, const PerseaWatchSettings *watch)
{
  const PerseaWatchSettings *other;

  if (watch->folder == NULL)
    {
      reader_error (reader, reader->watch_line, _("[watch %s]: folder is missing"), watch->name);
      return FALSE;
    }
  other = settings_find_folder (reader->settings, watch->folder);
  if (other == NULL)
    return TRUE;
  reader_error (reader, reader->watch_line, _("[watch %s]: the folder of [watch %s]"), watch->name,
                other->name);
  return FALSE;
}

static void
reader_end_group (Reader *reader)
{
  PerseaWatchSettings *watch = g_steal_pointer (&reader->watch);
  GPtrArray *errors = reader->settings->errors;

  g_clear_pointer (&reader->group, g_free);
  if (watch != NULL && errors->len == reader->watch_errors
      && reader_check_folder (reader, watch) && reader_check_mode (reader, watch))
    g_ptr_array_add (reader->settings->watches, watch);
  else if (watch != NULL)
    {
      watch->error = g_strdup (g_ptr_array_index (errors, reader->watch_errors));
      g_ptr_array_add (reader->settings->broken, watch);
    }
  for (unsigned i = 0; i < PERSEA_N_WATCH_MODES; i++)
    g_clear_pointer (&reader->only[i].key, g_free);
}

static void
reader_begin_watch (Reader *reader, const char *name)
{
  PerseaWatchSettings *watch;

  if (reader->settings->watches->len >= SETTINGS_MAX_WATCHES)
    {
      reader_error (reader, reader->line, _("more than %d watched folders"), SETTINGS_MAX_WATCHES);
      return;
    }
  watch = g_new0 (PerseaWatchSettings, 1);
  watch->name = g_strdup (name);
  watch->recursive = TRUE;
  persea_tag_options_init (&watch->tag);
  watch->tag.write = PERSEA_WRITE_SIDECAR;
  persea_prompt_options_init (&watch->prompt);
  reader->watch = watch;
  reader->watch_line = reader->line;
  reader->watch_errors = reader->settings->errors->len;
  reader->group = g_strdup_printf ("watch %s", name);
}

static void
reader_read_group (Reader *reader, char *text)
{
  size_t length = strlen (text);
  g_autofree char *name = NULL;

  reader_end_group (reader);
  if (length < 3 || text[length - 1] != ']')
    {
      reader_error (reader, reader->line, _("expected [GROUP], found “%s”"), text);
      return;
    }
  name = g_strstrip (g_strndup (text + 1, length - 2));
  if (!g_hash_table_add (reader->seen, g_strdup (name)))
    reader_error (reader, reader->line, _("[%s] is there twice; this one does not count"), name);
  else if (strcmp (name, "persea") == 0)
    reader->group = g_steal_pointer (&name);
  else if (g_str_has_prefix (name, "watch ") && *g_strchug (name + strlen ("watch ")) != '\0')
    reader_begin_watch (reader, name + strlen ("watch "));
  else
    reader_error (reader, reader->line, _("expected [persea] or [watch NAME], found [%s]"), name);
}

static void
reader_read_pair (Reader *reader, char *text)
{
  char *equals = strchr (text, '=');
  g_autoptr (GError) error = NULL;
  const char *key;
  const char *value;
  gboolean ok;

  if (equals == NULL)
    {
      reader_error (reader, reader->line, _("expected KEY=VALUE, [GROUP] or a comment, found “%s”"),
                    text);
      return;
    }
  if (reader->group == NULL)
    return; /* of a group that is in error; said already */
  *equals = '\0';
  key = g_strstrip (text);
  value = g_strstrip (equals + 1);
  if (!g_hash_table_add (reader->seen, g_strdup_printf ("%s\n%s", reader->group, key)))
    {
      g_set_error (&error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("%s: is there twice in [%s]"), key, reader->group);
      ok = FALSE;
    }
  else if (value[0] == '\0')
    ok = TRUE; /* the default */
  else if (reader->watch != NULL)
    ok = settings_set_watch (reader, key, value, &error);
  else
    ok = settings_set_general (reader, key, value, &error);
  if (!ok)
    reader_error (reader, reader->line, "%s", error->message);
}

static void
reader_read_line (Reader *reader, char *text)
{
  g_strstrip (text);
  if (!g_utf8_validate (text, -1, NULL))
    reader_error (reader, reader->line, _("not UTF-8"));
  else if (text[0] == '\0' || text[0] == '#')
    return;
  else if (text[0] == '[')
    reader_read_group (reader, text);
  else
    reader_read_pair (reader, text);
}

static char *
settings_read_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info = NULL;
  g_autofree char *contents = NULL;
  size_t length = 0;

  info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                            G_FILE_QUERY_INFO_NONE, NULL, error);
  if (info == NULL)
    return NULL;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR
      || g_file_info_get_size (info) > SETTINGS_MAX_SIZE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   _("expected a file of at most %d bytes"), SETTINGS_MAX_SIZE);
      return NULL;
    }
  if (!g_file_load_contents (file, NULL, &contents, &length, NULL, error))
    return NULL;
  if (strlen (contents) != length)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, _("not a text file"));
      return NULL;
    }
  return g_steal_pointer (&contents);
}

static PerseaSettings *
settings_new (void)
{
  PerseaSettings *settings = g_new0 (PerseaSettings, 1);
  GDestroyNotify free_watch = (GDestroyNotify) persea_watch_settings_free;

  g_atomic_ref_count_init (&settings->ref_count);
  settings->precision = PERSEA_PRECISION_AUTO;
  settings->drop_after = SETTINGS_DROP_AFTER;
  settings->leave_after = SETTINGS_LEAVE_AFTER;
  settings->watches = g_ptr_array_new_with_free_func (free_watch);
  settings->broken = g_ptr_array_new_with_free_func (free_watch);
  settings->errors = g_ptr_array_new_with_free_func (g_free);
  return settings;
}

PerseaSettings *
persea_settings_parse (const char *path, const char *text)
{
  PerseaSettings *settings = settings_new ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  Reader reader = { .settings = settings, .path = path, .folder = folder, .seen = seen };

  settings->sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  for (reader.line = 1; lines[reader.line - 1] != NULL; reader.line++)
    reader_read_line (&reader, lines[reader.line - 1]);
  reader_end_group (&reader);
  return settings;
}

PerseaSettings *
persea_settings_load (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = settings_read_file (path, &error);
  PerseaSettings *settings;

  if (text != NULL)
    return persea_settings_parse (path, text);
  settings = settings_new ();
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_ptr_array_add (settings->errors, g_strdup_printf ("%s: %s", path, error->message));
  return settings;
}
