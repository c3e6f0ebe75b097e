/* persea-tag-view.h - tags, as a person or a program wants to see them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-command.h"
#include "persea-tag-job.h"

G_BEGIN_DECLS

typedef struct _PerseaTagView PerseaTagView;

/**
 * PerseaTagViewOptions:
 * @command: where to show it, and whether as JSON
 * @model: the model's name
 * @tag: language and place of the tags
 * @explain: say why
 * @dry_run: what is shown as written is only what would be
 */
typedef struct
{
  PerseaCommand          *command;
  const char             *model;
  const PerseaTagOptions *tag;
  gboolean                explain;
  gboolean                dry_run;
} PerseaTagViewOptions;

/* @options' pointers must stay valid */
PerseaTagView *persea_tag_view_new (const PerseaTagViewOptions *options,
                                    PerseaTagger               *tagger);

void persea_tag_view_free (PerseaTagView *view);

/* a picture that did not fail */
void persea_tag_view_show (PerseaTagView         *view,
                           const PerseaTagResult *result);

G_END_DECLS
