/* persea-model-files.h - what a model can do, and from which files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A model has one or more roles: it compares pictures with texts (CLIP), draws codes for a text (a
 * generator), or turns codes into pictures and back (a codebook).  A drawing model is a folder
 * with a generator's files and, beside them or in a folder "vqgan" in it, those of its codebook.
 *
 * Here are the types that whoever finds the files (persea-model-roles.h), the families
 * (models/persea-registry.h) and the engine share.
 */
#pragma once

#include "persea-device.h"

G_BEGIN_DECLS

typedef enum
{
  PERSEA_ROLE_CLIP,
  PERSEA_ROLE_GENERATOR,
  PERSEA_ROLE_CODEBOOK,
  PERSEA_N_ROLES,
} PerseaModelRole;

typedef struct _PerseaModelFamily PerseaModelFamily;

/**
 * PerseaModelFiles:
 * @family: (transfer none): who can read them
 * @name: of the model, for people
 * @folder: where they lie
 * @weights: (array zero-terminated=1): checkpoints for persea_checkpoint_open(): one, or the
 *   encoder's and the decoder's in this order; of a codebook the decoder's alone will do
 * @config: (nullable): config.json or a .yaml file beside the weights
 * @vocabulary: (nullable): vocab.json or tokenizer.json of a generator
 * @merges: (nullable): merges.txt beside vocab.json
 * @words: (nullable): dalle-mini's list of words (persea-hashtags.h)
 *
 * One role's files; all are paths.
 */
typedef struct
{
  const PerseaModelFamily *family;
  char                    *name;
  char                    *folder;
  GStrv                    weights;
  char                    *config;
  char                    *vocabulary;
  char                    *merges;
  char                    *words;
} PerseaModelFiles;

void persea_model_files_free (PerseaModelFiles *files);

/**
 * persea_model_files_list:
 * @error: return location; the errors of persea_checkpoint_open()
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): paths of everything that decides
 *   what the model computes: the weights, all files of a sharded one, configuration and tokenizer
 */
GStrv persea_model_files_list (const PerseaModelFiles *files, GError **error);

/**
 * persea_model_files_check_finite:
 * @sum: (out): of all elements, in double precision
 * @cancellable: (nullable)
 *
 * Reads every tensor and looks for NaN and infinities, which takes about a second per gigabyte.
 */
gboolean persea_model_files_check_finite (const PerseaModelFiles *files,
                                          double                 *sum,
                                          GCancellable           *cancellable,
                                          GError                **error);

/**
 * PerseaModelFacts:
 * @layout: (transfer none): who publishes such files: "min-dalle", "dalle-mini", "taming-transformers"
 * @n_tensors: in the files
 * @n_parameters: numbers in the weights that the model uses
 * @n_entries: codes: that a generator draws, or that a codebook knows
 * @grid: codes along each side of a picture
 * @size: (codebook): pixels along each side of the pictures that it was made for
 * @has_encoder: (codebook): whether it turns pictures into codes, too
 * @context_length: (generator): tokens of a text, with those of its frame
 * @vocab_size: (generator): tokens that there are
 * @width: (generator): of the layers
 * @inner_width: (generator): inside the layers
 * @n_heads: (generator): of each attention
 *
 * What can be told about a generator or a codebook without loading it.
 */
typedef struct
{
  const char *layout;
  size_t      n_tensors;
  uint64_t    n_parameters;
  unsigned    n_entries;
  unsigned    grid;
  unsigned    size;
  gboolean    has_encoder;
  unsigned    context_length;
  unsigned    vocab_size;
  unsigned    width;
  unsigned    inner_width;
  unsigned    n_heads;
  unsigned    n_encoder_layers;
  unsigned    n_decoder_layers;
} PerseaModelFacts;

/**
 * PerseaModelLoad:
 * @files: from where
 * @identity: of the content of all @files, 64 hexadecimal digits
 * @cache_folder: (nullable): where packed weights are kept; %NULL: in memory only
 * @progress: (nullable): told about packing
 *
 * How a family loads; for persea_dalle_load() and its like, filled by the engine.
 */
typedef struct
{
  const PerseaModelFiles *files;
  const char             *identity;
  const char             *cache_folder;
  PerseaProgressFunc      progress;
  gpointer                progress_data;
  GCancellable           *cancellable;
} PerseaModelLoad;

/**
 * persea_model_load_get_pack_path:
 * @precision: that the family chose, not %PERSEA_PRECISION_AUTO
 *
 * Returns: (transfer full) (nullable): where the weights packed for @device and @precision are or
 *   will be kept; %NULL: in memory only
 */
char *persea_model_load_get_pack_path (const PerseaModelLoad *load,
                                       PerseaDevice          *device,
                                       PerseaPrecision        precision);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaModelFiles, persea_model_files_free)

G_END_DECLS
