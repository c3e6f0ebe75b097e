#!/usr/bin/python3
# train-vqgan.py - trains Orchard-VQGAN, the codebook of Orchard-DALL·E, on drawings of persea-orchard
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Only for making the weights; nothing of Persea needs it to be built, tested or run.
#
#   data/orchard/train-vqgan.py --program build/data/orchard/persea-orchard --minutes 60 OUT
#   data/orchard/train-vqgan.py --program … --minutes 60 --decoder-only OUT      # goes on from OUT
#
# Pictures are 256 × 256 pixels; training sees pieces of 128 × 128 of them, more of those with a
# thing's border in them, which is where the difficulties are.  The loss is the absolute and the
# squared difference, that of neighbouring pixels' differences (edges), and that of the first
# layers of Orchard-CLIP's image tower; what belongs to a thing counts four times, to a small one up to
# thirteen times.  The codebook
# follows the encoder by moving averages; entries that nobody uses are moved to where they are
# needed.  The first steps do without it.
import argparse
import json
import os
import random
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clip_files import MEAN, STD, load_safetensors, save_safetensors  # noqa: E402
from clip_model import CLIP  # noqa: E402
from half import HALF, in_half  # noqa: E402
from muon import Muon, Together  # noqa: E402
from orchard_stream import batches  # noqa: E402
from vqgan_model import VQGAN, level_widths  # noqa: E402

SIZE, PIECE, FACTOR = 256, 128, 16
CONFIG = {
    "ch": 32, "ch_mult": [1, 1, 1, 2, 4], "num_res_blocks": 1, "attn_resolutions": [16], "resolution": SIZE,
    "z_channels": 128, "embed_dim": 32, "n_embed": 2048, "norm_num_groups": 8, "double_z": False, "dropout": 0.0,
    "give_pre_end": False, "resamp_with_conv": True, "in_channels": 3, "out_ch": 3, "model_type": "vqgan",
}


class Features:
    """The first layers of Orchard-CLIP, as a measure of what the eye would miss."""

    def __init__(self, folder):
        with open(os.path.join(folder, "open_clip_config.json"), encoding="utf-8") as file:
            model = CLIP(json.load(file)["model_cfg"])
        model.load_state_dict(load_safetensors(os.path.join(folder, "open_clip_model.safetensors")))
        self.net = model.visual.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.mean = torch.tensor(MEAN).view(1, 3, 1, 1)
        self.std = torch.tensor(STD).view(1, 3, 1, 1)

    def __call__(self, x):
        net, x = self.net, (x - self.mean) / self.std
        layers = []
        for i in (1, 2, 3):
            x = F.relu(getattr(net, f"bn{i}")(getattr(net, f"conv{i}")(x)))
        layers.append(x)
        x = net.layer1(F.avg_pool2d(x, 2))
        layers.append(x)
        layers.append(net.layer2(x))
        return [layer.float() for layer in layers]


