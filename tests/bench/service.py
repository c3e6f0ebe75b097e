#!/usr/bin/env python3
# service.py - how long callers of persead wait
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Starts a bus and a persead of its own with a CLIP of a published size and random weights, gives it a
# folder of ten thousand small pictures to tag, or a library of a hundred thousand, and calls it
# meanwhile as programs do.  README.md says more.
import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import time

import numpy as np
from gi.repository import Gio, GLib

NAME, PATH = "org.persea.Persea1", "/org/persea/Persea1"
# width, layers, heads, patch of the pictures' tower; width, layers, heads of the texts'; embedding
VIT_B_32 = (768, 12, 12, 32, 512, 12, 8, 512)
TAGS = "beach,mountain,birthday,cat,dog,tree,house,car,flower,sea"


# What is given to it


def clip_tensors(config):
    """The names and shapes of Hugging Face's layout."""
    width, layers, _, patch, text_width, text_layers, _, embed = config
    yield "logit_scale", ()
    yield "text_projection.weight", (embed, text_width)
    yield "visual_projection.weight", (embed, width)
    yield "text_model.embeddings.token_embedding.weight", (49408, text_width)
    yield "text_model.embeddings.position_embedding.weight", (77, text_width)
    yield "vision_model.embeddings.class_embedding", (width,)
    yield "vision_model.embeddings.patch_embedding.weight", (width, 3, patch, patch)
    yield "vision_model.embeddings.position_embedding.weight", ((224 // patch) ** 2 + 1, width)
    norms = ["text_model.final_layer_norm", "vision_model.pre_layrnorm", "vision_model.post_layernorm"]
    for tower, w, n in (("text_model", text_width, text_layers), ("vision_model", width, layers)):
        for layer in (f"{tower}.encoder.layers.{i}" for i in range(n)):
            norms += [f"{layer}.layer_norm1", f"{layer}.layer_norm2"]
            for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
                yield f"{layer}.self_attn.{name}.weight", (w, w)
                yield f"{layer}.self_attn.{name}.bias", (w,)
            for name, rows, columns in (("fc1", 4 * w, w), ("fc2", w, 4 * w)):
                yield f"{layer}.mlp.{name}.weight", (rows, columns)
                yield f"{layer}.mlp.{name}.bias", (rows,)
    for norm in norms:
        for part in ("weight", "bias"):
            yield f"{norm}.{part}", (text_width if norm.startswith("text") else width,)


def make_model(folder, merges):
    """As save_file() of safetensors would write it."""
    path = os.path.join(folder, "model.safetensors")
    if os.path.exists(path):
        return folder
    os.makedirs(folder, exist_ok=True)
    rng, header, arrays, offset = np.random.RandomState(1), {}, [], 0
    for name, shape in clip_tensors(VIT_B_32):
        array = rng.standard_normal(shape).astype("<f4") * np.float32(0.02)
        if "norm" in name and name.endswith("weight"):
            array += np.float32(1)
        elif name == "logit_scale":
            array = np.float32(4.6)
        array = np.asarray(array, "<f4")
        header[name] = {"dtype": "F32", "shape": list(shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        arrays.append(array)
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays:
            file.write(array.tobytes())
    width, layers, heads, patch, text_width, text_layers, text_heads, embed = VIT_B_32
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump({"model_type": "clip", "projection_dim": embed, "text_config": {
            "hidden_size": text_width, "intermediate_size": 4 * text_width,
            "num_hidden_layers": text_layers, "num_attention_heads": text_heads,
            "vocab_size": 49408, "bos_token_id": 49406, "eos_token_id": 49407}, "vision_config": {
            "hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers,
            "num_attention_heads": heads, "image_size": 224, "patch_size": patch}}, file)
    shutil.copy(merges, os.path.join(folder, "bpe_simple_vocab_16e6.txt.gz"))
    os.rename(path + ".part", path)
    return folder


def make_pictures(folder, count, seed, distinct=200):
    """Small ones with the noise that files have; those after @distinct differ in a comment only, which
    is another content for persead."""
    from PIL import Image

    os.makedirs(folder, exist_ok=True)
    rng = np.random.RandomState(seed)
    for i in range(count):
        path = os.path.join(folder, f"{i:05}.jpg")
        if os.path.exists(path):
            continue
        if i >= distinct:
            with open(os.path.join(folder, f"{i % distinct:05}.jpg"), "rb") as file:
                data = file.read()
            comment = b"%06d" % i
            with open(path, "wb") as file:
                file.write(data[:2] + b"\xff\xfe\x00\x08" + comment + data[2:])
            continue
        coarse = Image.fromarray(rng.randint(0, 256, (12, 16, 3), "uint8"))
        pixels = np.asarray(coarse.resize((320, 240), Image.BICUBIC)).astype("int16")
        pixels += rng.randint(-12, 13, (240, 320, 1))
        Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(path, quality=88)
    return folder


def fill_library(path, folder, count, together):
    """Made-up embeddings of the model that is there already; @together of each hundred are alike."""
    os.makedirs(folder, exist_ok=True)
    rng = np.random.RandomState(3)
    with sqlite3.connect(path) as library:
        model, dim = library.execute("SELECT id, dim FROM model").fetchone()
        if library.execute("SELECT count (*) FROM embedding").fetchone()[0] >= count:
            return
        last = library.execute("SELECT max (id) FROM file").fetchone()[0]
        for i in range(count):
            content = hashlib.sha256(b"%d" % i).hexdigest()
            name = f"{folder}/{i // 100:04}-{i % 100:02}.jpg"
            with open(name, "wb"):
                pass
            vector = rng.standard_normal(dim) / dim ** 0.5
            if i % 100 == 0:
                first = vector
            elif i % 100 < together:
                vector = first + 0.1 * vector
            vector /= np.linalg.norm(vector)
            stamp = (1, i + 1, i + 1, i)
            library.execute("INSERT INTO file (id, path, device, inode, size, mtime_ns, seen)"
                            " VALUES (?, ?, ?, ?, ?, ?, 0)", (last + i + 1, name.encode(), *stamp))
            library.execute("INSERT INTO look VALUES (?, ?, ?, ?, ?, ?)", (last + i + 1, *stamp, content))
            library.execute("INSERT INTO embedding (model, content, made, vector) VALUES (?, ?, 'bench', ?)",
                            (model, content, vector.astype("<f2").tobytes()))


# The service


class Service:
    """A bus, a persead on it, and a client."""

    def __init__(self, options, model, watch=""):
        self.home = os.path.join(options.scratch, "home")
        # neither the machine's battery nor its memory hold it up
        self.environment = dict(os.environ, LC_ALL="C.UTF-8", MEMORY_PRESSURE_WATCH="/dev/null",
                                DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent")
        for variable, name in (("CONFIG", "config"), ("DATA", "data"), ("CACHE", "cache"),
                               ("STATE", "state")):
            self.environment[f"XDG_{variable}_HOME"] = os.path.join(self.home, name)
        config = os.path.join(self.home, "config", "persea")
        os.makedirs(config, exist_ok=True)
        with open(os.path.join(config, "persea.conf"), "w", encoding="utf-8") as file:
            file.write(f"[persea]\nmodel={model}\nprecision={options.precision}\ndrop-after=3600\n{watch}")
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"],
                                    stdout=subprocess.PIPE, text=True, env=self.environment)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.bus.stdout.readline().strip()
        self.connection = Gio.DBusConnection.new_for_address_sync(
            self.environment["DBUS_SESSION_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.log = open(os.path.join(options.scratch, "persead.log"), "w", encoding="utf-8")
        self.daemon = subprocess.Popen([os.path.join(options.build, "pipelines", "persead")],
                                       env=self.environment, stderr=self.log)
        self.n_tokens = 0
        while not self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                            "NameHasOwner", GLib.Variant("(s)", (NAME,)))[0]:
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait()
        self.bus.terminate()
        self.bus.wait()
        self.log.close()

    def call(self, name, path, interface, method, arguments):
        return self.connection.call_sync(name, path, interface, method, arguments, None,
                                         Gio.DBusCallFlags.NONE, 600000, None).unpack()

    def info(self):
        return self.call(NAME, PATH, NAME, "GetInfo", None)[0]

    def work(self, method, arguments, options, until="Finished", do=None):
        """Milliseconds from the call to what the job says first: 'begun', 'items', 'Finished'.
        @do: called when it has begun"""
        self.n_tokens += 1
        token = f"bench_{self.n_tokens}"
        job = f"{PATH}/job/{self.connection.get_unique_name()[1:].replace('.', '_')}/{token}"
        seen, start = {}, 0

        def on_signal(_bus, _sender, _path, _interface, signal_name, parameters):
            now = (time.perf_counter() - start) * 1000
            if signal_name == "PropertiesChanged":
                if parameters.unpack()[1].get("State") == "running":
                    seen.setdefault("begun", now)
            else:
                seen.setdefault(signal_name, now)
                if signal_name == "Finished":
                    seen["code"], seen["details"] = parameters.unpack()

        subscription = self.connection.signal_subscribe(NAME, None, None, job, None,
                                                        Gio.DBusSignalFlags.NONE, on_signal)
        options = dict(options, token=GLib.Variant("s", token))
        start = time.perf_counter()
        self.call(NAME, PATH, NAME, method, GLib.Variant(*arguments(options)))
        while until not in seen:
            GLib.MainContext.default().iteration(True)
            if do is not None and "begun" in seen:
                do, _ = None, do(job)
        if until == "Finished":
            self.connection.signal_unsubscribe(subscription)
        seen.setdefault("begun", seen.get("Items"))  # states that follow at once are told as one
        return seen

    def tag(self, path, **options):
        uri = GLib.filename_to_uri(path)
        options = {"tags": GLib.Variant("s", TAGS), **options}
        return self.work("Tag", lambda o: ("(asa{sv})", ([uri], o)), options)

    def search(self, words, **options):
        start = time.perf_counter()
        found = self.call(NAME, PATH, NAME + ".Library", "Search", GLib.Variant("(sa{sv})", (words, options)))[0]
        return (time.perf_counter() - start) * 1000, found


def show(title, times):
    times = sorted(times)
    print(f"| {title} | {len(times)} | {statistics.median(times):.0f} | {times[0]:.0f} |"
          f" {times[int(0.95 * (len(times) - 1))]:.0f} | {times[-1]:.0f} |", flush=True)


HEAD = "| ms | calls | median | best | 95% | worst |\n|---|---|---|---|---|---|"


# What is measured


def forget_library(options):
    shutil.rmtree(os.path.join(options.scratch, "home", "data"), ignore_errors=True)


def measure_rate(service, do):
    """Pictures of the folder that are done in a second while @do is."""
    done, start = service.info()["done"], time.perf_counter()
    do()
    return (service.info()["done"] - done) / (time.perf_counter() - start)


def measure_backlog(options, model):
    """Interactive requests, at moments that nobody chose, while a folder is tagged."""
    folder = make_pictures(os.path.join(options.scratch, "pictures"), options.count, 2)
    own = make_pictures(os.path.join(options.scratch, "own"), options.rounds + 3, 5)
    for entry in os.scandir(folder):
        if entry.name.endswith(".xmp"):
            os.unlink(entry.path)
    forget_library(options)
    with Service(options, model, f"[watch bench]\nfolder={folder}\ntags={TAGS}\n") as service:
        while service.info()["done"] < 64:
            time.sleep(0.1)
        own = sorted(os.path.join(own, name) for name in os.listdir(own))
        alone = measure_rate(service, lambda: time.sleep(20))
        for path in own[:3]:
            service.tag(path)  # makes ready what such requests need
        calls, rng = [], random.Random(4)

        def call():
            for path in own[3:options.rounds + 3]:
                time.sleep(options.gap if options.gap is not None else rng.uniform(2, 5))
                calls.append(service.tag(path))

        rate, info = measure_rate(service, call), service.info()
    print(f"\nTag while a folder of {options.count} is tagged, {options.precision}; {rate:.1f} pictures of"
          f" the folder a second, {alone:.1f} without calls; {info['queued']} wait at the end\n\n{HEAD}")
    show("until it begins", [call["begun"] for call in calls])
    show("until the result", [call["Items"] for call in calls])
    show("until its end", [call["Finished"] for call in calls])
    assert all(call["code"] == 0 for call in calls)


def measure_idle(options, model):
    """The same with nothing else to do."""
    own = make_pictures(os.path.join(options.scratch, "own"), options.rounds + 3, 5)
    forget_library(options)
    with Service(options, model) as service:
        own = sorted(os.path.join(own, name) for name in os.listdir(own))
        for path in own[:3]:
            service.tag(path)
        calls = [service.tag(path) for path in own[3:options.rounds + 3]]
    print(f"\nTag and nothing else, {options.precision}\n\n{HEAD}")
    show("until it begins", [call["begun"] for call in calls])
    show("until the result", [call["Items"] for call in calls])


def measure_search(options, model):
    """Searches by words, one after the other, and duplicates."""
    own = make_pictures(os.path.join(options.scratch, "own"), 1, 5)
    library = os.path.join(options.scratch, "home", "data", "persea", "library.db")
    if not os.path.exists(library) or options.anew:
        forget_library(options)
        with Service(options, model) as service:
            service.work("Index", lambda o: ("(asa{sv})", ([GLib.filename_to_uri(own)], o)), {})
    fill_library(library, os.path.join(options.scratch, "library"), options.library, options.together)
    with Service(options, model) as service:
        first, _ = service.search("warm")
        times = [service.search(f"a photo of thing {i} in the garden")[0] for i in range(options.rounds)]
        info = service.info()
        print(f"\nSearch in {options.library} pictures, {options.precision}; the first call {first:.0f} ms;"
              f" {info['memory'] / 2**20:.0f} MiB held\n\n{HEAD}")
        show("Search", times)
        start = time.perf_counter()
        groups = service.call(NAME, PATH, NAME + ".Library", "FindDuplicates",
                              GLib.Variant("(a{sv})", ({"top": GLib.Variant("u", 100000)},)))[0]
        print(f"\nFindDuplicates: {time.perf_counter() - start:.1f} s, {len(groups)} groups")


MEASURES = {"backlog": measure_backlog, "idle": measure_idle, "search": measure_search}


def main():
    parser = argparse.ArgumentParser(description="how long callers of persead wait")
    parser.add_argument("what", nargs="+", choices=MEASURES)
    parser.add_argument("--build", metavar="FOLDER", required=True)
    parser.add_argument("--merges", metavar="FILE", required=True, help="bpe_simple_vocab_16e6.txt.gz")
    parser.add_argument("--scratch", metavar="FOLDER", required=True)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--count", type=int, default=10000, help="pictures of the folder")
    parser.add_argument("--library", type=int, default=100000, help="pictures of the library")
    parser.add_argument("--together", type=int, default=3, help="how many of each hundred are alike")
    parser.add_argument("--anew", action="store_true", help="fill the library again")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--gap", metavar="SECONDS", type=float, help="between the calls of backlog; else 2 to 5")
    options = parser.parse_args()
    options.scratch = os.path.abspath(options.scratch)
    model = make_model(os.path.join(options.scratch, "vit-b-32"), options.merges)
    for what in options.what:
        MEASURES[what](options, model)


if __name__ == "__main__":
    main()
