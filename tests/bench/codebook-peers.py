#!/usr/bin/env python3
# codebook-peers.py - Persea and PyTorch side by side, a full-size VQGAN with random weights
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Makes a VQGAN f16-16384 of taming-transformers' modules, saves it for Persea, times both in turn on
# the same codes (or pictures), and prints a table of ratios.  README.md says how to install what it
# needs; ./check never runs it.
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import torch

CONFIG = {"ch": 128, "out_ch": 3, "ch_mult": (1, 1, 2, 2, 4), "num_res_blocks": 2,
          "attn_resolutions": (16,), "in_channels": 3, "resolution": 256, "z_channels": 256,
          "double_z": False}
N_EMBED, EMBED_DIM, GRID = 16384, 256, 16
WORKS = [  # workload, precision, how many times PyTorch's f32 speed Persea must reach
    ("decode", "f32", 1.3), ("decode", "bf16", 2.2), ("encode", "f32", None)]


class Vqgan(torch.nn.Module):
    """taming.models.vqgan.VQModel without its training (and PyTorch Lightning)"""

    def __init__(self):
        super().__init__()
        from taming.modules.diffusionmodules.model import Decoder, Encoder
        from taming.modules.vqvae.quantize import VectorQuantizer2

        torch.manual_seed(1)
        self.encoder, self.decoder = Encoder(**CONFIG), Decoder(**CONFIG)
        self.quantize = VectorQuantizer2(N_EMBED, EMBED_DIM, beta=0.25)
        torch.nn.init.normal_(self.quantize.embedding.weight)
        self.quant_conv = torch.nn.Conv2d(CONFIG["z_channels"], EMBED_DIM, 1)
        self.post_quant_conv = torch.nn.Conv2d(EMBED_DIM, CONFIG["z_channels"], 1)
        self.eval()

    def decode(self, codes):
        z = self.quantize.embedding(codes).permute(0, 3, 1, 2)
        return self.decoder(self.post_quant_conv(z)).clip(0, 1)

    def encode(self, pixels):
        return self.quantize(self.quant_conv(self.encoder(pixels)))[2][2]


class Peer:
    def __init__(self, workload, threads, model):
        torch.set_num_threads(threads)
        self.run = getattr(model, workload)
        self.input = (torch.randint(0, N_EMBED, (1, GRID, GRID)) if workload == "decode"
                      else torch.rand(1, 3, 256, 256))
        self.round()  # allocates, and finds its threads

    def round(self):
        start = time.perf_counter()
        with torch.inference_mode():
            self.run(self.input)
        return (time.perf_counter() - start) * 1000


class Persea:
    """Its caches are in the scratch folder, too."""

    def __init__(self, program, folder, workload, precision, cache):
        self.environment = {**os.environ, "XDG_CACHE_HOME": cache}
        self.command = [program, "bench", workload, "--model", folder, "--precision", precision,
                        "--runs", "1", "--json"]
        self.workload = workload
        self.share, self.resident = [], []
        self.round()  # builds kernels and packs weights
        self.share.clear()
        self.resident.clear()

    def round(self):
        process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True,
                                   env=self.environment)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            raise SystemExit(f"{' '.join(self.command)}: exit status {status >> 8}")
        self.resident.append(usage.ru_maxrss / 1024)
        for line in output.splitlines():
            result = json.loads(line)
            if result["workload"] == self.workload:
                self.share.append(result["share"])
                return result["ms_per_item"]
        raise SystemExit(f"{' '.join(self.command)}: no line for {self.workload}")


def compare(work, model, folder, options):
    workload, precision, target = work
    peer = Peer(workload, options.threads, model)
    persea = Persea(options.persea, folder, workload, precision,
                    os.path.join(options.scratch, "cache"))
    theirs, ours = [], []
    for _ in range(options.rounds):
        theirs.append(peer.round())
        time.sleep(0.2)  # threads that spin for more work go to sleep
        ours.append(persea.round())
        time.sleep(0.2)
    ratio = statistics.median(theirs) / statistics.median(ours)
    verdict = "–" if target is None else f"{target:.1f} {'reached' if ratio >= target else 'missed'}"
    print(f"| {workload} | {precision} | {statistics.median(theirs):.0f} ({min(theirs):.0f}) | "
          f"{statistics.median(ours):.0f} ({min(ours):.0f}) | {ratio:.2f} | {verdict} | "
          f"{statistics.median(persea.share):.0%} | {statistics.median(persea.resident):.0f} |",
          flush=True)


def ensure_model(scratch):
    model = Vqgan()
    folder = os.path.join(scratch, "vqgan")
    path = os.path.join(folder, "vqgan.pt")
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(path):
        torch.save(model.state_dict(), path + ".part")
        os.rename(path + ".part", path)
    return model, folder


def parse_arguments():
    parser = argparse.ArgumentParser(description="Persea and PyTorch side by side, a VQGAN")
    parser.add_argument("taming", metavar="TAMING", help="a checkout of taming-transformers")
    parser.add_argument("--persea", metavar="PROGRAM", required=True,
                        help="the command line (build/pipelines/persea)")
    parser.add_argument("--scratch", metavar="FOLDER", required=True,
                        help="where the model is kept between runs (1 GB with all precisions)")
    parser.add_argument("--workloads", nargs="+", choices=["decode", "encode"], default=["decode"])
    parser.add_argument("--precisions", nargs="+", choices=["f32", "bf16"], default=["f32", "bf16"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of PyTorch")
    return parser.parse_args()


def main():
    options = parse_arguments()
    sys.path.insert(0, options.taming)
    model, folder = ensure_model(options.scratch)
    print("| work | precision | PyTorch f32, ms | Persea, ms | ratio | target | share of ceiling |"
          " MiB |\n|---|---|---|---|---|---|---|---|")
    for work in WORKS:
        if work[0] in options.workloads and work[1] in options.precisions:
            compare(work, model, folder, options)


if __name__ == "__main__":
    main()
