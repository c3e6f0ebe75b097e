# clip_parts.py - what the scripts that train Orchard-CLIP share
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
import json
import os
import random

import torch
import torch.nn.functional as F

from clip_files import MEAN, STD, Tokenizer, load_safetensors, save_safetensors
from clip_model import CLIP

SIZE, CONTEXT = 128, 40


def disturb(x):
    """Other programs' resampling, brightness and noise, a little of each."""
    n = len(x)
    x = x * (1 + 0.06 * torch.randn(n, 1, 1, 1)) + 0.06 * torch.randn(n, 1, 1, 1)
    some = torch.rand(n) < 0.25
    amount = torch.rand(int(some.sum()), 1, 1, 1) * 1.1 - 0.3
    soft = F.avg_pool2d(F.pad(x[some], (1, 1, 1, 1), mode="replicate"), 3, 1)
    x[some] = x[some] + amount * (soft - x[some])
    if random.random() < 0.25:
        x = x + 0.02 * torch.randn_like(x)
    return x.contiguous(memory_format=torch.channels_last)


def encode_texts(model, tokenizer, texts):
    """In groups of like length, because padding is most of the work otherwise."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i].split()))
    groups = [order[i:i + 64] for i in range(0, len(order), 64)]
    parts = [model.encode_text(tokenizer.batch([texts[i] for i in group], CONTEXT)) for group in groups]
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(parts)[back]


def save(model, tokenizer, config, folder):
    os.makedirs(folder, exist_ok=True)
    tokenizer.save(folder)
    with open(os.path.join(folder, "open_clip_config.json"), "w", encoding="utf-8") as file:
        json.dump({"model_cfg": config, "preprocess_cfg": {"mean": MEAN, "std": STD}}, file, indent=2)
        file.write("\n")
    path = os.path.join(folder, "open_clip_model.safetensors")
    save_safetensors(model.state_dict(), path + ".new")
    os.replace(path + ".new", path)


def load(folder):
    with open(os.path.join(folder, "open_clip_config.json"), encoding="utf-8") as file:
        config = json.load(file)["model_cfg"]
    model = CLIP(config)
    model.load_state_dict(load_safetensors(os.path.join(folder, "open_clip_model.safetensors")))
    return model.eval(), Tokenizer.load(folder), config
