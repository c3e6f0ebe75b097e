#!/usr/bin/python3
# bind-clip.py - teaches a trained Orchard-CLIP what belongs to which of two things
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# train-clip.py leaves an image tower that knows all of a picture (a linear reading of its last features tells
# both things, looks and sizes in 998 pictures of 1,000) and a text tower that knows the words of a caption but not what
# is said of which thing.  The contrast of pictures and captions hardly ever gets it there.  So here the
# trunk of the image tower is left as it is, its features are computed once, and three short lessons follow:
#
#   words     the text tower says what stands on the left and on the right, and all else that captions say
#   pictures  the attention pool, and a table in place of the text tower (clip_claims.py), learn CLIP's contrast
#             with ten near misses to a picture
#   captions  the text tower learns to give what the table gives
#
#   data/orchard/bind-clip.py --program build/data/orchard/persea-orchard --minutes 12 30 13 --scratch FOLDER MODEL
#
# MODEL is a folder that train-clip.py made; train-clip.py --evaluate measures it.
import argparse
import glob
import math
import os
import random
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bending import bend, soften  # noqa: E402
from clip_claims import ITEMS, LOOK, PLACE, SIZE as ITEM_SIZE, THING, ClaimEncoder, World, placed  # noqa: E402
from clip_files import normalise  # noqa: E402
from clip_parts import CONTEXT, SIZE, disturb, load, save  # noqa: E402
from muon import Muon, Together  # noqa: E402
from orchard_stream import GROUND, RELATION, batches, claims_hold, listing  # noqa: E402

PICTURES, NEAR = 192, 10  # in a batch, and near misses to each
SCENES, GROUP = 60, 100   # in a batch of captions, and captions of like length that are computed together


class Pace:
    """The learning rate over so many minutes, and what is printed."""

    def __init__(self, what, minutes, *optimizers):
        self.what, self.minutes, self.optimizer = what, minutes, Together(*optimizers)
        self.begin, self.step, self.smooth = time.time(), 0, None

    def learn(self, parameters, **numbers):
        """After backward (); returns False when the time is over."""
        progress = (time.time() - self.begin) / (60 * self.minutes)
        self.optimizer.set_rate(min((self.step + 1) / 50, 1) * (0.02 + 0.98 * (1 + math.cos(math.pi * min(progress, 1))) / 2))
        nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        now = torch.tensor([float(number) for number in numbers.values()])
        self.smooth = now if self.smooth is None else 0.95 * self.smooth + 0.05 * now
        if self.step % 50 == 0:
            told = "  ".join(f"{name} {number:.3f}" for name, number in zip(numbers, self.smooth))
            print(f"{self.what}: {(time.time() - self.begin) / 60:5.1f} min  step {self.step}  {told}", flush=True)
        return progress < 1


def split_matrices(named):
    matrices, others = [], []
    for name, parameter in named:
        (matrices if parameter.ndim == 2 and "embedding" not in name else others).append(parameter)
    return matrices, others


def text_parameters(model):
    return split_matrices((name, p) for name, p in model.named_parameters() if not name.startswith("visual.") and name != "logit_scale")


def optimizers(matrices, others, rate):
    return Muon(matrices, rate), torch.optim.AdamW(others, rate, betas=(0.9, 0.98), weight_decay=0)


def caption_batches(options, first):
    """Captions, tokens of each group of like length with their numbers, and claims [n,12]"""
    for batch in batches(options.program, "train", first, 10 ** 8, SCENES, 16, "--pairs"):
        texts = [text for row in batch.captions for text in row]
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        groups = [torch.tensor(order[i:i + GROUP]) for i in range(0, len(order), GROUP)]
        yield texts, groups, torch.from_numpy(batch.claims.reshape(len(texts), -1).astype(np.int64))


