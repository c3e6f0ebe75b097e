#!/usr/bin/env python3
# make-codebook.py - tiny random codebooks, by the original implementations
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Writes codebook/NAME/: a checkpoint as that implementation saves it, inputs, and what that
# implementation computes from them in f32.  Never run by the build or the tests; README.md says
# with which packages, and what the files hold.
#
#   make-codebook.py TAMING VQGAN_JAX OPENAI_DALLE
#     checkouts of CompVis/taming-transformers, patil-suraj/vqgan-jax and openai/DALL-E
import json
import os
import shutil
import sys

import attr
import flax
import jax
import jax.numpy as jnp
import numpy as np
import torch
import transformers

sys.path[:0] = sys.argv[1:4]
attr.validators.set_disabled(True)  # dall_e refuses sizes below some megabytes
import dall_e  # noqa: E402
from taming.modules.diffusionmodules.model import Decoder, Encoder  # noqa: E402
from taming.modules.vqvae.quantize import VectorQuantizer2  # noqa: E402
from vqgan_jax.configuration_vqgan import VQGANConfig  # noqa: E402
from vqgan_jax.modeling_flax_vqgan import VQModel as FlaxVQModel  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "codebook")


def make_folder(name):
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def draw(shape, mean, deviation, rng):
    """Multiples of a sixteenth of the deviation, which pack well and are exact in f16."""
    step = 2.0 ** np.round(np.log2(deviation / 4))
    return (np.round((mean + deviation * rng.standard_normal(shape)) / step) * step).astype("float32")


def random_weight(name, shape, fan_in, rng):
    """Weights for which every term of the network matters: no norm is the identity, no bias is 0."""
    if "embedding" in name:
        return draw(shape, 0.0, 0.7, rng)
    if name.endswith(("bias", ".b")):
        return draw(shape, 0.0, 0.15, rng)
    if len(shape) == 1:
        return draw(shape, 1.0, 0.25, rng)
    return draw(shape, 0.0, 1.3 * fan_in ** -0.5, rng)


def randomize(module, seed):
    rng = np.random.RandomState(seed)
    with torch.no_grad():
        for name, tensor in module.named_parameters():
            fan_in = tensor[0].numel() if tensor.dim() > 1 else 1
            tensor.copy_(torch.from_numpy(random_weight(name, tensor.shape, fan_in, rng)))
    return module.eval()


