/* persea-live.c - how an operation stays out of its host's way
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Kept alive by the operation, by its sources in the main context, by its handlers, and by the
 * task that will wake it; the operation is only ever reached through a weak reference.
 */
#include "config.h"

#include "persea-live.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "persea-error.h"
#include "persea-live-image.h"
#include "persea-pixels.h"

#define MAX_SUMMED_BYTES 120000000 /* pixels */
#define MAX_SUMMED_OTHERS 16000000
#define FAILED_FOR (2 * G_TIME_SPAN_SECOND) /* nobody tries again what just failed */

struct _PerseaLive
{
  GWeakRef         operation;
  PerseaLiveShow   show;
  int              awake;      /* atomic: news is on its way */
  int              own;        /* atomic: an invalidation is of our own making */
  int              owing;      /* atomic: something else than the result was shown last */
  int              met;        /* atomic: was asked for pixels by more than a thumbnail */
  unsigned         generation; /* atomic: changes with the input */
  gboolean         prepared;

  GMutex           lock;       /* of what follows */
  PerseaRendering *shown;      /* (nullable) */
  char            *shown_key;
  unsigned         shown_generation;
  PerseaTaskOrder  pending;    /* waits for a pause */
  guint            pause;      /* source, or 0 */
  PerseaTask      *task;       /* (nullable): under way */
  char            *task_key;
  guint            forget;     /* source, or 0 */
  char            *failed_key; /* (nullable) */
  int64_t          failed_at;  /* monotonic time, µs */
  char            *said;       /* (nullable): the last message */
  uint64_t         content;
  unsigned         content_generation;
  gboolean         content_known;
};

GType
persea_wait_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    {
      static GEnumValue values[] = {
        { PERSEA_WAIT_AUTO, N_("As the host needs it"), "auto" },
        { PERSEA_WAIT_ALWAYS, N_("Always"), "always" },
        { PERSEA_WAIT_NEVER, N_("Never"), "never" },
        { 0 },
      };

      /* as "gegl-op.h" does: hosts show the names */
      for (GEnumValue *value = values; value->value_name != NULL; value++)
        value->value_name = _(value->value_name);
      g_once_init_leave (&type, g_enum_register_static ("PerseaWait", values));
    }
  return type;
}

static PerseaLive *
live_ref (PerseaLive *live)
{
  return g_atomic_rc_box_acquire (live);
}

static void
live_clear (gpointer data)
{
  PerseaLive *live = data;

  g_weak_ref_clear (&live->operation);
  persea_rendering_unref (live->shown);
  persea_task_order_clear (&live->pending);
  g_free (live->shown_key);
  g_free (live->task_key);
  g_free (live->failed_key);
  g_free (live->said);
  g_mutex_clear (&live->lock);
}

static void
live_unref (gpointer live)
{
  g_atomic_rc_box_release_full (live, live_clear);
}

static void
live_closure_unref (gpointer live, GClosure *closure)
{
  live_unref (live);
}

PerseaLive *
persea_live_new (GeglOperation *operation, PerseaLiveShow show)
{
  PerseaLive *live = g_atomic_rc_box_new0 (PerseaLive);

  g_weak_ref_init (&live->operation, operation);
  live->show = show;
  g_mutex_init (&live->lock);
  return live;
}

/* Takes what is under way out of @live: (transfer full) (nullable).  The lock is held. */
static PerseaTask *
live_give_up (PerseaLive *live)
{
  if (live->pause)
    g_source_remove (live->pause);
  live->pause = 0;
  persea_task_order_clear (&live->pending);
  g_clear_pointer (&live->task_key, g_free);
  return g_steal_pointer (&live->task);
}

void
persea_live_free (PerseaLive *live)
{
  PerseaTask *task;

  if (!live)
    return;

  g_mutex_lock (&live->lock);
  task = live_give_up (live);
  if (live->forget)
    g_source_remove (live->forget);
  live->forget = 0;
  g_mutex_unlock (&live->lock);
  persea_task_release (task);
  live_unref (live);
}

/* Whether the input changed */

static void
live_invalidated (GeglNode *node, const GeglRectangle *rectangle, gpointer data)
{
  PerseaLive *live = data;

  if (!g_atomic_int_get (&live->own))
    g_atomic_int_inc (&live->generation);
}

/* after GEGL's own handler, which invalidates the node for every property */
static void
live_notified (GeglOperation *operation, GParamSpec *property, gpointer data)
{
  PerseaLive *live = data;

  g_atomic_int_set (&live->own, FALSE);
}

