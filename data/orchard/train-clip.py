#!/usr/bin/python3
# train-clip.py - trains and evaluates Orchard-CLIP on drawings that persea-orchard makes
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Only for making the weights; nothing of Persea needs it to be built, tested or run.  Debian's
# python3-torch and libopenblas0-openmp are enough.
#
#   data/orchard/train-clip.py --program build/data/orchard/persea-orchard --minutes 50 OUT
#   data/orchard/train-clip.py --program build/data/orchard/persea-orchard --evaluate OUT
#
# The loss is CLIP's (symmetric cross-entropy over a batch) with three changes.  A caption that
# happens to be true of another picture of the batch is not counted as wrong for it.  Each picture
# brings a near miss, a caption with one attribute changed, as one more wrong caption for everybody.
# Small heads on the image tower name things, looks, ground, size and place; they are thrown away.
import argparse
import collections
import copy
import math
import os
import random
import string
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clip_claims import placed  # noqa: E402
from clip_files import Tokenizer, normalise  # noqa: E402
from clip_model import CLIP  # noqa: E402
from clip_parts import CONTEXT, SIZE, disturb, encode_texts, load, save  # noqa: E402
from half import in_half  # noqa: E402
from orchard_stream import GROUND, MISSES, batches, claims_hold, listing, quizzes  # noqa: E402


def model_config(vocabulary):
    return {
        "embed_dim": 256,
        "quick_gelu": True,
        "vision_cfg": {"image_size": SIZE, "layers": [2, 2, 2, 2], "width": 16, "head_width": 64},
        "text_cfg": {"context_length": CONTEXT, "vocab_size": vocabulary, "width": 128, "heads": 2, "layers": 3},
    }


def learn_tokenizer(program):
    counts = collections.Counter()
    for batch in batches(program, "train", 10 ** 9, 20000, 500, 16):
        for captions in batch.captions:
            for caption in captions:
                counts.update(caption.split())
    return Tokenizer.learn(counts)


class Helpers(nn.Module):
    """The heads that are thrown away.  Of two things each is named from its own half of the picture."""

    def __init__(self, channels, world):
        super().__init__()
        self.parts = [len(world["things"]), len(world["looks"]), 2, 3]
        self.item = nn.Linear(channels, sum(self.parts))
        self.ground = nn.Linear(channels, len(world["grounds"]))

    def forward(self, features, scenes):
        """@features: [n, channels, rows, columns]; returns the loss, and the share of things named right"""
        columns = features.mean(2)
        half = columns.shape[2] // 2
        everywhere = columns.mean(2)
        sides = torch.stack([columns[:, :, :half].mean(2), everywhere, columns[:, :, half:].mean(2)], 1)
        alone = scenes[:, 0] == 1
        loss = F.cross_entropy(self.ground(everywhere).float(), scenes[:, GROUND])
        pooled, truth = [], []
        for item in (0, 1):
            there = scenes[:, 0] > item
            place = torch.where(alone, 1, scenes[:, 4 + 4 * item])[there]
            pooled.append(sides[there, place])
            truth.append(scenes[there, 1 + 4 * item:5 + 4 * item])
        truth = torch.cat(truth)
        parts = self.item(torch.cat(pooled)).float().split(self.parts, 1)
        for i, weight in enumerate((2, 1, 0.5, 0.5)):
            loss = loss + weight * F.cross_entropy(parts[i], truth[:, i])
        return loss, (parts[0].argmax(1) == truth[:, 0]).float().mean()


