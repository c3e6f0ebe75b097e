/* persea-json.c - JSON from outside, read with care
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-json.h"

#include <string.h>

#include <gio/gio.h>

#include "persea-error.h"
#include "persea-mapped-file.h"

/* The bytes that may stand outside strings.  Quotes and brackets mean the same here as in
 * json-glib only because comments and other quotes are not let through. */
static gboolean
json_is_plain (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr (" \t\r\n:,+-.", c) != NULL);
}

/* Returns the position behind the string that begins at @i, or 0 if it does not end */
static size_t
json_skip_string (const char *text, size_t length, size_t i)
{
  for (i++; i < length && text[i] != '"'; i++)
    {
      if ((unsigned char) text[i] < 0x20)
        return 0;
      if (text[i] == '\\')
        i++;
    }
  return i < length ? i + 1 : 0;
}

static gboolean
json_look_over (const char *text, size_t length, GError **error)
{
  size_t depth = 0;
  size_t n_values = 0;
  size_t i = 0;

  while (i < length)
    {
      char c = text[i];

      if (c == '"')
        {
          i = json_skip_string (text, length, i);
          if (i == 0)
            break;
          continue;
        }
      if (c == '{' || c == '[')
        depth++;
      else if ((c == '}' || c == ']') && depth > 0)
        depth--;
      else if (!json_is_plain (c))
        break;

      if (c == ',' || c == '{' || c == '[')
        n_values++;
      if (depth > PERSEA_JSON_MAX_DEPTH || n_values > PERSEA_JSON_MAX_VALUES)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       "JSON nested deeper than %d or with more than %d values",
                       PERSEA_JSON_MAX_DEPTH, PERSEA_JSON_MAX_VALUES);
          return FALSE;
        }
      i++;
    }

  if (i < length || i == 0 || depth != 0)
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "no complete JSON object");
      return FALSE;
    }
  return TRUE;
}

static void
json_count_member (JsonParser *parser, JsonObject *object, const char *name, gpointer data)
{
  size_t *n_members = data;

  (*n_members)++;
}

/* Counts the members of all objects in @node; the depth was limited before */
static size_t
json_count_tree (JsonNode *node)
{
  size_t n_members = 0;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      JsonNode *member;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, NULL, &member))
        n_members += 1 + json_count_tree (member);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        n_members += json_count_tree (json_array_get_element (array, i));
    }
  return n_members;
}

JsonObject *
persea_json_parse (const char *text, size_t length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) parse_error = NULL;
  size_t n_members = 0;
  JsonNode *root;

  if (length > G_MAXSSIZE || !g_utf8_validate (text, (gssize) length, NULL))
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "JSON that is not UTF-8 text");
      return NULL;
    }
  if (!json_look_over (text, length, error))
    return NULL;

  g_signal_connect (parser, "object-member", G_CALLBACK (json_count_member), &n_members);
  if (!json_parser_load_from_data (parser, text, (gssize) length, &parse_error))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "JSON: %s",
                   parse_error->message);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "JSON: expected an object at the top");
      return NULL;
    }
  if (json_count_tree (root) != n_members)
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "JSON: a name occurs twice in one object");
      return NULL;
    }
  return json_object_ref (json_node_get_object (root));
}

JsonObject *
persea_json_load (const char *path, GError **error)
{
  g_autoptr (GMappedFile) mapped = persea_mapped_file_open (path, error);
  JsonObject *object;
  const char *text;

  if (mapped == NULL)
    return NULL;
  if (g_mapped_file_get_length (mapped) > PERSEA_JSON_MAX_FILE_SIZE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: expected at most %d bytes of JSON, found %" G_GSIZE_FORMAT, path,
                   PERSEA_JSON_MAX_FILE_SIZE, g_mapped_file_get_length (mapped));
      return NULL;
    }
  text = g_mapped_file_get_contents (mapped); /* NULL if the file is empty */
  object = persea_json_parse (text != NULL ? text : "", g_mapped_file_get_length (mapped), error);
  if (object == NULL)
    g_prefix_error (error, "%s: ", path);
  return object;
}

static JsonNode *
json_member (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static gboolean
json_wrong (const char *name, const char *expected, GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "\"%s\": expected %s", name,
               expected);
  return FALSE;
}

static gboolean
json_is_number (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node)
         && (json_node_get_value_type (node) == G_TYPE_INT64
             || json_node_get_value_type (node) == G_TYPE_DOUBLE);
}

gboolean
persea_json_get_uint (JsonObject *object,
                      const char *name,
                      unsigned    minimum,
                      unsigned    maximum,
                      unsigned   *value,
                      GError    **error)
{
  JsonNode *node = json_member (object, name);
  double number;

  if (node == NULL)
    return TRUE;
  if (!json_is_number (node))
    return json_wrong (name, "a number", error);

  number = json_node_get_double (node);
  if (!(number >= minimum && number <= maximum) || number != (unsigned) number)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "\"%s\": expected an integer from %u to %u, found %g", name, minimum, maximum,
                   number);
      return FALSE;
    }
  *value = (unsigned) number;
  return TRUE;
}

gboolean
persea_json_get_double (JsonObject *object, const char *name, double *value, GError **error)
{
  JsonNode *node = json_member (object, name);

  if (node == NULL)
    return TRUE;
  if (!json_is_number (node))
    return json_wrong (name, "a number", error);
  *value = json_node_get_double (node);
  return TRUE;
}

gboolean
persea_json_get_boolean (JsonObject *object, const char *name, gboolean *value, GError **error)
{
  JsonNode *node = json_member (object, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return json_wrong (name, "true or false", error);
  *value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
persea_json_get_string (JsonObject *object, const char *name, const char **value, GError **error)
{
  JsonNode *node = json_member (object, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return json_wrong (name, "a string", error);
  *value = json_node_get_string (node);
  return TRUE;
}

gboolean
persea_json_get_object (JsonObject *object, const char *name, JsonObject **value, GError **error)
{
  JsonNode *node = json_member (object, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return json_wrong (name, "an object", error);
  *value = json_node_get_object (node);
  return TRUE;
}

gboolean
persea_json_get_floats (JsonObject *object,
                        const char *name,
                        float      *values,
                        size_t      n,
                        GError    **error)
{
  JsonNode *node = json_member (object, name);
  g_autofree float *numbers = NULL;
  JsonArray *array;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return json_wrong (name, "an array of numbers", error);

  array = json_node_get_array (node);
  if (json_array_get_length (array) != n)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "\"%s\": expected %" G_GSIZE_FORMAT " numbers, found %u", name, n,
                   json_array_get_length (array));
      return FALSE;
    }
  numbers = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!json_is_number (element))
        return json_wrong (name, "an array of numbers", error);
      numbers[i] = (float) json_node_get_double (element);
    }
  memcpy (values, numbers, n * sizeof *values);
  return TRUE;
}

gboolean
persea_json_has (JsonObject *object, const char *name)
{
  JsonNode *node = json_member (object, name);

  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_VALUE (node))
    return TRUE;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return *json_node_get_string (node) != '\0';
  return json_node_get_double (node) != 0 || json_node_get_boolean (node);
}
