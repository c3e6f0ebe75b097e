/* persea-decoder-pool.h - processes that decode what nobody trusts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * As many decoders (persea-decoder.h) as are asked for at a time, at most one for each processor.
 * They are started when they are needed, stay for a while, and are replaced after a thousand
 * pictures, so that whoever takes one over does not keep it.
 *
 * A decoder that dies, takes too long or wants too much memory costs the picture at hand alone.
 * One that died may have been harmed by the picture before: the picture gets a second, fresh one.
 * What still fails is entered in the library (persea-bad-pictures.h) by its content, and is not
 * tried again until the program or a library that it decodes with has changed.
 *
 * Threads: any; each that asks waits for its answer.
 */
#pragma once

#include "persea-decoder-process.h"
#include "persea-library.h"

G_BEGIN_DECLS

#define PERSEA_DECODER_SECONDS 60
#define PERSEA_DECODER_MEMORY 3072 /* MiB: a turned picture of 200 megapixels */

/**
 * PerseaDecoderPoolOptions:
 * @program: (type filename) (nullable): that calls persea_decoder_main(); %NULL: this one
 * @mode: what they are for
 * @n_processes: at most; 0: one for each processor
 * @limits: 0 means the defaults above
 * @library: (nullable): where pictures are remembered that cannot be decoded
 */
typedef struct
{
  const char          *program;
  PerseaDecoderMode    mode;
  unsigned             n_processes;
  PerseaDecoderLimits  limits;
  PerseaLibrary       *library;
} PerseaDecoderPoolOptions;

/* Starts nothing yet. */
PerseaDecoderPool *persea_decoder_pool_new (const PerseaDecoderPoolOptions *options);

/* Kills all; nobody may be waiting for an answer. */
void persea_decoder_pool_free (PerseaDecoderPool *pool);

/* Other limits from the next picture on; 0 means the default. */
void persea_decoder_pool_set_limits (PerseaDecoderPool *pool, const PerseaDecoderLimits *limits);

/* Lets go of the processes that have nothing to do; they would leave by themselves half a minute
 * after their last picture. */
void persea_decoder_pool_drop_idle (PerseaDecoderPool *pool);

/* how many processes there are */
unsigned persea_decoder_pool_count (PerseaDecoderPool *pool);

/**
 * persea_decoder_pool_ask:
 * @source: the picture
 * @request: its @capacity is the size of @memory, its @input_size that of @input
 * @memory: shared memory for the result
 * @input: shared memory, or -1
 * @reply: (out caller-allocates): what a decoder says; sizes are still to be checked
 * @error: return location; what persea-image-file.h says, %PERSEA_ERROR_FAILED for what no decoder
 *   survives, %PERSEA_ERROR_BUSY if none can be started
 */
gboolean persea_decoder_pool_ask (PerseaDecoderPool        *pool,
                                  const PerseaImageSource  *source,
                                  PerseaDecoderRequest     *request,
                                  int                       memory,
                                  int                       input,
                                  PerseaDecoderReply       *reply,
                                  GCancellable             *cancellable,
                                  GError                  **error);

/**
 * persea_decoder_pool_ask_about_file:
 * @name: what messages call the file
 * @file: a descriptor of it, which decoders may do with what it allows
 *
 * The same for those who open a file themselves.
 */
gboolean persea_decoder_pool_ask_about_file (PerseaDecoderPool           *pool,
                                             const char                  *name,
                                             int                          file,
                                             const PerseaDecoderRequest  *request,
                                             int                          memory,
                                             int                          input,
                                             PerseaDecoderReply          *reply,
                                             GCancellable                *cancellable,
                                             GError                     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDecoderPool, persea_decoder_pool_free)

G_END_DECLS
