# clip_files.py - the files of a published CLIP: tokenizer, configuration, safetensors
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
import collections
import json
import os
import re

import numpy as np
import torch

START, END = "<|startoftext|>", "<|endoftext|>"
# OpenAI's own, so that no user of the checkpoint can get them wrong
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def byte_symbols():
    """The 256 bytes as printable characters, in vocabulary order: the printable ones first."""
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    others = [b for b in range(256) if b not in printable]
    symbols = {b: chr(b) for b in printable}
    symbols.update({b: chr(256 + i) for i, b in enumerate(others)})
    return symbols


def merge_pair(symbols, pair):
    merged, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i:i + 2]) == pair:
            merged.append("".join(pair))
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(merge) for merge in merges]
        self.ranks = {merge: rank for rank, merge in enumerate(self.merges)}
        self.bytes = byte_symbols()
        symbols = list(self.bytes.values())
        symbols += [s + "</w>" for s in symbols] + ["".join(m) for m in self.merges] + [START, END]
        self.ids = {symbol: i for i, symbol in enumerate(symbols)}
        self.words = {}

    def split(self, word):
        return [self.bytes[b] for b in word.encode()]

    def word(self, word):
        if word not in self.words:
            symbols = self.split(word)
            symbols[-1] += "</w>"
            while len(symbols) > 1:
                pair = min(zip(symbols, symbols[1:]), key=lambda p: self.ranks.get(p, len(self.ranks)))
                if pair not in self.ranks:
                    break
                symbols = merge_pair(symbols, pair)
            self.words[word] = [self.ids[s] for s in symbols]
        return self.words[word]

    def encode(self, text, context):
        ids = [self.ids[START]]
        for word in re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower()):
            ids += self.word(word)
        return ids[:context - 1] + [self.ids[END]]

    def batch(self, texts, context):
        """[n, longest], padded with 0"""
        rows = [self.encode(text, context) for text in texts]
        tokens = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        for row, ids in zip(tokens, rows):
            row[:len(ids)] = torch.tensor(ids)
        return tokens

    @staticmethod
    def learn(counts):
        """Byte pair encoding until each of the words in @counts is one symbol."""
        start = Tokenizer([])
        words = {w: start.split(w)[:-1] + [start.split(w)[-1] + "</w>"] for w in counts}
        merges = []
        while True:
            pairs = collections.Counter()
            for word, symbols in words.items():
                for pair in zip(symbols, symbols[1:]):
                    pairs[pair] += counts[word]
            if not pairs:
                return Tokenizer(merges)
            best = min(pairs, key=lambda p: (-pairs[p], p))
            merges.append(best)
            words = {word: merge_pair(symbols, best) for word, symbols in words.items()}

    def save(self, folder):
        with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as file:
            json.dump(self.ids, file, ensure_ascii=False)
            file.write("\n")
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as file:
            file.write("#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in self.merges))

    @staticmethod
    def load(folder):
        with open(os.path.join(folder, "merges.txt"), encoding="utf-8") as file:
            return Tokenizer([line.split() for line in file.read().splitlines()[1:]])


def normalise(pixels):
    """[n,h,w,3] u8 -> [n,3,h,w] f32"""
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 255
    x = (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
    return x.contiguous(memory_format=torch.channels_last)


def save_safetensors(tensors, path):
    """Wide elements first, so that everything is aligned; matrices as f16, vectors as f32."""
    arrays = {}
    for name, tensor in tensors.items():
        array = tensor.detach().contiguous().numpy()
        if array.dtype == np.float32 and array.ndim >= 2:
            array = array.astype(np.float16)
        arrays[name] = array
    kinds = {"int64": "I64", "float32": "F32", "float16": "F16"}
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name in order:
        array = arrays[name]
        header[name] = {"dtype": kinds[array.dtype.name], "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            file.write(arrays[name].tobytes())


def load_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    kinds = {"I64": np.int64, "F32": np.float32, "F16": np.float16}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            array = np.frombuffer(data[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"])
            tensors[name] = torch.from_numpy(array.astype(np.float32) if array.dtype == np.float16 else array.copy())
    return tensors
