#!/usr/bin/env python3
# make-dalle-tokens.py - token ids of awkward prompts, by the tokenizers of DALL·E mini
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Writes tokens/dalle.jsonl.gz and the small vocabulary tokens/dalle/.  Never run by the build or
# the tests; README.md says with which packages, and what the fields mean.
#
#   make-dalle-tokens.py MIN_DALLE DALLE_MINI
#     MIN_DALLE    a checkout of kuprel/min-dalle (its min_dalle/text_tokenizer.py)
#     DALLE_MINI   a checkout of borisdayma/dalle-mini (its src/dalle_mini/model/text.py)
import collections
import importlib.util
import json
import os
import random
import sys

from transformers import BartTokenizerFast
from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

HERE = os.path.dirname(os.path.abspath(__file__))
MERGES = 200
LENGTH = 64


def load(name, *path):
    spec = importlib.util.spec_from_file_location(name, os.path.join(*path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def learn_merges(texts, n, merge_pair):
    words = collections.Counter(
        ("Ġ",) + tuple(word) for text in texts for word in text.lower().split()
        if word.isascii() and "#" not in word)
    merges = []
    while len(merges) < n:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = max(sorted(pairs), key=pairs.get)
        merges.append(best)
        merged = collections.Counter()
        for word, count in words.items():
            merged[tuple(merge_pair(word, best))] += count
        words = merged
    return merges


def write_vocabulary(folder, merges):
    """In BART's order; the last merges are shuffled, so that some make pairs of lower rank."""
    os.makedirs(folder, exist_ok=True)
    shuffled = merges[60:]
    random.Random(3).shuffle(shuffled)
    merges = merges[:60] + shuffled
    tokens = ["<s>", "<pad>", "</s>", "<unk>"] + sorted(bytes_to_unicode().values())
    tokens += ["".join(pair) for pair in merges] + ["<mask>"]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    with open(os.path.join(folder, "vocab.json"), "w") as file:
        json.dump(vocabulary, file, separators=(",", ":"))
    with open(os.path.join(folder, "merges.txt"), "w") as file:
        file.write("\n".join(["#version: 0.2"] + [" ".join(pair) for pair in merges]) + "\n")


def write_words(path, captions):
    counts = collections.Counter(word for caption in captions for word in caption.lower().split()
                                 if word.isalnum() and word.isascii())
    counts.update(["a", "i", "s", "2022", "20", "xtokx", "quote"])
    with open(path, "w") as file:
        file.writelines(f"{word} {count}\n" for word, count in counts.most_common())


def main():
    min_dalle, dalle_mini = sys.argv[1:]
    tokens = load("make_tokens", HERE, "make-tokens.py")
    reference = load("text_tokenizer", min_dalle, "min_dalle", "text_tokenizer.py")
    text = load("text", dalle_mini, "src", "dalle_mini", "model", "text.py")
    text.random.choices = lambda values, weights: values[:1]

    folder = os.path.join(HERE, "tokens", "dalle")
    captions = list(tokens.captions(random.Random(2), 4000))
    words = os.path.join(folder, "words.txt")  # in the place of the published list
    write_words(words, captions)
    text.hf_hub_download = lambda *names, **options: words
    write_vocabulary(folder, learn_merges(captions, MERGES, tokens.merge_pair))
    with open(os.path.join(folder, "vocab.json")) as file:
        vocabulary = json.load(file)
    with open(os.path.join(folder, "merges.txt")) as file:
        merges = file.read().split("\n")[1:-1]

    tokenizer = reference.TextTokenizer(vocabulary, merges)
    bart = BartTokenizerFast(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"))
    normalizer = text.TextNormalizer()
    extra = [("prompt", t) for t in """a 1,234,567 dollar bill|12/31/2021|<person> and <person>, <person>
<PERSON> waves|http://example.org/x?y an URL|[12] a reference|a reference [3]|#hash_tag #two|U.S.A. vs. e.g.
a,b,,c|,a,|"quoted" 'single' `back`|rock-n-roll 5-4|100% a&b c/d e$f g*h|aaaaah!!!!! 1111 xxx viii|<b>bold</b> < 5
(a) [b] {c}|don't they're we'd i'll it's|a.b a. b 1.5|\\backslash _under_|a  b   c    d|  , a ,  |++==~~
#SunsetBeach #avocado2022 #20221 #1a2b #red_armchair#golden #zzz #dog's #armchairq|#theredcatonatable
an armchair in the shape of an avocado""".replace("\n", "|").split("|")]
    extra += [("letters", t) for t in """Crème brûlée, 5° ±2 µm · £3 ½ cup ¿qué?|Ærøskøbing & Łódź, þórr Đorđe
Αθήνα ψυχή|Москва, чёрный ёж в щели, Київ|№5 → ←• 10‰ x² H₂O ₽7 5′ 3″ ‽""".replace("\n", "|").split("|")]
    lines = []
    for kind, prompt in extra + [pair for i, pair in enumerate(tokens.all_texts(0.5))
                                 if pair[0] in ("hand", "caption", "soup") or i % 3 == 0]:
        row = {"kind": kind, "text": prompt, "ids": tokenizer.tokenize(prompt)}
        row["bart"] = bart(prompt, truncation=True, max_length=LENGTH)["input_ids"]
        normalized = normalizer(prompt)
        row["normalized"] = normalized
        row["plain"] = (text.fix_html(text.ftfy.fix_text(prompt)).isascii()
                        and text.ftfy.fix_encoding(prompt) == prompt)
        lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    path = os.path.join(HERE, "tokens", "dalle.jsonl.gz")
    tokens.write_gzip(path, "\n".join(lines) + "\n")
    print(len(lines), "texts,", os.path.getsize(path), "bytes")


if __name__ == "__main__":
    main()
