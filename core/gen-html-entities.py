#!/usr/bin/env python3
# gen-html-entities.py - the names of HTML's character references, as a C table
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# The names come from Python's own html.entities.  Besides those of HTML 5 there are the names in
# capitals that ftfy understands ("&NTILDE;"): of every name in small letters, unless HTML itself
# makes something of it.  Usage: gen-html-entities.py OUTPUT

import html
import html.entities
import sys


def collect():
    rows = {}
    for name, text in html.entities.html5.items():
        rows[name] = (text, "HTML_STANDARD")
        if name.endswith(";") and name == name.lower():
            capitals = name.upper()
            if html.unescape("&" + capitals) == "&" + capitals:
                rows.setdefault(capitals, (text.upper(), "0"))
    return rows


def c_string(text):
    return "".join("\\%03o" % byte if byte < 32 or byte > 126 or chr(byte) in '"\\?' else chr(byte)
                   for byte in text.encode("utf-8"))


def main():
    rows = collect()
    with open(sys.argv[1], "w", encoding="ascii") as output:
        output.write("/* made by gen-html-entities.py; sorted by the bytes of the name */\n")
        for name in sorted(rows, key=lambda key: key.encode("ascii")):
            text, flags = rows[name]
            output.write('{ "%s", "%s", %s },\n' % (name, c_string(text), flags))


main()
