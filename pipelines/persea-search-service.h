/* persea-search-service.h - persea search, answered by the daemon
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A daemon that runs has the model and all embeddings in memory, or will have them for the next
 * question.  It is asked only if its answer is the same to the last digit; it is never started.
 */
#pragma once

#include "persea-model-store.h"
#include "persea-search-arguments.h"

G_BEGIN_DECLS

/**
 * PerseaSearchAnswer:
 * @groups: (element-type GPtrArray): of #PerseaSearchHit; one of what was found, or groups of duplicates
 * @n_pictures: that the library has of the model; %G_MAXUINT: some
 * @pid: of who has answered
 */
typedef struct
{
  GPtrArray *groups;
  unsigned   n_pictures;
  unsigned   pid;
} PerseaSearchAnswer;

void persea_search_answer_clear (PerseaSearchAnswer *answer);

/**
 * persea_search_service_ask:
 * @model: what --model means here
 * @library: the user's
 * @answer: (out caller-allocates)
 * @error: return location; why there is no answer: whatever it is, unless @command was cancelled, it can
 *   be looked for without the daemon
 */
gboolean persea_search_service_ask (const PerseaSearchArguments  *arguments,
                                    PerseaCommand                *command,
                                    const PerseaModel            *model,
                                    PerseaLibrary                *library,
                                    PerseaSearchAnswer           *answer,
                                    GError                      **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PerseaSearchAnswer, persea_search_answer_clear)

G_END_DECLS
