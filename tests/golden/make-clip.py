#!/usr/bin/env python3
# make-clip.py - tiny random CLIP models, by the original implementations
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Writes clip/NAME/: a checkpoint as that implementation saves it, inputs, and what that
# implementation computes from them in f32.  Never run by the build or the tests; README.md says
# with which packages, and what the files hold.
#
#   make-clip.py OPENAI_CLIP
#     OPENAI_CLIP   a checkout of openai/CLIP (its clip/model.py is the reference)
import json
import os
import shutil
import sys

import numpy as np
import open_clip
import torch
import transformers
from open_clip.factory import load_checkpoint
from open_clip.model import set_model_preprocess_cfg
from open_clip.push_to_hf_hub import save_for_hf
from safetensors.torch import load_file
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast

sys.path.insert(0, sys.argv[1])
import clip  # noqa: E402
import clip.model  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TINY = os.path.join(HERE, "tokens", "tiny")
TINY_VOCABULARY = 600


def randomize(model, seed):
    """Weights for which every term of the network matters: no norm is the identity, no bias is
    0, and embeddings of different inputs point in different directions."""
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor, mean, deviation):
        tensor.copy_(mean + deviation * torch.randn(tensor.shape, generator=generator))

    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if name.endswith("logit_scale"):
                normal(tensor, 2.6, 0.3)
            elif name.endswith("gamma"):
                normal(tensor, 0.6, 0.3)
            elif "embedding" in name and "patch" not in name:
                normal(tensor, 0.0, 0.3 if "class" in name or "attnpool" in name else 0.7)
            elif name.endswith("bias"):
                normal(tensor, 0.0, 0.15)
            elif tensor.dim() == 1:
                normal(tensor, 1.0, 0.25)
            elif name.endswith("proj"):  # [in, out]
                normal(tensor, 0.0, 1.8 * tensor.shape[0] ** -0.5)
            else:
                normal(tensor, 0.0, 1.8 * tensor[0].numel() ** -0.5)
    return model.eval()


