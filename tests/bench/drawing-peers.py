#!/usr/bin/env python3
# drawing-peers.py - Persea and min-dalle side by side, on the same random weights
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Makes a DALL·E mini with random weights, in min-dalle's files, times both on it in turn, and prints
# a table of ratios.  README.md says how to install what it needs; ./check never runs it.
import argparse
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
VOCABULARY = os.path.join(HERE, "..", "golden", "tokens", "dalle")
PROMPT = "an armchair in the shape of an avocado"


@dataclasses.dataclass(frozen=True)
class Work:
    """One line of the table.  @target is how many times min-dalle's f32 speed Persea must reach."""
    pictures: int
    precision: str
    target: float


WORKS = [Work(1, "f32", 8.0), Work(1, "auto", 8.0), Work(9, "f32", 12.0), Work(9, "auto", 12.0)]


def make_model(scratch):
    """The folders that MinDalle looks for; Persea wants the codebook beside the rest."""
    import torch
    from min_dalle.models import DalleBartDecoder, DalleBartEncoder, VQGanDetokenizer

    folder, vqgan = (os.path.join(scratch, name) for name in ("dalle_bart_mini", "vqgan"))
    if os.path.exists(os.path.join(folder, "detoker.pt")):
        return folder
    print("making the model …", file=sys.stderr)
    for path in folder, vqgan:
        os.makedirs(path, exist_ok=True)
    torch.manual_seed(1)
    common = {"embed_count": 1024, "attention_head_count": 16, "glu_embed_count": 2730,
              "layer_count": 12, "device": "cpu"}
    parts = {
        "encoder.pt": DalleBartEncoder(text_vocab_count=50264, text_token_count=64, **common),
        "decoder.pt": DalleBartDecoder(image_vocab_count=16384, **common),
    }
    for name, module in parts.items():
        torch.save({key: value.half() for key, value in module.state_dict().items()},
                   os.path.join(folder, name))
    torch.save(VQGanDetokenizer().state_dict(), os.path.join(vqgan, "detoker.pt"))
    for name in "vocab.json", "merges.txt":
        shutil.copy(os.path.join(VOCABULARY, name), folder)
    os.link(os.path.join(vqgan, "detoker.pt"), os.path.join(folder, "detoker.pt"))
    return folder


class MinDalle:
    def __init__(self, scratch, threads):
        import torch
        from min_dalle import MinDalle as Original
        from min_dalle.text_tokenizer import TextTokenizer

        class Offline(Original):
            def init_tokenizer(self):  # the original asks its hub first, whatever is there
                with open(self.vocab_path, encoding="utf8") as file:
                    vocabulary = json.load(file)
                with open(self.merges_path, encoding="utf8") as file:
                    self.tokenizer = TextTokenizer(vocabulary, file.read().split("\n")[1:-1])

        self.model = Offline(models_root=scratch, is_mega=False, device="cpu", is_verbose=False)
        torch.set_num_threads(threads)

    def round(self, work):
        start = time.perf_counter()
        self.model.generate_image(PROMPT, seed=1, grid_size=round(work.pictures ** 0.5))
        return time.perf_counter() - start


class Persea:
    """Its caches are in the scratch folder, too."""

    def __init__(self, program, folder, scratch):
        self.program, self.folder = program, folder
        self.environment = {**os.environ, "XDG_CACHE_HOME": os.path.join(scratch, "cache")}
        self.known, self.resident, self.share = set(), {}, {}

    def run(self, work, workload):
        command = [self.program, "bench", workload, "--model", self.folder, "--batch",
                   str(work.pictures), "--precision", work.precision, "--runs", "1", "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            raise SystemExit(f"{' '.join(command)}: exit status {status >> 8}")
        self.resident[work] = usage.ru_maxrss / 1024
        return next(result for result in map(json.loads, output.splitlines())
                    if result["workload"] == workload)

    def round(self, work):
        if work not in self.known:
            self.share[work] = self.run(work, "codes")["share"]  # builds kernels, packs weights
            self.known.add(work)
        return self.run(work, "draw")["ms_per_item"] * work.pictures / 1000


def compare(work, runners, rounds):
    """In turn, so that a slower minute hits both."""
    times = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            times[name].append(runner.round(work))
    return {name: (statistics.median(values), min(values)) for name, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description="Persea and min-dalle side by side")
    parser.add_argument("--persea", metavar="PROGRAM", help="the command line (build/pipelines/"
                        "persea); without it only min-dalle is timed")
    parser.add_argument("--scratch", metavar="FOLDER", required=True,
                        help="where the model is kept between runs (3 GB with all precisions)")
    parser.add_argument("--pictures", type=int, nargs="+", choices=[1, 9], default=[1, 9])
    parser.add_argument("--precisions", nargs="+", choices=["f32", "auto"], default=["f32", "auto"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="of min-dalle")
    options = parser.parse_args()

    os.makedirs(options.scratch, exist_ok=True)
    folder = make_model(options.scratch)
    runners = {"min-dalle": MinDalle(options.scratch, options.threads)}
    if options.persea:
        runners["persea"] = Persea(options.persea, folder, options.scratch)
    print("| pictures | precision | min-dalle f32, s | Persea, s | ratio | target | decoder's share "
          "of reading | MiB |\n|---|---|---|---|---|---|---|---|")
    for work in WORKS:
        if work.pictures not in options.pictures or work.precision not in options.precisions:
            continue
        times = compare(work, runners, options.rounds)
        theirs, ours = times["min-dalle"], times.get("persea")
        line = f"| {work.pictures} | {work.precision} | {theirs[0]:.1f} ({theirs[1]:.1f}) | "
        if ours:
            ratio = theirs[0] / ours[0]
            line += (f"{ours[0]:.2f} ({ours[1]:.2f}) | {ratio:.1f} | {work.target:.0f} "
                     f"{'reached' if ratio >= work.target else 'missed'} | "
                     f"{runners['persea'].share[work]:.0%} | {runners['persea'].resident[work]:.0f} |")
        print(line, flush=True)


if __name__ == "__main__":
    main()
