/* persea-bus-library.c - from variants to searches, and what they found
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-library.h"

#include "persea-bus.h"
#include "persea-bus-error.h"
#include "persea-dbus.h"
#include "persea-error.h"
#include "persea-work-index.h"
#include "persea-work-search.h"

#include <string.h>

#include <glib/gi18n.h>

#define LIBRARY_MAX_WAITING 64
#define LIBRARY_MAX_STRINGS 32 /* words; pictures; words that are not wanted; tags */
#define LIBRARY_MAX_BYTES 4096 /* of each */

struct _PerseaBusLibrary
{
  PerseaWorker                *worker;
  PerseaBusLibraryFunc         changed;
  gpointer                     user_data;
  PerseaDBusPersea1Library    *skeleton;
  unsigned                     n_waiting;
};

/* a call on its way */
typedef struct
{
  PerseaBusLibrary      *library;
  GDBusMethodInvocation *invocation;
  const char            *name; /* of the answer in the item of the work */
  PerseaRequest         *request;
  PerseaBusCall         *call; /* holds the descriptors */
  GVariant              *answer; /* (nullable) */
  unsigned               watch;  /* of the caller */
} Question;

/* what the options of all methods say; strings belong to the message, but for @folder */
typedef struct
{
  PerseaSearchRequest request;
  const char        **words; /* (nullable) */
  const char        **minus; /* (nullable) */
  const char        **tags;  /* (nullable) */
  char               *folder;
} Options;

/* @value: s or h */
static gboolean
options_add_picture (PerseaBusCall *call, const char *key, GVariant *value, GError **error)
{
  int file;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      persea_pictures_add_uri (call->pictures, g_variant_get_string (value, NULL));
      return TRUE;
    }
  file = persea_bus_call_take_file (call, key, value, error);
  if (file >= 0)
    persea_pictures_add_file (call->pictures, file);
  return file >= 0;
}

static gboolean
options_check_length (const char *key, size_t n, GError **error)
{
  if (n <= LIBRARY_MAX_STRINGS)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected %d at most, found %zu"), key, LIBRARY_MAX_STRINGS, n);
  return FALSE;
}

static gboolean
options_set_picture (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY))
    return options_add_picture (call, key, value, error);
  if (!options_check_length (key, g_variant_n_children (value), error))
    return FALSE;
  for (size_t i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) picture = g_variant_get_child_value (value, i);

      if (!options_add_picture (call, key, picture, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
options_set_strings (const char *key, GVariant *value, const char ***strings, GError **error)
{
  size_t n = g_variant_n_children (value);

  if (!options_check_length (key, n, error))
    return FALSE;
  *strings = g_variant_get_strv (value, NULL);
  for (size_t i = 0; i < n; i++)
    if (strlen ((*strings)[i]) > LIBRARY_MAX_BYTES)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     _("%s: number %zu has more than %d bytes"), key, i, LIBRARY_MAX_BYTES);
        return FALSE;
      }
  return TRUE;
}

static gboolean
options_set_words (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  return options_set_strings (key, value, &((Options *) target)->words, error);
}

static gboolean
options_set_minus (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  return options_set_strings (key, value, &((Options *) target)->minus, error);
}

static gboolean
options_set_tags (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  return options_set_strings (key, value, &((Options *) target)->tags, error);
}

static gboolean
options_set_top (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Options *options = target;
  unsigned top = g_variant_get_uint32 (value);

  options->request.options.top = top;
  if (top >= 1 && top <= PERSEA_SEARCH_MAX_TOP)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected 1 to %d, found %u"), key, PERSEA_SEARCH_MAX_TOP, top);
  return FALSE;
}

static gboolean
options_set_threshold (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Options *options = target;
  double threshold = g_variant_get_double (value);

  options->request.options.least = threshold;
  if (threshold >= -1 && threshold <= 1)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected -1 to 1, found %g"), key, threshold);
  return FALSE;
}

static gboolean
options_set_folder (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  Options *options = target;
  g_autofree char *path = g_filename_from_uri (g_variant_get_string (value, NULL), NULL, NULL);

  if (path == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: expected the URI of a folder"), key);
      return FALSE;
    }
  options->folder = g_canonicalize_filename (path, "/");
  return TRUE;
}

static gboolean
options_set_since (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  ((Options *) target)->request.options.since = g_variant_get_int64 (value);
  return TRUE;
}

static gboolean
options_set_until (PerseaBusCall *call, gpointer target, const char *key, GVariant *value, GError **error)
{
  ((Options *) target)->request.options.until = g_variant_get_int64 (value);
  return TRUE;
}