def feature_loss(a, b, weight):
    loss = 0
    for x, y in zip(a, b):
        scale = y.square().mean((1, 2, 3), keepdim=True).sqrt() + 1e-3
        w = F.avg_pool2d(weight, weight.shape[2] // x.shape[2])
        loss = loss + (((x - y) / scale).abs() * w).mean()
    return loss / 3


def pixel_loss(x, y, weight):
    d = x - y
    edges = ((d[..., 1:] - d[..., :-1]).abs() * weight[..., 1:]).mean() + ((d[..., 1:, :] - d[..., :-1, :]).abs() * weight[..., 1:, :]).mean()
    return (d.abs() * weight).mean() + 2 * (d.square() * weight).mean() + edges


def cut(pixels, mask):
    """A piece of 128 × 128, at a place where codes begin, and its weights"""
    best, best_score = None, -1
    for _ in range(3):
        y, x = (FACTOR * random.randint(0, (SIZE - PIECE) // FACTOR) for _ in range(2))
        m = mask[y:y + PIECE, x:x + PIECE]
        share = (m > 0).mean()
        score = random.random() * (0.15 + min(2 * share, 0.7) + 2 * share * (1 - share))
        if score > best_score:
            best, best_score = (slice(y, y + PIECE), slice(x, x + PIECE)), score
    return pixels[best], mask[best]


def pieces(options, size):
    """Batches of pieces: half of them from new drawings, half from those seen before."""
    memory = []
    half = options.batch // 2
    streams = [batches(options.program, "train", options.first, 10 ** 8, half, SIZE, "--wishes", *more) for more in ([], ["--aligned"])]
    while True:
        batch = next(streams[random.random() < options.aligned])
        drawings = list(zip(batch.pixels, batch.masks))
        drawings += [random.choice(memory) for _ in range(half)] if memory else drawings
        memory += drawings[:half]
        if len(memory) > options.memory:
            memory.pop(random.randrange(len(memory)))
        cuts = [cut(*drawing) for drawing in drawings] if size == PIECE else drawings
        x = torch.from_numpy(np.stack([c[0] for c in cuts])).permute(0, 3, 1, 2).float() / 255
        m = torch.from_numpy(np.stack([c[1] for c in cuts])).float()[:, None] / 255
        things = F.max_pool2d(m, 5, 1, 2)
        weight = 1 + (1.5 / (things.mean((1, 2, 3), keepdim=True) + 0.02)).clamp(3, 12) * things
        if random.random() < 0.5:
            x, weight = x.flip(3), weight.flip(3)
        yield x.contiguous(memory_format=torch.channels_last), weight / weight.mean()


class Sketches(nn.Module):
    """Thrown away afterwards: each level of the decoder shows the picture, as small as it is there.  Without
    it, the coarse levels take long to learn anything."""

    def __init__(self, config):
        super().__init__()
        widths = level_widths(config)[::-1]
        self.heads = nn.ModuleList(nn.Conv2d(width, 3, 1) for width in [widths[0]] + widths[:-1])
        for head in self.heads:
            nn.init.constant_(head.bias, 0.5)

    def forward(self, made, wanted):
        loss = 0
        for head, level in zip(self.heads, made):
            d = head(level).float() - F.interpolate(wanted, size=level.shape[2:], mode="area")
            loss = loss + d.abs().mean() + d.square().mean()
        return loss


class Codebook:
    """Moving averages of what each entry stands for (van den Oord et al., 2017, appendix A)"""

    def __init__(self, table, keep=0.98):
        self.table, self.keep = table, keep
        self.counts = torch.ones(len(table))
        self.sums = table.detach().clone()
        self.recent = []

    @torch.no_grad()
    def begin(self, rows):
        chosen = rows[torch.randperm(len(rows))[:len(self.table)]]
        chosen = chosen.repeat(-(-len(self.table) // len(chosen)), 1)[:len(self.table)]
        self.table.copy_(chosen + 0.01 * rows.std() * torch.randn_like(chosen))
        self.sums.copy_(self.table)
        self.counts.fill_(1)

    @torch.no_grad()
    def update(self, rows, codes):
        counts = torch.bincount(codes, minlength=len(self.table)).float()
        sums = torch.zeros_like(self.sums).index_add_(0, codes, rows)
        self.counts.mul_(self.keep).add_(counts, alpha=1 - self.keep)
        self.sums.mul_(self.keep).add_(sums, alpha=1 - self.keep)
        self.table.copy_(self.sums / self.counts.clamp(min=1e-5)[:, None])
        self.recent = (self.recent + [rows])[-16:]

    @torch.no_grad()
    def revive(self):
        """Entries that got next to nothing take the place of something that was seen lately."""
        dead = torch.nonzero(self.counts < 0.004).flatten()
        rows = torch.cat(self.recent)
        if len(dead):
            chosen = rows[torch.randint(len(rows), (len(dead),))]
            self.table[dead] = chosen
            self.counts[dead] = 0.05
            self.sums[dead] = chosen * 0.05
        return len(dead)


def save(model, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(CONFIG, file, indent=2)
        file.write("\n")
    path = os.path.join(folder, "model.safetensors")
    save_safetensors(model.state_dict(), path + ".new")
    os.replace(path + ".new", path)


def load(folder):
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        model = VQGAN(json.load(file))
    model.load_state_dict(load_safetensors(os.path.join(folder, "model.safetensors")))
    return model


def is_matrix(p):
    return p.ndim == 4 and min(p.shape[:2]) > 3


def train(options):
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    model = load(options.folder) if options.decoder_only or options.resume else VQGAN(CONFIG)
    model = model.to(memory_format=torch.channels_last)
    features = Features(options.clip) if options.clip else None
    table = model.quantize.embedding.weight.requires_grad_(False)
    codebook = Codebook(table)
    if options.decoder_only:
        for part in (model.encoder, model.quant_conv):
            part.requires_grad_(False)
    sketches = Sketches(CONFIG)
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = Together(Muon([p for p in learned if is_matrix(p)], options.rate, weight_decay=0.01),
                         torch.optim.AdamW([p for p in learned if not is_matrix(p)] + list(sketches.parameters()), lr=options.rate, betas=(0.9, 0.95), weight_decay=0))
    compiled = (lambda f: torch.compile(f)) if options.compile and hasattr(torch, "compile") else (lambda f: f)
    encoder, decoder, seen = compiled(model.encoder), compiled(model.decoder.levels), compiled(features) if features else None
    free = 0 if options.decoder_only or options.resume else options.free
    begin, step, smooth, told, kept, dead = None, 0, None, time.time(), time.time(), 0
    for x, weight in pieces(options, options.size):
        progress = min((time.time() - begin) / (60 * options.minutes), 1) if begin else 0
        optimizer.set_rate(min((step + 1) / options.warm_up, 1, 2.5 * (1 - progress) + 0.02))
        with in_half():
            with torch.set_grad_enabled(not options.decoder_only):
                z = model.quant_conv(encoder(x)).float()
            rows = z.permute(0, 2, 3, 1).reshape(-1, z.shape[1])
            if step == free and free > 0:
                codebook.begin(rows.detach() if len(codebook.recent) == 0 else torch.cat(codebook.recent))
            commit, used = torch.zeros(()), 0
            q = z
            if step >= free:
                codes = model.nearest(z.detach())
                used = len(codes.unique())
                quantized = model.rows(codes)
                commit = (z - quantized).square().mean()
                q = quantized if options.decoder_only else z + (quantized - z).detach()
                if not options.decoder_only:
                    codebook.update(rows.detach(), codes.flatten())
            elif step >= free - 64:
                codebook.recent = (codebook.recent + [rows.detach()])[-64:]
            made = decoder(model.post_quant_conv(q.to(HALF)))
            y = made[-1].float()
            pixel = pixel_loss(y, x, weight)
            loss = pixel + 0.25 * commit
            if not options.decoder_only and not options.resume:
                loss = loss + max(1 - 2 * progress, 0.1) * sketches(made, x)
            look = torch.zeros(())
            if features and (step >= 800 or options.resume or options.decoder_only):
                with torch.no_grad():
                    wanted = seen(x)
                look = feature_loss(seen(y), wanted, weight)
                loss = loss + options.look * look
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step > free and step % 50 == 0 and progress < 0.8 and not options.decoder_only:
            dead = codebook.revive()
        now = torch.tensor([pixel.item(), commit.item(), look.item(), (y - x).detach().abs().mean().item()])
        smooth = now if smooth is None else smooth + 0.02 * (now - smooth)
        step += 1
        begin = begin or time.time()
        if time.time() - told > 20:
            told = time.time()
            print(f"{(told - begin) / 60:5.1f} min  step {step}  pixel {smooth[0]:.4f}  commit {smooth[1]:.4f}  look {smooth[2]:.4f}"
                  f"  difference {255 * smooth[3]:.2f}  codes {used}  moved {dead}", flush=True)
        if time.time() - kept > 120 or progress >= 1:
            kept = time.time()
            save(model, options.folder)
        if progress >= 1:
            break


def main():
    parser = argparse.ArgumentParser(description="Trains Orchard-VQGAN.")
    parser.add_argument("folder", metavar="FOLDER", help="where the model is, or will be")
    parser.add_argument("--program", default="build/data/orchard/persea-orchard", help="the drawing program")
    parser.add_argument("--clip", help="the folder of Orchard-CLIP, for the loss")
    parser.add_argument("--look", type=float, default=0.1, help="how much that part of the loss counts")
    parser.add_argument("--minutes", type=float, default=60, help="how long to train")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--size", type=int, default=PIECE, help="of what is seen at once: 128, or 256 for whole pictures")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--warm-up", type=int, default=200, help="steps until that rate")
    parser.add_argument("--aligned", type=float, default=0.6, help="the share of aligned drawings")
    parser.add_argument("--free", type=int, default=600, help="steps without a codebook")
    parser.add_argument("--memory", type=int, default=1500, help="drawings that are kept to be seen again")
    parser.add_argument("--first", type=int, default=0, help="first drawing of the training split")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="torch.compile, where PyTorch has it: faster, after two minutes")
    parser.add_argument("--resume", action="store_true", help="go on from the model in FOLDER")
    parser.add_argument("--decoder-only", action="store_true", help="go on from the model in FOLDER, without changing its codes")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
