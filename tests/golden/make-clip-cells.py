#!/usr/bin/env python3
# make-clip-cells.py - what CLIP's image towers say of each cell of a picture
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Writes clip/NAME/cells.npy [n, grid, grid, E] f32 for the two plain state dicts of make-clip.py, with
# the modules of openai/CLIP put together as Zhou et al., "Extract Free Dense Labels from CLIP" (2022),
# do it.  Never run by the build or the tests.
#
#   make-clip-cells.py OPENAI_CLIP
#     OPENAI_CLIP   a checkout of openai/CLIP (its clip/model.py is the reference)
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(sys.argv[1], "clip"))
import model as clip_model  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def vit_cells(visual, pixels):
    x = visual.conv1(pixels).flatten(2).transpose(1, 2)
    first = visual.class_embedding.expand(len(x), 1, -1)
    x = visual.ln_pre(torch.cat([first, x], 1) + visual.positional_embedding)
    *blocks, last = visual.transformer.resblocks
    for block in blocks:
        x = block(x.transpose(0, 1)).transpose(0, 1)
    attention = last.attn
    value = F.linear(last.ln_1(x), attention.in_proj_weight, attention.in_proj_bias).chunk(3, -1)[2]
    x = x + attention.out_proj(value)
    x = x + last.mlp(last.ln_2(x))
    return visual.ln_post(x)[:, 1:] @ visual.proj


def resnet_cells(visual, pixels):
    maps = []
    visual.layer4.register_forward_hook(lambda module, inputs, output: maps.append(output))
    visual(pixels)
    pool = visual.attnpool
    x = maps[0].flatten(2).transpose(1, 2) + pool.positional_embedding[1:]
    return pool.c_proj(pool.v_proj(x))


def main():
    for name, cells in (("openai-vit-state", vit_cells), ("openai-rn-state", resnet_cells)):
        folder = os.path.join(HERE, "clip", name)
        state = torch.load(os.path.join(folder, f"{name}.pt"), weights_only=True)
        model = clip_model.build_model(state).float()
        pixels = torch.from_numpy(np.load(os.path.join(folder, "pixels.npy")))
        with torch.no_grad():
            known = torch.from_numpy(np.load(os.path.join(folder, "image_embeddings.npy")))
            assert torch.allclose(model.encode_image(pixels), known, atol=1e-4), name
            rows = cells(model.visual, pixels)
        grid = round(rows.shape[1] ** 0.5)
        np.save(os.path.join(folder, "cells.npy"), rows.reshape(len(rows), grid, grid, -1).numpy())
        print(f"{name}: {tuple(rows.shape)}")


if __name__ == "__main__":
    main()
