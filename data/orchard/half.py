# half.py - products in bf16, where they are fast
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# With AVX-512, PyTorch multiplies bf16 as fast as f32 or faster; without, many times slower.
import torch


def has_fast_half():
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):  # another PyTorch
        return True


HALF = torch.bfloat16 if has_fast_half() else torch.float32


def in_half():
    """A context in which products are made in bf16, if that is fast here"""
    return torch.autocast("cpu", torch.bfloat16, enabled=HALF == torch.bfloat16)
