#!/usr/bin/python3
# train-dalle.py - trains Orchard-DALL·E on codes of persea-orchard's drawings
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Only for making the weights; nothing of Persea needs it to be built, tested or run.  First the
# drawings become codes (several processes may do this at once, each with another --first), then
# the network learns to write such codes for a caption:
#
#   data/orchard/train-dalle.py --program … --vqgan VQGAN --encode 40000 --first 0 CODES/a.npz
#   data/orchard/train-dalle.py --program … --minutes 60 --codes CODES OUT
#
# Captions are those of persea-orchard --wishes: what they leave unsaid has a usual value.  One in
# ten is left out, so that drawing can be guided (Ho and Salimans, 2021).  Codes of things count
# more than those of the ground.
import argparse
import collections
import glob
import json
import os
import random
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clip_files import load_safetensors, save_safetensors  # noqa: E402
from dalle_files import END, PAD, START, Tokenizer  # noqa: E402
from dalle_model import DalleBart  # noqa: E402
from half import in_half  # noqa: E402
from muon import Muon, Together  # noqa: E402
from orchard_stream import batches  # noqa: E402
from vqgan_model import VQGAN  # noqa: E402

SIZE, FACTOR, TEXT = 256, 16, 32
GRID = SIZE // FACTOR


def encode(options):
    """Drawings to codes: an archive with codes [n,256] i16, things [n,256] bool, captions [n,5]"""
    torch.set_num_threads(options.threads)
    with open(os.path.join(options.vqgan, "config.json"), encoding="utf-8") as file:
        model = VQGAN(json.load(file))
    model.load_state_dict(load_safetensors(os.path.join(options.vqgan, "model.safetensors")))
    model = model.eval().to(memory_format=torch.channels_last)
    encoder = torch.compile(model.encoder) if options.compile and hasattr(torch, "compile") else model.encoder
    codes, things, captions = [], [], []
    begin = time.time()
    for batch in batches(options.program, "train", options.first, options.encode, 8, SIZE, "--wishes", "--aligned"):
        x = torch.from_numpy(batch.pixels.copy()).permute(0, 3, 1, 2).float() / 255
        with torch.no_grad():
            if options.bf16:
                with in_half():
                    z = encoder(x.contiguous(memory_format=torch.channels_last))
            else:
                z = encoder(x.contiguous(memory_format=torch.channels_last))
            codes.append(model.nearest(model.quant_conv(z.float())).flatten(1).short().numpy())
        cells = batch.masks.reshape(-1, GRID, FACTOR, GRID, FACTOR).max((2, 4)) > 0
        things.append(cells.reshape(-1, GRID * GRID))
        captions += batch.captions
        if len(codes) % 250 == 0:
            print(f"{(time.time() - begin) / 60:.1f} min  {8 * len(codes)} drawings", flush=True)
    os.makedirs(os.path.dirname(os.path.abspath(options.folder)), exist_ok=True)
    np.savez(options.folder + ".new.npz", codes=np.concatenate(codes), things=np.concatenate(things), captions=np.array(captions))
    os.replace(options.folder + ".new.npz", options.folder)


class Samples:
    """All archives of a folder; looks for new ones now and then."""

    def __init__(self, folder):
        self.folder, self.seen = folder, set()
        self.codes = np.zeros((0, GRID * GRID), np.int16)
        self.things = np.zeros((0, GRID * GRID), bool)
        self.captions = []
        self.order = []
        self.look()

    def look(self):
        for path in sorted(set(glob.glob(os.path.join(self.folder, "*.npz"))) - self.seen):
            if path.endswith(".new.npz"):
                continue
            self.seen.add(path)
            archive = np.load(path)
            self.codes = np.concatenate([self.codes, archive["codes"]])
            self.things = np.concatenate([self.things, archive["things"]])
            self.captions += archive["captions"].tolist()
            print(f"{path}: {len(archive['codes'])} drawings, {len(self.codes)} in all", flush=True)

    def batch(self, n):
        if len(self.order) < n:
            self.look()
            self.order = random.sample(range(len(self.codes)), len(self.codes))
        rows, self.order = self.order[:n], self.order[n:]
        return (torch.from_numpy(self.codes[rows].astype(np.int64)), torch.from_numpy(self.things[rows].astype(np.float32)),
                [random.choice(self.captions[row]) for row in rows])


def model_config(entries, vocabulary):
    return {
        "model_type": "dallebart", "guidance_scale": 2.0, "temperature": 0.4, "top_k": 64, "d_model": 192, "encoder_layers": 3, "decoder_layers": 6,
        "encoder_attention_heads": 3, "decoder_attention_heads": 3, "encoder_ffn_dim": 512, "decoder_ffn_dim": 512,
        "activation_function": "gelu", "encoder_vocab_size": vocabulary, "image_vocab_size": entries,
        "image_length": GRID * GRID, "max_text_length": 64, "normalize_text": False, "scale_embedding": False,
        "use_bias": False, "use_glu": True, "ln_type": "layernorm", "ln_positions": "normformer",
        "use_final_ln_encoder": True, "use_final_ln_decoder": True, "force_ln_scale": False, "tie_word_embeddings": False,
        "decoder_start_token_id": entries, "bos_token_id": entries, "eos_token_id": entries, "pad_token_id": entries,
        "encoder_pad_token_id": PAD, "min_length": GRID * GRID + 1, "max_length": GRID * GRID + 1,
    }


