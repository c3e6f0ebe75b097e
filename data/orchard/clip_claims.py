# clip_claims.py - what captions of the Orchard say, as numbers instead of words
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# A claim is a row of twelve numbers, -1 where it says nothing (orchard-output.h): how many things,
# of each thing, look, size and place, then the ground, and on which side of the second the first is.
# Claims can be made, and be made wrong, by the thousand, where a caption costs a text tower.
import numpy as np
import torch
from torch import nn

from orchard_stream import GROUND, RELATION

ITEMS = (1, 5)  # where the two things' thing, look, size and place begin
THING, LOOK, SIZE, PLACE = range(4)


def placed(claims):
    """Claims with the places that a relation gives to two things."""
    claims = claims.clone()
    two = claims[:, 0] == 2
    claims[two, 4] = claims[two, RELATION]
    claims[two, 8] = torch.where(claims[two, RELATION] >= 0, 2 - claims[two, RELATION], claims[two, RELATION])
    return claims


class World:
    """Makes claims about scenes, and near misses, as orchard-claim.c does."""

    def __init__(self, listing, seed):
        sizes = [len(listing[name]) for name in ("things", "looks", "sizes", "places")]
        self.sizes = sizes
        self.n_grounds = len(listing["grounds"])
        self.n_values = np.array([0] + sizes + sizes + [self.n_grounds, sizes[PLACE], 0])
        self.held_out = np.zeros(sizes[:2], bool)
        for thing, look in listing["held_out"]:
            self.held_out[listing["things"].index(thing), listing["looks"].index(look)] = True
        self.random = np.random.default_rng(seed)

    def says(self, share, count):
        return self.random.random(count) < share

    def usual(self, scenes):
        """[n,12] -> a true claim of each scene, as captions usually put it"""
        n, claims = len(scenes), scenes.copy()
        one = claims[:, 0] == 1
        claims[one, 5:9] = -1
        claims[~one, 4] = claims[~one, 8] = -1
        claims[:, 10:] = (-1, 0)
        claims[~one, RELATION] = np.where(self.says(0.75, (~one).sum()), scenes[~one, 4], -1)
        claims[~self.says(0.65, n), GROUND] = -1
        for item in ITEMS:
            claims[~self.says(np.where(one, 0.5, 0.35), n), item + SIZE] = -1
        claims[one & ~self.says(0.5, n), 4] = -1
        return claims

    def misses(self, claims, count):
        """[n,12] -> [n*count,12], each with one of its numbers changed, but none that names a held-out pair.
        Some may be true of the scene all the same."""
        claims = np.repeat(claims, count, 0)
        rows = np.arange(len(claims))
        said = claims >= 0
        said[:, [0, 11]] = False
        which = (self.random.random(claims.shape) * said).argmax(1)
        old, n_values = claims[rows, which], self.n_values[which]
        other = (old + 1 + (self.random.random(len(rows)) * (n_values - 1)).astype(int)) % np.maximum(n_values, 1)
        claims[rows, which] = np.where(which == RELATION, 2 - old, other)
        return claims[~self.names_held_out(claims)]

    def names_held_out(self, claims):
        found = np.zeros(len(claims), bool)
        for number, item in enumerate(ITEMS):
            said = (claims[:, 0] > number) & (claims[:, item + THING] >= 0) & (claims[:, item + LOOK] >= 0)
            found |= said & self.held_out[claims[:, item + THING], claims[:, item + LOOK]]
        return found


class ClaimEncoder(nn.Module):
    """Stands in for the text tower: a claim's embedding is a sum over what it says, of one thing, of two side by
    side, of the left one, of the right one.  One product in it ties a thing to its look and size."""

    def __init__(self, world, width, tie=96):
        super().__init__()
        # a value more each, for what is unsaid
        sizes = [n + 1 for n in world.sizes]
        self.ground, self.count = nn.Embedding(world.n_grounds + 1, width), nn.Embedding(4, width)
        self.sums = nn.ModuleList(nn.ModuleList(nn.Embedding(n, width) for n in sizes) for _ in range(4))
        self.ties = nn.ModuleList(nn.Embedding(n, tie) for n in sizes[:3])
        self.tied = nn.ModuleList(nn.Linear(tie, width, bias=False) for _ in range(4))
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.02)
        for table in self.ties:
            nn.init.normal_(table.weight, std=0.3)

    def forward(self, claims):
        """[n, 12] -> [n, width]"""
        claims = placed(claims)
        n_things = claims[:, 0]
        ordered = (n_things == 2) & (claims[:, RELATION] >= 0)
        x = self.ground(claims[:, GROUND] + 1) + self.count(torch.where(ordered, 3, n_things))
        for number, item in enumerate(ITEMS):
            said = claims[:, item:item + 4] + 1
            place = said[:, PLACE] - 1
            tie = self.ties[0](said[:, THING]) * (1 + self.ties[1](said[:, LOOK])) * (1 + self.ties[2](said[:, SIZE]))
            roles = ((n_things == 1) & (number == 0), (n_things == 2) & ~ordered, ordered & (place == 0), ordered & (place == 2))
            for role, (sums, tied) in enumerate(zip(self.sums, self.tied)):
                rows = torch.where(roles[role])[0]
                parts = [table(said[rows, k]) for k, table in enumerate(sums) if k < PLACE or role == 0]
                x = x.index_add(0, rows, sum(parts) + tied(tie[rows]))
        return x
