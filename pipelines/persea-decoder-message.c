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
