/* persea-decoder.h - the process that decodes what nobody trusts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * persead starts itself again with a hidden option and an empty environment; this is what runs
 * then: it limits itself, starts libvips, enters the sandbox (persea-sandbox.h), and does what
 * requests say (persea-decoder-message.h) until the other end of its socket is closed.  It uses
 * the functions of persea-image-file.h and persea-image-patch.h as anybody does, so the results
 * are the same to the bit.
 *
 * That it is the same program, and not one of its own, has three reasons: it always fits the
 * persead that started it, also when packages are updated under a running one; it needs no path, so
 * it works from a build folder; and what it loads beyond libvips takes no memory, for it is shared.
 */
#pragma once

#include "persea-decoder-message.h"

G_BEGIN_DECLS

/**
 * persea_decoder_main:
 * @arguments: (array zero-terminated=1): of the program
 *
 * Returns: the exit status of the process
 */
int persea_decoder_main (char **arguments);

/**
 * persea_decoder_begin:
 * @mode: what it is for
 * @max_memory: MiB
 *
 * All that comes before the first request.
 *
 * Returns: %FALSE if libvips does not start or the other end is gone
 */
gboolean persea_decoder_begin (PerseaDecoderMode mode, uint64_t max_memory);

/**
 * persea_decoder_answer:
 * @files: (array length=n_files): of the request
 * @reply: (out caller-allocates)
 *
 * Does what @request says.
 */
void persea_decoder_answer (const PerseaDecoderRequest *request,
                            const int                  *files,
                            unsigned                    n_files,
                            PerseaDecoderReply         *reply);

G_END_DECLS
