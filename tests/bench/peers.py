#!/usr/bin/env python3
# peers.py - Persea and ONNX Runtime side by side, on the same random weights
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Makes CLIP models of the published sizes with random weights, saves each as a checkpoint for
# Persea and as ONNX for the peer, times both in turn, and prints a table of ratios.  README.md
# says how to install what it needs; ./check never runs it.
import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import time
import warnings

import numpy as np

CONTEXT = 77
HF_MODELS = {  # vision width, layers, heads, patch; text width, layers, heads; embedding
    "vit-b-32": (768, 12, 12, 32, 512, 12, 8, 512),
    "vit-b-16": (768, 12, 12, 16, 512, 12, 8, 512),
    "vit-l-14": (1024, 24, 16, 14, 768, 12, 12, 768),
}
MODELS = [*HF_MODELS, "rn50"]


@dataclasses.dataclass(frozen=True)
class Work:
    """One line of the table: a workload of persea bench (clip: pictures; texts: captions of ten
    tokens).  @target is how many times the peer's f32 speed Persea must reach.  The peer's text
    tower always computes all 77 positions, for @peer_batch texts at a time."""
    model: str
    workload: str
    batch: int
    precision: str
    target: float
    peer_batch: int


WORKS = [
    Work("vit-b-32", "clip", 16, "f32", 1.0, 16),
    Work("vit-b-32", "clip", 1, "f32", 1.1, 1),
    Work("vit-b-32", "clip", 16, "bf16", 1.7, 16),
    Work("vit-b-16", "clip", 16, "f32", 1.1, 16),
    Work("vit-b-16", "clip", 16, "bf16", 1.9, 16),
    Work("vit-l-14", "clip", 16, "f32", 1.1, 16),
    Work("vit-l-14", "clip", 16, "bf16", 2.1, 16),
    Work("rn50", "clip", 16, "f32", 1.0, 16),
    Work("vit-b-32", "texts", 512, "f32", 8.0, 32),
    Work("vit-b-32", "texts", 512, "bf16", 14.0, 32),
]


# The same weights for both