#define OPTIONS_OF_ALL                        \
  { "top", "u", options_set_top },            \
  { "threshold", "d", options_set_threshold }, \
  { "folder", "s", options_set_folder },      \
  { "since", "x", options_set_since },        \
  { "until", "x", options_set_until },        \
  { "tags", "as", options_set_tags }

static const PerseaBusOption search_options[] = {
  { "words", "as", options_set_words },
  { "picture", "s h as ah", options_set_picture },
  { "minus", "as", options_set_minus },
  OPTIONS_OF_ALL,
};

static const PerseaBusOption duplicates_options[] = { OPTIONS_OF_ALL };

/* Options of jobs make no sense where there is none. */
static gboolean
library_check_call (const PerseaBusCall *call, GError **error)
{
  if (call->token == NULL && !call->lasting && call->priority == PERSEA_PRIORITY_INTERACTIVE)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("token, lasting, priority: this call makes no job"));
  return FALSE;
}

static gboolean
library_check_words (const PerseaBusCall *call, const char *words, const Options *options, GError **error)
{
  if (strlen (words) > LIBRARY_MAX_BYTES)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                 _("words: expected %d bytes at most, found %zu"), LIBRARY_MAX_BYTES, strlen (words));
  else if (words[0] == '\0' && (options->words == NULL || options->words[0] == NULL)
           && persea_pictures_get_length (call->pictures) == 0)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("there is nothing to look for"));
  else
    return TRUE;
  return FALSE;
}

static void
options_clear (Options *options)
{
  g_free (options->words);
  g_free (options->minus);
  g_free (options->tags);
  g_free (options->folder);
}

/* (transfer full): work that has taken a copy of all @options */
static PerseaWork *
library_make_work (PerseaBusCall *call, Options *options)
{
  options->request.model = call->model;
  options->request.minus = options->minus;
  options->request.options.folder = options->folder;
  options->request.options.tags = options->tags;
  return persea_work_search_new (call->pictures, &options->request);
}

static PerseaWork *
library_parse_search (PerseaBusCall *call, const char *words, GVariant *dictionary, GError **error)
{
  const char *all[LIBRARY_MAX_STRINGS + 2] = { NULL };
  Options options = { .request = { .words = all, .options = persea_search_default_options } };
  PerseaWork *work = NULL;
  size_t n = 0;

  if (persea_bus_call_parse_options (call, dictionary, search_options, G_N_ELEMENTS (search_options), &options,
                                     error)
      && library_check_words (call, words, &options, error))
    {
      if (words[0] != '\0')
        all[n++] = words;
      for (size_t i = 0; options.words != NULL && options.words[i] != NULL; i++)
        all[n++] = options.words[i];
      work = library_make_work (call, &options);
    }
  options_clear (&options);
  return work;
}

static PerseaWork *
library_parse_duplicates (PerseaBusCall *call, GVariant *dictionary, GError **error)
{
  Options options = { .request = { .duplicates = TRUE, .options = persea_search_default_options } };
  PerseaWork *work = NULL;

  options.request.options.least = PERSEA_SEARCH_DUPLICATE;
  if (persea_bus_call_parse_options (call, dictionary, duplicates_options, G_N_ELEMENTS (duplicates_options),
                                     &options, error))
    work = library_make_work (call, &options);
  options_clear (&options);
  return work;
}

PerseaWork *
persea_bus_duplicates_parse (PerseaBusCall *call, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 0);

  return library_parse_duplicates (call, options, error);
}

/* Questions */

static void
on_question_ignored (PerseaRequest *request, gpointer user_data)
{
}

static void
on_question_running (PerseaRequest *request, const char *model, gpointer user_data)
{
}

static void
on_question_progress (PerseaRequest *request, double fraction, gpointer user_data)
{
}

/* There is one. */
static void
on_question_items (PerseaRequest *request, GPtrArray *items, gpointer user_data)
{
  const PerseaRequestItem *item = g_ptr_array_index (items, 0);
  Question *question = user_data;

  question->answer = g_variant_lookup_value (item->values, question->name, NULL);
}

static void
on_question_finished (PerseaRequest *request, GVariant *details, const GError *error, gpointer user_data)
{
  Question *question = user_data;
  PerseaBusLibrary *library = question->library;

  g_clear_handle_id (&question->watch, g_bus_unwatch_name);
  if (error == NULL)
    g_dbus_method_invocation_return_value (question->invocation, g_variant_new_tuple (&question->answer, 1));
  else
    persea_bus_error_return (question->invocation, error);
  persea_request_unref (question->request);
  persea_bus_call_free (question->call);
  g_clear_pointer (&question->answer, g_variant_unref);
  g_free (question);
  if (--library->n_waiting == 0)
    library->changed (library, library->user_data);
}

