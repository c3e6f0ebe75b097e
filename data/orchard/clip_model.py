# clip_model.py - CLIP with a ModifiedResNet image tower, in PyTorch, for training Orchard-CLIP
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Module and parameter names are those of the published checkpoints, so that state_dict() is the
# file.  Radford et al., Learning Transferable Visual Models From Natural Language Supervision
# (2021), sections 2.4 and 2.5.
import math
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1; strides are average pools in front of a convolution."""

    def __init__(self, inputs, planes, stride):
        super().__init__()
        outputs = planes * 4
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.pool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.conv3 = nn.Conv2d(planes, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(OrderedDict([
                ("-1", nn.AvgPool2d(stride) if stride > 1 else nn.Identity()),
                ("0", nn.Conv2d(inputs, outputs, 1, bias=False)),
                ("1", nn.BatchNorm2d(outputs)),
            ]))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(self.pool(y)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class AttentionPool(nn.Module):
    """One query, the mean of all cells, attends to the mean and the cells."""

    def __init__(self, side, channels, heads, outputs):
        super().__init__()
        self.heads = heads
        self.positional_embedding = nn.Parameter(torch.randn(side * side + 1, channels) / channels ** 0.5)
        self.k_proj = nn.Linear(channels, channels)
        self.q_proj = nn.Linear(channels, channels)
        self.v_proj = nn.Linear(channels, channels)
        self.c_proj = nn.Linear(channels, outputs)

    def forward(self, x):
        n, c = x.shape[:2]
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([x.mean(1, keepdim=True), x], 1) + self.positional_embedding
        q = self.q_proj(x[:, :1]).view(n, 1, self.heads, -1).transpose(1, 2)
        k = self.k_proj(x).view(n, -1, self.heads, c // self.heads).transpose(1, 2)
        v = self.v_proj(x).view(n, -1, self.heads, c // self.heads).transpose(1, 2)
        weights = (q @ k.transpose(2, 3) / math.sqrt(c // self.heads)).float().softmax(-1).to(v.dtype)
        return self.c_proj((weights @ v).transpose(1, 2).reshape(n, c))


class ModifiedResNet(nn.Module):
    def __init__(self, layers, width, resolution, heads, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width // 2, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width // 2)
        self.conv2 = nn.Conv2d(width // 2, width // 2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width // 2)
        self.conv3 = nn.Conv2d(width // 2, width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        channels = width
        for stage, blocks in enumerate(layers):
            planes = width * 2 ** stage
            modules = []
            for block in range(blocks):
                modules.append(Bottleneck(channels, planes, 2 if stage > 0 and block == 0 else 1))
                channels = planes * 4
            setattr(self, f"layer{stage + 1}", nn.Sequential(*modules))
        self.attnpool = AttentionPool(resolution // 32, channels, heads, outputs)

    def trunk(self, x):
        for i in (1, 2, 3):
            x = F.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        x = F.avg_pool2d(x, 2)
        for stage in (1, 2, 3, 4):
            x = getattr(self, f"layer{stage}")(x)
        return x

    def forward(self, x):
        return self.attnpool(self.trunk(x))


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.randn(3 * width, width) * width ** -0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x, mask):
        n, length, width = x.shape
        q, k, v = (F.linear(x, self.in_proj_weight, self.in_proj_bias)
                   .view(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4))
        scores = (q @ k.transpose(2, 3) / math.sqrt(width // self.heads)).float() + mask
        x = scores.softmax(-1).to(v.dtype) @ v
        return self.out_proj(x.transpose(1, 2).reshape(n, length, width))


class ResidualAttentionBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn = Attention(width, heads)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(OrderedDict([
            ("c_fc", nn.Linear(width, width * 4)),
            ("gelu", QuickGELU()),
            ("c_proj", nn.Linear(width * 4, width)),
        ]))
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x, mask):
        x = x + self.attn(self.ln_1(x), mask)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads):
        super().__init__()
        self.resblocks = nn.ModuleList(ResidualAttentionBlock(width, heads) for _ in range(layers))


class CLIP(nn.Module):
    """@config: the model_cfg of an open_clip_config.json"""

    def __init__(self, config):
        super().__init__()
        vision, text = config["vision_cfg"], config["text_cfg"]
        width = text["width"]
        self.visual = ModifiedResNet(vision["layers"], vision["width"], vision["image_size"],
                                     vision["width"] * 32 // vision["head_width"], config["embed_dim"])
        self.transformer = Transformer(width, text["layers"], text["heads"])
        self.token_embedding = nn.Embedding(text["vocab_size"], width)
        self.positional_embedding = nn.Parameter(torch.randn(text["context_length"], width) * 0.01)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.randn(width, config["embed_dim"]) * width ** -0.5)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(20.0)))
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        for block in self.transformer.resblocks:
            nn.init.normal_(block.attn.out_proj.weight, std=width ** -0.5 * (2 * text["layers"]) ** -0.5)
            nn.init.normal_(block.mlp.c_proj.weight, std=width ** -0.5 * (2 * text["layers"]) ** -0.5)

    def encode_image(self, pixels):
        return self.visual(pixels)

    def text_features(self, tokens):
        """@tokens: [n, length], of any length up to the context's: nothing after the end counts -> [n, width]"""
        length = tokens.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.token_embedding(tokens) + self.positional_embedding[:length]
        for block in self.transformer.resblocks:
            x = block(x, mask)
        return self.ln_final(x[torch.arange(len(tokens)), tokens.argmax(1)])

    def encode_text(self, tokens):
        return self.text_features(tokens) @ self.text_projection
