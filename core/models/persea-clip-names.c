/* persea-clip-names.c - what the tensors of a CLIP are called
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * References: openai/CLIP, clip/model.py; transformers,
 * models/clip/convert_clip_original_pytorch_to_hf.py; open_clip, src/open_clip/model.py.
 */
#include "config.h"

#include "persea-clip-names.h"

#include <string.h>

#include "persea-error.h"

typedef struct
{
  const char *openai;
  const char *hugging_face;
} ClipRename;

/* The beginning of a name; the rest is kept */
static const ClipRename clip_hf_heads[] = {
  { "visual.transformer.resblocks.", "vision_model.encoder.layers." },
  { "visual.class_embedding", "vision_model.embeddings.class_embedding" },
  { "visual.positional_embedding", "vision_model.embeddings.position_embedding.weight" },
  { "visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight" },
  { "visual.ln_pre.", "vision_model.pre_layrnorm." }, /* misspelled in the format */
  { "visual.ln_post.", "vision_model.post_layernorm." },
  { "visual.proj", "visual_projection.weight" },
  { "transformer.resblocks.", "text_model.encoder.layers." },
  { "token_embedding.weight", "text_model.embeddings.token_embedding.weight" },
  { "positional_embedding", "text_model.embeddings.position_embedding.weight" },
  { "ln_final.", "text_model.final_layer_norm." },
  { "text_projection", "text_projection.weight" },
  { "logit_scale", "logit_scale" },
};

/* The part behind the number of a block; # stands for q, k or v */
static const ClipRename clip_hf_leaves[] = {
  { "ln_1.weight", "layer_norm1.weight" },
  { "ln_1.bias", "layer_norm1.bias" },
  { "ln_2.weight", "layer_norm2.weight" },
  { "ln_2.bias", "layer_norm2.bias" },
  { "attn.in_proj_weight", "self_attn.#_proj.weight" },
  { "attn.in_proj_bias", "self_attn.#_proj.bias" },
  { "attn.out_proj.weight", "self_attn.out_proj.weight" },
  { "attn.out_proj.bias", "self_attn.out_proj.bias" },
  { "mlp.c_fc.weight", "mlp.fc1.weight" },
  { "mlp.c_fc.bias", "mlp.fc1.bias" },
  { "mlp.c_proj.weight", "mlp.fc2.weight" },
  { "mlp.c_proj.bias", "mlp.fc2.bias" },
};

/* Other families and parts of families, by the beginning of a name.  The first that matches. */
static const struct
{
  const char *beginning;
  const char *what;
} clip_strangers[] = {
  { "visual.trunk.", "an OpenCLIP model with an image tower from timm" },
  { "visual.attn_pool.", "a CLIP with attentional pooling (CoCa)" },
  { "text_decoder.", "a CoCa" },
  { "vision_model.head.", "a SigLIP" },
  { "visual.blocks.", "an EVA-CLIP" },
  { "text.transformer.embeddings.", "an OpenCLIP model with a text tower from transformers" },
  { "text.transformer.encoder.", "an OpenCLIP model with a text tower from transformers" },
  { "clip.vision_model.", "a CLIPSeg" },
  { "image_encoder.", "a MobileCLIP" },
  { "model.encoder.", "a BART or DALL·E mini" },
  { "encoder.conv_in.", "a VQGAN" },
  { "decoder.conv_in.", "a VQGAN" },
  { "quantize.", "a VQGAN" },
  { "h.0.", "a GPT-2" },
  { "transformer.h.", "a GPT-2 or Image GPT" },
  { "clip_project.", "a ClipCap" },
  { "blocks.", "an image tower of timm, without a text tower" },
};

/* In OpenAI's naming these two are parameters [in, out]; x · P */
static gboolean
clip_is_projection (const char *name)
{
  return strcmp (name, "visual.proj") == 0 || strcmp (name, "text_projection") == 0;
}

static char *
clip_name_hugging_face (const char *name)
{
  const ClipRename *head = NULL;
  const char *rest, *leaf;

  for (size_t i = 0; i < G_N_ELEMENTS (clip_hf_heads) && head == NULL; i++)
    if (g_str_has_prefix (name, clip_hf_heads[i].openai))
      head = &clip_hf_heads[i];
  if (head == NULL)
    return g_strdup (name);

  rest = name + strlen (head->openai);
  leaf = strchr (rest, '.');
  if (leaf == NULL || !g_str_has_suffix (head->openai, "resblocks."))
    return g_strconcat (head->hugging_face, rest, NULL);
  leaf++;
  for (size_t i = 0; i < G_N_ELEMENTS (clip_hf_leaves); i++)
    if (strcmp (leaf, clip_hf_leaves[i].openai) == 0)
      return g_strdup_printf ("%s%.*s%s", head->hugging_face, (int) (leaf - rest), rest,
                              clip_hf_leaves[i].hugging_face);
  return g_strconcat (head->hugging_face, rest, NULL);
}

static char *
clip_name_custom_text (const char *name)
{
  if (g_str_has_prefix (name, "visual.") || strcmp (name, "logit_scale") == 0)
    return g_strdup (name);
  return g_strconcat ("text.", name, NULL);
}