void
persea_live_prepare (PerseaLive *live)
{
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);
  gboolean first;

  if (!operation || !operation->node)
    return;
  g_mutex_lock (&live->lock);
  first = !live->prepared;
  live->prepared = TRUE;
  g_mutex_unlock (&live->lock);
  if (!first)
    return;
  g_signal_connect_data (operation->node, "invalidated", G_CALLBACK (live_invalidated), live_ref (live),
                         live_closure_unref, 0);
  g_signal_connect_data (operation, "notify", G_CALLBACK (live_notified), live_ref (live), live_closure_unref, 0);
}

/* Whether to read all pixels would keep the host waiting for more than a tenth of a second: bytes are
 * read as fast as memory is, everything else has to be converted. */
static gboolean
live_is_too_large (GeglBuffer *input)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (input);
  int size = babl_format_get_bytes_per_pixel (gegl_buffer_get_format (input));

  return (int64_t) extent->width * extent->height > (size <= 4 ? MAX_SUMMED_BYTES : MAX_SUMMED_OTHERS);
}

uint64_t
persea_live_get_content (PerseaLive *live, GeglBuffer *input, gboolean with_alpha)
{
  unsigned generation = g_atomic_int_get (&live->generation);
  uint64_t content;
  gboolean known;

  g_mutex_lock (&live->lock);
  known = live->content_known && live->content_generation == generation;
  content = live->content;
  g_mutex_unlock (&live->lock);
  if (known)
    return content;
  content = live_is_too_large (input) ? persea_shared_engine_make_number () : persea_pixels_sum (input, with_alpha);
  g_mutex_lock (&live->lock);
  live->content = content;
  live->content_generation = generation;
  live->content_known = TRUE;
  g_mutex_unlock (&live->lock);
  return content;
}

void
persea_live_changed (PerseaLive *live, GParamSpec *property)
{
  static const char *const results[] = { "score", "status", NULL };
  PerseaTask *task;

  g_atomic_int_set (&live->own, live->prepared);
  if (g_strv_contains (results, property->name))
    return;
  g_mutex_lock (&live->lock);
  task = live_give_up (live);
  g_clear_pointer (&live->failed_key, g_free);
  g_mutex_unlock (&live->lock);
  persea_task_release (task);
}

/* Messages */

static gboolean
live_say_now (gpointer message)
{
  /* GIMP shows messages of this domain to people; its warnings are bugs, for the terminal */
  g_log ("GEGL", G_LOG_LEVEL_MESSAGE, "%s", (const char *) message);
  return G_SOURCE_REMOVE;
}

/* Where a main loop runs in another thread, what is said there may become a window. */
static void
live_say (const char *message)
{
  GMainContext *context = g_main_context_default ();

  if (g_main_context_is_owner (context))
    {
      live_say_now ((gpointer) message);
    }
  else if (g_main_context_acquire (context))
    {
      g_main_context_release (context);
      live_say_now ((gpointer) message);
    }
  else
    {
      g_idle_add_full (G_PRIORITY_DEFAULT, live_say_now, g_strdup (message), g_free);
    }
}

void
persea_live_fail (PerseaLive *live, const char *message)
{
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);
  g_autofree char *text = operation ? g_strdup_printf ("%s: %s", gegl_operation_get_name (operation), message) : NULL;
  gboolean is_new;

  if (!text)
    return;
  g_mutex_lock (&live->lock);
  is_new = g_strcmp0 (live->said, text) != 0;
  g_free (live->said);
  live->said = g_strdup (text);
  g_mutex_unlock (&live->lock);
  live->show (operation, -1, message);
  if (is_new)
    live_say (text);
}

static void
live_task_failed (PerseaLive *live, const char *key, const GError *error)
{
  if (persea_error_is_cancelled (error))
    return;
  g_mutex_lock (&live->lock);
  g_free (live->failed_key);
  live->failed_key = g_strdup (key);
  live->failed_at = g_get_monotonic_time ();
  g_mutex_unlock (&live->lock);
  persea_live_fail (live, error->message);
}

static void
live_take (PerseaLive *live, const char *key, PerseaRendering *rendering, unsigned generation)
{
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);

  g_mutex_lock (&live->lock);
  persea_rendering_unref (live->shown);
  live->shown = persea_rendering_ref (rendering);
  g_free (live->shown_key);
  live->shown_key = g_strdup (key);
  live->shown_generation = generation;
  g_clear_pointer (&live->said, g_free);
  g_mutex_unlock (&live->lock);
  if (operation)
    live->show (operation, rendering->score, "");
}

/* In the main context */

static void
live_progress (const char *what, double fraction, gpointer data)
{
  PerseaLive *live = data;
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);

  if (operation)
    gegl_operation_progress (operation, fraction, (char *) (what ? what : ""));
}

