/* bench-data.h - tensors and matrices of arbitrary numbers, clocks, and what was measured
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Any error ends the program.
 */
#pragma once

#include "persea-ops.h"

#include <time.h>

G_BEGIN_DECLS

#define DIMS(...) \
  sizeof ((const size_t[]) { __VA_ARGS__ }) / sizeof (size_t), (const size_t[]) { __VA_ARGS__ }

/**
 * Bench:
 * @input: what products take in @precision
 * @kept: tensors that outlive a pass; matrices live as long as the program
 */
typedef struct
{
  PerseaDevice    *device;
  PerseaPrecision  precision;
  PerseaDtype      input;
  PerseaPass      *pass;
  GPtrArray       *kept;
} Bench;

void bench_check (GError *error);

PerseaTensor *bench_tensor (Bench *bench, PerseaDtype dtype, unsigned n_dims, const size_t *shape);

/* of @n sequences of @length rows */
PerseaTensor *bench_offsets (Bench *bench, unsigned n, unsigned length);

PerseaMatrix *bench_matrix (Bench *bench, size_t n, size_t k);

double bench_clock (clockid_t clock); /* seconds */
void   bench_sort (double *values, size_t n);
void   bench_print_profile (PerseaDevice *device);

G_END_DECLS
