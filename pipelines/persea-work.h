/* persea-work.h - a kind of work that programs can ask for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each kind is a file persea-work-*.c: a struct that begins with a PerseaWork, and a function that
 * makes one from checked arguments.  What a kind calls while it works is in
 * persea-request-private.h.
 *
 * Threads: made on one thread, then the worker's alone.
 */
#pragma once

#include "persea-loader.h"

G_BEGIN_DECLS

typedef struct _PerseaRequest PerseaRequest;
typedef struct _PerseaWork PerseaWork;

/**
 * PerseaWorkKind:
 * @role: what is done, a word for programs: "tag"
 * @draws: whether it needs the drawing model, so that it cannot be done in the middle of a drawing
 * @run: does the work, or a part of it: it is called again, until it fails or has not set
 *   @more, or after it was put off: cancelled in its middle.  It looks at
 *   persea_request_should_yield() where it can stop
 * @free: frees all of it
 */
typedef struct
{
  const char *role;
  gboolean    draws;
  gboolean (*run) (PerseaWork     *work,
                   PerseaRequest  *request,
                   PerseaLoader   *loader,
                   gboolean       *more,
                   GError        **error);
  void (*free) (PerseaWork *work);
} PerseaWorkKind;

/**
 * PerseaWork:
 * @kind: what is done
 * @n_items: how many results there will be
 */
struct _PerseaWork
{
  const PerseaWorkKind *kind;
  unsigned              n_items;
};

static inline void
persea_work_free (PerseaWork *work)
{
  if (work != NULL)
    work->kind->free (work);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWork, persea_work_free)

G_END_DECLS