class Slots(nn.Module):
    """Also thrown away: which thing, look and size is on which side, read from an embedding, the
    same way whether a picture or a caption made it.  Without it left and right mix slowly."""

    def __init__(self, width, world):
        super().__init__()
        self.parts = [len(world["things"]), len(world["looks"]), 2]
        self.heads = nn.ModuleList(nn.Linear(width, sum(self.parts)) for _ in range(3))

    def forward(self, embeddings, rows):
        """@embeddings: [n, width], normalised; @rows: [n, 12] scenes, or claims with their places filled in"""
        loss = 0
        for place, head in enumerate(self.heads):
            parts = head(8 * embeddings).split(self.parts, 1)
            for item in (1, 5):
                there = rows[:, item + 3] == place
                for part, values in zip(parts, rows[:, item:item + 3].T):
                    target = torch.where(there & (values >= 0), values, torch.full_like(values, -100))
                    if (target >= 0).any():
                        loss = loss + F.cross_entropy(part, target)
        return loss / 9


def add_nonsense(caption):
    """A word nobody knows should mean nothing."""
    words = caption.split()
    word = "".join(random.choice(string.ascii_lowercase) for _ in range(random.randint(3, 7)))
    words.insert(random.randint(0, len(words)), word)
    return " ".join(words)


def batch_features(model, batch):
    with in_half():
        return model.visual.trunk(disturb(normalise(batch.pixels)))


def contrast_loss(model, slots, tokenizer, batch, features):
    n = len(batch.pixels)
    texts = [captions[i] for i in range(1 + MISSES) for captions in batch.captions]
    texts = [add_nonsense(t) if random.random() < 0.03 else t for t in texts]
    claims = batch.claims.transpose(1, 0, 2).reshape(len(texts), -1)
    true = torch.from_numpy(claims_hold(claims, batch.scenes)).T  # [pictures, texts]
    own = torch.zeros_like(true)
    own[torch.arange(n), torch.arange(n)] = True

    with in_half():
        image = model.visual.attnpool(features)
        text = encode_texts(model, tokenizer, texts)
    image = F.normalize(image.float(), dim=1)
    text = F.normalize(text.float(), dim=1)
    logits = model.logit_scale.exp() * image @ text.T
    logits = logits.masked_fill(true & ~own, -1e4)
    target = torch.arange(n)
    loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits[:, :n].T, target)) / 2
    sides = slots(image, torch.from_numpy(batch.scenes.copy()).long())
    sides = sides + slots(text, placed(torch.from_numpy(claims.copy()).long()))
    return loss, sides, (logits.argmax(1) == target).float().mean()


def repeated(stream, memory):
    """Each batch once fresh and about once again: drawing costs half as much as learning."""
    seen = []
    for batch in stream:
        yield batch
        if memory:
            seen = (seen + [batch])[-memory:]
            yield random.choice(seen)


def parameter_groups(*modules):
    matrices, others = [], []
    for module in modules:
        for name, parameter in module.named_parameters():
            (matrices if parameter.ndim >= 2 and "embedding" not in name else others).append(parameter)
    return [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]


def update_average(average, model, keep):
    with torch.no_grad():
        for a, b in zip(average.state_dict().values(), model.state_dict().values()):
            if a.dtype.is_floating_point:
                a.mul_(keep).add_(b, alpha=1 - keep)
            else:
                a.copy_(b)


