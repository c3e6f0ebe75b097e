/* persea-bus.h - org.persea.Persea1 on the session bus
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Translates between the bus and the worker, and does nothing else.  The interface is
 * data/org.persea.Persea1.xml.  Other interfaces of the same object are exported by files of their
 * own.
 */
#pragma once

#include "persea-bus-jobs.h"
#include "persea-dbus.h"
#include "persea-worker.h"

G_BEGIN_DECLS

#define PERSEA_BUS_NAME "org.persea.Persea1"
#define PERSEA_BUS_PATH "/org/persea/Persea1"

typedef struct _PerseaBus PerseaBus;
typedef struct _PerseaDBusPersea1 PerseaDBusPersea1; /* persea-dbus.h, generated */

typedef void (*PerseaBusFunc) (PerseaBus *bus, gpointer user_data);

/**
 * persea_bus_new:
 * @connection: the session bus
 * @worker: who does the work; not used once all jobs have finished
 * @jobs_changed: told when there is a first job or the last one has finished
 * @error: return location; if the object cannot be exported
 *
 * Exports the object.  The name is for the caller to own, after this.
 *
 * Returns: (transfer full) (nullable): the object on the bus
 */
PerseaBus *persea_bus_new (GDBusConnection  *connection,
                           PerseaWorker     *worker,
                           PerseaBusFunc     jobs_changed,
                           gpointer          user_data,
                           GError          **error);

/* Only after all jobs have finished: call persea_bus_cancel_all() and free the worker before. */
void persea_bus_free (PerseaBus *bus);

void persea_bus_cancel_all (PerseaBus *bus);

/* jobs that have not finished */
unsigned persea_bus_count_jobs (PerseaBus *bus);

/* as the properties Devices and Models of the interface */
void persea_bus_set_loaded (PerseaBus *bus, GVariant *devices, GVariant *models);

/* (transfer none): for those who answer other methods of the interface, or start jobs */
PerseaDBusPersea1 *persea_bus_get_skeleton (PerseaBus *bus);
PerseaBusJobs     *persea_bus_get_jobs (PerseaBus *bus);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBus, persea_bus_free)

G_END_DECLS
