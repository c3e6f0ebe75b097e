/* persea-cl-profile.h - what each kernel costs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Threads: called with the device's lock held.
 */
#pragma once

#include "persea-cl-error.h"
#include "persea-device.h"

G_BEGIN_DECLS

typedef struct _PerseaClProfile PerseaClProfile;

PerseaClProfile *persea_cl_profile_new (void);
void             persea_cl_profile_free (PerseaClProfile *profile);

/* @name: not kept; @event: (transfer full): of a queue with profiling */
void persea_cl_profile_add (PerseaClProfile *profile, const char *name, cl_event event,
                            double flops, double bytes);

/* reads the events that have finished; the queue has been waited for */
void persea_cl_profile_collect (PerseaClProfile *profile);

/* (transfer full) (element-type PerseaProfileRow): the most expensive first */
GPtrArray *persea_cl_profile_get_rows (PerseaClProfile *profile);

G_END_DECLS