def learn_tokenizer(samples):
    counts = collections.Counter()
    for captions in samples.captions:
        for caption in captions:
            counts.update(caption.split())
    return Tokenizer.learn(counts)


def save(model, tokenizer, config, folder):
    os.makedirs(folder, exist_ok=True)
    tokenizer.save(folder)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)
        file.write("\n")
    for part in ("encoder", "decoder"):
        path = os.path.join(folder, part + ".safetensors")
        save_safetensors(getattr(model, part).state_dict(), path + ".new")
        os.replace(path + ".new", path)


def load(folder):
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    model = DalleBart(config)
    for part in ("encoder", "decoder"):
        getattr(model, part).load_state_dict(load_safetensors(os.path.join(folder, part + ".safetensors")))
    return model, Tokenizer.load(folder), config


def text_batch(tokenizer, captions):
    ids = torch.full((len(captions), TEXT), PAD)
    for row, caption in zip(ids, captions):
        values = [START, END] if random.random() < 0.1 else tokenizer.encode(caption, TEXT)
        row[:len(values)] = torch.tensor(values)
    return ids


def train(options):
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    samples = Samples(options.codes)
    if options.resume:
        model, tokenizer, config = load(options.folder)
    else:
        tokenizer = learn_tokenizer(samples)
        with open(os.path.join(options.vqgan, "config.json"), encoding="utf-8") as file:
            config = model_config(json.load(file)["n_embed"], len(tokenizer.ids))
        model = DalleBart(config)
    print(f"{len(tokenizer.ids)} tokens, {sum(p.numel() for p in model.parameters())} parameters", flush=True)
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n and "lm_head" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n or "lm_head" in n]
    optimizer = Together(Muon(matrices, options.rate, weight_decay=0.05), torch.optim.AdamW(others, lr=options.rate, betas=(0.9, 0.98), weight_decay=0))
    if options.resume and options.state and os.path.exists(options.state):
        optimizer.load_state_dict(torch.load(options.state))

    def losses(ids, codes):
        logits = model(ids, codes)
        return F.cross_entropy(logits.float().flatten(0, 1), codes.flatten(), reduction="none").view(codes.shape)

    losses = torch.compile(losses) if options.compile and hasattr(torch, "compile") else losses
    begin, step, smooth, told, kept = None, 0, None, time.time(), time.time()
    while True:
        progress = min((time.time() - begin) / (60 * options.minutes), 1) if begin else 0
        optimizer.set_rate(min((step + 1) / options.warm_up, 1, 2.5 * (1 - progress) + 0.02))
        codes, things, captions = samples.batch(options.batch)
        with in_half():
            entropy = losses(text_batch(tokenizer, captions), codes)
        weight = 1 + options.things * things
        loss = (entropy * weight).sum() / weight.sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        now = torch.tensor([loss.item(), (entropy.detach() * things).sum().item() / (things.sum().item() + 1)])
        smooth = now if smooth is None else smooth + 0.02 * (now - smooth)
        step += 1
        begin = begin or time.time()
        if time.time() - told > 20:
            told = time.time()
            print(f"{(told - begin) / 60:5.1f} min  step {step}  {step * options.batch} samples  loss {smooth[0]:.4f}  things {smooth[1]:.4f}", flush=True)
        if time.time() - kept > 120 or progress >= 1:
            kept = time.time()
            save(model, tokenizer, config, options.folder)
            if options.state:
                torch.save(optimizer.state_dict(), options.state + ".new")
                os.replace(options.state + ".new", options.state)
        if progress >= 1:
            break


def main():
    parser = argparse.ArgumentParser(description="Trains Orchard-DALL·E.")
    parser.add_argument("folder", metavar="OUT", help="where the model is, or will be; with --encode the archive")
    parser.add_argument("--program", default="build/data/orchard/persea-orchard", help="the drawing program")
    parser.add_argument("--vqgan", help="the folder of Orchard-VQGAN")
    parser.add_argument("--encode", type=int, metavar="N", help="only make an archive of the codes of N drawings")
    parser.add_argument("--bf16", action="store_true", help="with --encode: in bf16")
    parser.add_argument("--codes", help="the folder of the archives")
    parser.add_argument("--minutes", type=float, default=60, help="how long to train")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--warm-up", type=int, default=200, help="steps until that rate")
    parser.add_argument("--things", type=float, default=1, help="how much more a thing's codes count than the ground's")
    parser.add_argument("--first", type=int, default=0, help="first drawing of the training split")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="torch.compile, where PyTorch has it: faster, after a minute")
    parser.add_argument("--resume", action="store_true", help="go on from the model in OUT")
    parser.add_argument("--state", help="a file for all that --resume needs besides the model")
    options = parser.parse_args()
    if options.encode:
        encode(options)
    else:
        train(options)


if __name__ == "__main__":
    main()
