#!/usr/bin/env python3
# make-dvae.py - a tiny discrete VAE, pickled as OpenAI's is
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes dvae/*.pkl: whole modules of the package dall_e, saved by PyTorch in both its containers.

Usage: make-dvae.py OPENAI_DALLE
  OPENAI_DALLE   a checkout of openai/DALL-E (the package dall_e of PyPI's DALL-E)

The classes refuse sizes below some megabytes, so their checks are switched off: the same classes and
attributes, four channels.  Element i of tensor n (in the order of the names) is n + i / 64.
"""

import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).resolve().parent / "dvae"


def shrink(module, attributes):
    """The module that its constructor would have made if it allowed such sizes."""
    for name, value in attributes.items():
        setattr(module, name, value)
    module.__attrs_post_init__()
    with torch.no_grad():
        for n, (_, tensor) in enumerate(sorted(module.state_dict().items())):
            tensor.copy_(n + torch.arange(tensor.numel()).reshape(tensor.shape) / 64)
    return module


def main():
    sys.path.insert(0, sys.argv[1])
    import attr
    import dall_e
    attr.validators.set_disabled(True)  # of attrs; sizes below 64 are refused otherwise
    HERE.mkdir(exist_ok=True)
    encoder = shrink(dall_e.Encoder(), {"n_hid": 4, "n_blk_per_group": 2, "vocab_size": 6})
    decoder = shrink(dall_e.Decoder(), {"n_init": 4, "n_hid": 4, "n_blk_per_group": 2, "vocab_size": 6})
    torch.save(encoder, HERE / "encoder.pkl")
    torch.save(decoder, HERE / "decoder.pkl")
    torch.save(encoder, HERE / "encoder-legacy.pkl", _use_new_zipfile_serialization=False)
    for name, module in (("encoder", encoder), ("decoder", decoder)):
        for key, tensor in sorted(module.state_dict().items()):
            print(name, key, list(tensor.shape))


if __name__ == "__main__":
    main()