def build_hf(name):
    """A model, and its towers as modules of their own."""
    import torch
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

    width, layers, heads, patch, text_width, text_layers, text_heads, embed = HF_MODELS[name]
    config = CLIPConfig.from_text_vision_configs(
        CLIPTextConfig(hidden_size=text_width, intermediate_size=4 * text_width,
                       num_hidden_layers=text_layers, num_attention_heads=text_heads,
                       bos_token_id=49406, eos_token_id=49407),
        CLIPVisionConfig(hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
                         num_attention_heads=heads, patch_size=patch), projection_dim=embed)
    torch.manual_seed(1)
    model = CLIPModel(config).eval()

    class Image(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tower, self.projection = model.vision_model, model.visual_projection

        def forward(self, pixels):
            return self.projection(self.tower(pixels)[1])

    class Text(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tower, self.projection = model.text_model, model.text_projection

        def forward(self, tokens):
            return self.projection(self.tower(tokens)[1])

    return model, {"clip": Image(), "texts": Text()}


def build_rn50():
    """open_clip's standard class has the names and the network of openai/CLIP's."""
    import open_clip
    import torch

    torch.manual_seed(1)
    model = open_clip.CLIP(
        1024, {"layers": [3, 4, 6, 3], "width": 64, "image_size": 224},
        {"context_length": CONTEXT, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12},
        quick_gelu=True).eval()
    with torch.no_grad():
        for name, weight in model.visual.named_parameters():
            if name.endswith("bn3.weight"):  # 0 at the start of training: blocks without effect
                weight.fill_(0.3)
    return model, {"clip": model.visual}


def build(name):
    return build_rn50() if name == "rn50" else build_hf(name)


def save(name, model, folder):
    """RN50 as a plain state dict in OpenAI's layout, the others in Hugging Face's."""
    import torch

    os.makedirs(folder, exist_ok=True)
    if name == "rn50":
        torch.save(model.state_dict(), os.path.join(folder, "RN50.pt"))
    else:
        model.save_pretrained(folder, safe_serialization=True)


def export(module, workload, path):
    import torch

    example = (torch.zeros(2, 3, 224, 224) if workload == "clip"
               else torch.full((2, CONTEXT), 49407))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about shapes that are constant on purpose
        torch.onnx.export(module, (example,), path, opset_version=14, input_names=["input"],
                          output_names=["embeddings"],
                          dynamic_axes={"input": {0: "n"}, "embeddings": {0: "n"}})


def ensure_model(name, workloads, scratch):
    folder = os.path.join(scratch, name)
    paths = {workload: os.path.join(scratch, f"{name}-{workload}.onnx") for workload in workloads}
    if not all(os.path.exists(path) for path in paths.values()):
        print(f"making {name} …", file=sys.stderr)
        model, towers = build(name)
        save(name, model, folder)
        for workload, path in paths.items():
            export(towers[workload], workload, path + ".part")
            os.rename(path + ".part", path)
    return folder, paths


# The two runners: each call times one round, and gives milliseconds an item


class OnnxRuntime:
    def __init__(self, path, workload, batch, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        rng = np.random.RandomState(0)
        if workload == "clip":
            self.input = rng.standard_normal((batch, 3, 224, 224)).astype("float32")
        else:
            self.input = rng.randint(0, 49406, (batch, CONTEXT)).astype("int64")
            self.input[:, 0], self.input[:, 11:] = 49406, 49407
        self.round()  # allocates, and finds its threads

    def round(self):
        start = time.perf_counter()
        self.session.run(None, {"input": self.input})
        return (time.perf_counter() - start) * 1000 / len(self.input)


class PyTorch:
    def __init__(self, model, workload, batch, threads):
        import torch

        torch.set_num_threads(threads)
        self.module = build(model)[1][workload]
        shape = (batch, 3, 224, 224) if workload == "clip" else (batch, CONTEXT)
        self.input = torch.randn(shape) if workload == "clip" else torch.full(shape, 49407)
        self.round()

    def round(self):
        import torch

        start = time.perf_counter()
        with torch.inference_mode():
            self.module(self.input)
        return (time.perf_counter() - start) * 1000 / len(self.input)


class Persea:
    """Its caches are in the scratch folder, too."""

    def __init__(self, program, folder, work, cache):
        self.environment = {**os.environ, "XDG_CACHE_HOME": cache}
        self.command = [program, "bench", work.workload, "--model", folder, "--batch",
                        str(work.batch), "--precision", work.precision, "--runs", "1", "--json"]
        self.work = work
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
            if result["workload"] == self.work.workload:
                assert (result["precision"], result["batch"]) == (self.work.precision, self.work.batch)
                self.share.append(result["share"])
                return result["ms_per_item"]
        raise SystemExit(f"{' '.join(self.command)}: no line for {self.work.workload}")


def make_picture(scratch):
    """224 pixels square: nothing to resize or crop, so only the towers are compared."""
    from PIL import Image

    path = os.path.join(scratch, "picture.png")
    coarse = np.random.RandomState(7).randint(0, 256, (14, 14, 3), "uint8")
    pixels = np.kron(coarse, np.ones((16, 16, 1), "uint8"))
    Image.fromarray(pixels).save(path)
    mean, deviation = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    normalized = (pixels / np.float32(255) - np.float32(mean)) / np.float32(deviation)
    return path, normalized.astype("float32").transpose(2, 0, 1)[None]


def cosine_distance(options, folder, precision, onnx):
    """1 - cosine between both programs' embeddings of one picture: speed is worth nothing if the
    answer is another."""
    path, pixels = make_picture(options.scratch)
    output = os.path.join(options.scratch, "embedding.npy")
    subprocess.run([options.persea, "embed", "--raw", "--format", "npy", "--output", output,
                    "--model", folder, "--precision", precision, path], check=True,
                   env={**os.environ, "XDG_CACHE_HOME": os.path.join(options.scratch, "cache")})
    a = np.load(output)[0].astype("float64")
    b = onnx.session.run(None, {"input": pixels})[0][0].astype("float64")
    return 1 - a @ b / np.sqrt((a @ a) * (b @ b))


def compare(work, folder, path, options):
    """Rounds of the peer and of Persea in turn, so that a slower minute hits both."""
    runners = {"onnx": OnnxRuntime(path, work.workload, work.peer_batch, options.threads)}
    if options.pytorch:
        runners["pytorch"] = PyTorch(work.model, work.workload, work.peer_batch, options.threads)
    if options.persea:
        runners["persea"] = Persea(options.persea, folder, work,
                                   os.path.join(options.scratch, "cache"))
    times = {name: [] for name in runners}
    for _ in range(options.rounds):
        for name, runner in runners.items():
            times[name].append(runner.round())
            time.sleep(0.2)  # threads that spin for more work go to sleep
    result = {"model": work.model, "workload": work.workload, "batch": work.batch,
              "precision": work.precision, "target": work.target}
    for name in runners:
        result[name + "_ms"], result[name + "_best"] = statistics.median(times[name]), min(times[name])
    if options.persea:
        result["ratio"] = result["onnx_ms"] / result["persea_ms"]
        result["share"] = statistics.median(runners["persea"].share)
        if work.workload == "clip":
            result["distance"] = cosine_distance(options, folder, work.precision, runners["onnx"])
        result["resident_mib"] = statistics.median(runners["persea"].resident)
    return result


def print_table(results):
    """Milliseconds an item: the median, and the best in brackets.  MiB: Persea's largest resident
    size, mapped weights included."""
    print("\n| model | work | batch | precision | ONNX Runtime f32 | Persea | ratio | target |"
          " share of ceiling | MiB | 1 - cosine |\n|---|---|---|---|---|---|---|---|---|---|---|")
    for r in results:
        ours = f"– | – | {r['target']:.1f} | – | – | –"
        if "ratio" in r:
            verdict = "reached" if r["ratio"] >= r["target"] else "missed"
            ours = (f"{r['persea_ms']:.2f} ({r['persea_best']:.2f}) | {r['ratio']:.2f} | "
                    f"{r['target']:.1f} {verdict} | {r['share']:.0%} | {r['resident_mib']:.0f} | "
                    + (f"{r['distance']:.0e}" if "distance" in r else "–"))
        print(f"| {r['model']} | {r['workload']} | {r['batch']} | {r['precision']} | "
              f"{r['onnx_ms']:.2f} ({r['onnx_best']:.2f}) | {ours} |")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Persea and ONNX Runtime side by side")
    parser.add_argument("--persea", metavar="PROGRAM", help="the command line (build/pipelines/"
                        "persea); without it only the peers are timed")
    parser.add_argument("--scratch", metavar="FOLDER", required=True,
                        help="where models are kept between runs (13 GB with all precisions)")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--workloads", nargs="+", choices=["clip", "texts"],
                        default=["clip", "texts"])
    parser.add_argument("--precisions", nargs="+", choices=["f32", "bf16"], default=["f32", "bf16"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of the peers")
    parser.add_argument("--pytorch", action="store_true", help="time PyTorch, too")
    return parser.parse_args()


def main():
    options = parse_arguments()
    os.makedirs(options.scratch, exist_ok=True)
    results = []
    for work in WORKS:
        if (work.model not in options.models or work.workload not in options.workloads
                or work.precision not in options.precisions):
            continue
        workloads = {w.workload for w in WORKS if w.model == work.model}
        folder, paths = ensure_model(work.model, workloads, options.scratch)
        results.append(compare(work, folder, paths[work.workload], options))
        print(json.dumps(results[-1]), flush=True)
    print_table(results)


if __name__ == "__main__":
    main()
