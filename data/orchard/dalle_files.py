# dalle_files.py - DALL·E mini's text tokenizer: vocab.json and merges.txt
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Byte pair encoding as min-dalle reads it: words are what lies between spaces, lower case ASCII; each
# begins with the symbol Ġ.
import collections
import json
import os

import torch

from clip_files import merge_pair

SPACE = "\u0120"
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
START, PAD, END, UNKNOWN = range(4)


class Tokenizer:
    def __init__(self, ids, merges):
        self.ids = ids
        self.merges = [tuple(merge) for merge in merges]
        self.ranks = {merge: rank for rank, merge in enumerate(self.merges)}
        self.words = {}

    @staticmethod
    def learn(counts):
        """Merges the most frequent pairs until each of the words in @counts is one symbol."""
        words = {word: (SPACE,) + tuple(word) for word in counts}
        letters = sorted({chr(c) for c in range(33, 127) if not chr(c).isupper()} | {SPACE})
        merges = []
        while True:
            pairs = collections.Counter()
            for word, symbols in words.items():
                for pair in zip(symbols, symbols[1:]):
                    pairs[pair] += counts[word]
            if not pairs:
                break
            best = min(pairs, key=lambda p: (-pairs[p], p))
            merges.append(best)
            words = {word: tuple(merge_pair(list(symbols), best)) for word, symbols in words.items()}
        names = SPECIAL + letters + ["".join(merge) for merge in merges]
        return Tokenizer({name: i for i, name in enumerate(dict.fromkeys(names))}, merges)

    def word(self, word):
        if word not in self.words:
            symbols = [SPACE] + list(word)
            while len(symbols) > 1:
                pair = min(zip(symbols, symbols[1:]), key=lambda p: self.ranks.get(p, len(self.ranks)))
                if pair not in self.ranks:
                    break
                at = list(zip(symbols, symbols[1:])).index(pair)
                symbols[at:at + 2] = ["".join(pair)]
            self.words[word] = [self.ids.get(s, UNKNOWN) for s in symbols]
        return self.words[word]

    def encode(self, text, context):
        text = text.lower().encode("ascii", "ignore").decode()
        ids = [START] + [i for word in text.split(" ") if word for i in self.word(word)] + [END]
        return ids[:context]

    def batch(self, texts, context):
        """[n, longest], padded"""
        rows = [self.encode(text, context) for text in texts]
        ids = torch.full((len(rows), max(map(len, rows))), PAD)
        for row, values in zip(ids, rows):
            row[:len(values)] = torch.tensor(values)
        return ids

    def save(self, folder):
        with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as file:
            json.dump(self.ids, file, ensure_ascii=False, indent=0)
            file.write("\n")
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as file:
            file.write("#version: 0.2\n")
            file.writelines(f"{a} {b}\n" for a, b in self.merges)

    @staticmethod
    def load(folder):
        with open(os.path.join(folder, "vocab.json"), encoding="utf-8") as file:
            ids = json.load(file)
        with open(os.path.join(folder, "merges.txt"), encoding="utf-8") as file:
            lines = file.read().split("\n")[1:-1]
        return Tokenizer(ids, [line.split(" ") for line in lines])
