#!/usr/bin/env python3
# make-dalle.py - tiny random DALL·E minis, by the original implementations
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Writes dalle/NAME/: weights as that implementation saves them, and what it computes with them in
# f32.  Never run by the build or the tests; README.md says with which packages, and what the files
# hold.
#
#   make-dalle.py min-dalle
#   make-dalle.py dalle-mini DALLE_MINI
#     DALLE_MINI   a checkout of borisdayma/dalle-mini
import json
import os
import struct
import sys
import types

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
VOCABULARY = os.path.join(HERE, "tokens", "dalle")
PROMPTS = ["an armchair in the shape of an avocado", "", "two red cups and a blue fish on a table of "
           "wood in the garden of a house by the sea"]
GUIDANCE, SEED, TEMPERATURE, TOP_K, TOP_P = 3.0, 7, 0.9, 20, 0.95
CANDIDATES = [3, 4]
MARGIN = 2e-4


def philox(counter, key):
    """Random123's philox4x32-10, in Python's integers."""
    for _ in range(10):
        product0, product1 = 0xd2511f53 * counter[0], 0xcd9e8d57 * counter[2]
        counter = [product1 >> 32 ^ counter[1] ^ key[0], product1 & 0xffffffff,
                   product0 >> 32 ^ counter[3] ^ key[1], product0 & 0xffffffff]
        key = [key[0] + 0x9e3779b9 & 0xffffffff, key[1] + 0xbb67ae85 & 0xffffffff]
    return counter


def uniform(seed, candidate, position):
    words = philox([position, 0, candidate, 0], [seed, 0])
    return ((words[0] >> 5) * 2 ** 26 + (words[1] >> 6)) / 2 ** 53


def draw(logits, n_entries, candidate, position):
    """One code from [2, vocabulary] in the order of core/persea-sampler.h, in f64.  Also how far
    the choice was from another one."""
    unconditional, conditional = logits[:, :n_entries].astype("float64")
    guided = unconditional + GUIDANCE * (conditional - unconditional)
    if candidate is None:
        best = np.sort(guided)[::-1]
        return int(guided.argmax()), best[0] - best[1]
    best = np.sort(guided)[::-1]
    margin = best[TOP_K - 1] - best[TOP_K]
    guided = np.where(guided >= best[TOP_K - 1], guided, -np.inf)
    weights = np.exp((guided - best[0]) / TEMPERATURE)
    best = np.sort(weights)[::-1]
    share = np.cumsum(best) / weights.sum()
    last = int((share < TOP_P).sum())
    margin = min(margin, np.abs(share - TOP_P).min())
    weights = np.where(weights >= best[last], weights, 0)
    share = np.cumsum(weights) / weights.sum()
    x = uniform(SEED, candidate, position)
    return int((share <= x).sum()), min(margin, np.abs(share - x).min())


def draw_all(step, n_codes, n_entries, candidate):
    """step (codes so far) -> logits [2, vocabulary]"""
    codes, least = [], np.inf
    for position in range(n_codes):
        code, margin = draw(step(codes), n_entries, candidate, position)
        codes.append(code)
        least = min(least, margin)
    return codes, least


def write(folder, logits_of, step_of, n_codes, n_entries):
    """logits_of (prompt, codes) -> [2, n, vocabulary]; step_of (prompt) -> step for draw_all()"""
    rng = np.random.RandomState(5)
    codes = rng.randint(0, n_entries, n_codes).astype("int32")
    np.save(os.path.join(folder, "codes.npy"), codes)
    for i, prompt in enumerate(PROMPTS):
        logits = logits_of(prompt, codes if i == 0 else codes[:min(n_codes, 20)])
        assert logits.dtype == np.float32 and np.isfinite(logits).all()
        rows = logits.reshape(-1, logits.shape[-1])
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        print(folder, i, logits.shape, "mean cosine of positions", (rows @ rows.T).mean())
        assert i == 1 or np.abs(logits[0] - logits[1]).max() > 0.1
        np.save(os.path.join(folder, "logits-%d.npy" % i), logits)
    for name, candidates in ("greedy", [None]), ("drawn", CANDIDATES):
        drawn = [draw_all(step_of(PROMPTS[0]), n_codes, n_entries, c) for c in candidates]
        print(folder, name, "margins", [margin for _, margin in drawn],
              "different codes", [len(set(codes)) for codes, _ in drawn])
        np.save(os.path.join(folder, name + ".npy"), np.array([c for c, _ in drawn], "int32"))


def write_config(folder, config):
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=1)
        file.write("\n")


