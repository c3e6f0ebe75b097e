#!/usr/bin/env python3
# make-flax.py - small msgpack files of Flax
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes flax/*.msgpack: the same few arrays, saved by Flax in every way that it knows.

Usage: make-flax.py    (writes beside itself)

test-flax.c knows what is in them; there is nothing random here.
"""

import pathlib

import flax.serialization
import jax.numpy as jnp
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent / "flax"


def arrays():
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    return {
        "model": {
            "encoder": {"embed_tokens": {"embedding": a}, "layers": {"0": {"bias": a[0, 0]}}},
            "half": np.array([1.5, -2.25], np.float16),
            "bfloat": jnp.array([1.5, -2.25], jnp.bfloat16),
            "double": np.array([0.1, 1e300]),
            "long": np.array([[-1, 2 ** 40]]),
            "int": np.array([-7], np.int32),
            "short": np.array([-300], np.int16),
            "char": np.array([-3], np.int8),
            "byte": np.array([200], np.uint8),
            "bool": np.array([True, False]),
            "scalar": np.array(4.5, np.float32),
            "generic": np.float32(2.5),   # not an array: extension 3
            "empty": np.zeros((0, 3), np.float32),
            "step": 12,                   # no array at all
            "name": "tiny",
            "nothing": None,
        },
        "lm_head": {"kernel": a.reshape(6, 4)},
    }


def save(name, tree):
    (HERE / name).write_bytes(flax.serialization.msgpack_serialize(tree))


def main():
    HERE.mkdir(exist_ok=True)
    save("nested.msgpack", arrays())
    save("training.msgpack", {"opt_state": {"mu": {"kernel": np.ones(3, np.float32)}},
                              "params": arrays(), "step": np.array(7, np.uint32)})
    flax.serialization.MAX_CHUNK_SIZE = 40  # bytes; 2 ** 30 in earnest
    save("chunked.msgpack", arrays())


if __name__ == "__main__":
    main()
