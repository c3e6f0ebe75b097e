/* persea-decoder-process.h - one decoder, as its parent sees it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Threads: one at a time.
 */
#pragma once

#include "persea-decoder-message.h"

G_BEGIN_DECLS

typedef struct _PerseaDecoderProcess PerseaDecoderProcess;

/**
 * PerseaDecoderLimits:
 * @seconds: that it may compute for one picture; and, besides, that it may do nothing at all
 * @memory: MiB of address space
 */
typedef struct
{
  double   seconds;
  unsigned memory;
} PerseaDecoderLimits;

/**
 * PerseaDecoderEnd:
 * @PERSEA_DECODER_ANSWERED: there is a reply, perhaps an error, perhaps a lie
 * @PERSEA_DECODER_CRASHED: it is dead
 * @PERSEA_DECODER_HUNG: it takes too long
 * @PERSEA_DECODER_BLOATED: it wants too much memory
 * @PERSEA_DECODER_CANCELLED: somebody asked to stop
 *
 * What came of a request.  After all but the first, the process is good for nothing any more.
 */
typedef enum
{
  PERSEA_DECODER_ANSWERED,
  PERSEA_DECODER_CRASHED,
  PERSEA_DECODER_HUNG,
  PERSEA_DECODER_BLOATED,
  PERSEA_DECODER_CANCELLED,
  PERSEA_N_DECODER_ENDS,
} PerseaDecoderEnd;

/**
 * persea_decoder_process_start:
 * @program: (type filename): that calls persea_decoder_main()
 * @mode: what it is for
 * @error: return location; %PERSEA_ERROR_BUSY if it cannot be started
 *
 * Waits until it is in its sandbox.
 */
PerseaDecoderProcess *persea_decoder_process_start (const char                 *program,
                                                    PerseaDecoderMode           mode,
                                                    const PerseaDecoderLimits  *limits,
                                                    GCancellable               *cancellable,
                                                    GError                    **error);

/* Kills it. */
void persea_decoder_process_free (PerseaDecoderProcess *process);

/* (transfer none) */
const PerseaDecoderHello *persea_decoder_process_get_hello (PerseaDecoderProcess *process);

/* how often it was asked */
unsigned persea_decoder_process_get_n_requests (PerseaDecoderProcess *process);

/**
 * persea_decoder_process_ask:
 * @files: (array length=n_files): see persea-decoder-message.h
 * @reply: (out caller-allocates): not to be believed
 */
PerseaDecoderEnd persea_decoder_process_ask (PerseaDecoderProcess        *process,
                                             const PerseaDecoderRequest  *request,
                                             const int                   *files,
                                             unsigned                     n_files,
                                             const PerseaDecoderLimits   *limits,
                                             PerseaDecoderReply          *reply,
                                             GCancellable                *cancellable);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDecoderProcess, persea_decoder_process_free)

G_END_DECLS
