/* persea-html.h - HTML's character references in texts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * CLIP's captions came from web pages, so its tokenizer undoes "&amp;" and the like.  It does so
 * in two ways, one after the other; both are here.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  PERSEA_HTML_LENIENT, /* as browsers and Python's html.unescape(): "&amp" without ";", too */
  PERSEA_HTML_STRICT,  /* as ftfy: only what ends in ";", but also names in capitals */
} PerseaHtmlRules;

/**
 * persea_html_unescape:
 * @text: valid UTF-8
 *
 * Returns: (transfer full): @text with every reference replaced, once; valid UTF-8
 */
char *persea_html_unescape (const char *text, PerseaHtmlRules rules);

G_END_DECLS