/* The host is to ask again. */
static void
live_tell (PerseaLive *live, GeglOperation *operation)
{
  g_atomic_int_set (&live->owing, FALSE);
  persea_live_image_redraw (operation, "score");
}

/* The task is done. */
static void
live_finish (PerseaLive *live, PerseaTask *task, const char *key)
{
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaRendering) rendering = persea_task_wait (task, NULL, NULL, &error);

  if (rendering)
    live_take (live, key, rendering, g_atomic_int_get (&live->generation));
  else
    live_task_failed (live, key, error);
  persea_task_release (task);
  if (!operation)
    return;
  gegl_operation_progress (operation, 1, (char *) "");
  live_tell (live, operation);
}

static gboolean
live_hear (gpointer data)
{
  PerseaLive *live = data;
  g_autofree char *what = NULL;
  g_autofree char *key = NULL;
  double fraction = 0;
  PerseaTask *task = NULL;
  gboolean under_way;

  g_atomic_int_set (&live->awake, FALSE);
  g_mutex_lock (&live->lock);
  under_way = live->task != NULL;
  if (under_way && persea_task_get_progress (live->task, &what, &fraction))
    {
      task = g_steal_pointer (&live->task);
      key = g_steal_pointer (&live->task_key);
    }
  g_mutex_unlock (&live->lock);
  if (task)
    live_finish (live, task, key);
  else if (under_way)
    live_progress (what, fraction, live);
  return G_SOURCE_REMOVE;
}

/* a PerseaTaskWake, in the engine's thread */
static void
live_wake (gpointer data)
{
  PerseaLive *live = data;

  if (g_atomic_int_compare_and_exchange (&live->awake, FALSE, TRUE))
    g_idle_add_full (G_PRIORITY_DEFAULT, live_hear, live_ref (live), live_unref);
}

/* The lock is held. */
static void
live_submit (PerseaLive *live)
{
  live->task_key = g_strdup (live->pending.key);
  live->task = persea_shared_engine_submit (&live->pending, live_wake, live_ref (live), live_unref);
}

static gboolean
live_paused (gpointer data)
{
  PerseaLive *live = data;

  g_mutex_lock (&live->lock);
  live->pause = 0;
  if (live->pending.key)
    live_submit (live);
  g_mutex_unlock (&live->lock);
  return G_SOURCE_REMOVE;
}

/* whether a dialog would be told, that draws a preview */
static gboolean
live_has_dialog (GeglNode *node)
{
  return g_signal_has_handler_pending (node, g_signal_lookup ("notify", G_TYPE_OBJECT),
                                       g_quark_from_static_string ("score"), TRUE);
}

/* Caches downstream, and the image on the screen, hold what was shown meanwhile. */
static gboolean
live_forget (gpointer data)
{
  PerseaLive *live = data;
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);

  g_mutex_lock (&live->lock);
  live->forget = 0;
  g_mutex_unlock (&live->lock);
  if (!operation)
    return G_SOURCE_REMOVE;
  g_atomic_int_set (&live->own, TRUE);
  gegl_operation_invalidate (operation, NULL, FALSE);
  g_atomic_int_set (&live->own, FALSE);
  if (!live_has_dialog (operation->node))
    persea_live_image_expire (operation, "status");
  return G_SOURCE_REMOVE;
}

/* In the host's thread that wants pixels */

/* whether somebody would be told */
static gboolean
live_is_heard (PerseaLive *live)
{
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);

  return operation && operation->node
         && (live_has_dialog (operation->node) || persea_live_image_has (operation->node));
}

/* GIMP 3 makes a thumbnail of a file that it opens, before anything is on the screen; later whatever is
 * dispatched at G_PRIORITY_DEFAULT is what a person did; or what a script or an export wants, through the pipe of a
 * plug-in. */
static gboolean
live_is_opened (PerseaLive *live, GSource *source)
{
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);

  return !g_atomic_int_get (&live->met) && operation && operation->node
         && g_main_context_is_owner (g_main_context_default ())
         && (!source || g_source_get_priority (source) == G_PRIORITY_DEFAULT)
         && g_strcmp0 (source ? g_source_get_name (source) : NULL, "GIOChannel (Unix)") != 0
         && !live_has_dialog (operation->node) && persea_live_image_has (operation->node);
}

