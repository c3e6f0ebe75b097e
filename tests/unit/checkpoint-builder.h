/* checkpoint-builder.h - checkpoints for tests, made on the spot
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Writes safetensors, and CLIP models of any configuration in any layout with reproducible
 * random weights.  Not for production: what it writes is right, but it checks nothing.
 */
#pragma once

#include "models/persea-clip-config.h"

typedef struct _CheckpointBuilder CheckpointBuilder;

CheckpointBuilder *checkpoint_builder_new (void);
void               checkpoint_builder_free (CheckpointBuilder *builder);

/* @data: (nullable): the elements in @dtype; %NULL: zeros */
void checkpoint_builder_add (CheckpointBuilder *builder,
                             const char        *name,
                             PerseaDtype        dtype,
                             unsigned           n_dims,
                             const size_t      *shape,
                             const void        *data);

/* Returns: (transfer full): all that was added, as safetensors */
GBytes *checkpoint_builder_finish (CheckpointBuilder *builder);

/* Returns: (transfer full): a small ViT; @head_dim and the mlp widths are not the usual ones */
PerseaClipConfig *clip_config_new_small_vit (void);

/* Returns: (transfer full): a small ResNet */
PerseaClipConfig *clip_config_new_small_resnet (void);

/* The value of element @i of tensor @name in all models that are built here */
float clip_test_value (const char *name, size_t i);

/* Adds all tensors of @config in OpenAI's naming, with "text." in front of the text tower if
 * @custom_text, in @dtype */
void checkpoint_builder_add_openai (CheckpointBuilder      *builder,
                                    const PerseaClipConfig *config,
                                    PerseaDtype             dtype,
                                    gboolean                custom_text);

/* Adds all tensors of @config (a ViT) in Hugging Face's naming, f32 */
void checkpoint_builder_add_hugging_face (CheckpointBuilder      *builder,
                                          const PerseaClipConfig *config);

/* Returns: (transfer full): a fresh folder for one test */
char *test_folder_new (void);

/* Removes it with all that is in it */
void test_folder_remove (char *folder);

/* Writes a file into it */
void test_folder_write (const char *folder, const char *name, const void *data, gssize length);
void test_folder_write_bytes (const char *folder, const char *name, GBytes *bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CheckpointBuilder, checkpoint_builder_free)
