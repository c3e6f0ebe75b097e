/* persea-sandbox.c - a process gives up what it does not need
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-sandbox.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "persea-sandbox-private.h"

#define SANDBOX_MAX_SECONDS 600              /* of computing, in its whole life */
#define SANDBOX_MAX_FILES 64                 /* open at a time */
#define SANDBOX_MAX_WRITTEN (UINT64_C (2) << 30) /* bytes of one file or shared memory */
#define SANDBOX_OOM_SCORE "900"              /* of 1000: who goes first when memory runs out */

static gboolean
sandbox_set_limit (__rlimit_resource_t resource, uint64_t value)
{
  struct rlimit limit = { 0 };

  /* a tighter one stays */
  if (getrlimit (resource, &limit) != 0)
    return FALSE;
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)
    limit.rlim_max = value;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit (resource, &limit) == 0;
}

static void
sandbox_offer_to_go_first (void)
{
  int file = open ("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

  if (file < 0)
    return;
  if (write (file, SANDBOX_OOM_SCORE, sizeof SANDBOX_OOM_SCORE - 1) < 0)
    g_debug ("oom_score_adj cannot be raised");
  close (file);
}

gboolean
persea_sandbox_limit (int first_closed, uint64_t max_memory)
{
  gboolean closed = close_range (first_closed, ~0U, 0) == 0;

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
  max_memory = RLIM_INFINITY; /* the sanitizer's shadow takes terabytes of addresses */
#endif
  sandbox_offer_to_go_first ();
  return closed
         && sandbox_set_limit (RLIMIT_AS, max_memory)
         && sandbox_set_limit (RLIMIT_CPU, SANDBOX_MAX_SECONDS)
         && sandbox_set_limit (RLIMIT_NOFILE, SANDBOX_MAX_FILES)
         && sandbox_set_limit (RLIMIT_FSIZE, SANDBOX_MAX_WRITTEN)
         && sandbox_set_limit (RLIMIT_CORE, 0)
         && sandbox_set_limit (RLIMIT_MSGQUEUE, 0)
         && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

PerseaSandboxLayers
persea_sandbox_enter (PerseaSandboxLayers wanted, gboolean may_open)
{
  PerseaSandboxLayers layers = 0;

  /* seccomp comes last, for it forbids to enter anything */
  if ((wanted & PERSEA_SANDBOX_LANDLOCK) && persea_sandbox_enter_landlock ())
    layers |= PERSEA_SANDBOX_LANDLOCK;
  if ((wanted & PERSEA_SANDBOX_SECCOMP) && persea_sandbox_enter_seccomp (may_open))
    layers |= PERSEA_SANDBOX_SECCOMP;
  return layers;
}

char *
persea_sandbox_describe (PerseaSandboxLayers layers)
{
  return g_strdup_printf ("%s, %s, %s", layers & PERSEA_SANDBOX_LIMITS ? "limits" : "not all limits",
                          layers & PERSEA_SANDBOX_LANDLOCK ? "Landlock" : "no Landlock",
                          layers & PERSEA_SANDBOX_SECCOMP ? "seccomp" : "no seccomp");
}
