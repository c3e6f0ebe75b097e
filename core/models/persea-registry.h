/* persea-registry.h - the families of models that there are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One row for each family.  Nobody else asks which family a model is of.
 */
#pragma once

#include "persea-checkpoint.h"
#include "persea-model-files.h"

G_BEGIN_DECLS

typedef struct _PerseaGenerator PerseaGenerator;
typedef struct _PerseaCodebook PerseaCodebook;

/**
 * PerseaModelFamily:
 * @name: for people: "DALL·E mini"
 * @role: what its models do
 * @recognize: whether these files together are a model of this family, as far as the names of
 *   their tensors tell; whether it is whole is not looked at
 * @describe: (nullable for CLIP): fills @facts and looks whether every tensor that is needed is
 *   there, has a float type and the right shape; everything that is wrong is added to @problems
 *   (nullable) (element-type utf8), the first of it is @error
 */
struct _PerseaModelFamily
{
  const char     *name;
  PerseaModelRole role;
  gboolean (*recognize) (PerseaCheckpoint *const *checkpoints, size_t n_checkpoints);
  gboolean (*describe) (const PerseaModelFiles *files,
                        PerseaModelFacts       *facts,
                        GPtrArray              *problems,
                        GError                **error);
};

/* @precision: what was asked for, may be %PERSEA_PRECISION_AUTO */
typedef struct
{
  PerseaModelFamily family;
  PerseaGenerator *(*load) (PerseaDevice          *device,
                            PerseaPrecision        precision,
                            const PerseaModelLoad *load,
                            GError               **error);
} PerseaGeneratorFamily;

typedef struct
{
  PerseaModelFamily family;
  PerseaCodebook *(*load) (PerseaDevice          *device,
                           PerseaPrecision        precision,
                           const PerseaModelLoad *load,
                           GError               **error);
} PerseaCodebookFamily;

/* (array zero-terminated=1): all families, in the order in which they are asked */
extern const PerseaModelFamily *const persea_families[];

G_END_DECLS
