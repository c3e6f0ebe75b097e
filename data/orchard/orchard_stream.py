# orchard_stream.py - reads what persea-orchard draws
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# The records are described in orchard-output.h.
import json
import queue
import subprocess
import threading

import numpy as np

SCENE, TEXT, MISSES = 12, 184, 4
# Places in a packed scene or claim: the number of items, then these four for each, the ground,
# and in a claim the relation.
FIELDS = ("thing", "look", "size", "place")
GROUND, RELATION = 9, 10


class Batch:
    """n drawings: pixels [n,size,size,3] u8, scenes [n,12] i8, claims [n,1+MISSES,12] i8, captions [n][1+MISSES];
    with wishes also masks [n,size,size] u8"""

    def __init__(self, data, n, size, wishes=False):
        records = np.frombuffer(data, np.uint8).reshape(n, -1)
        pixels = size * size * 3
        self.pixels = records[:, :pixels].reshape(n, size, size, 3)
        if wishes:
            self.masks = records[:, pixels:pixels + size * size].reshape(n, size, size)
            pixels += size * size
        self.scenes = records[:, pixels:pixels + SCENE].view(np.int8)
        texts = records[:, pixels + SCENE:].reshape(n, 1 + MISSES, SCENE + TEXT)
        self.claims = texts[:, :, :SCENE].view(np.int8)
        self.captions = [[bytes(text[SCENE:]).split(b"\0", 1)[0].decode() for text in row] for row in texts]


def record_bytes(size, wishes=False):
    return size * size * (4 if wishes else 3) + SCENE + (1 + MISSES) * (SCENE + TEXT)


def batches(program, split, first, count, n, size, *more):
    """Draws in another process, two batches ahead."""
    command = [program, "--stream", "--split", split, "--first", str(first), "--count", str(count), "--size", str(size), *more]
    wishes = "--wishes" in more
    process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)
    ahead = queue.Queue(2)

    def read():
        left = count
        while left > 0:
            want = min(n, left) * record_bytes(size, wishes)
            data = bytearray()
            while len(data) < want:
                part = process.stdout.read(want - len(data))
                if not part:
                    raise SystemExit(f"{program}: the stream ended early")
                data += part
            ahead.put(Batch(bytes(data), min(n, left), size, wishes))
            left -= n
        ahead.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        while (batch := ahead.get()) is not None:
            yield batch
    finally:
        process.terminate()


def listing(program):
    return json.loads(subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout)


def quizzes(program, split, count, n, near):
    command = [program, "--quiz", str(n), "--near", str(near), "--split", split, "--count", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            yield json.loads(line)["captions"]


def claims_hold(claims, scenes):
    """[m,12], [n,12] -> [m,n]: whether each claim is true of each scene, as orchard_claim_holds()"""
    said = claims[:, None, 1:9].reshape(len(claims), 1, 2, 4)
    seen = scenes[None, :, 1:9].reshape(1, len(scenes), 2, 4)

    def agree(a, b):
        return ((said[:, :, a] == -1) | (said[:, :, a] == seen[:, :, b])).all(-1)

    def relation(b):
        return (claims[:, None, RELATION] == -1) | (claims[:, None, RELATION] == seen[:, :, b, 3])

    two = scenes[None, :, 0] == 2
    one = agree(0, 0) | (two & agree(0, 1))
    both = two & ((agree(0, 0) & agree(1, 1) & relation(0)) | (agree(0, 1) & agree(1, 0) & relation(1)))
    n_items = claims[:, None, 0]
    ground = (claims[:, None, GROUND] == -1) | (claims[:, None, GROUND] == scenes[None, :, GROUND])
    return ground & np.where(n_items == 0, True, np.where(n_items == 1, one, both))
