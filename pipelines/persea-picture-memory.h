/* persea-picture-memory.h - no picture is encoded twice
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Between the pictures that one model is to encode and the embeddings that the library has
 * (persea-embeddings.h).  Embeddings are rounded to f16 before anybody uses them, so what comes of a
 * picture is the same whether it was remembered or not.
 *
 * What cannot be remembered (standard input, links, files that change meanwhile) is encoded every
 * time.
 *
 * Threads: all functions may be called from any thread.
 */
#pragma once

#include "models/persea-clip.h"
#include "persea-library.h"

G_BEGIN_DECLS

typedef struct _PerseaPictureMemory PerseaPictureMemory;

/**
 * PerseaPictureTrace:
 * @path: (type filename) (nullable): absolute; %NULL: not to be remembered
 * @stamp: what the file looked like before it was read
 * @content: the sum of what it holds
 * @seen: whether the library knows that already
 * @half: (nullable): [E], its embedding, if it is known
 * @dated: whether the library knows when it was taken
 * @has_date: otherwise: whether it says so; see persea_picture_memory_date()
 * @date: and when
 *
 * A picture on its way.
 */
typedef struct
{
  char            *path;
  PerseaFileStamp  stamp;
  char            *content;
  gboolean         seen;
  uint16_t        *half;
  gboolean         dated;
  gboolean         has_date;
  int64_t          date;
} PerseaPictureTrace;

void persea_picture_trace_clear (PerseaPictureTrace *trace);

/**
 * persea_picture_memory_new:
 * @exact: pictures are decoded in full size; such embeddings and others do not stand in for each
 *   other
 *
 * Returns: (transfer full) (nullable): a memory of what @clip encodes
 */
PerseaPictureMemory *persea_picture_memory_new (PerseaLibrary  *library,
                                                PerseaClip     *clip,
                                                gboolean        exact,
                                                GError        **error);

PerseaPictureMemory *persea_picture_memory_ref (PerseaPictureMemory *memory);
void                 persea_picture_memory_unref (PerseaPictureMemory *memory);

/**
 * persea_picture_memory_recall:
 * @path: (type filename): a picture
 * @trace: (out caller-allocates): to be cleared; whether the embedding is known is in it
 *
 * Finds out what the file holds, from its stamp or by reading it, and whether that is known.
 * Problems are none here: the picture will be decoded, and that tells.
 */
void persea_picture_memory_recall (PerseaPictureMemory *memory,
                                   const char          *path,
                                   PerseaPictureTrace  *trace,
                                   GCancellable        *cancellable);

/* Looks again whether the embedding of what @trace holds is known: a copy may have been encoded since. */
void persea_picture_memory_recall_again (PerseaPictureMemory *memory, PerseaPictureTrace *trace);

/* Finds out when the picture was taken, unless the library knows.  Reads no more than its header. */
void persea_picture_memory_date (PerseaPictureTrace *trace);

/**
 * persea_picture_memory_keep:
 * @trace: from persea_picture_memory_recall()
 * @unit: [E], from persea_picture_memory_round()
 * @error: return location; what is wrong with the library
 *
 * Remembers what @trace holds, if the file is still the one that was read.
 */
gboolean persea_picture_memory_keep (PerseaPictureMemory       *memory,
                                     const PerseaPictureTrace  *trace,
                                     const float               *unit,
                                     GError                   **error);

/* The file was rewritten and shows the same picture: remembers @unit for what it holds now. */
gboolean persea_picture_memory_follow (PerseaPictureMemory  *memory,
                                       const char           *path,
                                       const float          *unit,
                                       GCancellable         *cancellable,
                                       GError              **error);

/* @embedding: (inout): [dim]; to unit length, and to numbers that f16 has */
void persea_picture_memory_round (float *embedding, size_t dim);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PerseaPictureTrace, persea_picture_trace_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPictureMemory, persea_picture_memory_unref)

G_END_DECLS
