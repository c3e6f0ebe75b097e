#!/usr/bin/env python3
# gen-emoji.py - the names of emoji, as a C table
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# emoji.txt is written, when there are new ones, with Python's package emoji (`pip install emoji`):
#
#   for text, facts in sorted(emoji.EMOJI_DATA.items(), key=lambda item: item[0].encode()):
#       print(*("%X" % ord(c) for c in text), end="\t"); print(facts["en"][1:-1])
#
# Usage: gen-emoji.py emoji.txt OUTPUT

import sys


def c_string(data):
    return "".join("\\%03o" % byte if byte < 32 or byte > 126 or chr(byte) in '"\\?' else chr(byte)
                   for byte in data)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    table = sorted(("".join(chr(int(code, 16)) for code in codes.split()).encode(), name.encode())
                   for codes, name in rows)
    with open(sys.argv[2], "w", encoding="ascii") as output:
        output.write("/* made by gen-emoji.py; sorted by bytes */\n")
        for text, name in table:
            output.write('{ "%s", "%s" },\n' % (c_string(text), c_string(name)))


main()