def make_pixels(n, height, width, seed):
    """Pictures of blocks and noise, 0 ... 1, [n, 3, height, width]."""
    rng = np.random.RandomState(seed)
    coarse = rng.uniform(0.1, 0.9, (n, 3, -(-height // 4), -(-width // 4)))
    pixels = np.kron(coarse, np.ones((1, 1, 4, 4)))[:, :, :height, :width]
    return np.clip(pixels + rng.normal(0, 0.1, pixels.shape), 0, 1).astype("float32")


def save_golden(folder, made_by, facts, given, decoded, pixels=None, codes=None, margin=None):
    """@margin: by how much, relative to its distance, the nearest entry beats the next one at the
    least: codes may be compared for equality."""
    np.save(os.path.join(folder, "given.npy"), np.asarray(given, "int32"))
    np.save(os.path.join(folder, "decoded.npy"), np.asarray(decoded, "float32"))
    if pixels is not None:
        np.save(os.path.join(folder, "pixels.npy"), pixels)
        np.save(os.path.join(folder, "codes.npy"), np.asarray(codes, "int32"))
        facts["margin"] = float(margin)
        assert margin > 1e-4, margin
        assert len(np.unique(codes)) > 3
    inside = (decoded > 0.002) & (decoded < 0.998)
    assert inside.mean() > 0.7, inside.mean()
    with open(os.path.join(folder, "expected.json"), "w") as stream:
        json.dump({"made_by": made_by, **facts}, stream, indent=1)
        stream.write("\n")


def margin_of(scores):
    """@scores [rows, entries]: the larger the nearer"""
    ordered = np.sort(np.asarray(scores, "float64"), axis=1)
    return ((ordered[:, -1] - ordered[:, -2]) / ordered.std(axis=1)).min()


def make_given(n, height, width, n_embed, seed):
    return np.random.RandomState(seed).randint(0, n_embed, (n, height, width)).astype("int32")


# VQGAN


class Taming(torch.nn.Module):
    """taming.models.vqgan.VQModel without its training (and PyTorch Lightning)"""

    def __init__(self, config, n_embed, embed_dim, low):
        super().__init__()
        self.encoder, self.decoder = Encoder(**config), Decoder(**config)
        self.quantize = VectorQuantizer2(n_embed, embed_dim, beta=0.25)
        self.quant_conv = torch.nn.Conv2d(config["z_channels"], embed_dim, 1)
        self.post_quant_conv = torch.nn.Conv2d(embed_dim, config["z_channels"], 1)
        self.low = low

    def encode(self, pixels):
        h = self.quant_conv(self.encoder(self.low + (1 - self.low) * pixels))
        rows = h.permute(0, 2, 3, 1).reshape(-1, h.shape[1])
        codes = self.quantize(h)[2][2].reshape(h.shape[0], *h.shape[2:])
        return codes, -((rows[:, None] - self.quantize.embedding.weight[None]) ** 2).sum(2)

    def decode(self, codes):
        z = self.quantize.get_codebook_entry(codes.reshape(-1), (*codes.shape, self.quantize.e_dim))
        return (self.decoder(self.post_quant_conv(z)) - self.low) / (1 - self.low)


def spread(conv, decoded, low):
    """Gives the last convolution weights with which most pixels are between black and white."""
    with torch.no_grad():
        gain = (1 - low) * 0.2 / decoded.std(dim=(0, 2, 3))
        conv.weight *= gain[:, None, None, None]
        conv.bias.copy_(low + (1 - low) * 0.5 - gain * (decoded.mean(dim=(0, 2, 3)) * (1 - low)
                                                        + low - conv.bias))
        for tensor in conv.parameters():
            tensor.copy_(tensor.half().float())


def make_vqgan_torch(name, seed, n_embed, embed_dim, low, sides, save, **config):
    """@sides: of the pictures, in pixels"""
    folder = make_folder(name)
    config = {"ch": 32, "out_ch": 3, "in_channels": 3, "resolution": 16, "double_z": False, **config}
    model = randomize(Taming(config, n_embed, embed_dim, low), seed)
    factor = 2 ** (len(config["ch_mult"]) - 1)
    given = torch.from_numpy(make_given(2, sides[0] // factor, sides[1] // factor, n_embed, seed))
    pixels = make_pixels(2, *sides, seed)
    with torch.no_grad():
        spread(model.decoder.conv_out, model.decode(given.long()), low)
        save(folder, model, config)
        made_by = f"taming-transformers, torch {torch.__version__}"
        facts = {"n_entries": n_embed, "factor": factor, "size": config["resolution"]}
        decoded = model.decode(given.long()).numpy().clip(0, 1)
        if save is save_detoker:
            save_golden(folder, made_by, facts, given, decoded)
        else:
            codes, scores = model.encode(torch.from_numpy(pixels))
            save_golden(folder, made_by, facts, given, decoded, pixels, codes, margin_of(scores))


def save_lightning(folder, model, config):
    """What training leaves behind: a wrapper, counters, the loss and its critic."""
    state = {key: tensor.half() for key, tensor in model.state_dict().items()}
    state["loss.logvar"] = torch.zeros(1)
    state["loss.discriminator.main.0.weight"] = torch.zeros(2, 3, 4, 4)
    torch.save({"epoch": 3, "global_step": 12, "pytorch-lightning_version": "1.0.8",
                "state_dict": state}, os.path.join(folder, "last.ckpt"))
    # its sizes are told by the shapes, but for one
    with open(os.path.join(folder, "config.json"), "w") as stream:
        json.dump({"resolution": config["resolution"]}, stream)


def save_detoker(folder, model, config):
    """min-dalle's decoder: its classes have one size only, but taming's names, except for one."""
    state = {"embedding.weight" if key == "quantize.embedding.weight" else key: tensor.half()
             for key, tensor in model.state_dict().items()
             if key.startswith(("decoder.", "post_quant_conv.", "quantize."))}
    torch.save(state, os.path.join(folder, "detoker.pt"))
    with open(os.path.join(folder, "config.json"), "w") as stream:
        json.dump({"resolution": config["resolution"]}, stream)


def make_vqgan_flax(name, seed, sides, **config):
    folder = make_folder(name)
    config = VQGANConfig(**config)
    model = FlaxVQModel(config, input_shape=(1, config.resolution, config.resolution, 3), seed=seed)
    rng = np.random.RandomState(seed)
    flat = flax.traverse_util.flatten_dict(model.params)
    for key in sorted(flat):
        shape = flat[key].shape
        name_, fan_in = ".".join(key), int(np.prod(shape[:-1])) if len(shape) > 1 else 1
        flat[key] = jnp.asarray(random_weight(name_, shape, fan_in, rng))
    factor = 2 ** (len(config.ch_mult) - 1)
    grid = (sides[0] // factor, sides[1] // factor)
    given = make_given(2, *grid, config.n_embed, seed)
    pixels = make_pixels(2, *sides, seed)

    def decode():
        return np.asarray(model.decode_code(jnp.asarray(given.reshape(2, -1)), params=model.params)
                          if grid[0] == grid[1] else decode_grid(model, given))

    model.params = flax.traverse_util.unflatten_dict(flat)
    decoded = decode()
    gain = 0.2 / decoded.std(axis=(0, 1, 2))
    kernel, bias = ("decoder", "conv_out", "kernel"), ("decoder", "conv_out", "bias")
    offset = 0.5 - gain * (decoded.mean(axis=(0, 1, 2)) - np.asarray(flat[bias]))
    flat[kernel] = jnp.asarray((np.asarray(flat[kernel]) * gain).astype("float16").astype("float32"))
    flat[bias] = jnp.asarray(offset.astype("float16").astype("float32"))
    model.params = flax.traverse_util.unflatten_dict(flat)

    _, codes = model.encode(jnp.asarray(pixels.transpose(0, 2, 3, 1)), params=model.params)
    hidden, table = flax_hidden(model, pixels), np.asarray(flat[("quantize", "embedding", "embedding")])
    scores = -((hidden[:, None] - table[None]) ** 2).sum(2)
    half = {key: np.asarray(value, "float16") for key, value in flat.items()}
    with open(os.path.join(folder, "flax_model.msgpack"), "wb") as stream:
        stream.write(flax.serialization.msgpack_serialize(flax.traverse_util.unflatten_dict(half)))
    config.save_pretrained(folder)
    save_golden(folder, f"vqgan-jax, flax {flax.__version__}, jax {jax.__version__}, "
                f"transformers {transformers.__version__}",
                {"n_entries": config.n_embed, "factor": factor, "size": config.resolution}, given,
                np.clip(decode().transpose(0, 3, 1, 2), 0, 1), pixels,
                np.asarray(codes).reshape(2, *grid), margin_of(scores))


def flax_hidden(model, pixels):
    """what its encoder compares with the codebook: [cells, embed_dim]"""
    def run(module, x):
        return module.quant_conv(module.encoder(x))
    hidden = model.module.apply({"params": model.params}, jnp.asarray(pixels.transpose(0, 2, 3, 1)),
                                method=run)
    return np.asarray(hidden).reshape(-1, hidden.shape[-1])


def decode_grid(model, given):
    """decode_code() takes square grids only"""
    def run(module, codes):
        return module.decode(module.quantize.embedding(codes))
    return model.module.apply({"params": model.params}, jnp.asarray(given), method=run)


# OpenAI's discrete VAE


def shrink(module, seed, **attributes):
    """The module that its constructor would have made if it allowed such sizes."""
    for name, value in attributes.items():
        setattr(module, name, value)
    module.__attrs_post_init__()
    return randomize(module, seed)


def make_dvae(name, seed, sides):
    folder = make_folder(name)
    vocabulary = 20
    encoder = shrink(dall_e.Encoder(), seed, n_hid=4, n_blk_per_group=2, vocab_size=vocabulary)
    decoder = shrink(dall_e.Decoder(), seed + 1, n_init=6, n_hid=4, n_blk_per_group=2,
                     vocab_size=vocabulary)
    given = make_given(2, sides[0] // 8, sides[1] // 8, vocabulary, seed)
    pixels = make_pixels(2, *sides, seed)
    with torch.no_grad():
        for path in (encoder.blocks, decoder.blocks):  # 1/64 would hide what the blocks do
            for key, tensor in path.named_parameters():
                if "conv_4" in key:
                    tensor.mul_(32)
        one_hot = torch.nn.functional.one_hot(torch.from_numpy(given).long(), vocabulary)
        x = one_hot.permute(0, 3, 1, 2).float()
        conv, first = decoder.blocks.output.conv, decoder(x)
        gain = 1.0 / first.std(dim=(0, 2, 3))
        conv.w.mul_(gain[:, None, None, None])
        conv.b.copy_((conv.b - first.mean(dim=(0, 2, 3))) * gain)
        torch.save(encoder, os.path.join(folder, "encoder.pkl"))
        torch.save(decoder, os.path.join(folder, "decoder.pkl"))
        logits = encoder(dall_e.map_pixels(torch.from_numpy(pixels)))
        decoded = dall_e.unmap_pixels(torch.sigmoid(decoder(x)[:, :3]))
        save_golden(folder, f"dall_e, torch {torch.__version__}",
                    {"n_entries": vocabulary, "factor": 8, "size": 256}, given, decoded.numpy(),
                    pixels, torch.argmax(logits, 1),
                    margin_of(logits.permute(0, 2, 3, 1).reshape(-1, vocabulary)))


def main():
    torch.set_num_threads(1)
    make_vqgan_torch("taming", 5, 24, 4, -1, (16, 24), save_lightning, ch_mult=(1, 1),
                     num_res_blocks=1, attn_resolutions=(8,), z_channels=8)
    make_vqgan_torch("min-dalle", 6, 16, 8, 0, (24, 16), save_detoker, ch_mult=(2, 1, 1),
                     num_res_blocks=0, attn_resolutions=(), z_channels=8)
    make_vqgan_flax("flax", 7, (16, 16), ch=32, ch_mult=(1, 1), num_res_blocks=0, resolution=16,
                    attn_resolutions=(8,), z_channels=12, embed_dim=8, n_embed=32)
    make_dvae("dvae", 8, (24, 32))


if __name__ == "__main__":
    main()
