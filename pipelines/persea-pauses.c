/* persea-pauses.c - a list of pauses, and a file of the lasting ones
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The file: the identity of this uptime of the machine, then "COOKIE REASON" a line, the reason
 * escaped as in C.
 */
#include "config.h"

#include "persea-pauses.h"

#include <string.h>

#include <glib/gstdio.h>

#define PAUSES_MAX 1000
#define PAUSES_MAX_SIZE (1024 * 1024)
#define PAUSES_BOOT_ID "/proc/sys/kernel/random/boot_id"

struct _PerseaPauses
{
  char      *path;
  GPtrArray *list; /* of (owned) PerseaPause */
  unsigned   last_cookie;
};

static void
pause_free (PerseaPause *pause)
{
  g_free (pause->reason);
  g_free (pause);
}

static void
pauses_append (PerseaPauses *pauses, unsigned cookie, const char *reason, gboolean lasting)
{
  PerseaPause *pause = g_new (PerseaPause, 1);

  *pause = (PerseaPause) { .cookie = cookie, .reason = g_strdup (reason), .lasting = lasting };
  g_ptr_array_add (pauses->list, pause);
  pauses->last_cookie = MAX (pauses->last_cookie, cookie);
}

/* (transfer full): never %NULL */
static char *
pauses_read_boot_id (void)
{
  char *id = NULL;

  if (!g_file_get_contents (PAUSES_BOOT_ID, &id, NULL, NULL))
    return g_strdup ("unknown");
  return g_strchomp (id);
}

static void
pauses_load (PerseaPauses *pauses)
{
  g_autofree char *boot_id = pauses_read_boot_id ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  GStatBuf status;

  if (g_stat (pauses->path, &status) != 0 || status.st_size > PAUSES_MAX_SIZE
      || !g_file_get_contents (pauses->path, &text, NULL, NULL)
      || !g_utf8_validate (text, -1, NULL))
    return;
  lines = g_strsplit (text, "\n", PAUSES_MAX + 2);
  if (lines[0] == NULL || strcmp (lines[0], boot_id) != 0)
    return;
  for (char **line = lines + 1; *line != NULL && pauses->list->len < PAUSES_MAX; line++)
    {
      char *end = NULL;
      guint64 cookie = g_ascii_strtoull (*line, &end, 10);
      g_autofree char *reason = *end == ' ' ? g_strcompress (end + 1) : NULL;

      if (cookie > 0 && cookie < G_MAXUINT32 && reason != NULL)
        pauses_append (pauses, (unsigned) cookie, reason, TRUE);
    }
}

static void
pauses_save (PerseaPauses *pauses)
{
  g_autofree char *boot_id = pauses_read_boot_id ();
  g_autoptr (GString) text = g_string_new (boot_id);
  g_autoptr (GError) error = NULL;
  unsigned n = 0;

  g_string_append_c (text, '\n');
  for (unsigned i = 0; i < pauses->list->len; i++)
    {
      const PerseaPause *pause = g_ptr_array_index (pauses->list, i);
      g_autofree char *reason = g_strescape (pause->reason, NULL);

      if (!pause->lasting)
        continue;
      g_string_append_printf (text, "%u %s\n", pause->cookie, reason);
      n++;
    }
  if (n == 0)
    g_unlink (pauses->path);
  else if (!g_file_set_contents_full (pauses->path, text->str, (gssize) text->len,
                                      G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_warning ("%s", error->message);
}

PerseaPauses *
persea_pauses_new (const char *path)
{
  PerseaPauses *pauses = g_new0 (PerseaPauses, 1);

  pauses->path = g_strdup (path);
  pauses->list = g_ptr_array_new_with_free_func ((GDestroyNotify) pause_free);
  pauses_load (pauses);
  return pauses;
}

void
persea_pauses_free (PerseaPauses *pauses)
{
  if (pauses == NULL)
    return;
  g_ptr_array_unref (pauses->list);
  g_free (pauses->path);
  g_free (pauses);
}

unsigned
persea_pauses_add (PerseaPauses *pauses, const char *reason, gboolean lasting)
{
  if (pauses->list->len >= PAUSES_MAX || pauses->last_cookie == G_MAXUINT32)
    return 0;
  pauses_append (pauses, pauses->last_cookie + 1, reason, lasting);
  if (lasting)
    pauses_save (pauses);
  return pauses->last_cookie;
}

gboolean
persea_pauses_remove (PerseaPauses *pauses, unsigned cookie)
{
  for (unsigned i = 0; i < pauses->list->len; i++)
    {
      const PerseaPause *pause = g_ptr_array_index (pauses->list, i);
      gboolean lasting = pause->lasting;

      if (pause->cookie != cookie)
        continue;
      g_ptr_array_remove_index (pauses->list, i);
      if (lasting)
        pauses_save (pauses);
      return TRUE;
    }
  return FALSE;
}

GPtrArray *
persea_pauses_get_list (PerseaPauses *pauses)
{
  return pauses->list;
}
