/* persea-mounts.c - statfs(2) and the table of mounts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-mounts.h"

#include "persea-inotify.h"

#include <stdint.h>
#include <string.h>
#include <sys/vfs.h>

#include <gio/gunixmounts.h>

gboolean
persea_mounts_tell_of_changes (const char *path)
{
  static const uint32_t remote[] = {
    0x6969,     /* NFS */
    0x517b,     /* SMB */
    0xfe534d42, /* SMB 2 */
    0xff534d42, /* CIFS */
    0x65735546, /* FUSE */
    0x01021997, /* 9P */
    0x00c36400, /* Ceph */
    0x5346414f, /* AFS */
  };
  struct statfs status;

  if (statfs (path, &status) != 0)
    return TRUE;
  for (size_t i = 0; i < G_N_ELEMENTS (remote); i++)
    if ((uint32_t) status.f_type == remote[i])
      return FALSE;
  return TRUE;
}

GHashTable *
persea_mounts_list_below (const char *folder)
{
  GHashTable *below = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GList *mounts = g_unix_mounts_get (NULL);

  for (GList *link = mounts; link != NULL; link = link->next)
    {
      const char *path = g_unix_mount_get_mount_path (link->data);

      if (strcmp (path, folder) != 0 && persea_inotify_path_is_below (path, folder))
        g_hash_table_replace (below, g_strdup (path),
                              g_strdup (g_unix_mount_get_device_path (link->data)));
    }
  g_list_free_full (mounts, (GDestroyNotify) g_unix_mount_free);
  return below;
}