def train(options):
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    world = listing(options.program)
    if options.resume:
        model, tokenizer, config = load(options.folder)
        model.train()
    else:
        tokenizer = learn_tokenizer(options.program)
        config = model_config(len(tokenizer.ids))
        model = CLIP(config)
    model = model.to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    helpers = Helpers(config["vision_cfg"]["width"] * 32, world)
    slots = Slots(config["embed_dim"], world)
    optimizer = torch.optim.AdamW(parameter_groups(model, helpers, slots), lr=options.rate, betas=(0.9, 0.98))
    if options.resume and options.state and os.path.exists(options.state):
        for part, state in zip((model, helpers, slots, optimizer), torch.load(options.state)):
            part.load_state_dict(state)
    print(f"{len(tokenizer.ids)} tokens, {sum(p.numel() for p in model.parameters())} parameters", flush=True)

    begin = saved = time.time()
    step, smooth = 0, None
    stream = batches(options.program, "train", options.first, 10 ** 8, options.batch, SIZE,
                     *(["--pairs"] if options.pairs else []))
    for batch in repeated(stream, options.memory):
        progress = min((time.time() - begin) / (60 * options.minutes), 1)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min((step + 1) / options.warm_up, 1) * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
        features = batch_features(model, batch)
        names, named = helpers(features.float(), torch.from_numpy(batch.scenes.copy()).long())
        contrast = sides = right = torch.zeros(())
        if progress >= options.names_first and random.random() < (0.3 + progress if options.names_first else 1):
            contrast, sides, right = contrast_loss(model, slots, tokenizer, batch, features)
        loss = contrast + (1 - 0.8 * progress) * (1.5 * names + sides)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))
        step += 1
        update_average(average, model, min(0.998, step / (step + 10)))
        now = torch.tensor([contrast.item(), names.item(), named.item(), right.item(), float(sides)])
        smooth = now if smooth is None else torch.where(now == 0, smooth, 0.95 * smooth + 0.05 * now)
        if step % 25 == 0:
            print(f"{(time.time() - begin) / 60:6.1f} min  {step * options.batch:7d} seen  loss {smooth[0]:.3f}  "
                  f"names {smooth[1]:.3f}  named {100 * smooth[2]:.1f}%  sides {smooth[4]:.3f}  right {100 * smooth[3]:.1f}%  scale {model.logit_scale.exp():.1f}", flush=True)
        if time.time() - saved > 120 or progress >= 1:
            save(average, tokenizer, config, options.folder)
            if options.state:
                torch.save([p.state_dict() for p in (model, helpers, slots, optimizer)], options.state + ".new")
                os.replace(options.state + ".new", options.state)
            saved = time.time()
        if progress >= 1:
            break
    stream.close()


def evaluate(options):
    """The right caption among 100 distinct ones, for drawings that training never saw."""
    model, tokenizer, _ = load(options.folder)
    for split in ("test", "heldout"):
        images = []
        with torch.no_grad():
            for batch in batches(options.program, split, 0, options.count, 50, SIZE):
                images.append(F.normalize(model.encode_image(normalise(batch.pixels)), dim=1))
        images = torch.cat(images)
        for near in (0, 33):
            right = 0
            for image, captions in zip(images, quizzes(options.program, split, options.count, 100, near)):
                with torch.no_grad():
                    text = F.normalize(encode_texts(model, tokenizer, captions), dim=1)
                answer = int((text @ image).argmax())
                right += answer == 0
                if answer != 0 and options.verbose:
                    print(f"  {split}: {captions[0]} | taken for: {captions[answer]}")
            print(f"{split}, {near} of 99 near misses: {100 * right / options.count:.1f}% of {options.count}", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Trains and evaluates Orchard-CLIP.")
    parser.add_argument("folder", metavar="FOLDER", help="where the model is, or will be")
    parser.add_argument("--program", default="build/data/orchard/persea-orchard", help="the drawing program")
    parser.add_argument("--minutes", type=float, default=50, help="how long to train")
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--names-first", type=float, default=0, help="share of the time without captions")
    parser.add_argument("--pairs", action="store_true", help="more drawings with two things than the world has")
    parser.add_argument("--warm-up", type=int, default=300, help="steps until that rate")
    parser.add_argument("--memory", type=int, default=0, help="batches that are kept to be seen again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="first drawing of the training split")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true", help="go on from the model in FOLDER")
    parser.add_argument("--state", help="a file for all that --resume needs besides the model")
    parser.add_argument("--evaluate", action="store_true", help="only measure the model in FOLDER")
    parser.add_argument("--count", type=int, default=1000, help="drawings to measure with")
    parser.add_argument("--verbose", action="store_true", help="print each mistake")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.evaluate:
        evaluate(options)
    else:
        train(options)


if __name__ == "__main__":
    main()
