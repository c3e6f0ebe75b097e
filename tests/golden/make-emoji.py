#!/usr/bin/env python3
# make-emoji.py - texts with emoji, as Python's package emoji spells them
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Writes tokens/emoji.jsonl.gz.  Never run by the build or the tests; README.md says with which
# packages, and what the fields mean.
import gzip
import json
import os
import random

import emoji

JOINER, TEXT_STYLE, EMOJI_STYLE, KEYCAP = "\u200d", "\ufe0e", "\ufe0f", "\u20e3"
TONES = [chr(c) for c in range(0x1F3FB, 0x1F400)]
HAIR = [chr(c) for c in range(0x1F9B0, 0x1F9B4)]
FLAGS = [chr(c) for c in range(0x1F1E6, 0x1F200)]
TAGS = [chr(c) for c in (0xE0067, 0xE0062, 0xE0065, 0xE006E, 0xE007F)]


def texts(chance):
    """all of them, each in a sentence; then pieces of all of them, at random"""
    known = sorted(emoji.EMOJI_DATA)
    single = [text for text in known if len(text) == 1]
    people = [text for text in single if text + TONES[0] in emoji.EMOJI_DATA]
    for i in range(0, len(known), 3):
        yield "a " + "".join(known[i:i + 2]) + " and" + known[min(i + 2, len(known) - 1)]
    glue = [JOINER] * 6 + [EMOJI_STYLE] * 4 + [TEXT_STYLE, KEYCAP, " ", "a", "é", "©", "™", "#", "*", "1", "-"]
    for _ in range(4000):
        pieces = []
        for _ in range(chance.randint(1, 9)):
            pieces.append(chance.choice([
                lambda: chance.choice(known), lambda: chance.choice(single),
                lambda: chance.choice(people), lambda: chance.choice(people),
                lambda: chance.choice(TONES), lambda: chance.choice(HAIR),
                lambda: chance.choice(FLAGS), lambda: chance.choice(TAGS),
                lambda: chance.choice(known)[:chance.randint(1, 3)],
                lambda: chance.choice(glue), lambda: chance.choice(glue), lambda: JOINER,
            ])())
        yield "".join(pieces)


def main():
    lines = [json.dumps({"text": text, "spelled": emoji.demojize(text, delimiters=("|", "|"))},
                        ensure_ascii=False, separators=(",", ":"))
             for text in texts(random.Random(5))]
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokens")
    with open(os.path.join(folder, "emoji.jsonl.gz"), "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, 0) as packed:
            packed.write(("\n".join(lines) + "\n").encode())
    print(len(lines), "texts")


if __name__ == "__main__":
    main()
