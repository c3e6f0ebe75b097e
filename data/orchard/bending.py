# bending.py - pictures less perfect than those that a program draws
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# For those who are to know a thing though its outline is uneven, as it is when codes are drawn.
import torch
import torch.nn.functional as F


def bend(x):
    """Moves, turns, stretches and bends each picture a little: what a thing is does not hang on its outline's last pixel."""
    n = len(x)
    grid = F.affine_grid(torch.eye(2, 3) + 0.06 * torch.randn(n, 2, 3), x.shape, align_corners=False)
    waves = F.interpolate(0.02 * torch.randn(n, 2, 8, 8), x.shape[2:], mode="bicubic", align_corners=False)
    return F.grid_sample(x, grid + waves.permute(0, 2, 3, 1), padding_mode="reflection", align_corners=False)


def soften(x, size):
    """[n, 3, h, h] as if they had been of @size pixels."""
    return F.interpolate(F.interpolate(x, (size, size), mode="area"), x.shape[2:], mode="bilinear", align_corners=False)
