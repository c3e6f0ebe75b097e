/* persea-bus-call.h - a call that gives out work, checked
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What comes over the bus is untrusted: everything is checked here, and by the tables of options of
 * each method (persea-bus-*.c), before anything is done.
 */
#pragma once

#include "persea-pictures.h"
#include "persea-request.h"

#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

#define PERSEA_BUS_MAX_PICTURES 10000

/**
 * PerseaBusCall:
 * @token: (nullable): last part of the job's path
 * @lasting: the job goes on without its caller
 * @priority: of the job
 * @model: (nullable): name or path
 * @pictures: given as URIs or as descriptors, each an item; may be empty
 * @sources: others, which are no items: what is drawn into; may be empty
 * @fd_list: (nullable): of the message, while it is being checked
 */
typedef struct
{
  char           *token;
  gboolean        lasting;
  PerseaPriority  priority;
  char           *model;
  PerseaPictures *pictures;
  PerseaPictures *sources;
  GUnixFDList    *fd_list;
} PerseaBusCall;

/**
 * PerseaBusOption:
 * @key: of the dictionary
 * @types: what its value may be, separated by blanks: "s as"
 * @set: puts @value, which is of one of these types, into @target or @call; fails with
 *   %PERSEA_ERROR_INVALID_ARGUMENT and a message that begins with @key
 */
typedef struct
{
  const char *key;
  const char *types;
  gboolean (*set) (PerseaBusCall  *call,
                   gpointer        target,
                   const char     *key,
                   GVariant       *value,
                   GError        **error);
} PerseaBusOption;

/* @fd_list: (nullable): of the message; must stay until the call is parsed */
PerseaBusCall *persea_bus_call_new (GUnixFDList *fd_list);
void           persea_bus_call_free (PerseaBusCall *call);

/**
 * persea_bus_call_add_uris:
 * @uris: as
 *
 * Adds pictures.  URIs beyond what is allowed are not looked at: persea_bus_call_check_pictures().
 */
void persea_bus_call_add_uris (PerseaBusCall *call, GVariant *uris);

/**
 * persea_bus_call_parse_options:
 * @options: a{sv}
 * @own: (array length=n_own): the options of the method, besides `token`, `lasting`, `priority` and
 *   `model`
 * @target: passed to the methods of @own
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT that names the option
 */
gboolean persea_bus_call_parse_options (PerseaBusCall          *call,
                                        GVariant               *options,
                                        const PerseaBusOption  *own,
                                        size_t                  n_own,
                                        gpointer                target,
                                        GError                **error);

/* @value: ah; adds pictures: the method of the option "files" */
gboolean persea_bus_call_add_files (PerseaBusCall  *call,
                                    gpointer        target,
                                    const char     *key,
                                    GVariant       *value,
                                    GError        **error);

/* @value: h; returns the descriptor, to be closed, or -1 */
int persea_bus_call_take_file (PerseaBusCall *call, const char *key, GVariant *value, GError **error);

/* how many descriptors the call holds */
unsigned persea_bus_call_count_files (const PerseaBusCall *call);

/* The caller has been told the end: they are closed when the work needs them no longer. */
void persea_bus_call_drop_pictures (PerseaBusCall *call);

/* whether there is a sensible number of pictures */
gboolean persea_bus_call_check_pictures (PerseaBusCall *call, GError **error);

/* Whether @value is a name, or an absolute path: those of the service are not the caller's. */
gboolean persea_bus_check_name (const char *key, const char *value, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusCall, persea_bus_call_free)

G_END_DECLS