def sides(claims):
    """[n,12] -> what a caption says, and of which thing; -100 where the order of two is unsaid."""
    two = claims[:, 0] == 2
    one, ordered = claims[:, 0] == 1, two & (claims[:, RELATION] >= 0)
    first_left = placed(claims)[:, ITEMS[0] + PLACE] == 0
    targets = []
    for side in (0, 1):
        for member in (THING, LOOK, ITEM_SIZE):
            first, second = (claims[:, item + member] + 1 for item in ITEMS)
            here = torch.where(first_left == (side == 0), first, second)
            alone = torch.where(one, first, 0) if side == 0 else torch.zeros_like(first)
            targets.append(torch.where(two & ~ordered, -100, torch.where(ordered, here, alone)))
    targets.append(claims[:, GROUND] + 1)
    targets.append(torch.where(one, claims[:, ITEMS[0] + PLACE] + 1, 0))
    return targets, ordered


def learn_words(options, model, tokenizer, world):
    parts = [n + 1 for n in 2 * world.sizes[:3] + [world.n_grounds, world.sizes[PLACE]]]
    head = nn.Linear(model.ln_final.normalized_shape[0], sum(parts))
    matrices, others = text_parameters(model)
    pace = Pace("words", options.minutes[0], *optimizers(matrices, others + list(head.parameters()), options.rate))
    for texts, groups, claims in caption_batches(options, options.first):
        total, right = 0, [0, 0]
        for group in groups:
            hidden = model.text_features(tokenizer.batch([texts[i] for i in group], CONTEXT))
            targets, ordered = sides(claims[group])
            said = head(hidden).split(parts, 1)
            loss = sum(F.cross_entropy(logits, target) for logits, target in zip(said, targets) if (target >= 0).any()) / len(groups)
            loss.backward()
            total += loss.detach()
            hits = torch.stack([logits.argmax(1) == target for logits, target in zip(said[:6], targets)]).all(0)
            right = [right[0] + hits[ordered].sum(), right[1] + ordered.sum()]
        if not pace.learn(matrices + others, loss=total, two_right=right[0] / max(right[1], 1)):
            break


def pictures(options):
    """First drawings as they are, then as many that are bent and, most of them, soft: pictures that somebody drew from
    codes are like that, and the right one among them is to be found, too.  Pixels normalised, and scenes"""
    half, first = options.pictures // 2, options.first + 10 ** 7
    for batch in batches(options.program, "train", first, half, 100, SIZE, "--pairs"):
        yield normalise(batch.pixels), batch.scenes
    for kind in ([], ["--aligned"], ["--aligned", "--pairs"]):
        for batch in batches(options.program, "train", first + 5 * 10 ** 6, half // 3, 100, SIZE, *kind):
            bent = bend(normalise(batch.pixels))
            yield soften(bent, random.choice((48, 64, 80, 96))) if random.random() < 0.6 else bent, batch.scenes


def remember_features(options, model):
    """Files of a thousand pictures each: what the trunk says, and the scenes"""
    model.eval()
    made, scenes, number = [], [], 0
    for pixels, shown in pictures(options):
        with torch.no_grad():
            made.append(model.visual.trunk(disturb(pixels)).half())
        scenes.append(torch.from_numpy(shown.copy()))
        if len(made) == 10:
            path = os.path.join(options.scratch, f"features-{number:03d}.pt")
            torch.save((torch.cat(made), torch.cat(scenes)), path + ".new")
            os.replace(path + ".new", path)
            number += 1
            print(f"features: {1000 * number} pictures", flush=True)
            made, scenes = [], []


def recall_features(options):
    parts = [torch.load(path) for path in sorted(glob.glob(os.path.join(options.scratch, "features-*.pt")))]
    return torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts]).numpy()


def pool_features(pool, features):
    """The attention pool, for one query: keys and values of all cells need not be made."""
    n, channels = features.shape[:2]
    size = channels // pool.heads
    x = features.flatten(2).transpose(1, 2)
    x = torch.cat([x.mean(1, keepdim=True), x], 1) + pool.positional_embedding
    query = pool.q_proj(x[:, 0]).view(n, pool.heads, size)
    query = torch.einsum("nhd,hdc->nhc", query, pool.k_proj.weight.view(pool.heads, size, channels))
    seen = (query @ x.transpose(1, 2) / math.sqrt(size)).softmax(-1) @ x
    value = torch.einsum("nhc,hdc->nhd", seen, pool.v_proj.weight.view(pool.heads, size, channels))
    return pool.c_proj(value.reshape(n, channels) + pool.v_proj.bias)


