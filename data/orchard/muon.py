# muon.py - an optimizer that learns matrices in fewer steps than Adam
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024: the step of a matrix
# is its momentum with all singular values brought near one.  Scaled as in Liu et al., "Muon is
# Scalable for LLM Training", 2025, section 2.2, so that Adam's rates serve.
import collections

import torch

from half import HALF


def orthogonal(g, steps=5):
    """[n, rows, columns] -> the same with singular values near one, by Newton and Schulz"""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = (g / (g.flatten(1).norm(dim=1)[:, None, None] + 1e-7)).to(HALF)
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    for _ in range(steps):
        s = x @ x.mT
        x = a * x + (b * s + c * (s @ s)) @ x
    return (x.mT if tall else x).float()


class Muon(torch.optim.Optimizer):
    """@matrices: of any rank from two on; all but the first dimension count as columns"""

    def __init__(self, matrices, lr, momentum=0.95, weight_decay=0.0):
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = collections.defaultdict(list)
            for p in group["params"]:
                if p.grad is not None:
                    alike[p.shape[0], p[0].numel()].append(p)
            for shape, params in alike.items():
                self.step_alike(group, shape, params)

    def step_alike(self, group, shape, params):
        steps = []
        for p in params:
            state = self.state[p]
            if not state:
                state["momentum"] = torch.zeros_like(p)
            state["momentum"].lerp_(p.grad, 1 - group["momentum"])
            steps.append(p.grad.lerp(state["momentum"], group["momentum"]).reshape(shape))
        scale = 0.2 * max(shape) ** 0.5 * group["lr"]
        for p, update in zip(params, orthogonal(torch.stack(steps))):
            p.mul_(1 - group["lr"] * group["weight_decay"])
            p.sub_(update.reshape(p.shape), alpha=scale)


class Together:
    """Several optimizers as one; each group keeps its rate, times what set_rate () says."""

    def __init__(self, *optimizers):
        self.optimizers = optimizers
        self.groups = [(group, group["lr"]) for optimizer in optimizers for group in optimizer.param_groups]

    def set_rate(self, factor):
        for group, rate in self.groups:
            group["lr"] = rate * factor

    def zero_grad(self):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)

    def step(self):
        for optimizer in self.optimizers:
            optimizer.step()

    def state_dict(self):
        return [optimizer.state_dict() for optimizer in self.optimizers]

    def load_state_dict(self, states):
        for optimizer, state in zip(self.optimizers, states):
            optimizer.load_state_dict(state)