static void
on_asker_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Question *question = user_data;

  g_debug ("%s has left the bus without its answer", name);
  persea_worker_cancel (question->library->worker, question->request);
}

static const PerseaRequestEvents question_events = {
  .loading = on_question_ignored,
  .running = on_question_running,
  .progress = on_question_progress,
  .items = on_question_items,
  .finished = on_question_finished,
};

/* @words: (nullable): %NULL: duplicates are looked for; @invocation: (transfer full) */
static void
library_ask (PerseaBusLibrary      *library,
             GDBusMethodInvocation *invocation,
             GUnixFDList           *fd_list,
             const char            *words,
             GVariant              *options)
{
  g_autoptr (PerseaBusCall) call = persea_bus_call_new (fd_list);
  g_autoptr (GError) error = NULL;
  PerseaWork *work = NULL;
  Question *question;

  if (library->n_waiting >= LIBRARY_MAX_WAITING)
    g_set_error (&error, PERSEA_ERROR, PERSEA_ERROR_BUSY, _("%u searches are waiting already"),
                 library->n_waiting);
  else
    {
      work = words != NULL ? library_parse_search (call, words, options, &error)
                           : library_parse_duplicates (call, options, &error);
      if (work != NULL && !library_check_call (call, &error))
        g_clear_pointer (&work, persea_work_free);
    }
  if (work == NULL)
    {
      persea_bus_error_return (invocation, error);
      return;
    }
  question = g_new0 (Question, 1);
  question->library = library;
  question->invocation = invocation;
  question->name = words != NULL ? "results" : "groups";
  question->call = g_steal_pointer (&call);
  /* somebody waits for the answer, so a pause does not hold; looking for duplicates makes way for others */
  question->request = persea_request_new (work, PERSEA_PRIORITY_INTERACTIVE, &question_events, question);
  if (library->n_waiting++ == 0)
    library->changed (library, library->user_data);
  persea_worker_submit (library->worker, question->request);
  question->watch = g_bus_watch_name_on_connection (
    g_dbus_method_invocation_get_connection (invocation), g_dbus_method_invocation_get_sender (invocation),
    G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_asker_vanished, question, NULL);
}

static gboolean
on_handle_search (PerseaDBusPersea1Library *skeleton,
                  GDBusMethodInvocation    *invocation,
                  GUnixFDList              *fd_list,
                  const char               *words,
                  GVariant                 *options,
                  gpointer                  user_data)
{
  library_ask (user_data, invocation, fd_list, words, options);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_find_duplicates (PerseaDBusPersea1Library *skeleton,
                           GDBusMethodInvocation    *invocation,
                           GVariant                 *options,
                           gpointer                  user_data)
{
  library_ask (user_data, invocation, NULL, NULL, options);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PerseaWork *
persea_bus_index_parse (PerseaBusCall *call, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) uris = g_variant_get_child_value (arguments, 0);
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 1);

  persea_bus_call_add_uris (call, uris);
  if (!persea_bus_call_parse_options (call, options, NULL, 0, NULL, error)
      || !persea_bus_call_check_pictures (call, error))
    return NULL;
  return persea_work_index_new (call->pictures, call->model);
}

PerseaBusLibrary *
persea_bus_library_new (GDBusConnection       *connection,
                        PerseaWorker          *worker,
                        PerseaBusLibraryFunc   changed,
                        gpointer               user_data,
                        GError               **error)
{
  PerseaBusLibrary *library = g_new0 (PerseaBusLibrary, 1);

  library->worker = worker;
  library->changed = changed;
  library->user_data = user_data;
  library->skeleton = persea_dbus_persea1_library_skeleton_new ();
  g_signal_connect (library->skeleton, "handle-search", G_CALLBACK (on_handle_search), library);
  g_signal_connect (library->skeleton, "handle-find-duplicates", G_CALLBACK (on_handle_find_duplicates), library);
  if (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (library->skeleton), connection,
                                        PERSEA_BUS_PATH, error))
    return library;
  persea_bus_library_free (library);
  return NULL;
}

void
persea_bus_library_free (PerseaBusLibrary *library)
{
  if (library == NULL)
    return;
  g_warn_if_fail (library->n_waiting == 0);
  g_signal_handlers_disconnect_by_data (library->skeleton, library);
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (library->skeleton)) != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (library->skeleton));
  g_object_unref (library->skeleton);
  g_free (library);
}

unsigned
persea_bus_library_count (PerseaBusLibrary *library)
{
  return library->n_waiting;
}
