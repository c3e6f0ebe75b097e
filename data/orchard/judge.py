#!/usr/bin/python3
# judge.py - an independent judge of Orchard pictures: which thing, look and ground is this?
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# A small convolutional network, trained on persea-orchard's drawings alone, of all pairs of thing
# and look: it never sees what Orchard-DALL·E made, and shares nothing with Orchard-CLIP.  Pictures of 256 × 256
# with one thing each; it looks at them at 128 × 128.
#
#   data/orchard/judge.py --program … --minutes 10 train JUDGE.pt    # goes on from JUDGE.pt, if it is there
#   data/orchard/judge.py --program … --vqgan FOLDER reconstructions JUDGE.pt
#   data/orchard/judge.py --program … --persea persea --prompts 100 drawings JUDGE.pt
import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bending import bend  # noqa: E402
from clip_files import load_safetensors  # noqa: E402
from half import in_half  # noqa: E402
from muon import Muon, Together  # noqa: E402
from orchard_stream import GROUND, batches, listing  # noqa: E402
from vqgan_model import VQGAN  # noqa: E402

SIZE = 256
RATE = 4e-3


class Judge(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.parts = list(parts)
        layers, channels = [], 3
        for width, stride in ((24, 2), (48, 2), (48, 1), (96, 2), (96, 1), (160, 2), (160, 1)):
            layers += [nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(2 * channels, 256), nn.ReLU(), nn.Linear(256, sum(parts)))

    def forward(self, x):
        """[n, 3, 256, 256] in 0 … 1 -> logits of things, looks, grounds"""
        return self.name(F.avg_pool2d(x, 2))

    def name(self, x):
        """The same for pictures already halved: [n, 3, 128, 128]"""
        x = self.body((x - 0.5) * 4)
        return self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)).split(self.parts, 1)


def world_parts(program):
    world = listing(program)
    return [len(world[name]) for name in ("things", "looks", "grounds")]


def to_pixels(batch):
    return torch.from_numpy(batch.pixels.copy()).permute(0, 3, 1, 2).float() / 255


def truth(scenes):
    return torch.from_numpy(scenes[:, [1, 2, GROUND]].astype(np.int64))


def disturb(x):
    """A little of what a picture may suffer, so that the judge does not hang on single pixels."""
    n = len(x)
    if random.random() < 0.7:
        x = bend(x)
    x = x * (1 + 0.05 * torch.randn(n, 1, 1, 1)) + 0.03 * torch.randn(n, 3, 1, 1)
    if random.random() < 0.3:
        x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    if random.random() < 0.3:
        x = x + 0.04 * torch.randn_like(x)
    return x.contiguous(memory_format=torch.channels_last)


def lessons(options):
    """Pictures with one thing at half their size, as bytes, and what they show: each fresh, and then three more
    times.  Held-out pairs come no more often than others do."""
    kinds = [(split, aligned) for split in ("train", "heldout") for aligned in ([], ["--aligned"])]
    streams = [batches(options.program, split, options.first, 10 ** 8, 32, SIZE, *aligned) for split, aligned in kinds]
    memory = []
    while True:
        batch = next(random.choices(streams, (11, 11, 1, 1))[0])
        one = torch.from_numpy(batch.scenes[:, 0] == 1)
        halves = (F.avg_pool2d(to_pixels(batch)[one], 2) * 255).round().byte()
        memory = (memory + [(halves, truth(batch.scenes[one.numpy()]))])[-options.memory:]
        yield memory[-1]
        for _ in range(3):
            yield random.choice(memory)


def optimizers(judge):
    matrices = [p for p in judge.parameters() if p.ndim >= 2]
    others = [p for p in judge.parameters() if p.ndim < 2]
    return Together(Muon(matrices, lr=RATE, weight_decay=0.02), torch.optim.AdamW(others, lr=RATE, weight_decay=0))


def train(options):
    torch.manual_seed(2)
    torch.set_num_threads(options.threads)
    judge = Judge(world_parts(options.program)).to(memory_format=torch.channels_last)
    optimizer = optimizers(judge)
    if os.path.exists(options.judge):
        judge.load_state_dict(torch.load(options.judge)["state"])
    begin, smooth = time.time(), None
    for step, (pixels, wanted) in enumerate(lessons(options)):
        progress = min((time.time() - begin) / (60 * options.minutes), 1)
        optimizer.set_rate(min((step + 1) / 100, 1) * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2))
        with in_half():
            parts = judge.name(disturb(pixels.float() / 255))
        loss = sum(F.cross_entropy(part.float(), wanted[:, i]) for i, part in enumerate(parts))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        smooth = loss.item() if smooth is None else smooth + 0.05 * (loss.item() - smooth)
        if step % 100 == 0:
            print(f"{(time.time() - begin) / 60:.1f} min  step {step}  loss {smooth:.4f}", flush=True)
        if step % 500 == 499 or progress >= 1:
            torch.save({"parts": judge.parts, "state": judge.state_dict()}, options.judge)
        if progress >= 1:
            break
    for options.aligned in (False, True):
        measure(judge.eval(), options, lambda x: x, "aligned drawings" if options.aligned else "drawings")