static gboolean
live_must_wait (PerseaLive *live, PerseaWait wait)
{
  GSource *source = g_main_current_source ();
  gboolean in_idle_time, is_heard, is_opened;

  if (wait != PERSEA_WAIT_AUTO)
    return wait == PERSEA_WAIT_ALWAYS;
  in_idle_time = source && g_source_get_context (source) == g_main_context_default ()
                 && g_source_get_priority (source) > G_PRIORITY_DEFAULT;
  is_heard = live_is_heard (live);
  is_opened = !in_idle_time && live_is_opened (live, source);
  if (!is_opened)
    g_atomic_int_set (&live->met, TRUE);
  g_debug ("asked %s, by %s: %s", in_idle_time ? "in idle time" : is_opened ? "while opened" : "directly",
           is_heard ? "who can be told later" : "who would not hear of it",
           is_opened || (in_idle_time && is_heard) ? "goes without" : "waits");
  return !is_opened && (!in_idle_time || !is_heard);
}

static gboolean
live_tell_later (gpointer data)
{
  PerseaLive *live = data;
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);

  if (operation)
    live_tell (live, operation);
  return G_SOURCE_REMOVE;
}

/* When OK is pressed GIMP keeps on the screen what it has shown there, which is not this rendering;
 * and so it does when something else wants the result earlier than the screen. */
static void
live_tell_screen (PerseaLive *live)
{
  g_autoptr (GeglOperation) operation = g_weak_ref_get (&live->operation);

  if (!operation || !operation->node)
    return;
  if (live_has_dialog (operation->node) && g_main_context_is_owner (g_main_context_default ()))
    g_object_notify (G_OBJECT (operation), "score");
  else if (g_atomic_int_get (&live->owing))
    g_idle_add_full (G_PRIORITY_DEFAULT, live_tell_later, live_ref (live), live_unref);
}

/* The same task, if it is under way. */
static PerseaRendering *
live_wait (PerseaLive *live, PerseaTaskOrder *order)
{
  unsigned generation = g_atomic_int_get (&live->generation);
  g_autofree char *key = g_strdup (order->key);
  g_autoptr (GError) error = NULL;
  PerseaTask *task = persea_shared_engine_submit (order, NULL, NULL, NULL);
  PerseaTask *old;
  PerseaRendering *rendering;

  g_mutex_lock (&live->lock);
  old = live_give_up (live);
  g_mutex_unlock (&live->lock);
  persea_task_release (old);
  rendering = persea_task_wait (task, live_progress, live, &error);
  persea_task_release (task);
  if (rendering)
    live_take (live, key, rendering, generation);
  else
    live_task_failed (live, key, error);
  live_tell_screen (live);
  return rendering;
}

/* The lock is held.
 *
 * Returns: (transfer full) (nullable): what was given up for it */
static PerseaTask *
live_begin (PerseaLive *live, PerseaTaskOrder *order)
{
  PerseaTask *old = NULL;

  g_atomic_int_set (&live->owing, TRUE);
  if (!live->forget)
    live->forget = g_idle_add_full (G_PRIORITY_HIGH, live_forget, live_ref (live), live_unref);
  if (g_strcmp0 (order->key, live->pending.key) == 0 || g_strcmp0 (order->key, live->task_key) == 0)
    return NULL;
  old = live_give_up (live);
  live->pending = *order;
  *order = (PerseaTaskOrder) { NULL };
  live->pause = g_timeout_add_full (G_PRIORITY_DEFAULT, PERSEA_LIVE_PAUSE, live_paused, live_ref (live), live_unref);
  return old;
}

/* what is there already: (transfer full) (nullable).  The lock is held. */
static PerseaRendering *
live_find (PerseaLive *live, const char *key, gboolean *failed)
{
  *failed = g_strcmp0 (key, live->failed_key) == 0 && g_get_monotonic_time () < live->failed_at + FAILED_FOR;
  return g_strcmp0 (key, live->shown_key) == 0 ? persea_rendering_ref (live->shown) : NULL;
}

PerseaRendering *
persea_live_render (PerseaLive *live, PerseaWait wait, PerseaTaskOrder *order)
{
  unsigned generation = g_atomic_int_get (&live->generation);
  PerseaRendering *rendering;
  PerseaTask *old = NULL;
  gboolean failed;

  g_mutex_lock (&live->lock);
  rendering = live_find (live, order->key, &failed);
  g_mutex_unlock (&live->lock);
  if (!rendering && !failed)
    {
      rendering = persea_shared_engine_find (order->key);
      if (rendering)
        live_take (live, order->key, rendering, generation);
      else if (live_must_wait (live, wait))
        rendering = live_wait (live, order);
      else
        {
          g_mutex_lock (&live->lock);
          old = live_begin (live, order);
          if (live->shown && live->shown_generation == generation)
            rendering = persea_rendering_ref (live->shown);
          g_mutex_unlock (&live->lock);
        }
    }
  persea_task_release (old);
  persea_task_order_clear (order);
  return rendering;
}