def contrast(image, text, holds, scale):
    """CLIP's loss; the first texts are the pictures' own, and what else is true of a picture does not count"""
    own = torch.eye(len(image), len(text), dtype=torch.bool)
    logits = (scale * F.normalize(image, dim=1) @ F.normalize(text, dim=1).T).masked_fill(holds & ~own, -1e4)
    target = torch.arange(len(image))
    loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits[:, :len(image)].T, target)) / 2
    return loss, logits.argmax(1) == target


def learn_pictures(options, model, encoder, world):
    features, scenes = recall_features(options)
    pool = model.visual.attnpool
    matrices, others = split_matrices(pool.named_parameters())
    tables = list(encoder.parameters()) + [model.logit_scale]
    pace = Pace("pictures", options.minutes[1], *optimizers(matrices, others, options.rate),
                torch.optim.AdamW(tables, 3 * options.rate, betas=(0.9, 0.98), weight_decay=1e-4))
    while True:
        chosen = np.sort(world.random.integers(0, len(features), PICTURES))
        seen = features[chosen].float()
        seen = seen * (1 + 0.03 * torch.randn_like(seen))
        claims = world.usual(scenes[chosen])
        claims = np.concatenate([claims, world.misses(claims, NEAR)])
        holds = torch.from_numpy(claims_hold(claims, scenes[chosen])).T
        text = encoder(torch.from_numpy(claims.astype(np.int64)))
        loss, right = contrast(pool_features(pool, seen), text, holds, model.logit_scale.exp())
        loss.backward()
        two = torch.from_numpy(scenes[chosen, 0] == 2)
        go_on = pace.learn(matrices + others, loss=loss.detach(), one_right=right[~two].float().mean(), two_right=right[two].float().mean())
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))
        if not go_on:
            break


def learn_captions(options, model, tokenizer, encoder):
    matrices, others = text_parameters(model)
    scale = model.logit_scale.exp().detach()
    pace = Pace("captions", options.minutes[2], *optimizers(matrices, others, options.rate))
    for texts, groups, claims in caption_batches(options, options.first + 2 * 10 ** 7):
        with torch.no_grad():
            wanted = F.normalize(encoder(claims), dim=1)
        same = wanted @ wanted.T > 0.9999
        total = likeness = 0
        for group in groups:
            text = F.normalize(model.encode_text(tokenizer.batch([texts[i] for i in group], CONTEXT)), dim=1)
            own = F.one_hot(group, len(texts)).bool()
            logits = (scale * text @ wanted.T).masked_fill(same[group] & ~own, -1e4)
            cosine = (text * wanted[group]).sum(1).mean()
            loss = (F.cross_entropy(logits, group) + 10 * (1 - cosine)) / len(groups)
            loss.backward()
            total, likeness = total + loss.detach(), likeness + cosine.detach() / len(groups)
        if not pace.learn(matrices + others, loss=total, cosine=likeness):
            break


def main():
    parser = argparse.ArgumentParser(description="Teaches a trained Orchard-CLIP what belongs to which of two things.")
    parser.add_argument("folder", metavar="MODEL", help="the model's folder, as train-clip.py writes it")
    parser.add_argument("--program", default="build/data/orchard/persea-orchard", help="the drawing program")
    parser.add_argument("--scratch", required=True, help="a folder for the pictures' features, 16 MB for a thousand")
    parser.add_argument("--minutes", type=float, nargs=3, default=(12, 30, 13), help="for words, pictures and captions")
    parser.add_argument("--pictures", type=int, default=22000, help="how many to learn from")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--first", type=int, default=10 ** 8, help="first drawing of the training split")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    random.seed(1)
    os.makedirs(options.scratch, exist_ok=True)
    model, tokenizer, config = load(options.folder)
    world = World(listing(options.program), 1)
    encoder = ClaimEncoder(world, config["embed_dim"])
    done = os.path.join(options.scratch, "features.done")
    if not os.path.exists(done):
        remember_features(options, model)
        open(done, "w", encoding="utf-8").close()
    learn_words(options, model, tokenizer, world)
    learn_pictures(options, model, encoder, world)
    learn_captions(options, model, tokenizer, encoder)
    save(model.eval(), tokenizer, config, options.folder)


if __name__ == "__main__":
    main()
