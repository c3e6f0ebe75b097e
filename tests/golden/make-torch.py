#!/usr/bin/env python3
# make-torch.py - small files of PyTorch in all its containers
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes torch/*.pt: the same few tensors, saved by PyTorch in every way that it knows.

Usage: make-torch.py    (writes beside itself)

test-torch.c knows what is in them; there is nothing random here.
"""

import collections
import pathlib

import torch

HERE = pathlib.Path(__file__).resolve().parent / "torch"


def tensors():
    a = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    return collections.OrderedDict(
        a=a,
        transposed=a.t(),             # shares the storage of a, strides (1, 3)
        part=a[1:, 1:],               # shares it, too, from element 4 on
        parameter=torch.nn.Parameter(a * 2),
        half=torch.tensor([1.5, -2.25], dtype=torch.float16),
        bfloat=torch.tensor([1.5, -2.25], dtype=torch.bfloat16),
        double=torch.tensor([0.1, 1e300], dtype=torch.float64),
        long=torch.tensor([[-1, 2 ** 40]]),
        int=torch.tensor([-7], dtype=torch.int32),
        short=torch.tensor([-300], dtype=torch.int16),
        char=torch.tensor([-3], dtype=torch.int8),
        byte=torch.tensor([200], dtype=torch.uint8),
        bool=torch.tensor([True, False]),
        scalar=torch.tensor(4.5),
        empty=torch.zeros(0, 3),
    )


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(4.0).reshape(2, 2))
        self.register_buffer("count", torch.tensor(3))

    def forward(self, x):
        return x @ self.weight


class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.Sequential(Inner(), torch.nn.ReLU(), Inner())
        self.model = Inner()          # a name that wrappers have, too
        self.scale = torch.nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return self.model(self.blocks(x)) * self.scale


def main():
    HERE.mkdir(exist_ok=True)
    torch.save(tensors(), HERE / "zip.pt")
    torch.save(tensors(), HERE / "protocol4.pt", pickle_protocol=4)
    torch.save(tensors(), HERE / "legacy.pt", _use_new_zipfile_serialization=False)

    model = Outer()
    parallel = torch.nn.DataParallel(model)
    optimizer = torch.optim.Adam(parallel.parameters())
    parallel(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    model.load_state_dict(Outer().state_dict())
    torch.save({"epoch": 3, "name": "test", "state_dict": parallel.state_dict(),
                "optimizer": optimizer.state_dict()}, HERE / "training.pt")
    torch.save(Outer(), HERE / "module.pt")
    torch.jit.script(Outer()).save(str(HERE / "script.pt"))
    torch.save({"sparse": torch.eye(2).to_sparse()}, HERE / "sparse.pt")
    torch.save({"expanded": torch.ones(1).expand(1000)}, HERE / "expanded.pt")


if __name__ == "__main__":
    main()
