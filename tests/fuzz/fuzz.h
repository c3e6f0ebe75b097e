/* fuzz.h - what all fuzz targets share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A target gives bytes to a parser and touches all of the result.  With -Dfuzz=true and clang, it
 * is linked with libFuzzer; otherwise with fuzz-main.c, which feeds it its corpus, whole and
 * damaged in many ways that are the same each time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
