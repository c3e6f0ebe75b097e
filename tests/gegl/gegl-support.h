/* gegl-support.h - what the tests of GEGL's operations have in common
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <stdint.h>

#include <gegl.h>

G_BEGIN_DECLS

#define SIDE 256 /* of the sample picture */

extern const GeglRectangle hole; /* of support_load_holed () */

/* g_test_init (), a cache of this test's own if it has none, gegl_init (); the module comes from GEGL_PATH */
void support_init (int *argc, char ***argv);

/* how many tasks the engine has begun so far */
int support_count_tasks (void);

/* how often the engine has given its memory back */
int support_count_rests (void);

/* (transfer full): a picture; "R'G'B'A u8", at 0, 0 */
GeglBuffer *support_load_file (const char *path);

/* (transfer full): a sample; "R'G'B'A u8", at 0, 0 */
GeglBuffer *support_load (void);

/* (transfer full): the same with a transparent hole whose border is half transparent */
GeglBuffer *support_load_holed (void);

/* (transfer full): a copy in another format, at another place */
GeglBuffer *support_convert (GeglBuffer *buffer, const Babl *format, int x, int y);

/* (transfer full): a graph whose last node, @last, is the operation over @input; properties follow */
GeglNode *support_make_graph (GeglBuffer  *input,
                              GeglNode   **last,
                              const char  *operation,
                              ...) G_GNUC_NULL_TERMINATED;

/* (transfer full): pixels of a node, "R'G'B'A u8" */
uint8_t *support_render (GeglNode *node, const GeglRectangle *roi);

/* (transfer full): likewise of a buffer, in its own format; all of it */
uint8_t *support_get (GeglBuffer *buffer, const GeglRectangle *roi, const Babl *format, size_t *size);

G_END_DECLS
