/* persea-tag-options.h - what decides which tags a picture gets, and where they are written
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The same options with the same names on the command line, in persea.conf and on the bus.  Each
 * is set from text by persea_tag_options_set(), so all three refuse the same things with the same
 * words.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_TAG_OPTIONS_MAX_TAGS 100000
#define PERSEA_TAG_OPTIONS_MAX_TOP 1000

/**
 * PerseaWrite:
 * @PERSEA_WRITE_NONE: nowhere; the tags are only shown
 * @PERSEA_WRITE_SIDECAR: into an XMP file beside the picture
 * @PERSEA_WRITE_EMBED: into the picture
 * @PERSEA_WRITE_XATTR: into the extended attribute user.xdg.tags of the file
 */
typedef enum
{
  PERSEA_WRITE_NONE,
  PERSEA_WRITE_SIDECAR,
  PERSEA_WRITE_EMBED,
  PERSEA_WRITE_XATTR,
} PerseaWrite;

/**
 * PerseaSidecarForm:
 * @PERSEA_SIDECAR_FULL: IMG.jpg.xmp, as darktable and digiKam call it
 * @PERSEA_SIDECAR_STEM: IMG.xmp, as Lightroom and GNOME's file search do
 *
 * The name of a sidecar where there is none yet.
 */
typedef enum
{
  PERSEA_SIDECAR_FULL,
  PERSEA_SIDECAR_STEM,
} PerseaSidecarForm;

/* "none", "sidecar", "embed", "xattr" */
const char *persea_write_name (PerseaWrite write);

/* "full", "stem" */
const char *persea_sidecar_form_name (PerseaSidecarForm form);

/**
 * PerseaTagOptions:
 * @vocabulary: (nullable): the path of a vocabulary, or %NULL for the model's own or the default
 * @tags: (nullable) (array zero-terminated=1): the only tags to look for, instead of @vocabulary
 * @top: at most so many tags a picture; 0: any number
 * @threshold: the score that a tag must reach, 0 to 1; below 0: what the vocabulary says
 * @write: where to
 * @sidecar: name of a sidecar where there is none yet
 * @root_tag: (nullable): the level above all written tags
 * @language: (nullable): of the written tags ("ja"); %NULL: as the vocabulary names them
 */
typedef struct
{
  char       *vocabulary;
  char      **tags;
  unsigned    top;
  double      threshold;
  PerseaWrite write;
  PerseaSidecarForm sidecar;
  char       *root_tag;
  char       *language;
} PerseaTagOptions;

/* Any number of tags over the vocabulary's own threshold, nothing written. */
void persea_tag_options_init (PerseaTagOptions *options);
void persea_tag_options_clear (PerseaTagOptions *options);
void persea_tag_options_copy (PerseaTagOptions *to, const PerseaTagOptions *from);

/**
 * persea_tag_options_set:
 * @key: "vocabulary", "tags", "top", "threshold", "write", "sidecar", "root-tag" or
 *   "language"
 * @value: UTF-8; tags are separated by commas, a fraction has a point; an empty value changes
 *   nothing
 * @error: return location; %PERSEA_ERROR_NOT_FOUND if there is no such key,
 *   %PERSEA_ERROR_INVALID_ARGUMENT with what is expected and what was found
 */
gboolean persea_tag_options_set (PerseaTagOptions  *options,
                                 const char        *key,
                                 const char        *value,
                                 GError           **error);

/**
 * persea_tag_options_to_json:
 *
 * Returns: (transfer full): the options as the library keeps them with a run: an object with
 *   sorted keys, so that equal options give equal texts
 */
char *persea_tag_options_to_json (const PerseaTagOptions *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PerseaTagOptions, persea_tag_options_clear)

G_END_DECLS
