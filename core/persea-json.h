/* persea-json.h - JSON from outside, read with care
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * json-glib follows nesting with the C stack, keeps the last of two members of the same name and
 * reads comments.  Text from a file that nobody vouches for is therefore looked over here before
 * json-glib sees it, and the members are taken out by functions that check type and range.
 * Only for files that may lie: what Persea wrote itself needs none of this.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Deeper or longer text is refused: a checkpoint of 100,000 tensors needs depth 3 and about
 * 1.2 million values. */
#define PERSEA_JSON_MAX_DEPTH  64
#define PERSEA_JSON_MAX_VALUES (2 * 1000 * 1000)

/* Configurations are a few kilobytes, the index of a sharded checkpoint some hundred. */
#define PERSEA_JSON_MAX_FILE_SIZE (16 * 1024 * 1024)

/**
 * persea_json_parse:
 * @text: (array length=length): the text, not terminated
 * @length: bytes of @text
 * @error: return location for %PERSEA_ERROR_INVALID_DATA
 *
 * Reads one JSON object: UTF-8, no comments, no member twice, within the limits above.
 *
 * Returns: (transfer full) (nullable): the object
 */
JsonObject *persea_json_parse (const char *text, size_t length, GError **error);

/**
 * persea_json_load:
 * @path: a file of at most %PERSEA_JSON_MAX_FILE_SIZE bytes
 * @error: return location for %PERSEA_ERROR_INVALID_DATA or an error of GIO; the message begins
 *   with @path
 *
 * Returns: (transfer full) (nullable): the object in the file
 */
JsonObject *persea_json_load (const char *path, GError **error);

/* The getters below share their manners: a member that is absent or null leaves @value as it is,
 * so the caller puts the default there first; a member of the wrong type or out of range is
 * %PERSEA_ERROR_INVALID_DATA, and @value is untouched.  @object may be NULL: nothing is there. */

gboolean persea_json_get_uint (JsonObject *object,
                               const char *name,
                               unsigned    minimum,
                               unsigned    maximum,
                               unsigned   *value,
                               GError    **error);

gboolean persea_json_get_double (JsonObject *object,
                                 const char *name,
                                 double     *value,
                                 GError    **error);

gboolean persea_json_get_boolean (JsonObject *object,
                                  const char *name,
                                  gboolean   *value,
                                  GError    **error);

/* @value: (transfer none): lives as long as @object */
gboolean persea_json_get_string (JsonObject  *object,
                                 const char  *name,
                                 const char **value,
                                 GError     **error);

/* @value: (transfer none): lives as long as @object */
gboolean persea_json_get_object (JsonObject  *object,
                                 const char  *name,
                                 JsonObject **value,
                                 GError     **error);

/* @values: (array length=n): all set or none; the array in the file must have @n numbers */
gboolean persea_json_get_floats (JsonObject *object,
                                 const char *name,
                                 float      *values,
                                 size_t      n,
                                 GError    **error);

/**
 * persea_json_has:
 *
 * Returns: whether @object has a member @name that is neither null, %FALSE nor an empty string;
 *   what Python takes for true
 */
gboolean persea_json_has (JsonObject *object, const char *name);

G_END_DECLS