def randomize(state, seed):
    """Weights for which every term matters: no norm is the identity, no bias is 0."""
    rng = np.random.RandomState(seed)
    values = {}
    for name, shape in state.items():
        if "embed_" in name:
            deviation, mean = 0.7, 0.0
        elif name.endswith(("bias", ".b")):
            deviation, mean = 0.2, 0.0
        elif len(shape) == 1:
            deviation, mean = 0.25, 1.0
        else:
            deviation, mean = 1.2 * shape[1] ** -0.5, 0.0
        if "lm_head" in name:
            deviation *= 2
        values[name] = (mean + deviation * rng.normal(size=shape)).astype("float32")
    return values


def save_safetensors(path, values):
    header, offset = {}, 0
    for name, value in values.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape),
                        "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in values.values():
            file.write(value.tobytes())


def make_min_dalle(name, width, heads, layers, inner, text_rows, context, image_rows, n_entries,
                   grid, published, seed):
    """@published: as kuprel/min-dalle: f16, torch's archives, no scales in front of products;
    otherwise as Orchard-DALL·E"""
    import torch
    from min_dalle.models import dalle_bart_decoder
    from min_dalle.models.dalle_bart_decoder import DalleBartDecoder
    from min_dalle.models.dalle_bart_encoder import DalleBartEncoder
    from min_dalle.text_tokenizer import TextTokenizer

    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    n_codes = dalle_bart_decoder.IMAGE_TOKEN_COUNT = grid * grid
    folder = os.path.join(HERE, "dalle", name)
    os.makedirs(folder, exist_ok=True)
    encoder = DalleBartEncoder(layers[0], width, heads[0], text_rows, context, inner[0], "cpu").eval()
    decoder = DalleBartDecoder(image_rows - 1, width, heads[1], inner[1], layers[1], "cpu").eval()
    for i, (part, model) in enumerate((("encoder", encoder), ("decoder", decoder))):
        values = randomize({k: tuple(v.shape) for k, v in model.state_dict().items()}, seed + i)
        if published:
            values = {k: v.astype("float16") for k, v in values.items()
                      if not k.endswith(("pre_self_attn_layer_norm.weight", "ln0.weight",
                                         "pre_encoder_attn_layer_norm.weight", "ln1.weight",
                                         "final_ln.weight"))}
            torch.save({k: torch.from_numpy(v) for k, v in values.items()},
                       os.path.join(folder, part + ".pt"))
        else:
            save_safetensors(os.path.join(folder, part + ".safetensors"), values)
        model.load_state_dict({k: torch.from_numpy(v.astype("float32"))
                               for k, v in values.items()}, strict=False)

    write_config(folder, {
        "model_type": "dallebart", "d_model": width, "encoder_layers": layers[0],
        "decoder_layers": layers[1], "encoder_attention_heads": heads[0],
        "decoder_attention_heads": heads[1], "encoder_ffn_dim": inner[0],
        "decoder_ffn_dim": inner[1], "encoder_vocab_size": text_rows, "max_text_length": context,
        "image_vocab_size": image_rows - 1, "image_length": n_codes, "use_bias": False,
        "ln_positions": "normformer", "decoder_start_token_id": n_entries,
        "eos_token_id": image_rows - 1,
    })
    with open(os.path.join(VOCABULARY, "vocab.json"), encoding="utf8") as file:
        vocab = json.load(file)
    with open(os.path.join(VOCABULARY, "merges.txt"), encoding="utf8") as file:
        tokenizer = TextTokenizer(vocab, file.read().split("\n")[1:-1])

    def read(prompt):
        tokens = tokenizer.tokenize(prompt)
        print(len(tokens), "tokens")
        text_tokens = np.ones((2, context), "int64")
        text_tokens[0, :2] = [vocab["<s>"], vocab["</s>"]]
        text_tokens[1, :min(len(tokens), context)] = tokens[:context]
        text_tokens = torch.from_numpy(text_tokens)
        return text_tokens.not_equal(1)[:, None, None, :], encoder.forward(text_tokens)

    def logits_of(prompt, codes):
        mask, states = read(prompt)
        n = len(codes)
        inputs = torch.from_numpy(np.concatenate([[n_entries], codes[:-1]]).astype("int64"))
        logits, _ = decoder.forward(mask, states, torch.zeros(layers[1], 1, 1, width),
                                    inputs[None], torch.arange(n))
        return logits.numpy()

    def step_of(prompt):
        mask, states = read(prompt)
        state = torch.zeros(layers[1], 4, n_codes, width)

        def step(codes):
            last = torch.tensor([[codes[-1] if codes else n_entries]])
            logits, state[:] = decoder.forward(mask, states, state, last,
                                               torch.tensor([len(codes)]))
            return logits[:, -1].numpy()
        return step

    write(folder, logits_of, step_of, n_codes, n_entries)


