/* persea-info.h - what the daemon is doing, and why it does not do more
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-library.h"
#include "persea-manners.h"
#include "persea-settings.h"

G_BEGIN_DECLS

/**
 * PerseaInfoSources:
 * @library: with the queue
 * @manners: the pace, and its reasons
 * @devices: (nullable): the property Devices of org.persea.Persea1
 * @models: (nullable): the property Models
 * @search_memory: bytes that are kept for searches
 * @n_jobs: of programs, not finished
 * @n_watches: folders
 * @busy: whether something is being done
 * @settings_path: (type filename): what was read
 * @settings: what it says
 */
typedef struct
{
  PerseaLibrary        *library;
  PerseaManners        *manners;
  GVariant             *devices;
  GVariant             *models;
  guint64               search_memory;
  unsigned              n_jobs;
  unsigned              n_watches;
  gboolean              busy;
  const char           *settings_path;
  const PerseaSettings *settings;
} PerseaInfoSources;

/**
 * persea_info_describe:
 * @error: return location; if the library cannot be read
 *
 * Returns: (transfer floating) (nullable): the answer of GetInfo, a{sv}
 */
GVariant *persea_info_describe (const PerseaInfoSources *sources, GError **error);

G_END_DECLS
