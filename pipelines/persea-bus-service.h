/* persea-bus-service.h - the methods of org.persea.Persea1 that are about the service itself
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * GetInfo, Pause, PauseForProcess and Resume, translated.
 */
#pragma once

#include "persea-dbus.h"
#include "persea-manners.h"

G_BEGIN_DECLS

typedef struct _PerseaBusService PerseaBusService;

/* (transfer floating) (nullable): the answer of GetInfo, see persea_info_describe() */
typedef GVariant *(*PerseaBusInfoFunc) (gpointer user_data, GError **error);

/**
 * persea_bus_service_new:
 * @skeleton: the object
 * @connection: where it is, or will be, exported
 * @manners: who keeps the pauses
 * @get_info: asked at each GetInfo
 */
PerseaBusService *persea_bus_service_new (PerseaDBusPersea1 *skeleton,
                                          GDBusConnection   *connection,
                                          PerseaManners     *manners,
                                          PerseaBusInfoFunc  get_info,
                                          gpointer           user_data);

/* The pauses stay; those that wait for the end of a program, too. */
void persea_bus_service_free (PerseaBusService *service);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusService, persea_bus_service_free)

G_END_DECLS
