/* persea-decoder-message.c - what persead and its decoders say to each other
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-decoder-message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* room for the files of a message, aligned as its head has to be */
typedef union
{
  struct cmsghdr head;
  char           room[CMSG_SPACE (PERSEA_DECODER_MAX_FILES * sizeof (int))];
} FilesRoom;

gboolean
persea_decoder_message_send (int         socket,
                             const void *message,
                             size_t      size,
                             const int  *files,
                             unsigned    n_files)
{
  struct iovec part = { (void *) message, size };
  FilesRoom room = { 0 };
  struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
  ssize_t sent;

  g_return_val_if_fail (n_files <= PERSEA_DECODER_MAX_FILES, FALSE);
  if (n_files > 0)
    {
      struct cmsghdr *control;

      head.msg_control = room.room;
      head.msg_controllen = CMSG_SPACE (n_files * sizeof (int));
      control = CMSG_FIRSTHDR (&head);
      control->cmsg_level = SOL_SOCKET;
      control->cmsg_type = SCM_RIGHTS;
      control->cmsg_len = CMSG_LEN (n_files * sizeof (int));
      memcpy (CMSG_DATA (control), files, n_files * sizeof (int));
    }
  do
    sent = sendmsg (socket, &head, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == (ssize_t) size;
}

static void
message_close_files (const int *files, unsigned n_files)
{
  for (unsigned i = 0; i < n_files; i++)
    close (files[i]);
}

gboolean
persea_decoder_message_receive (int       socket,
                                void     *message,
                                size_t    size,
                                int      *files,
                                unsigned *n_files)
{
  struct iovec part = { message, size };
  FilesRoom room = { 0 };
  struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
  unsigned n = 0;
  ssize_t received;

  if (files)
    {
      head.msg_control = room.room;
      head.msg_controllen = sizeof room.room;
    }
  do
    received = recvmsg (socket, &head, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received < 0)
    return FALSE;
  for (struct cmsghdr *control = files ? CMSG_FIRSTHDR (&head) : NULL; control;
       control = CMSG_NXTHDR (&head, control))
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
      {
        n = (control->cmsg_len - CMSG_LEN (0)) / sizeof (int);
        memcpy (files, CMSG_DATA (control), n * sizeof (int));
      }
  if (received != (ssize_t) size || (head.msg_flags & (MSG_TRUNC | (files ? MSG_CTRUNC : 0))))
    {
      message_close_files (files, n);
      return FALSE;
    }
  if (n_files)
    *n_files = n;
  return TRUE;
}

GBytes *
persea_decoder_provenance_pack (const PerseaProvenance *provenance)
{
  g_autoptr (GPtrArray) fields = persea_provenance_list_fields (provenance);
  g_autoptr (GVariant) packed = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (unsigned i = 0; i < fields->len; i++)
    {
      const PerseaProvenanceField *field = fields->pdata[i];
      g_autofree char *value = g_utf8_make_valid (field->value, -1);

      g_variant_builder_add (&builder, "{ss}", field->name, value);
    }
  packed = g_variant_ref_sink (g_variant_builder_end (&builder));
  return g_variant_get_data_as_bytes (packed);
}

PerseaProvenance *
persea_decoder_provenance_unpack (GBytes *bytes)
{
  /* whatever the bytes are, it can be read: strings that are none are empty */
  g_autoptr (GVariant) packed
    = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a{ss}"), bytes, FALSE));
  g_autoptr (PerseaProvenance) provenance = persea_provenance_new ();
  GVariantIter fields;
  const char *name, *value;

  g_clear_pointer (&provenance->software, g_free);
  g_clear_pointer (&provenance->date, g_free);
  g_variant_iter_init (&fields, packed);
  while (g_variant_iter_next (&fields, "{&s&s}", &name, &value))
    persea_provenance_set_field (provenance, name, value);
  return provenance->prompt ? g_steal_pointer (&provenance) : NULL;
}