/* Looks up one tensor, or three if the name has a # in it.  Takes @name. */
static gboolean
clip_bind_parts (PerseaCheckpoint *checkpoint, char *name, PerseaClipBinding *binding)
{
  char *letter = strchr (name, '#');
  unsigned n_parts = letter != NULL ? 3 : 1;

  for (unsigned i = 0; i < n_parts; i++)
    {
      if (letter != NULL)
        *letter = "qkv"[i];
      binding->parts[i] = persea_checkpoint_find (checkpoint, name);
      if (binding->parts[i] == NULL)
        {
          binding->missing = name;
          return FALSE;
        }
    }
  binding->n_parts = n_parts;
  g_free (name);
  return TRUE;
}

/* Three parts of the same shape stack to one; parts of different shapes to no sensible shape */
static void
clip_binding_find_shape (PerseaClipBinding *binding)
{
  const PerseaCheckpointTensor *first = binding->parts[0];

  binding->n_dims = first->n_dims;
  memcpy (binding->shape, first->shape, sizeof binding->shape);
  if (binding->transposed)
    {
      binding->shape[0] = first->shape[1];
      binding->shape[1] = first->shape[0];
    }
  for (unsigned i = 1; i < binding->n_parts; i++)
    if (binding->parts[i]->n_dims != first->n_dims
        || memcmp (binding->parts[i]->shape, first->shape, first->n_dims * sizeof (size_t)) != 0)
      binding->n_dims = PERSEA_CHECKPOINT_MAX_DIMS;
  if (binding->n_parts > 1 && first->n_dims > 0)
    binding->shape[0] *= binding->n_parts;
}

gboolean
persea_clip_bind (PerseaCheckpoint  *checkpoint,
                  PerseaClipNaming   naming,
                  const char        *name,
                  PerseaClipBinding *binding)
{
  char *in_file;

  memset (binding, 0, sizeof *binding);
  if (naming == PERSEA_CLIP_NAMING_HUGGING_FACE)
    in_file = clip_name_hugging_face (name);
  else if (naming == PERSEA_CLIP_NAMING_CUSTOM_TEXT)
    in_file = clip_name_custom_text (name);
  else
    in_file = g_strdup (name);

  if (!clip_bind_parts (checkpoint, in_file, binding))
    {
      /* a projection with a bias is a module of its own, its weight [out, in] */
      in_file = clip_is_projection (name) ? g_strconcat (binding->missing, ".weight", NULL) : NULL;
      if (in_file == NULL || persea_checkpoint_find (checkpoint, in_file) == NULL)
        {
          g_free (in_file);
          return FALSE;
        }
      g_clear_pointer (&binding->missing, g_free);
      clip_bind_parts (checkpoint, in_file, binding);
    }
  else
    {
      binding->transposed = naming != PERSEA_CLIP_NAMING_HUGGING_FACE && clip_is_projection (name)
                            && binding->parts[0]->n_dims == 2;
    }
  clip_binding_find_shape (binding);
  return TRUE;
}

void
persea_clip_binding_clear (PerseaClipBinding *binding)
{
  g_clear_pointer (&binding->missing, g_free);
  binding->n_parts = 0;
}

gboolean
persea_clip_is_ignorable (const PerseaCheckpointTensor *tensor)
{
  switch (tensor->dtype)
    {
    case PERSEA_DTYPE_F32:
    case PERSEA_DTYPE_F16:
    case PERSEA_DTYPE_BF16:
    case PERSEA_DTYPE_F64:
      return g_str_has_suffix (tensor->name, "attn_mask");
    default:
      return TRUE; /* position_ids, num_batches_tracked, input_resolution, … */
    }
}

static gboolean
clip_has (PerseaCheckpoint *checkpoint, const char *name)
{
  return persea_checkpoint_find (checkpoint, name) != NULL;
}

static const char *
clip_name_stranger (PerseaCheckpoint *checkpoint)
{
  size_t n;
  const PerseaCheckpointTensor *tensors = persea_checkpoint_get_tensors (checkpoint, &n);

  for (size_t i = 0; i < G_N_ELEMENTS (clip_strangers); i++)
    for (size_t j = 0; j < n; j++)
      if (g_str_has_prefix (tensors[j].name, clip_strangers[i].beginning))
        return clip_strangers[i].what;
  return NULL;
}

gboolean
persea_clip_naming_detect (PerseaCheckpoint *checkpoint, PerseaClipNaming *naming, GError **error)
{
  const char *stranger = clip_name_stranger (checkpoint);
  gboolean image = clip_has (checkpoint, "visual.proj")
                   || clip_has (checkpoint, "visual.attnpool.c_proj.weight");

  if (clip_has (checkpoint, "logit_bias"))
    stranger = "a SigLIP";
  if (stranger != NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "this is %s; that family is not supported", stranger);
      return FALSE;
    }

  if (clip_has (checkpoint, "text_model.embeddings.token_embedding.weight")
      && clip_has (checkpoint, "visual_projection.weight"))
    *naming = PERSEA_CLIP_NAMING_HUGGING_FACE;
  else if (image && clip_has (checkpoint, "token_embedding.weight"))
    *naming = PERSEA_CLIP_NAMING_OPENAI;
  else if (image && clip_has (checkpoint, "text.token_embedding.weight"))
    *naming = PERSEA_CLIP_NAMING_CUSTOM_TEXT;
  else
    {
      size_t n;
      const PerseaCheckpointTensor *tensors = persea_checkpoint_get_tensors (checkpoint, &n);

      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "not a whole CLIP: expected \"visual.proj\" and \"token_embedding.weight\" or "
                   "what others call them, found %" G_GSIZE_FORMAT " tensors, the first \"%s\"",
                   n, tensors[0].name);
      return FALSE;
    }
  return TRUE;
}