def make_dalle_mini(name, source, use_scan, seed):
    # for training and downloading only
    sys.modules["wandb"] = types.ModuleType("wandb")
    sys.modules["dalle_mini.model.partitions"] = types.ModuleType("partitions")
    sys.modules["dalle_mini.model.partitions"].set_partitions = None
    sys.path.insert(0, os.path.join(source, "src"))
    import jax
    import jax.numpy as jnp
    from dalle_mini.model.configuration import DalleBartConfig
    from dalle_mini.model.modeling import FlaxBartForConditionalGenerationModule
    from flax import serialization
    from flax.traverse_util import flatten_dict, unflatten_dict
    from transformers import BartTokenizerFast

    folder = os.path.join(HERE, "dalle", name)
    os.makedirs(folder, exist_ok=True)
    config = DalleBartConfig(
        encoder_vocab_size=461, image_vocab_size=37, image_length=16, max_text_length=16,
        encoder_layers=2, decoder_layers=3, encoder_ffn_dim=27, decoder_ffn_dim=35,
        encoder_attention_heads=2, decoder_attention_heads=4, d_model=20, use_scan=use_scan,
        gradient_checkpointing=False, decoder_start_token_id=33, bos_token_id=34, pad_token_id=34,
        eos_token_id=34)
    n_entries, n_codes = 33, 16
    module = FlaxBartForConditionalGenerationModule(config, dtype=jnp.float32)
    ids = jnp.ones((2, 16), "int32")
    params = jax.eval_shape(lambda: module.init(
        {"params": jax.random.PRNGKey(0), "dropout": jax.random.PRNGKey(1)}, ids, ids, ids, ids,
        jnp.zeros((2, 16), "int32"), jnp.zeros((2, 16), "int32"), deterministic=True))["params"]
    shapes = {"/".join(k): v.shape for k, v in flatten_dict(serialization.to_state_dict(params)).items()}
    values = {k: v for k, v in randomize({
        k.replace("embedding", "embed_"): s[1:] if use_scan and "Layers/" in k else s
        for k, s in shapes.items()}, seed).items()}
    values = dict(zip(shapes, values.values()))
    if use_scan:
        rng = np.random.RandomState(seed + 1)
        for key, shape in shapes.items():
            if "Layers/" in key:
                values[key] = np.stack([values[key] * (1 + 0.2 * i) + 0.05 * rng.normal(
                    size=shape[1:]).astype("float32") for i in range(shape[0])])
            assert values[key].shape == shape and values[key].dtype == np.float32, key
    params = unflatten_dict({tuple(k.split("/")): jnp.asarray(v) for k, v in values.items()})
    with open(os.path.join(folder, "flax_model.msgpack"), "wb") as file:
        file.write(serialization.to_bytes(params))
    write_config(folder, {k: v for k, v in config.to_dict().items()
                          if k in DalleBartConfig().to_dict() and not isinstance(v, dict)})
    tokenizer = BartTokenizerFast(os.path.join(VOCABULARY, "vocab.json"),
                                  os.path.join(VOCABULARY, "merges.txt"))

    @jax.jit
    def apply(ids, mask, inputs):
        positions = jnp.tile(jnp.arange(16, dtype="int32"), (2, 1))
        return module.apply({"params": params}, ids, mask, inputs, jnp.ones_like(inputs), positions,
                            positions, deterministic=True)[0]

    def run(prompt, inputs):
        text = tokenizer(["", prompt], padding="max_length", truncation=True, max_length=16,
                         return_tensors="np")
        n = len(inputs)
        inputs = np.tile(np.array(inputs + [0] * (16 - n), "int32"), (2, 1))  # it is causal
        return np.asarray(apply(text["input_ids"], text["attention_mask"], inputs))[:, :n]

    write(folder, lambda prompt, codes: run(prompt, [config.decoder_start_token_id, *codes[:-1]]),
          lambda prompt: lambda codes: run(prompt, [config.decoder_start_token_id, *codes])[:, -1],
          n_codes, n_entries)


if sys.argv[1] == "min-dalle":
    make_min_dalle("min-dalle", width=20, heads=(2, 2), layers=(2, 3), inner=(27, 27), text_rows=460,
                   context=16, image_rows=54, n_entries=50, grid=16, published=True, seed=1)
    make_min_dalle("orchard", width=24, heads=(3, 2), layers=(1, 2), inner=(30, 33), text_rows=461,
                   context=30, image_rows=65, n_entries=64, grid=8, published=False, seed=11)
else:
    make_dalle_mini("dalle-mini", sys.argv[2], use_scan=True, seed=21)
    make_dalle_mini("dalle-mini-unrolled", sys.argv[2], use_scan=False, seed=31)