def make_pixels(n, size, seed):
    """Normalised pictures of blocks and noise, [n, 3, size, size]."""
    rng = np.random.RandomState(seed)
    coarse = rng.uniform(-1.4, 1.4, (n, 3, 4, 4)) + rng.uniform(-1, 1, (n, 3, 1, 1))
    pixels = np.kron(coarse, np.ones((1, 1, -(-size // 4), -(-size // 4))))[:, :, :size, :size]
    return (pixels + rng.normal(0, 0.3, pixels.shape)).astype("float32")


def make_tokens(context, vocabulary, seed, eot=None, pad=0):
    """Rows of start, ids, end, padding: empty, short, middling, as long as may be."""
    rng = np.random.RandomState(seed)
    sot, eot = vocabulary - 2, vocabulary - 1 if eot is None else eot
    tokens = np.full((5, context), pad, "int32")
    for row, length in zip(tokens, (0, 1, 5, context // 2, context - 2)):
        ids = rng.randint(0, vocabulary - 2, length)
        ids[ids == eot] = 1
        row[:length + 2] = [sot, *ids, eot]
    return tokens


def measure_batch_norms(model, size):
    """Running means and variances of real activations: made-up ones would silence the few
    channels of these tiny ResNets."""
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    model.train()
    with torch.no_grad():
        model.encode_image(torch.from_numpy(make_pixels(16, size, 999)))
    model.eval()
    for norm in norms:
        norm.momentum = 0.1


def cosine_between_rows(rows):
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows @ rows.T)[~np.eye(len(rows), dtype=bool)].max()


def write_golden(name, source, pixels, tokens, image, text, logits, logit_scale):
    folder = os.path.join(HERE, "clip", name)
    image, text, logits = (tensor.detach().numpy() for tensor in (image, text, logits))
    assert image.dtype == np.float32 and text.dtype == np.float32
    cosines = cosine_between_rows(image), cosine_between_rows(text)
    assert max(cosines) < 0.9, (name, cosines)
    normalized = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (image, text)]
    assert np.allclose(logits, logit_scale * normalized[0] @ normalized[1].T, atol=1e-4)

    np.save(os.path.join(folder, "pixels.npy"), pixels)
    np.save(os.path.join(folder, "tokens.npy"), tokens)
    np.save(os.path.join(folder, "image_embeddings.npy"), image)
    np.save(os.path.join(folder, "text_embeddings.npy"), text)
    expected = {"source": source, "image_size": pixels.shape[-1], "embed_dim": image.shape[1],
                "context_length": tokens.shape[1], "logit_scale": logit_scale,
                "logits_per_image": [[round(float(x), 5) for x in row] for row in logits]}
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    print(f"{name}: {size} bytes, cosines up to {cosines[0]:.2f} (images), {cosines[1]:.2f} (texts)")


def make_folder(name):
    folder = os.path.join(HERE, "clip", name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


# openai/CLIP


def make_openai(name, seed, jit, size, layers, width, patch, text_layers, text_width, context,
                embed=48, vocabulary=96):
    """As the published files: half precision where convert_weights says so, f32 elsewhere, in a
    TorchScript archive that also holds input_resolution, context_length and vocab_size; or the
    plain state dict that clip.load takes instead."""
    folder = make_folder(name)
    path = os.path.join(folder, f"{name}.pt")
    model = clip.model.CLIP(embed, size, layers, width, patch, context, vocabulary, text_width,
                            text_width // 64, text_layers)
    randomize(model, seed)
    measure_batch_norms(model, size)
    clip.model.convert_weights(model)
    half = {key for key, tensor in model.state_dict().items() if tensor.dtype == torch.float16}
    pixels = make_pixels(2, size, seed)
    tokens = make_tokens(context, vocabulary, seed)
    if jit:
        save_traced(path, model.float(), half, size, context, vocabulary, pixels, tokens)
    else:
        torch.save(model.state_dict(), path)

    # clip.load's second try, at a plain state dict, fails in PyTorch 1.13: it forgets to rewind
    loaded = clip.load(path, "cpu")[0] if jit else clip.model.build_model(torch.load(path)).float()
    with torch.no_grad():
        images, texts = torch.from_numpy(pixels), torch.from_numpy(tokens)
        write_golden(name, f"openai/CLIP d05afc4, torch {torch.__version__}", pixels, tokens,
                     loaded.encode_image(images), loaded.encode_text(texts),
                     loaded(images, texts)[0], loaded.logit_scale.exp().item())


def save_traced(path, model, half, size, context, vocabulary, pixels, tokens):
    """Traced in f32, since the CPU has no convolutions in half precision, and halved then."""
    for key, value in (("input_resolution", size), ("context_length", context),
                       ("vocab_size", vocabulary)):
        model.__dict__.pop(key, None)
        model.register_buffer(key, torch.tensor(value))
    images, texts = torch.from_numpy(pixels[:1]), torch.from_numpy(tokens[:1])
    traced = torch.jit.trace_module(
        model, {"forward": (images, texts), "encode_image": images, "encode_text": texts},
        check_trace=False)
    for key, tensor in traced.named_parameters():
        if key in half:
            tensor.data = tensor.data.half()
    traced.save(path)


# Hugging Face transformers


def hf_config(text, vision, **options):
    text = {"vocab_size": 96, "bos_token_id": 94, "eos_token_id": 95, "pad_token_id": 1,
            "num_hidden_layers": 2, "max_position_embeddings": 16, **text}
    return CLIPConfig.from_text_vision_configs(
        transformers.CLIPTextConfig(**text),
        transformers.CLIPVisionConfig(**{"num_hidden_layers": 2, **vision}), **options)


def make_hf(name, seed, config, dtype=torch.float32, tokenizer=False, pad=0, **save):
    folder = make_folder(name)
    model = randomize(CLIPModel(config), seed).to(dtype)
    model.save_pretrained(folder, **save)
    size = config.vision_config.image_size
    CLIPImageProcessor(size={"shortest_edge": size},
                       crop_size={"height": size, "width": size}).save_pretrained(folder)
    if tokenizer:
        CLIPTokenizerFast(f"{TINY}/vocab.json", f"{TINY}/merges.txt").save_pretrained(folder)

    loaded = CLIPModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    text = config.text_config
    eos = None if text.eos_token_id == 2 else text.eos_token_id
    pixels = make_pixels(2, size, seed)
    tokens = make_tokens(text.max_position_embeddings, text.vocab_size, seed, eos, pad)
    with torch.no_grad():
        images, texts = torch.from_numpy(pixels), torch.from_numpy(tokens).long()
        write_golden(name, f"transformers {transformers.__version__}, torch {torch.__version__}",
                     pixels, tokens, loaded.get_image_features(images),
                     loaded.get_text_features(texts), loaded(texts, images).logits_per_image,
                     loaded.logit_scale.exp().item())


# OpenCLIP


class NoTokenizer:
    """OpenCLIP folders of models that use CLIP's own vocabulary often come without one."""

    def save_pretrained(self, folder):
        pass


def make_open_clip(name, seed, config, dtype=torch.float32, preprocess=None, tokenizer=False, safe=False):
    folder = make_folder(name)
    config = {"embed_dim": 48, **config}
    kind = open_clip.CustomTextCLIP if config.get("custom_text") else open_clip.CLIP
    arguments = {key: value for key, value in config.items() if key != "custom_text"}
    model = randomize(kind(**arguments), seed)
    size = config["vision_cfg"]["image_size"]
    measure_batch_norms(model, size)
    model.to(dtype)
    set_model_preprocess_cfg(model, {"size": size, "mean": open_clip.OPENAI_DATASET_MEAN,
                                     "std": open_clip.OPENAI_DATASET_STD, **(preprocess or {})})
    save_for_hf(model, tiny_tokenizer() if tokenizer else NoTokenizer(), config, folder, safe)

    loaded = kind(**arguments).eval()
    if safe:  # this version saves such files, but does not load them
        loaded.load_state_dict(load_file(os.path.join(folder, "open_clip_model.safetensors")))
    else:
        load_checkpoint(loaded, os.path.join(folder, "open_clip_pytorch_model.bin"))
    text = config["text_cfg"]
    pixels = make_pixels(2, size, seed)
    tokens = make_tokens(text["context_length"], text["vocab_size"], seed)
    with torch.no_grad():
        images, texts = torch.from_numpy(pixels), torch.from_numpy(tokens).long()
        image, words, scale = loaded(images, texts)
        write_golden(name, f"open_clip_torch {open_clip.version.__version__}, torch {torch.__version__}",
                     pixels, tokens, loaded.encode_image(images), loaded.encode_text(texts),
                     scale * image @ words.T, scale.item())


def tiny_tokenizer():
    return CLIPTokenizerFast(f"{TINY}/vocab.json", f"{TINY}/merges.txt")


def text_cfg(**options):
    return {"context_length": 16, "vocab_size": 96, "width": 32, "heads": 2, "layers": 1, **options}


def main():
    torch.set_num_threads(1)
    make_openai("openai-vit-jit", 5, True, 32, 1, 64, 8, 1, 64, 77)
    make_openai("openai-vit-state", 15, False, 36, 1, 64, 12, 1, 64, 20, embed=40)
    make_openai("openai-rn-jit", 3, True, 32, (1, 1, 1, 1), 2, None, 1, 64, 16, embed=24)
    make_openai("openai-rn-state", 4, False, 64, (1, 2, 1, 1), 4, None, 1, 64, 16)

    # the historic eos_token_id of all openai/* configs on the hub: the largest id ends the text
    make_hf("hf-quick", 14, hf_config(
        {"vocab_size": TINY_VOCABULARY, "bos_token_id": 0, "eos_token_id": 2, "hidden_size": 32,
         "intermediate_size": 64, "num_attention_heads": 2, "max_position_embeddings": 77},
        {"hidden_size": 48, "intermediate_size": 96, "num_attention_heads": 2, "image_size": 32,
         "patch_size": 8}, projection_dim=40), tokenizer=True, pad=TINY_VOCABULARY - 1)
    # an end token that is not the largest id: its first occurrence ends the text
    make_hf("hf-gelu", 12, hf_config(
        {"eos_token_id": 60, "hidden_size": 48, "intermediate_size": 80, "hidden_act": "gelu",
         "num_attention_heads": 2},
        {"hidden_size": 80, "intermediate_size": 100, "num_attention_heads": 1, "image_size": 28,
         "patch_size": 7, "num_hidden_layers": 1, "hidden_act": "gelu"}, projection_dim=56),
        torch.float16, safe_serialization=False)
    # bf16, in shards; two rows and columns of pixels belong to no patch
    make_hf("hf-sharded", 13, hf_config(
        {"hidden_size": 32, "intermediate_size": 128, "num_attention_heads": 4,
         "layer_norm_eps": 1e-6},
        {"hidden_size": 48, "intermediate_size": 192, "num_attention_heads": 3, "image_size": 34,
         "patch_size": 8, "num_hidden_layers": 1, "hidden_act": "gelu", "layer_norm_eps": 1e-6},
        projection_dim=32), torch.bfloat16, max_shard_size="60KB", safe_serialization=True)

    vision = {"layers": 1, "width": 48, "head_width": 24, "mlp_ratio": 2.0, "patch_size": 8,
              "image_size": 32}
    make_open_clip("openclip-gelu", 21, {
        "vision_cfg": vision, "text_cfg": text_cfg(vocab_size=TINY_VOCABULARY)}, tokenizer=True)
    make_open_clip("openclip-quick", 22, {
        "quick_gelu": True, "vision_cfg": {**vision, "layers": 2, "mlp_ratio": 2.67},
        "text_cfg": text_cfg()},
        torch.float16, {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5),
                        "interpolation": "bilinear", "resize_mode": "squash"}, safe=True)
    make_open_clip("openclip-custom", 23, {
        "custom_text": True, "vision_cfg": {**vision, "layers": 2, "ls_init_value": 1e-5},
        "text_cfg": text_cfg(ls_init_value=1e-5, layers=2)}, torch.float16, safe=True)
    make_open_clip("openclip-no-ln-pre", 24, {
        "vision_cfg": {**vision, "head_width": 16, "no_ln_pre": True}, "text_cfg": text_cfg()},
        torch.bfloat16)
    make_open_clip("openclip-avg", 25, {
        "vision_cfg": {**vision, "pool_type": "avg", "final_ln_after_pool": True,
                       "pos_embed_type": "sin_cos_2d"},
        "text_cfg": text_cfg(mlp_ratio=2.0)}, torch.float16, safe=True)
    make_open_clip("openclip-rn", 32, {
        "vision_cfg": {"layers": [1, 1, 1, 1], "width": 5, "head_width": 32, "image_size": 64},
        "text_cfg": text_cfg()}, torch.float16)


if __name__ == "__main__":
    main()
