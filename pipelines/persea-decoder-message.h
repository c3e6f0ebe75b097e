/* persea-decoder-message.h - what persead and its decoders say to each other
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Over a socket that keeps messages apart (SOCK_SEQPACKET): a decoder begins with a hello; then,
 * one at a time, a request with open files comes in and a reply goes out.  Both ends are the same
 * build of the same program, so messages are plain structures.
 *
 * The files of a request: the picture, read-only; shared memory that the decoder fills in; and, if
 * @input_size is not 0, shared memory with what it needs besides.  The shared memory has its size
 * from the beginning and cannot grow or shrink.  Whoever has sent a request believes nothing of
 * the reply before it has checked it.
 */
#pragma once

#include "persea-image-file.h"
#include "persea-provenance.h"
#include "persea-sandbox.h"

G_BEGIN_DECLS

#define PERSEA_DECODER_OPTION "--decoder" /* of persead, in place of all others; then: mode, MiB */
#define PERSEA_DECODER_SOCKET 3           /* the descriptor that a decoder is born with */
#define PERSEA_DECODER_MAX_FILES 3
#define PERSEA_DECODER_IDENTITY 64        /* hexadecimal digits */
#define PERSEA_DECODER_EXIT_MEMORY 77     /* how a decoder ends that gets no memory */
/* what messages of a decoder call the picture, whose name it does not know */
#define PERSEA_DECODER_PICTURE "@"

/**
 * PerseaDecoderMode:
 * @PERSEA_DECODER_PICTURES: no file can be opened
 * @PERSEA_DECODER_FILES: seccomp lets files be opened, for libraries that want names; Landlock, if it is
 *   there, those alone that are shared memory
 */
typedef enum
{
  PERSEA_DECODER_PICTURES,
  PERSEA_DECODER_FILES,
} PerseaDecoderMode;

/**
 * PerseaDecoderOperation:
 * @PERSEA_DECODER_PREPROCESS: persea_image_preprocess(): the square
 * @PERSEA_DECODER_LOAD: persea_image_load(): the pixels
 * @PERSEA_DECODER_ALPHA: persea_image_load_alpha(): a plane
 * @PERSEA_DECODER_GREY: persea_image_load_grey(): a plane
 * @PERSEA_DECODER_READ_XMP: persea_image_read_xmp(): the packet, nothing if there is none
 * @PERSEA_DECODER_READ_DATE: persea_image_read_date(): the date, nothing if there is none
 * @PERSEA_DECODER_ENCODE: persea_image_encode_patched(): the file; the input is the patch's pixels,
 *   what is painted, and the packet
 * @PERSEA_DECODER_ENCODE_MADE: persea_picture_writer_encode_patched(): the file; the input ends with
 *   the provenance instead of the packet
 * @PERSEA_DECODER_FIND_PROVENANCE: persea_picture_writer_find_provenance(): the provenance
 * @PERSEA_DECODER_KEYWORDS: persea_xmp_remote_answer(): what is in the file; the picture is a copy of
 *   the file that may be written, the input what is to be changed
 * @PERSEA_DECODER_PROBE: persea_sandbox_probe(): its report
 */
typedef enum
{
  PERSEA_DECODER_PREPROCESS,
  PERSEA_DECODER_LOAD,
  PERSEA_DECODER_ALPHA,
  PERSEA_DECODER_GREY,
  PERSEA_DECODER_READ_XMP,
  PERSEA_DECODER_READ_DATE,
  PERSEA_DECODER_ENCODE,
  PERSEA_DECODER_ENCODE_MADE,
  PERSEA_DECODER_FIND_PROVENANCE,
  PERSEA_DECODER_KEYWORDS,
  PERSEA_DECODER_PROBE,
  PERSEA_N_DECODER_OPERATIONS,
} PerseaDecoderOperation;

/**
 * PerseaDecoderHello:
 * @layers: what holds
 * @identity: changes with the program and with every library that is loaded in it
 */
typedef struct
{
  uint32_t layers;
  char     identity[PERSEA_DECODER_IDENTITY + 1];
} PerseaDecoderHello;

typedef struct
{
  uint32_t           operation;
  uint32_t           quality;
  uint64_t           max_pixels;
  uint64_t           capacity;   /* bytes of the shared memory */
  uint64_t           input_size; /* bytes of the input */
  PerseaPreprocess   preprocess;
  PerseaRectangle    place;
  uint64_t           words_size; /* of a packet or a provenance in the input */
  char               suffix[16];
  uint32_t           is_picture; /* for keywords: or a sidecar */
  uint32_t           is_written;
} PerseaDecoderRequest;

/**
 * PerseaDecoderReply:
 * @done: whether it went well
 * @code: if not, of #PerseaError
 * @width: of pixels or a plane
 * @height: of pixels or a plane
 * @size: bytes in the shared memory
 * @message: if not, begins with %PERSEA_DECODER_PICTURE
 */
typedef struct
{
  uint32_t done;
  int32_t  code;
  int32_t  width, height;
  uint64_t size;
  char     message[1024];
} PerseaDecoderReply;

/**
 * persea_decoder_provenance_pack:
 * persea_decoder_provenance_unpack:
 * @bytes: from anywhere
 *
 * A provenance as bytes, and back: (nullable) if there is none in them.
 */
GBytes           *persea_decoder_provenance_pack (const PerseaProvenance *provenance);
PerseaProvenance *persea_decoder_provenance_unpack (GBytes *bytes);

/**
 * persea_decoder_message_send:
 * @files: (array length=n_files) (nullable): to be sent with it
 *
 * Returns: %FALSE if the other end is gone
 */
gboolean persea_decoder_message_send (int         socket,
                                      const void *message,
                                      size_t      size,
                                      const int  *files,
                                      unsigned    n_files);

/**
 * persea_decoder_message_receive:
 * @size: what a message must have; others are none
 * @files: (out caller-allocates) (nullable): room for %PERSEA_DECODER_MAX_FILES, to be closed; %NULL
 *   to take none
 * @n_files: (out) (nullable)
 *
 * Waits.
 *
 * Returns: %FALSE if the other end is gone or talks nonsense
 */
gboolean persea_decoder_message_receive (int       socket,
                                         void     *message,
                                         size_t    size,
                                         int      *files,
                                         unsigned *n_files);

G_END_DECLS
