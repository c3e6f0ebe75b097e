#!/usr/bin/env python3
# make-pixels.py - what the original implementations make of odd pictures
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Writes pixels/.  Never run by the build or the tests; README.md says with which packages, and
# what the files hold.
#
#   make-pixels.py OPENAI_CLIP
#     OPENAI_CLIP   a checkout of openai/CLIP (its clip/clip.py has the preprocessing)
import json
import os
import sys

import numpy as np
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from torchvision.transforms import ToTensor
from transformers import CLIPImageProcessor

sys.path.insert(0, sys.argv[1])
from clip.clip import _transform as openai_transform  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pixels")
FILTERS = {"nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR,
           "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def noise(width, height):
    """The hardest case: overshoot at every edge, clamped at 0 and 255."""
    rng = np.random.RandomState(width * 1000 + height)
    return rng.choice([0, 255, 128, 30, 220], (height, width, 3)).astype("uint8")


def stripes(width, height):
    """Thin lines at odd distances, which any error of half a pixel moves."""
    y, x = np.mgrid[:height, :width]
    return np.stack([((x * 7 + y) // 5 % 2) * 255, ((x + y * 3) % 17) * 15,
                     ((x - y) % 11 < 3) * 200 + 20], -1).astype("uint8")


def scene(width, height):
    """Smooth gradients, a disc and a box: as a drawn picture would be."""
    y, x = np.mgrid[:height, :width].astype("float64")
    u, v = (x + 0.5) / width, (y + 0.5) / height
    picture = np.stack([255 * u, 255 * v, 127 + 127 * np.sin(9 * u + 7 * v)], -1)
    picture[(u - 0.4) ** 2 + (v - 0.5) ** 2 < 0.06] = (240, 60, 20)
    picture[(abs(u - 0.75) < 0.12) & (abs(v - 0.3) < 0.17)] = (10, 10, 245)
    return np.floor(picture).astype("uint8")


SOURCES = [
    (noise, 1, 1), (noise, 2, 3), (noise, 1, 50), (noise, 50, 1), (noise, 7, 5), (noise, 31, 32),
    (noise, 32, 31), (noise, 32, 32), (noise, 33, 34), (noise, 67, 45), (noise, 45, 68),
    (stripes, 64, 48), (stripes, 95, 97), (stripes, 131, 71), (stripes, 300, 9), (stripes, 9, 301),
    (stripes, 96, 96), (scene, 61, 97), (scene, 101, 60), (scene, 150, 113),
]
SIZES = {96: ["noise-45x68", "stripes-131x71", "stripes-95x97", "scene-150x113"],
         224: ["scene-61x97"]}  # all are made 32 pixels large, these also larger
PNG = ["noise-45x68", "stripes-64x48", "scene-150x113"]


def openai_square(picture, size):
    return transform_to_u8(openai_transform(size), picture)


def open_clip_square(picture, size, **options):
    return transform_to_u8(image_transform_v2(PreprocessCfg(size=size, **options), False), picture)


def transform_to_u8(transform, picture):
    """All of a transform before it turns the picture into a tensor."""
    for step in transform.transforms:
        if isinstance(step, ToTensor):
            return np.asarray(picture)
        picture = step(picture)


def hf_square(picture, size, resize=None, filter="bicubic"):
    processor = CLIPImageProcessor(
        size={"shortest_edge": resize or size}, crop_size={"height": size, "width": size},
        resample=FILTERS[filter], do_rescale=False, do_normalize=False)
    pixels = processor(np.asarray(picture), input_data_format="channels_last",
                       data_format="channels_last")["pixel_values"][0]
    assert pixels.dtype == np.uint8
    return pixels


class Writer:
    """Collects squares of one size into one array each, and a list that says what they are."""

    def __init__(self):
        self.cases, self.stacks = [], {}

    def add(self, source, square, size, maker, **options):
        assert square.shape == (size, size, 3), square.shape
        result = f"{maker}-{size}.npy"
        stack = self.stacks.setdefault(result, [])
        case = {"source": source, "size": size, "interpolation": "bicubic", "mode": "shortest",
                "crop": "floor" if maker == "hf" else "half-even", "fill": 0, "resize": size}
        self.cases.append({**case, **options, "result": result, "index": len(stack)})
        stack.append(square)

    def save(self):
        for name, stack in self.stacks.items():
            np.save(os.path.join(HERE, name), np.stack(stack))
        with open(os.path.join(HERE, "cases.json"), "w") as file:
            file.write("[\n" + ",\n".join(json.dumps(case) for case in self.cases) + "\n]\n")


def add_squares(writer, name, picture):
    for size in [32] + [size for size, names in SIZES.items() if name in names]:
        writer.add(name, openai_square(picture, size), size, "openai")
    writer.add(name, hf_square(picture, 32), 32, "hf")
    if min(picture.size) < 3:
        return  # 1:50 to the longest side is no picture any more

    for options in ({"mode": "longest"}, {"mode": "squash"}, {"interpolation": "bilinear"},
                    {"mode": "longest", "interpolation": "bilinear", "fill": 200},
                    {"mode": "squash", "interpolation": "bilinear"}):
        square = open_clip_square(picture, 24, resize_mode=options.get("mode", "shortest"),
                                  interpolation=options.get("interpolation", "bicubic"),
                                  fill_color=options.get("fill", 0))
        writer.add(name, square, 24, "openclip", **options)
    for filter in ("bilinear", "lanczos", "nearest", "box"):
        writer.add(name, hf_square(picture, 24, filter=filter), 24, "hf", interpolation=filter)
    for resize in (20, 27):  # 20 is smaller than the square: padded with 0
        square = hf_square(picture, 24, resize)
        if square.shape == (24, 24, 3):  # this version forgets a row when it pads an odd number
            writer.add(name, square, 24, "hf", resize=resize)


def main():
    os.makedirs(HERE, exist_ok=True)
    writer = Writer()
    for draw, width, height in SOURCES:
        name = f"{draw.__name__}-{width}x{height}"
        pixels = draw(width, height)
        np.save(os.path.join(HERE, name + ".npy"), pixels)
        if name in PNG:
            Image.fromarray(pixels).save(os.path.join(HERE, name + ".png"), optimize=True)
        add_squares(writer, name, Image.fromarray(pixels))
    writer.save()

    picture = Image.open(os.path.join(HERE, "stripes-64x48.png"))
    tensor = openai_transform(32)(picture)
    assert tensor.dtype == torch.float32
    np.save(os.path.join(HERE, "normalized-32.npy"), tensor.numpy())
    print(len(writer.cases), "squares,",
          sum(os.path.getsize(os.path.join(HERE, f)) for f in os.listdir(HERE)), "bytes")


if __name__ == "__main__":
    main()
