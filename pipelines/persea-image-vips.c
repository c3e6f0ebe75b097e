/* persea-image-vips.c - starts libvips
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-image-vips-private.h"

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-image-file.h"
#include "persea-image-kind.h"

/* libvips warns of whatever is odd in a picture, on standard error.  (To pass that on as a message
 * of our own is not possible: logging while logging is fatal.) */
static void
image_drop_log (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

static gpointer
image_start_vips (gpointer data)
{
  if (VIPS_INIT ("persea") != 0)
    return GINT_TO_POINTER (FALSE);

  g_log_set_handler ("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO, image_drop_log, NULL);
  vips_block_untrusted_set (TRUE);
  /* reads any text of numbers as a picture */
  vips_operation_block_set ("VipsForeignLoadMatrix", TRUE);
  vips_concurrency_set (1); /* the pipeline decodes several pictures at once */
  vips_cache_set_max (0);   /* no picture is opened twice, and files change */
  return GINT_TO_POINTER (TRUE);
}

gboolean
persea_image_ensure_vips (GError **error)
{
  static GOnce once = G_ONCE_INIT;

  if (GPOINTER_TO_INT (g_once (&once, image_start_vips, NULL)))
    return TRUE;
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("libvips does not start"));
  return FALSE;
}

gboolean
persea_image_load_libraries (void)
{
  static const uint8_t nothing[64];

  if (!persea_image_ensure_vips (NULL))
    return FALSE;
  /* a picture that is none makes its loader begin and give up */
  for (unsigned i = 0; persea_image_kind_get_loader (i) != NULL; i++)
    {
      g_autoptr (VipsSource) source = vips_source_new_from_memory (nothing, sizeof nothing);
      VipsImage *image = NULL;

      if (vips_type_find ("VipsOperation", persea_image_kind_get_loader (i)) != 0
          && vips_call (persea_image_kind_get_loader (i), source, &image, NULL) == 0)
        g_object_unref (image);
      vips_error_clear ();
    }
  return TRUE;
}

/* mirrors what libvips was told; that is a setting of the process, too */
static int image_untrusted_allowed = FALSE;

void
persea_image_allow_untrusted (gboolean allow)
{
  if (!persea_image_ensure_vips (NULL))
    return;
  vips_block_untrusted_set (!allow);
  g_atomic_int_set (&image_untrusted_allowed, allow);
}

gboolean
persea_image_is_untrusted_allowed (void)
{
  return g_atomic_int_get (&image_untrusted_allowed);
}

gboolean
persea_image_step (VipsImage **image, VipsImage **made, int status)
{
  if (status != 0)
    {
      vips_error_clear ();
      return FALSE;
    }
  g_object_unref (*image);
  *image = g_steal_pointer (made);
  return TRUE;
}

static void
image_look_at_cancellable (VipsImage *image, gpointer progress, GCancellable *cancellable)
{
  if (g_cancellable_is_cancelled (cancellable))
    vips_image_set_kill (image, TRUE);
}

void
persea_image_set_cancellable (VipsImage *image, GCancellable *cancellable)
{
  if (!cancellable)
    return;
  vips_image_set_progress (image, TRUE);
  g_signal_connect_object (image, "eval", G_CALLBACK (image_look_at_cancellable), cancellable, 0);
}