def load_judge(path):
    saved = torch.load(path)
    judge = Judge(saved["parts"])
    judge.load_state_dict(saved["state"])
    return judge.eval()


def right(judge, x, wanted):
    """[n] bool each: thing, look, ground as wanted"""
    with torch.no_grad():
        return torch.stack([part.argmax(1) == wanted[:, i] for i, part in enumerate(judge(x))], 1)


def measure(judge, options, through, what):
    for split in ("test", "heldout"):
        marks = []
        for batch in batches(options.program, split, 500000, options.count, 16, SIZE, *(["--aligned"] if options.aligned else [])):
            one = batch.scenes[:, 0] == 1
            if one.any():
                marks.append(right(judge, through(to_pixels(batch)[torch.from_numpy(one)]), truth(batch.scenes[one])))
        marks = torch.cat(marks)
        shares = [f"{100 * share:.1f}%" for share in marks.float().mean(0)]
        print(f"{what}, {split}: {len(marks)} pictures; thing {shares[0]}, look {shares[1]}, ground {shares[2]}; "
              f"all right {100 * marks.all(1).float().mean():.1f}%", flush=True)


def reconstructions(options):
    torch.set_num_threads(options.threads)
    with open(os.path.join(options.vqgan, "config.json"), encoding="utf-8") as file:
        model = VQGAN(json.load(file))
    model.load_state_dict(load_safetensors(os.path.join(options.vqgan, "model.safetensors")))
    model.eval()

    def through(x):
        with torch.no_grad():
            return model.decode(model.rows(model.nearest(model.latent(x)))).clamp(0, 1)

    measure(load_judge(options.judge), options, through, "reconstructions")


def read_picture(path):
    """A picture file as [1, 3, 256, 256]"""
    pixels = np.array(Image.open(path).convert("RGB"))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def wishes(options, split):
    """One caption each of so many scenes with one thing, and what they show"""
    found = []
    for batch in batches(options.program, split, 700000, 10 ** 6, 32, 16, "--wishes"):
        for scene, captions, claims in zip(batch.scenes, batch.captions, batch.claims):
            if scene[0] == 1 and claims[0][2] >= 0 and captions[0] not in (caption for caption, _ in found):
                found.append((captions[0], scene))
                if len(found) == options.prompts:
                    return found


def drawings(options):
    """Persea draws each prompt, keeps the best of its candidates by Orchard-CLIP; the judge looks at that one."""
    judge = load_judge(options.judge)
    for split in ("test", "heldout"):
        marks = []
        for number, (caption, scene) in enumerate(wishes(options, split)):
            with tempfile.TemporaryDirectory() as folder:
                out = os.path.join(options.keep or folder, f"{split}-{number:03d}.png")
                subprocess.run([*options.persea.split(), "generate", caption, "--candidates", str(options.candidates), "--seed", str(number),
                                "--quiet", *options.settings.split(), "--model", options.model, "--clip", options.clip, "-o", out], check=True, stdout=subprocess.DEVNULL)
                marks.append(right(judge, read_picture(out), truth(scene[None])))
            print(f"{split} {number}: {caption}: {marks[-1][0].tolist()}", flush=True)
        marks = torch.cat(marks)
        shares = [f"{100 * share:.1f}%" for share in marks.float().mean(0)]
        print(f"drawings, {split}: {len(marks)} prompts; thing {shares[0]}, look {shares[1]}, ground {shares[2]}; "
              f"all right {100 * marks.all(1).float().mean():.1f}%", flush=True)


def main():
    parser = argparse.ArgumentParser(description="An independent judge of Orchard pictures.")
    parser.add_argument("task", choices=("train", "reconstructions", "drawings"))
    parser.add_argument("judge", metavar="JUDGE", help="the judge's file")
    parser.add_argument("--program", default="build/data/orchard/persea-orchard", help="the drawing program")
    parser.add_argument("--minutes", type=float, default=10, help="how long to train")
    parser.add_argument("--first", type=int, default=4000000, help="first drawing of the training split")
    parser.add_argument("--memory", type=int, default=600, help="batches of 32 drawings that are kept to be seen again")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--count", type=int, default=1000, help="drawings to measure with")
    parser.add_argument("--aligned", action="store_true", help="measure with aligned drawings")
    parser.add_argument("--vqgan", help="the folder of the codebook")
    parser.add_argument("--persea", default="persea", help="the program, perhaps with options")
    parser.add_argument("--settings", default="", help="more options of persea generate")
    parser.add_argument("--model", default="orchard-dalle", help="the drawing model")
    parser.add_argument("--clip", default="orchard-clip", help="the model that chooses")
    parser.add_argument("--prompts", type=int, default=100, help="of each split")
    parser.add_argument("--candidates", type=int, default=16, help="drawn for a prompt")
    parser.add_argument("--keep", help="a folder for the drawings")
    options = parser.parse_args()
    {"train": train, "reconstructions": reconstructions, "drawings": drawings}[options.task](options)


if __name__ == "__main__":
    main()
