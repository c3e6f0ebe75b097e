/* persea-sandbox-landlock.c - no files, and what else Landlock can take away
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A set of rules that names all rights and grants none.  Each version of the kernel's interface
 * knows more rights; the names are written out here, for the headers of the system where Persea is
 * built may be older than the kernel where it runs.
 */
#include "config.h"

#include "persea-sandbox-private.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LANDLOCK_VERSION_FLAG (1U << 0)

/* struct landlock_ruleset_attr; older kernels take it as long as what they do not know is 0 */
typedef struct
{
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
} LandlockRights;

static const struct
{
  int            version; /* of the interface, from which on these are known */
  LandlockRights rights;
} landlock_rights[] = {
  { 1, { .files = 0x1fff } },      /* execute, write, read, list, remove, make */
  { 2, { .files = 1 << 13 } },     /* refer: link and rename across folders */
  { 3, { .files = 1 << 14 } },     /* truncate */
  { 4, { .network = 1 << 0 | 1 << 1 } }, /* TCP: bind, connect */
  { 5, { .files = 1 << 15 } },     /* ioctl of devices */
  { 6, { .scopes = 1 << 0 | 1 << 1 } }, /* abstract sockets and signals of others */
};

gboolean
persea_sandbox_enter_landlock (void)
{
  LandlockRights rights = { 0 };
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG);
  long rules;
  gboolean entered;

  if (version < 1)
    return FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (landlock_rights); i++)
    if (landlock_rights[i].version <= version)
      {
        rights.files |= landlock_rights[i].rights.files;
        rights.network |= landlock_rights[i].rights.network;
        rights.scopes |= landlock_rights[i].rights.scopes;
      }
  rules = syscall (SYS_landlock_create_ruleset, &rights, sizeof rights, 0);
  if (rules < 0)
    return FALSE;
  entered = prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && syscall (SYS_landlock_restrict_self, (int) rules, 0) == 0;
  close ((int) rules);
  return entered;
}
