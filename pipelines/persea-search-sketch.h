/* persea-search-sketch.h - which rows may be alike, without looking at all of them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A sketch of a row is its first coordinates in a basis that is turned so that most of the rows lies
 * there, and the length of the rest.  With a = a' + a'', the sketched part and the rest, Cauchy and
 * Schwarz say that
 *
 *     a·b <= a'·b' + |a''| |b''|
 *
 * so that two rows whose sketches keep them apart need no full product.  Nothing is approximated: a
 * pair that is alike enough is always among the candidates, with some that are not.
 *
 * Threads: a sketch is not changed once it is made; it uses all processors itself.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PerseaSearchSketch PerseaSearchSketch;

/* rows that are compared with all others at a time, at most */
#define PERSEA_SEARCH_SKETCH_LEADERS 16

/**
 * persea_search_sketch_new:
 * @rows: [n, stride], f16
 *
 * Returns: (transfer full): the sketches of all rows; takes about a second for 100,000
 */
PerseaSearchSketch *persea_search_sketch_new (const uint16_t *rows, size_t n, size_t stride);
void                persea_search_sketch_free (PerseaSearchSketch *sketch);

/**
 * persea_search_sketch_find:
 * @leaders: [n_leaders], ascending
 * @n_leaders: up to %PERSEA_SEARCH_SKETCH_LEADERS
 * @least: the product that is looked for
 * @candidates: (array length=n_leaders) (element-type size_t): for each leader gets the rows behind the
 *   first leader whose product with it may be @least or more, ascending
 */
void persea_search_sketch_find (const PerseaSearchSketch *sketch,
                                const size_t             *leaders,
                                size_t                    n_leaders,
                                float                     least,
                                GArray                  **candidates);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaSearchSketch, persea_search_sketch_free)

G_END_DECLS
