# vqgan_model.py - the VQGAN of DALL·E mini, with its published names
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Esser et al., "Taming Transformers for High-Resolution Image Synthesis", 2021; the reference is
# CompVis/taming-transformers, taming/modules/diffusionmodules/model.py.  Pixels are in 0 … 1, as in
# DALL·E mini.
import torch
import torch.nn.functional as F
from torch import nn


def conv3(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def norm(channels, config):
    """Published models have 32 groups, of 4 channels at least.  With groups of one channel, as 32 groups of 32
    would be, nothing could have a colour of its own: each channel's mean is taken away."""
    return nn.GroupNorm(config.get("norm_num_groups", 32), channels, eps=1e-6)


class ResnetBlock(nn.Module):
    def __init__(self, inputs, outputs, config):
        super().__init__()
        self.norm1 = norm(inputs, config)
        self.conv1 = conv3(inputs, outputs)
        self.norm2 = norm(outputs, config)
        self.conv2 = conv3(outputs, outputs)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class AttnBlock(nn.Module):
    def __init__(self, channels, config):
        super().__init__()
        self.norm = norm(channels, config)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x):
        n, channels, height, width = x.shape
        h = self.norm(x)
        q, k, v = (f(h).reshape(n, channels, height * width) for f in (self.q, self.k, self.v))
        scores = (q.transpose(1, 2) @ k).float() * channels ** -0.5
        h = v @ scores.softmax(-1).to(v.dtype).transpose(1, 2)
        return x + self.proj_out(h.reshape(n, channels, height, width))


class Middle(nn.Module):
    def __init__(self, channels, config):
        super().__init__()
        self.block_1 = ResnetBlock(channels, channels, config)
        self.attn_1 = AttnBlock(channels, config)
        self.block_2 = ResnetBlock(channels, channels, config)

    def forward(self, x):
        return self.block_2(self.attn_1(self.block_1(x)))


class Resample(nn.Module):
    def __init__(self, channels, up):
        super().__init__()
        self.up = up
        self.conv = conv3(channels, channels) if up else nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x):
        if self.up:
            return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Level(nn.Module):
    def __init__(self, inputs, outputs, n_blocks, attention, config):
        super().__init__()
        self.block = nn.ModuleList(ResnetBlock(inputs if i == 0 else outputs, outputs, config) for i in range(n_blocks))
        self.attn = nn.ModuleList(AttnBlock(outputs, config) for _ in range(n_blocks if attention else 0))

    def forward(self, x):
        for i, block in enumerate(self.block):
            x = block(x)
            if len(self.attn):
                x = self.attn[i](x)
        for name in ("downsample", "upsample"):
            if hasattr(self, name):
                x = getattr(self, name)(x)
        return x


def level_widths(config):
    return [config["ch"] * m for m in config["ch_mult"]]


def has_attention(config, level):
    return config["resolution"] >> level in config["attn_resolutions"]


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        widths = level_widths(config)
        self.conv_in = conv3(3, config["ch"])
        self.down = nn.ModuleList(
            Level(([config["ch"]] + widths)[i], widths[i], config["num_res_blocks"], has_attention(config, i), config)
            for i in range(len(widths)))
        for level, width in zip(list(self.down)[:-1], widths):
            level.downsample = Resample(width, up=False)
        self.mid = Middle(widths[-1], config)
        self.norm_out = norm(widths[-1], config)
        self.conv_out = conv3(widths[-1], config["z_channels"])

    def forward(self, x):
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
        return self.conv_out(F.silu(self.norm_out(self.mid(x))))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        widths = level_widths(config)
        self.conv_in = conv3(config["z_channels"], widths[-1])
        self.mid = Middle(widths[-1], config)
        self.up = nn.ModuleList(
            Level((widths + widths[-1:])[i + 1], widths[i], config["num_res_blocks"] + 1, has_attention(config, i), config)
            for i in range(len(widths)))
        for level, width in zip(list(self.up)[1:], widths[1:]):
            level.upsample = Resample(width, up=True)
        self.norm_out = norm(widths[0], config)
        self.conv_out = conv3(widths[0], 3)

    def levels(self, z):
        """What each level makes, the coarsest first, and the picture"""
        x = self.mid(self.conv_in(z))
        made = [x]
        for level in reversed(self.up):
            x = level(x)
            made.append(x)
        made[-1] = self.conv_out(F.silu(self.norm_out(x)))
        return made

    def forward(self, z):
        return self.levels(z)[-1]


class VQGAN(nn.Module):
    """@config: as in vqgan-jax's config.json"""

    def __init__(self, config):
        super().__init__()
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.quantize = nn.Module()
        self.quantize.embedding = nn.Embedding(config["n_embed"], config["embed_dim"])
        self.quant_conv = nn.Conv2d(config["z_channels"], config["embed_dim"], 1)
        self.post_quant_conv = nn.Conv2d(config["embed_dim"], config["z_channels"], 1)
        self.reset()

    @torch.no_grad()
    def reset(self):
        """Variance is kept from layer to layer, and blocks begin as the identity: learns much sooner than PyTorch's defaults."""
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            elif parameter.ndim == 4:
                nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
                if "conv2" in name or "proj_out" in name:
                    parameter.zero_()
        self.decoder.conv_out.weight.mul_(0.3)
        self.decoder.conv_out.bias.fill_(0.5)

    def latent(self, x):
        """[n, 3, h, w] in 0 … 1 -> [n, embed_dim, h / 16, w / 16], not yet a row of the codebook"""
        return self.quant_conv(self.encoder(x))

    def nearest(self, z):
        """[n, embed_dim, h, w] -> codes [n, h, w]"""
        table = self.quantize.embedding.weight
        rows = z.float().permute(0, 2, 3, 1).reshape(-1, z.shape[1])
        distances = table.square().sum(1) - 2 * rows @ table.T
        return distances.argmin(1).view(z.shape[0], z.shape[2], z.shape[3])

    def rows(self, codes):
        return self.quantize.embedding(codes).permute(0, 3, 1, 2)

    def decode(self, z):
        return self.decoder(self.post_quant_conv(z))
