/* persea-cl-product.c - which kernel makes a product, and how its work is cut
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-product.h"

#define LOCAL_TILE 64 /* rows and outputs of a tile in local memory */
#define LOCAL_EDGE 16 /* of its work-group */

#define WIDE_HEIGHT 6 /* rows of a tile in registers, at most */
#define FEW_TILES 6   /* tiles of a product of few rows, at most: kernels/matvec_wide.cl */

/* a work-item's tiles go through this many inputs together, unless that leaves cores without work */
#define RUN_K 4096
#define MIN_RUNS_PER_UNIT 32

/* bytes of input rows that are kept in a cache while all outputs pass by */
#define BLOCK_BYTES (4 << 20)

/* A panel that is at most half full is better made by halves. */
static gboolean
fits_halves (const PerseaClProduct *product)
{
  size_t rest = product->n % PERSEA_CL_PANEL;

  return rest > 0 && rest <= PERSEA_CL_PANEL / 2;
}

static gboolean
fits_few (const PerseaClProduct *product)
{
  return product->plain && product->rows <= WIDE_HEIGHT * FEW_TILES;
}

static gboolean
fits_avx512_bf16 (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return traits->has_avx512_bf16 && product->format->dot;
}

static gboolean
fits_avx512_bf16_few (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return fits_avx512_bf16 (traits, product) && fits_few (product);
}

static gboolean
fits_avx512_bf16_halves (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return fits_avx512_bf16 (traits, product) && fits_halves (product);
}

static gboolean
fits_avx512 (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return traits->has_avx512 && !product->format->dot;
}

static gboolean
fits_avx512_few (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return fits_avx512 (traits, product) && fits_few (product);
}

static gboolean
fits_avx512_halves (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return fits_avx512 (traits, product) && fits_halves (product);
}

static gboolean
fits_narrow (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return traits->is_narrow;
}

static gboolean
fits_narrow_few (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return fits_narrow (traits, product) && fits_few (product);
}

static gboolean
fits_any (const PerseaClTraits *traits, const PerseaClProduct *product)
{
  return TRUE;
}

#define WIDE .matmul = "matmul_wide", .conv2d = "conv2d_wide", .wide = TRUE
#define FEW .matmul = "matvec_wide", .wide = TRUE, .few = TRUE

/* from the most special to the most general */
static const PerseaClProductVariant variants[] = {
  { FEW, .dot = TRUE, .vectors = 4, .fits = fits_avx512_bf16_few },
  { FEW, .vectors = 4, .fits = fits_avx512_few },
  { WIDE, .dot = TRUE, .vectors = 2, .fits = fits_avx512_bf16_halves },
  { WIDE, .dot = TRUE, .vectors = 4, .fits = fits_avx512_bf16 },
  { WIDE, .vectors = 2, .fits = fits_avx512_halves },
  { WIDE, .vectors = 4, .fits = fits_avx512 },
  { FEW, .vectors = 1, .fits = fits_narrow_few },
  { WIDE, .vectors = 1, .fits = fits_narrow },
  { .matmul = "matmul", .conv2d = "matmul", .fits = fits_any },
};

#undef WIDE
#undef FEW

const PerseaClProductVariant *
persea_cl_product_choose (PerseaClDevice        *device,
                          const PerseaClProduct *product)
{
  const PerseaClProductVariant *variant = variants;

  while (!variant->fits (&device->traits, product))
    variant++;
  return variant;
}

char *
persea_cl_product_options (const PerseaClProductVariant *variant,
                           const PerseaClProduct        *product)
{
  if (variant->wide)
    return g_strdup_printf ("-DWEIGHT_TYPE=%d -DDOT=%d -DVECTORS=%u -DPANEL=%u",
                            product->format->dtype, variant->dot, variant->vectors,
                            product->format->panel);
  return g_strdup_printf ("-DWEIGHT_TYPE=%d -DX_TYPE=%d", product->format->dtype, product->input);
}

static size_t
divide_up (size_t a, size_t b)
{
  return (a + b - 1) / b;
}

/* Tiles that one work-item makes: enough to be worth its start, as long as all cores keep busy. */
static size_t
wide_run (const PerseaClProduct *product, const PerseaClLaunch *launch, size_t n_tiles,
          size_t n_columns)
{
  size_t worth = divide_up (RUN_K, product->k);
  size_t n_units = MAX (launch->device->base.info->n_units, 1);
  size_t spare = n_tiles * n_columns / (n_units * MIN_RUNS_PER_UNIT);

  return CLAMP (spare, 1, worth);
}

static gboolean
run_few (const PerseaClProduct *product, PerseaClLaunch *launch, GError **error)
{
  size_t n_tiles = divide_up (product->rows, WIDE_HEIGHT);
  const size_t global[] = { divide_up (product->n, product->format->panel), 1, 1 };

  persea_cl_launch_int (launch, n_tiles);
  persea_cl_launch_int (launch, divide_up (product->rows, n_tiles));
  return persea_cl_launch_run (launch, global, (size_t[]) { 1, 1, 1 }, error);
}

static gboolean
run_wide (const PerseaClProductVariant *variant, const PerseaClProduct *product,
          PerseaClLaunch *launch, GError **error)
{
  size_t n_tiles = divide_up (product->rows, WIDE_HEIGHT);
  size_t n_columns = divide_up (product->n, 16 * variant->vectors);
  size_t run = wide_run (product, launch, n_tiles, n_columns);
  size_t n_runs = divide_up (n_tiles, run);
  size_t run_bytes = run * WIDE_HEIGHT * product->k * persea_dtype_size (product->input);
  size_t block = CLAMP (BLOCK_BYTES / run_bytes, 1, n_runs);
  const size_t global[] = { block, n_columns, divide_up (n_runs, block) };

  persea_cl_launch_int (launch, n_tiles);
  persea_cl_launch_int (launch, divide_up (product->rows, n_tiles));
  persea_cl_launch_int (launch, run);
  return persea_cl_launch_run (launch, global, (size_t[]) { 1, 1, 1 }, error);
}

gboolean
persea_cl_product_run (const PerseaClProductVariant  *variant,
                       const PerseaClProduct         *product,
                       PerseaClLaunch                *launch,
                       GError                       **error)
{
  persea_cl_launch_int (launch, product->rows);
  persea_cl_launch_int (launch, product->k);
  persea_cl_launch_int (launch, product->n);
  launch->flops = 2.0 * product->rows * product->k * product->n;
  launch->bytes = (double) product->n * product->k * persea_dtype_size (product->format->dtype);
  if (variant->few)
    return run_few (product, launch, error);
  if (variant->wide)
    return run_wide (variant, product, launch, error);

  const size_t global[] = { LOCAL_EDGE * divide_up (product->n, LOCAL_TILE),
                            LOCAL_EDGE * divide_up (product->rows, LOCAL_TILE), 1 };
  return persea_cl_launch_run (launch, global, (size_t[]) { LOCAL_EDGE, LOCAL_EDGE, 1 }, error);
}
