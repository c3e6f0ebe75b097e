/* persea-bus-options.h - the arguments of Tag, checked
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What comes over the bus is untrusted: everything is checked here, before anything is done.
 */
#pragma once

#include "persea-tag-options.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

#define PERSEA_BUS_MAX_PICTURES 10000

/**
 * PerseaBusTagCall:
 * @token: (nullable): last part of the job's path
 * @lasting: the job goes on without its caller
 * @model: (nullable): name or path
 * @tag: which tags, and where to
 * @paths: (element-type filename): the pictures, %NULL for those in error
 * @uris: (element-type utf8): as they were given; %NULL for descriptors
 * @errors: (element-type GError): why there is no path; %NULL where there is
 * @files: (element-type int): open descriptors that @paths refer to, to be closed at the end
 */
typedef struct
{
  char            *token;
  gboolean         lasting;
  char            *model;
  PerseaTagOptions tag;
  GPtrArray       *paths;
  GPtrArray       *uris;
  GPtrArray       *errors;
  GArray          *files;
} PerseaBusTagCall;

/**
 * persea_bus_tag_call_parse:
 * @uris: (array zero-terminated=1): first argument
 * @options: a{sv}, second argument
 * @fd_list: (nullable): of the message
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT that names the option
 *
 * Returns: (transfer full) (nullable): the call
 */
PerseaBusTagCall *persea_bus_tag_call_parse (const char *const  *uris,
                                             GVariant           *options,
                                             GUnixFDList        *fd_list,
                                             GError            **error);

void persea_bus_tag_call_free (PerseaBusTagCall *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusTagCall, persea_bus_tag_call_free)

G_END_DECLS
