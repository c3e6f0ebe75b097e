#!/usr/bin/env python3
# folder.py - a folder of large photographs from end to end, beside its parts
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Makes 12-megapixel JPEG files out of given photographs, and times `persea tag` on all of them;
# `persea inspect pixels --fast` on some of them, which does the same decoding on one core; and
# `persea bench clip`, which does the same encoding on all of them.  If decoding and encoding shared
# the cores without a loss, the whole would take the sum of both.  README.md says more.
import argparse
import json
import os
import random
import statistics
import subprocess
import time

SIDES = (4000, 3000)  # pixels


def make_photos(sources, folder, count, grain_share, distinct=20):
    """Cut out, enlarged, and with the noise of a camera, which decides how long decoding takes."""
    from PIL import Image

    os.makedirs(folder, exist_ok=True)
    rng = random.Random(1)
    pictures = sorted(os.path.join(sources, name) for name in os.listdir(sources))
    noise = Image.effect_noise(SIDES, 40)
    for i in range(count):
        path = os.path.join(folder, f"{i:03}.jpg")
        if os.path.exists(path):
            continue
        if i >= distinct:
            os.link(os.path.join(folder, f"{i % distinct:03}.jpg"), path)
            continue
        picture = Image.open(pictures[i % len(pictures)]).convert("RGB")
        scale = min(picture.width / SIDES[0], picture.height / SIDES[1]) * rng.uniform(0.6, 1)
        width, height = int(SIDES[0] * scale), int(SIDES[1] * scale)
        left, top = rng.randint(0, picture.width - width), rng.randint(0, picture.height - height)
        picture = picture.crop((left, top, left + width, top + height)).resize(SIDES, Image.BICUBIC)
        grain = Image.merge("RGB", [noise.rotate(180 * (i + band)) for band in range(3)])
        picture = Image.blend(picture, grain, grain_share)
        picture.save(path, quality=90)
    return [os.path.join(folder, f"{i:03}.jpg") for i in range(count)]


def run(command):
    """Seconds of wall time and of processor time, resident MiB, and the output."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command[:4])}: exit status {status >> 8}")
    return (time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024,
            output)


def time_decoding(options, photos):
    """Processor seconds a photo: that of many, less that of one."""
    command = [options.persea, "inspect", "pixels", "--fast", "--model", options.model,
               "--output", os.devnull]
    return (run(command + photos[:21])[1] - run(command + photos[:1])[1]) / 20


def time_encoding(options, precision):
    output = run([options.persea, "bench", "clip", "--model", options.model, "--precision",
                  precision, "--json"])[3]
    return next(line["ms_per_item"] for line in map(json.loads, output.splitlines())
                if line["workload"] == "clip") / 1000


def measure(options, precision, photos):
    # the library would remember how the pictures look
    tag = [options.persea, "tag", "--no-library", "--quiet", "--json", "--write", "none",
           "--model", options.model, "--vocabulary", options.vocabulary, "--precision", precision]
    run(tag + photos[:1])  # packs weights, embeds the vocabulary
    cores = len(os.sched_getaffinity(0))
    rounds = []
    for _ in range(options.rounds):
        start, decoding, encoding = run(tag + photos[:1])[0], time_decoding(options, photos), \
            time_encoding(options, precision)
        wall, _, resident, _ = run(tag + photos)
        ideal = len(photos) * (decoding / cores + encoding)
        rounds.append((ideal / wall, start, decoding, encoding, wall, resident))
    share, start, decoding, encoding, wall, resident = map(statistics.median, zip(*rounds))
    print(f"| {precision} | {start:.2f} | {decoding * 1000:.1f} | {encoding * 1000:.1f} | {wall:.1f} |"
          f" {share:.0%} | {resident:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description="a folder of large photographs from end to end")
    parser.add_argument("--persea", metavar="PROGRAM", required=True)
    parser.add_argument("--model", metavar="FOLDER", required=True, help="as peers.py makes it")
    parser.add_argument("--vocabulary", metavar="FILE", required=True)
    parser.add_argument("--sources", metavar="FOLDER", required=True, help="photographs of any size")
    parser.add_argument("--scratch", metavar="FOLDER", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--grain", type=float, default=0.15,
                        help="share of noise, which decides the size of the files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precisions", nargs="+", default=["f32", "bf16"])
    options = parser.parse_args()
    photos = make_photos(options.sources, os.path.join(options.scratch, f"photos-{options.grain}"),
                         options.count, options.grain)
    print("| precision | one, warm: s | decoding: ms of one core | encoding: ms of all | all: s |"
          " share of the sum | MiB |\n|---|---|---|---|---|---|---|")
    for precision in options.precisions:
        measure(options, precision, photos)


if __name__ == "__main__":
    main()
