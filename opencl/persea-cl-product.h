/* persea-cl-product.h - which kernel makes a product, and how its work is cut
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Matrix products and convolutions are the same work: rows · outputs · inputs.  A variant is a row
 * of a table: what it needs of the device and the matrix, where its kernels are, and how it cuts
 * rows and outputs into work-items.
 */
#pragma once

#include "persea-cl-launch.h"

G_BEGIN_DECLS

/* outputs that lie side by side in packed matrices; fewer for CPUs with registers of 256 bits or less,
 * whose tiles are no wider and which like to read w from one end to the other */
#define PERSEA_CL_PANEL 64
#define PERSEA_CL_PANEL_NARROW 16

/**
 * PerseaClProduct:
 * @rows, @k, @n: sizes
 * @input: type of x
 * @format: how the matrix is packed
 * @plain: x is a matrix as it stands, no pictures
 */
typedef struct
{
  size_t                    rows;
  size_t                    k;
  size_t                    n;
  PerseaDtype               input;
  const PerseaMatrixFormat *format;
  gboolean                  plain;
} PerseaClProduct;

/**
 * PerseaClProductVariant:
 * @matmul: program of its matrix product
 * @conv2d: program of its convolution
 * @dot: products are made in bf16
 * @wide: one work-item makes a tile in wide registers; otherwise a work-group in local memory
 * @few: one work-item makes all rows of its outputs
 * @vectors: of 16 outputs, that a wide tile has
 */
typedef struct _PerseaClProductVariant PerseaClProductVariant;
struct _PerseaClProductVariant
{
  const char *matmul;
  const char *conv2d;
  gboolean    dot;
  gboolean    wide;
  gboolean    few;
  unsigned    vectors;
  gboolean  (*fits) (const PerseaClTraits *traits, const PerseaClProduct *product);
};

/* (transfer none): the first variant that fits; there always is one */
const PerseaClProductVariant *persea_cl_product_choose (PerseaClDevice        *device,
                                                        const PerseaClProduct *product);

/* (transfer full): for the compiler */
char *persea_cl_product_options (const PerseaClProductVariant *variant,
                                 const PerseaClProduct        *product);

/* gives the sizes, the last arguments, and runs */
gboolean persea_cl_product_run (const PerseaClProductVariant  *variant,
                                const PerseaClProduct         *product,
                                PerseaClLaunch                *launch,
                                GError                       **error);

G_END_DECLS
