# dalle_model.py - DALL·E mini's text-to-codes network, with the names of min-dalle's files
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Dayma et al., "DALL·E Mini", 2021: BART with gated units and the extra norms of NormFormer.  The
# references are borisdayma/dalle-mini (modeling.py) and kuprel/min-dalle (models/).
import torch
import torch.nn.functional as F
from torch import nn


class Bias(nn.Module):
    """A layer norm that has no scale, because a product without bias follows it."""

    def __init__(self, width):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], None, self.bias)


def linear(inputs, outputs, std=0.02):
    module = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(module.weight, std=std)
    return module


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        std = width ** -0.5
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (linear(width, width, std) for _ in range(4))

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, memory, mask=None, causal=False):
        q, k, v = self.split(self.q_proj(x)), self.split(self.k_proj(memory)), self.split(self.v_proj(memory))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
        return self.out_proj(y.transpose(1, 2).reshape(x.shape))


class GLU(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.ln0, self.ln1 = Bias(width), Bias(inner)
        self.fc0, self.fc1 = (linear(width, inner, width ** -0.5) for _ in range(2))
        self.fc2 = linear(inner, width, inner ** -0.5 / 2)

    def forward(self, x):
        x = self.ln0(x)
        return self.fc2(self.ln1(F.gelu(self.fc0(x)) * self.fc1(x)))


class EncoderLayer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.pre_self_attn_layer_norm = Bias(width)
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.glu = GLU(width, inner)

    def forward(self, x, mask):
        h = self.pre_self_attn_layer_norm(x)
        x = x + self.self_attn_layer_norm(self.self_attn(h, h, mask))
        return x + self.glu(x)


class DecoderLayer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.pre_self_attn_layer_norm = Bias(width)
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.pre_encoder_attn_layer_norm = Bias(width)
        self.encoder_attn = Attention(width, heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.glu = GLU(width, inner)

    def forward(self, x, memory, mask):
        h = self.pre_self_attn_layer_norm(x)
        x = x + self.self_attn_layer_norm(self.self_attn(h, h, causal=True))
        h = self.pre_encoder_attn_layer_norm(x)
        x = x + self.encoder_attn_layer_norm(self.encoder_attn(h, memory, mask))
        return x + self.glu(x)


class Tower(nn.Module):
    def __init__(self, vocabulary, positions, width, layers):
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, width)
        self.embed_positions = nn.Embedding(positions, width)
        self.layernorm_embedding = nn.LayerNorm(width)
        self.layers = nn.ModuleList(layers)
        self.final_ln = Bias(width)
        nn.init.normal_(self.embed_tokens.weight, std=0.02)
        nn.init.normal_(self.embed_positions.weight, std=0.02)

    def embed(self, ids):
        return self.layernorm_embedding(self.embed_tokens(ids) + self.embed_positions.weight[:ids.shape[1]])


class Encoder(Tower):
    def __init__(self, config):
        super().__init__(config["encoder_vocab_size"], config["max_text_length"], config["d_model"], [
            EncoderLayer(config["d_model"], config["encoder_attention_heads"], config["encoder_ffn_dim"])
            for _ in range(config["encoder_layers"])])

    def forward(self, ids, mask):
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x, mask)
        return self.final_ln(x)


class Decoder(Tower):
    def __init__(self, config):
        entries = config["image_vocab_size"] + 1
        super().__init__(entries, config["image_length"], config["d_model"], [
            DecoderLayer(config["d_model"], config["decoder_attention_heads"], config["decoder_ffn_dim"])
            for _ in range(config["decoder_layers"])])
        self.lm_head = linear(config["d_model"], entries)

    def forward(self, codes, memory, mask):
        x = self.embed(codes)
        for layer in self.layers:
            x = layer(x, memory, mask)
        return self.lm_head(self.final_ln(x))


class DalleBart(nn.Module):
    """@config: as in DALL·E mini's config.json"""

    def __init__(self, config):
        super().__init__()
        self.start = config["decoder_start_token_id"]
        self.pad = config["encoder_pad_token_id"]
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def encode(self, ids):
        mask = (ids != self.pad)[:, None, None, :]
        return self.encoder(ids, mask), mask

    def forward(self, ids, codes):
        """[n, length], [n, image_length] -> logits of each code, knowing those before it"""
        memory, mask = self.encode(ids)
        first = torch.full_like(codes[:, :1], self.start)
        return self.decoder(torch.cat([first, codes[:, :-1]], 1), memory, mask)
