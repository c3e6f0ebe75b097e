#!/usr/bin/env python3
# make-tokens.py - token ids of awkward strings, by the original tokenizers
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Writes tokens/*.jsonl.gz and the small vocabulary tokens/tiny/.  Never run by the build or the
# tests; README.md says with which packages, and what the fields mean.
#
#   make-tokens.py OPENAI_CLIP VOCABULARY
#     OPENAI_CLIP   a checkout of openai/CLIP (its clip/simple_tokenizer.py is the reference)
#     VOCABULARY    a folder with bpe_simple_vocab_16e6.txt.gz, vocab.json and merges.txt
import collections
import gzip
import html.entities
import importlib.util
import json
import os
import random
import sys
import unicodedata

from transformers import CLIPTokenizer, CLIPTokenizerFast

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokens")
TINY_MERGES = 86  # with 512 byte symbols and two specials: a vocabulary of 600

THINGS = """armchair avocado bicycle boat book bottle bridge bus cake camera car cat church clock
cloud coffee computer cow cup dog door duck elephant face field fish flower forest fountain fox
fruit garden giraffe girl glass guitar hat horse house island kitchen lake lamp leaf lighthouse
man market mirror moon mountain mushroom night ocean owl painting park person phone piano pizza
plane portrait rabbit rain river road robot rose sandwich sea sheep ship shoe sky snow spider
squirrel star statue street strawberry sunset table teapot temple tiger toaster tower train tree
umbrella violin waterfall watermelon whale wine woman zebra""".split()
LOOKS = """red green blue yellow black white golden old new small large tiny huge wooden broken
blurry bright dark shiny striped spotted sleeping running smiling abandoned beautiful frozen
crowded empty illuminated handwritten upside-down close-up black-and-white high-resolution""".split()
PLACES = """on a table|in the snow|at night|in front of a house|under a tree|by the sea|in a garden
at the market|on the street|in the rain|next to a window|behind a fence|on a white background
during sunset|in the kitchen|above the clouds|inside a box|in an old town""".replace("\n", "|").split("|")
FORMS = """a photo of a {}.|a {}|the {}|a close-up photo of a {}.|itap of a {}.|a bad photo of the {}.
a drawing of a {}|a painting of the {}, oil on canvas|a {} in a video game.|art of the {}.
a low resolution photo of a {}|the origami {}.|a pixelated photo of {}s|I'm looking at a {}!
isn't it a {}?|they've seen {}s; we'll see more|a {} & a dog|"{}" (2021)|#{} @someone
{}, 4k, trending|{}/{}|a photo of my {}'s {}""".replace("\n", "|").split("|")

HAND_WRITTEN = """
Hello World!|a diagram|a dog|a cat|a photo of a cat|it's 2021, isn't it?|naïve café|日本語|ÉCOLE
an emoji 😀 here|½ cup of 2021|don't|x² + y² = z²|a&nbsp;b|AT&amp;T|...|hello<|endoftext|>world
#hashtag_word @user|pneumonoultramicroscopicsilicovolcanoconiosis|москва|ﬁne|it''s|“curly” ‘quotes’
an armchair in the shape of an avocado|This is a photo of a maple_tree.|I'LL WE'VE YOU'RE SHE'D I'M
'S 'T 'RE 'VE 'M 'LL 'D|it’s they‘re|'sss 'tt 'rest|rock'n'roll|o'clock|'twas ’tis|dogs'|l'été|d'accord
'ſ 'ſtart|I'M' 'm'm 'll'll|ΑΣ ΣΑΣ Σ ὈΔΥΣΣΕΎΣ|İstanbul I ı i̇|ẞ ß STRASSE|ǅ ǈ ǋ ǲ|K Å Ω|ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ ﬆ
ＦＵＬＬ ｗｉｄｔｈ １２３！|ｶﾀｶﾅ ﾊﾟﾋﾟﾌﾟ|￠￡￥￦|①②③ ⅳ Ⅷ ⒈ ㈠ 🄁|٠١٢٣ ०१२ ๑๒ 一二三 〇|1st 2nd 3rd 4x4 mp3 h264
<|startoftext|>|<|STARTOFTEXT|>|<|EndOfText|> a|<|endoftext|><|endoftext|>|<|endoftext |>|<start_of_text>
&lt;b&gt;bold&lt;/b&gt;|&amp;lt;|&amp;amp;amp;|&#39;s|&#x27;s it&#x27;s|&quot;q&quot;|&copy;2021|&notit;|&amp
<b>&amp;</b>|<a href="x">&eacute;</a>|&#0;|&#128;|&#x110000;|&#xD800;|&#9;tab|&#;|&#x;|&;|& amp;|&nbsp|&ampx
a-b a--b a—b a–b a―b|…|. . .|,,,|?!?!|:-) ;) <3 :D|¯\\_(ツ)_/¯|http://example.org/a?b=c&d=e#f|a@b.example
C:\\Users\\me\\photo.jpg|/home/me/.cache|foo_bar-baz.qux|snake_case CamelCase|$1,234.56 €99 £5 ¥700|100% 5°C
👨‍👩‍👧‍👦|👍🏽 👩🏾‍🚀|🇯🇵🇩🇪🇺🇳|1️⃣ #️⃣ *️⃣|❤️ ❤ ♥|🏴󠁧󠁢󠁥󠁮󠁧󠁿|☃ ☂ ♞ ✈|😀😀😀|a😀b|©®™|🥑🪑
é é|Å Å Å|q̣̇ q̣̇|ḍ̇ ḍ̇|각 각|Việt Nam|é|a⃝|̈|x̧̧̧|Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘
猫の写真|一张猫的照片|고양이 사진|สวัสดีครับ|नमस्ते दुनिया|مرحبا بالعالم|שלום עולם|Привет, мир!|Γειά σου Κόσμε
გამარჯობა|Բարեւ|ສະບາຍດີ|မင်္ဂလာပါ|ជំរាបសួរ|ሰላም|வணக்கம்|ಹಲೋ|ഹലോ|ওহে|ਸਤ ਸ੍ਰੀ ਅਕਾਲ|ᏣᎳᎩ|ᐃᓄᒃᑎᑐᑦ|བོད་ཡིག
𝕳𝖊𝖑𝖑𝖔 𝓌ℴ𝓇𝓁𝒹|𐍈𐌰𐌽|𐐀𐐨|𒀀𒀁|𓀀𓂀|𠀀𪚥|Ⓐⓐ ⒜|ℌℍ ℡ ㎏|ʰ ⁿ ₂|ª º|a​b|a­b|a⁠b|‮abc‬|﻿bom|a‌b‍c
schÃ¶n|âœ” No problems|LâEtat|l’humanitÃ©|Ã perturber la rÃ©flexion|‚Äúhi‚Äù|rÃƒÂ©sumÃƒÂ©|ÐœÐ¾ÑÐºÐ²Ð°
""".strip("\n").replace("\n", "|")


def hand_written():
    return HAND_WRITTEN.split("|") + [
        "", " ", "  ", "\n", "\t\n\r\v\f", " leading", "trailing ", "a  b\tc\nd\re", "a\r\nb\n\rc",
        "line one\nline two\n\n\nline four", "a|b", "|", "||| a", "\\", "'", '"', "`", "''", "'s",
        "\x1b[31mred\x1b[0m text", "\x1b]0;title\x07x", "a\x00b".replace("\x00", "\x01"), "\x7f",
        "\ufffd", "\ufffe\uffff", "\U0010ffff", "\ud7ff\ue000", "\ufdd0",
        "a" * 76, "a" * 500, "ab" * 400, "é" * 120, "日" * 100, "!" * 300, "1" * 90, "😀" * 40,
        "a " * 74, "a " * 75, "a " * 76, "a " * 77, "a " * 300, "word " * 60 + "<|endoftext|>",
        "the quick brown fox jumps over the lazy dog " * 20, "a photo of a cat, " * 12,
        "xn--bcher-kva.example", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "zzzzqqqqxxxxjjjj",
        "supercalifragilisticexpialidocious antidisestablishmentarianism",
        "".join(chr(c) for c in range(0x21, 0x7f)), "".join(chr(c) for c in range(0xa0, 0x180)),
        " ".join(chr(c) for c in range(0xa1, 0x180)),
    ]


def captions(rng, n):
    for _ in range(n):
        words = [" ".join(rng.sample(LOOKS, rng.randint(0, 2)) + [rng.choice(THINGS)])
                 for _ in range(2)]
        text = rng.choice(FORMS).format(*words)
        if rng.random() < 0.5:
            text += " " + rng.choice(PLACES)
        yield rng.choice([str, str, str, str.upper, str.title])(text)


def assigned():
    """Code points that Unicode 14 (Python 3.11) knows, by the first word of their name, so that
    later versions of Unicode in other libraries give the same answers."""
    scripts = collections.defaultdict(list)
    for code in range(0x80, 0x30000):
        if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co"):
            name = unicodedata.name(chr(code), "CONTROL").split()[0].split("-")[0]
            scripts[name].append(chr(code))
    return {name: chars for name, chars in scripts.items() if len(chars) >= 6}


def scripted(rng, scripts):
    for name in sorted(scripts):
        for _ in range(4):
            yield " ".join("".join(rng.choices(scripts[name], k=rng.randint(1, 7)))
                           for _ in range(rng.randint(1, 3)))


def single_characters(rng):
    ranges = [(0x01, 0x24f), (0x2b0, 0x36f), (0x2000, 0x206f), (0x2070, 0x20bf), (0x2100, 0x218b),
              (0x2460, 0x24ff), (0x3000, 0x303f), (0x3200, 0x32ff), (0xfb00, 0xfb4f),
              (0xfe00, 0xfe0f), (0xfe30, 0xfe6f), (0xff00, 0xffef), (0x1d400, 0x1d420),
              (0x1f100, 0x1f120)]
    for first, last in ranges:
        for code in range(first, last + 1):
            c = chr(code)
            if unicodedata.category(c) != "Cn":
                yield rng.choice(["{}", "a{}b", "A {} b", "1{}2", "{}{}x", "x'{}s"]).replace("{}", c)


def entities(rng):
    names = sorted(html.entities.html5)
    for name in rng.sample(names, 250):
        yield rng.choice(["&{}", "a &{} b", "x&{}y", "&amp;{}", "<i>&{}</i>", "&{}&{}"]).replace("{}", name)
    for _ in range(60):
        number = rng.choice([rng.randint(1, 255), rng.randint(256, 0xffff), rng.randint(0x1f300, 0x1f6ff)])
        if unicodedata.category(chr(number)) not in ("Cn", "Cs"):
            yield rng.choice(["&#{};", "a&#{};b", "&#{}"]).format(number)
            yield rng.choice(["&#x{:x};", "a&#X{:X};b", "&#x{:x} z"]).format(number)


def marked(rng):
    marks = [chr(c) for c in range(0x300, 0x34f)] + ["\u05b0", "\u064b", "\u093c", "\u3099", "\u20d0"]
    for _ in range(150):
        yield "".join(rng.choice("aeiouAOUcnsZż한か") + "".join(rng.choices(marks, k=rng.randint(0, 3)))
                      for _ in range(rng.randint(1, 6)))
    for text in list(captions(rng, 20)) + ["Ünïcödé façade Ångström", "ﷺ ﷲ", "각한글 조합형"]:
        yield unicodedata.normalize("NFD", text.replace("o", "ö").replace("e", "é"))
        yield unicodedata.normalize("NFKD", text)


def mojibake(rng):
    texts = ["schön", "naïve café", "Москва", "日本語", "“quoted”", "it’s", "…and so on", "5 €", "São Paulo",
             "crème brûlée", "Łódź", "✔ done", "😀 smile", "Ελλάδα", "à côté", "©2021", "a\u00a0b"]
    for text in texts:
        for wrong in ("latin-1", "cp1252", "cp1251", "macroman", "cp437", "iso-8859-2"):
            garbled = text.encode("utf-8").decode(wrong, "replace")
            yield garbled
            if rng.random() < 0.3:
                yield garbled.encode("utf-8").decode("latin-1")


def soup(rng, scripts, n):
    names = sorted(scripts)
    spaces = [chr(c) for c in (9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xa0, 0x1680, 0x2000,
                               0x2009, 0x200b, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff)]
    emoji = [chr(c) for c in range(0x1f300, 0x1f650)] + ["\u200d", "\ufe0f", "\U0001f3fd"]
    parts = [
        lambda: rng.choice(THINGS), lambda: rng.choice(LOOKS).upper(), lambda: rng.choice(spaces),
        lambda: str(rng.randint(0, 99999)), lambda: rng.choice(["'s", "'T", "'re", "’ve", "'LL", "'d", "'m"]),
        lambda: "".join(rng.choices("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", k=rng.randint(1, 4))),
        lambda: rng.choice(emoji), lambda: "".join(rng.choices(scripts[rng.choice(names)], k=3)),
        lambda: " ", lambda: rng.choice(["<|endoftext|>", "&amp;", "&lt;", "&#233;", "...", "--"]),
        lambda: chr(rng.choice([*range(1, 32), *range(0x7f, 0xa0)])),
    ]
    weights = [6, 3, 3, 2, 3, 3, 2, 3, 8, 1, 1]
    for _ in range(n):
        yield "".join(part() for part in rng.choices(parts, weights, k=rng.randint(2, 14)))


def all_texts(size):
    """(kind, text) pairs, each text once; @size scales the large random kinds."""
    rng = random.Random(20210105)
    scripts = assigned()
    kinds = [
        ("hand", hand_written()), ("caption", captions(rng, int(600 * size))),
        ("script", scripted(rng, scripts)), ("character", single_characters(rng)),
        ("entity", entities(rng)), ("mark", marked(rng)), ("mojibake", mojibake(rng)),
        ("soup", soup(rng, scripts, int(1200 * size))),
    ]
    seen = set()
    for kind, texts in kinds:
        for text in texts:
            if text not in seen and "\0" not in text:
                seen.add(text)
                yield kind, text


def learn_merges(n):
    """Byte-pair merges of our own captions: no published vocabulary is needed for the tiny one."""
    words = collections.Counter(
        tuple(word[:-1]) + (word[-1] + "</w>",)
        for text in captions(random.Random(1), 4000) for word in text.lower().split()
        if word.isascii() and word.isalpha())
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


def merge_pair(word, pair):
    i = 0
    while i < len(word):
        if word[i:i + 2] == pair:
            yield word[i] + word[i + 1]
            i += 2
        else:
            yield word[i]
            i += 1


def write_tiny(folder, openai):
    """The same small vocabulary in every published form."""
    os.makedirs(folder, exist_ok=True)
    lines = ["#version: 0.2"] + [" ".join(pair) for pair in learn_merges(TINY_MERGES)]
    text = "\n".join(lines) + "\n"
    with open(os.path.join(folder, "merges.txt"), "w") as file:
        file.write(text)
    # openai's reader takes everything after the first line: no line feed at the end
    write_gzip(os.path.join(folder, "bpe_tiny.txt.gz"), text.rstrip("\n"))
    tokenizer = openai.SimpleTokenizer(os.path.join(folder, "bpe_tiny.txt.gz"))
    with open(os.path.join(folder, "vocab.json"), "w") as file:
        json.dump(tokenizer.encoder, file, ensure_ascii=False, separators=(",", ":"))
    fast = CLIPTokenizerFast(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"))
    fast.backend_tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)


def write_gzip(path, text):
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(text.encode("utf-8"))


def frame(ids, start, end, length=77):
    """What clip.tokenize (truncate=True) makes of the ids."""
    row = [start] + ids + [end]
    if len(row) > length:
        row = row[:length]
        row[-1] = end
    return row + [0] * (length - len(row))


def write_golden(path, openai, vocabulary, bpe, texts):
    reference = openai.SimpleTokenizer(os.path.join(vocabulary, bpe))
    hf = [os.path.join(vocabulary, "vocab.json"), os.path.join(vocabulary, "merges.txt")]
    slow, fast = CLIPTokenizer(*hf), CLIPTokenizerFast(*hf)
    start, end = reference.encoder["<|startoftext|>"], reference.encoder["<|endoftext|>"]
    lines, differ = [], collections.Counter()
    for kind, text in texts:
        ids = reference.encode(text)
        row = {"kind": kind, "text": text, "ids": ids}
        cleaned = openai.whitespace_clean(openai.basic_clean(text)).lower()
        if cleaned != text:
            row["clean"] = cleaned
        for name, tokenizer in (("slow", slow), ("fast", fast)):
            other = tokenizer(text, add_special_tokens=False)["input_ids"]
            if other != ids:
                row[name] = other
                differ[name] += 1
        if len(ids) > 60 and kind == "hand":
            row["framed"] = frame(ids, start, end)
        lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    write_gzip(path, "\n".join(lines) + "\n")
    print(os.path.relpath(path), len(lines), "texts,", os.path.getsize(path), "bytes;",
          ", ".join(f"{n} differ in HF's {name}" for name, n in differ.items()))


def main():
    checkout, vocabulary = sys.argv[1:]
    spec = importlib.util.spec_from_file_location(
        "simple_tokenizer", os.path.join(checkout, "clip", "simple_tokenizer.py"))
    openai = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(openai)

    tiny = os.path.join(HERE, "tiny")
    write_tiny(tiny, openai)
    write_golden(os.path.join(HERE, "clip.jsonl.gz"), openai, vocabulary,
                 "bpe_simple_vocab_16e6.txt.gz", all_texts(1))
    write_golden(os.path.join(HERE, "tiny.jsonl.gz"), openai, tiny, "bpe_tiny.txt.gz",
                 (pair for i, pair in enumerate(all_texts(0.2)) if pair[0] == "hand" or i % 5 == 0))


if __name__ == "__main__":
    main()
