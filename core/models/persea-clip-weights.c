/* persea-clip-weights.c - the weights of a CLIP, whoever published it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Infers the configuration from the shapes as OpenAI's loader does (openai/CLIP, clip/model.py,
 * build_model), lets the files beside the weights add to it, and compares every tensor with what
 * the configuration asks for.
 */
#include "config.h"

#include "persea-clip-weights.h"

#include <math.h>
#include <string.h>

#include "persea-clip-layouts.h"
#include "persea-clip-names.h"
#include "persea-error.h"
#include "persea-model-directory.h"

/* No published model comes near; keeps all later arithmetic within 32 bits */
#define CLIP_MAX_SIZE   (1 << 20)
#define CLIP_MAX_LAYERS 256

struct _PerseaClipWeights
{
  PerseaModelDirectory *directory;
  PerseaCheckpoint     *checkpoint;
  PerseaClipNaming      naming;
  PerseaClipConfig      config;
  GPtrArray            *tensors;  /* of PerseaClipTensor */
  PerseaClipBinding    *bindings; /* one per tensor */
  GHashTable           *by_name;  /* name -> index in tensors + 1 */
};

static void
clip_weights_clear (PerseaClipWeights *weights)
{
  g_clear_pointer (&weights->by_name, g_hash_table_unref);
  if (weights->bindings != NULL)
    for (guint i = 0; i < weights->tensors->len; i++)
      persea_clip_binding_clear (&weights->bindings[i]);
  g_free (weights->bindings);
  g_clear_pointer (&weights->tensors, g_ptr_array_unref);
  g_clear_pointer (&weights->checkpoint, persea_checkpoint_unref);
  g_clear_pointer (&weights->directory, persea_model_directory_free);
}

PerseaClipWeights *
persea_clip_weights_ref (PerseaClipWeights *weights)
{
  return g_atomic_rc_box_acquire (weights);
}

void
persea_clip_weights_unref (PerseaClipWeights *weights)
{
  if (weights != NULL)
    g_atomic_rc_box_release_full (weights, (GDestroyNotify) clip_weights_clear);
}

/* The shape of a tensor that the configuration is inferred from */
static gboolean
clip_get_shape (PerseaClipWeights *weights,
                const char        *name,
                unsigned           n_dims,
                unsigned           shape[4],
                GError           **error)
{
  g_auto (PerseaClipBinding) binding = { 0 };

  if (!persea_clip_bind (weights->checkpoint, weights->naming, name, &binding))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: tensor %s: expected, but not there", weights->directory->weights,
                   binding.missing);
      return FALSE;
    }
  for (unsigned i = 0; i < binding.n_dims && i < 4; i++)
    {
      shape[i] = (unsigned) binding.shape[i];
      if (binding.shape[i] == 0 || binding.shape[i] > CLIP_MAX_SIZE)
        n_dims = G_MAXUINT;
    }
  if (binding.n_dims != n_dims)
    {
      g_autofree char *found = persea_checkpoint_format_shape (binding.parts[0]->shape,
                                                               binding.parts[0]->n_dims);

      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: tensor %s: found the shape %s, which no CLIP has",
                   weights->directory->weights, binding.parts[0]->name, found);
      return FALSE;
    }
  return TRUE;
}

G_GNUC_PRINTF (2, 3) static gboolean
clip_has (PerseaClipWeights *weights, const char *format, ...)
{
  g_auto (PerseaClipBinding) binding = { 0 };
  g_autofree char *name = NULL;
  va_list arguments;

  va_start (arguments, format);
  name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return persea_clip_bind (weights->checkpoint, weights->naming, name, &binding);
}

/* @tower: "visual." or "" */
static gboolean
clip_infer_transformer (PerseaClipWeights     *weights,
                        const char            *tower,
                        unsigned               width,
                        PerseaClipTransformer *transformer,
                        GError               **error)
{
  g_autofree char *first = g_strconcat (tower, "transformer.resblocks.0.mlp.c_fc.weight", NULL);
  unsigned shape[4];

  if (!clip_get_shape (weights, first, 2, shape, error))
    return FALSE;

  transformer->width = width;
  transformer->mlp_width = shape[0];
  while (transformer->n_layers < CLIP_MAX_LAYERS
         && clip_has (weights, "%stransformer.resblocks.%u.ln_1.weight", tower,
                      transformer->n_layers))
    transformer->n_layers++;
  transformer->layer_scale = clip_has (weights, "%stransformer.resblocks.0.ls_1.gamma", tower);
  transformer->eps = 1e-5f;
  transformer->activation = PERSEA_ACTIVATION_QUICK_GELU;
  transformer->n_heads = MAX (width / 64, 1);
  transformer->head_dim = width / transformer->n_heads;
  return TRUE;
}

/* The side of the square grid of which @n_tokens - 1 are the cells */
static gboolean
clip_infer_grid (PerseaClipWeights *weights, unsigned n_tokens, unsigned *grid, GError **error)
{
  unsigned side = (unsigned) lround (sqrt (n_tokens - 1.0));

  if (n_tokens < 2 || side * side + 1 != n_tokens)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "%s: position embedding of the image tower: expected a square and one more, "
                   "found %u rows", weights->directory->weights, n_tokens);
      return FALSE;
    }
  *grid = side;
  return TRUE;
}

static gboolean
clip_infer_vit (PerseaClipWeights *weights, GError **error)
{
  PerseaClipConfig *config = &weights->config;
  unsigned convolution[4], positions[4];

  if (!clip_get_shape (weights, "visual.conv1.weight", 4, convolution, error)
      || !clip_get_shape (weights, "visual.positional_embedding", 2, positions, error)
      || !clip_infer_grid (weights, positions[0], &config->grid, error))
    return FALSE;

  config->image_tower = PERSEA_CLIP_TOWER_VIT;
  config->patch_size = convolution[3];
  config->image_size = config->grid * config->patch_size;
  config->pre_norm = clip_has (weights, "visual.ln_pre.weight");
  return clip_infer_transformer (weights, "visual.", convolution[0], &config->vision, error);
}

static gboolean
clip_infer_resnet (PerseaClipWeights *weights, GError **error)
{
  PerseaClipConfig *config = &weights->config;
  unsigned convolution[4], positions[4];

  if (!clip_get_shape (weights, "visual.layer1.0.conv1.weight", 4, convolution, error)
      || !clip_get_shape (weights, "visual.attnpool.positional_embedding", 2, positions, error)
      || !clip_infer_grid (weights, positions[0], &config->grid, error))
    return FALSE;

  config->image_tower = PERSEA_CLIP_TOWER_RESNET;
  config->image_size = 32 * config->grid;
  config->resnet_width = convolution[0];
  config->resnet_heads = MAX (config->resnet_width * 32 / 64, 1);
  for (unsigned stage = 0; stage < 4; stage++)
    while (config->resnet_layers[stage] < CLIP_MAX_LAYERS
           && clip_has (weights, "visual.layer%u.%u.conv1.weight", stage + 1,
                        config->resnet_layers[stage]))
      config->resnet_layers[stage]++;
  return TRUE;
}

static gboolean
clip_infer (PerseaClipWeights *weights, GError **error)
{
  PerseaClipConfig *config = &weights->config;
  unsigned projection[4], positions[4], tokens[4];
  gboolean resnet = clip_has (weights, "visual.attnpool.c_proj.weight");

  if (!(resnet ? clip_infer_resnet : clip_infer_vit) (weights, error)
      || !clip_get_shape (weights, "text_projection", 2, projection, error)
      || !clip_get_shape (weights, "positional_embedding", 2, positions, error)
      || !clip_get_shape (weights, "token_embedding.weight", 2, tokens, error)
      || !clip_infer_transformer (weights, "", positions[1], &config->text, error))
    return FALSE;
  if (config->image_size > 4096)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "%s: pictures of %u pixels; expected at most 4096",
                   weights->directory->weights, config->image_size);
      return FALSE;
    }

  config->embed_dim = projection[0];
  config->context_length = positions[0];
  config->vocab_size = tokens[0];
  config->text_projection_bias = clip_has (weights, "text_projection.bias");
  config->preprocess = (PerseaPreprocess) PERSEA_PREPROCESS_CLIP ((int) config->image_size);
  return TRUE;
}

/* Weights in OpenAI's naming without a configuration: OpenAI's own files are told by the buffers
 * that they carry along or by being archives of TorchScript. */
static void
clip_apply_bare (PerseaClipWeights *weights)
{
  PerseaClipConfig *config = &weights->config;
  g_autofree char *name = g_path_get_basename (weights->directory->weights);

  config->layout = PERSEA_CLIP_LAYOUT_OPENAI;
  if (persea_checkpoint_get_kind (weights->checkpoint) == PERSEA_CHECKPOINT_TORCH_SCRIPT
      || persea_checkpoint_find (weights->checkpoint, "input_resolution") != NULL)
    return;

  config->activation_assumed = TRUE;
  if (g_str_has_prefix (name, "open_clip"))
    {
      config->layout = PERSEA_CLIP_LAYOUT_OPEN_CLIP;
      config->vision.activation = PERSEA_ACTIVATION_GELU_ERF;
      config->text.activation = PERSEA_ACTIVATION_GELU_ERF;
    }
}

static gboolean
clip_apply_layout (PerseaClipWeights *weights, GError **error)
{
  gboolean found = FALSE;

  if (weights->naming == PERSEA_CLIP_NAMING_HUGGING_FACE)
    return persea_clip_apply_hugging_face (&weights->config, weights->directory, error)
           && persea_clip_apply_persea (&weights->config, weights->directory, error);

  if (!persea_clip_apply_open_clip (&weights->config, weights->directory, &found, error))
    return FALSE;
  if (!found)
    clip_apply_bare (weights);
  return persea_clip_apply_persea (&weights->config, weights->directory, error);
}

/* @width is that of all heads together */
static gboolean
clip_check_heads (PerseaClipWeights *weights,
                  const char        *tower,
                  unsigned           width,
                  unsigned           n_heads,
                  GError           **error)
{
  if (n_heads >= 1 && width % n_heads == 0 && width / n_heads <= PERSEA_MAX_HEAD_DIM)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               "%s: %s tower: expected heads of equal width, at most %d, found %u for a width of %u",
               weights->directory->weights, tower, PERSEA_MAX_HEAD_DIM, n_heads, width);
  return FALSE;
}

static gboolean
clip_check_attention (PerseaClipWeights *weights, GError **error)
{
  const PerseaClipConfig *config = &weights->config;
  gboolean resnet = config->image_tower == PERSEA_CLIP_TOWER_RESNET;

  return clip_check_heads (weights, "image", resnet ? 32 * config->resnet_width : config->vision.width,
                           resnet ? config->resnet_heads : config->vision.n_heads, error)
         && clip_check_heads (weights, "text", config->text.width, config->text.n_heads, error);
}

static gboolean
clip_is_floating (PerseaDtype dtype)
{
  return dtype == PERSEA_DTYPE_F32 || dtype == PERSEA_DTYPE_F16 || dtype == PERSEA_DTYPE_BF16
         || dtype == PERSEA_DTYPE_F64;
}

/* What is wrong with the tensors in the file that make up @tensor, or NULL.  The shapes in the
 * message are those of the file. */
static char *
clip_judge (PerseaClipWeights       *weights,
            const PerseaClipTensor  *tensor,
            const PerseaClipBinding *binding)
{
  const char *const *files = persea_checkpoint_get_files (weights->checkpoint);
  g_autofree char *expected = NULL;
  size_t shape[4]; /* as in the file */

  memcpy (shape, tensor->shape, sizeof shape);
  if (binding->n_parts == 3)
    shape[0] /= 3;
  if (binding->transposed)
    {
      shape[0] = tensor->shape[1];
      shape[1] = tensor->shape[0];
    }
  expected = persea_checkpoint_format_shape (shape, tensor->n_dims);
  if (binding->n_parts == 0)
    return g_strdup_printf ("%s: tensor %s: expected %s, but not there",
                            weights->directory->weights, binding->missing, expected);

  for (unsigned i = 0; i < binding->n_parts; i++)
    {
      const PerseaCheckpointTensor *part = binding->parts[i];
      g_autofree char *found = persea_checkpoint_format_shape (part->shape, part->n_dims);
      gboolean scalar = tensor->n_dims == 0 && part->n_elements == 1;

      if (!scalar && strcmp (expected, found) != 0)
        return g_strdup_printf ("%s: tensor %s: expected %s, found %s", files[part->file],
                                part->name, expected, found);
      if (!clip_is_floating (part->dtype))
        return g_strdup_printf ("%s: tensor %s: expected floating point elements, found %s",
                                files[part->file], part->name, persea_dtype_name (part->dtype));
    }
  return NULL;
}

/* Binds all tensors; every sentence about what is wrong goes to @problems, first those about
 * tensors that are missing or damaged, whose number is returned, then those about strangers */
static guint
clip_bind_all (PerseaClipWeights *weights, GPtrArray *problems)
{
  g_autoptr (GHashTable) used = g_hash_table_new (g_direct_hash, g_direct_equal);
  const char *const *files = persea_checkpoint_get_files (weights->checkpoint);
  const PerseaCheckpointTensor *found;
  guint n_damaged = 0;
  size_t n;

  weights->tensors = persea_clip_list_tensors (&weights->config);
  weights->bindings = g_new0 (PerseaClipBinding, weights->tensors->len);
  weights->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < weights->tensors->len; i++)
    {
      const PerseaClipTensor *tensor = g_ptr_array_index (weights->tensors, i);
      PerseaClipBinding *binding = &weights->bindings[i];
      char *problem;

      persea_clip_bind (weights->checkpoint, weights->naming, tensor->name, binding);
      for (unsigned j = 0; j < binding->n_parts; j++)
        g_hash_table_add (used, (gpointer) binding->parts[j]);
      g_hash_table_insert (weights->by_name, tensor->name, GSIZE_TO_POINTER (i + 1));
      problem = clip_judge (weights, tensor, binding);
      if (problem != NULL)
        g_ptr_array_add (problems, problem);
      n_damaged += problem != NULL;
    }

  found = persea_checkpoint_get_tensors (weights->checkpoint, &n);
  for (size_t i = 0; i < n; i++)
    if (!g_hash_table_contains (used, &found[i]) && !persea_clip_is_ignorable (&found[i]))
      g_ptr_array_add (problems,
                       g_strdup_printf ("%s: tensor %s: no part of a CLIP of this structure",
                                        files[found[i].file], found[i].name));
  return n_damaged;
}

static gboolean
clip_bind_or_complain (PerseaClipWeights *weights, GPtrArray *problems, GError **error)
{
  guint n_before = problems->len;
  guint n_damaged = clip_bind_all (weights, problems);
  guint n = problems->len - n_before;
  PerseaError code = n_damaged > 0 ? PERSEA_ERROR_INVALID_DATA : PERSEA_ERROR_UNSUPPORTED;
  const char *first;

  if (n == 0)
    return TRUE;
  first = g_ptr_array_index (problems, n_before);
  if (n == 1)
    g_set_error_literal (error, PERSEA_ERROR, code, first);
  else
    g_set_error (error, PERSEA_ERROR, code, "%s (and %u more)", first, n - 1);
  return FALSE;
}

PerseaClipWeights *
persea_clip_weights_open_collecting (const char *path, GPtrArray *problems, GError **error)
{
  g_autoptr (PerseaClipWeights) weights = g_atomic_rc_box_new0 (PerseaClipWeights);
  g_autoptr (GPtrArray) own_problems = g_ptr_array_new_with_free_func (g_free);

  weights->directory = persea_model_directory_open (path, error);
  if (weights->directory == NULL)
    return NULL;
  weights->checkpoint = persea_checkpoint_open (weights->directory->weights, error);
  if (weights->checkpoint == NULL)
    return NULL;
  if (!persea_clip_naming_detect (weights->checkpoint, &weights->naming, error))
    {
      g_prefix_error (error, "%s: ", weights->directory->weights);
      return NULL;
    }
  if (!clip_infer (weights, error) || !clip_apply_layout (weights, error)
      || !clip_bind_or_complain (weights, problems != NULL ? problems : own_problems, error)
      || !clip_check_attention (weights, error))
    return NULL;
  return g_steal_pointer (&weights);
}

PerseaClipWeights *
persea_clip_weights_open (const char *path, GError **error)
{
  return persea_clip_weights_open_collecting (path, NULL, error);
}

const PerseaClipConfig *
persea_clip_weights_get_config (PerseaClipWeights *weights)
{
  return &weights->config;
}

PerseaCheckpoint *
persea_clip_weights_get_checkpoint (PerseaClipWeights *weights)
{
  return weights->checkpoint;
}

GPtrArray *
persea_clip_weights_get_tensors (PerseaClipWeights *weights)
{
  return weights->tensors;
}

static gboolean
clip_read_transposed (PerseaClipWeights            *weights,
                      const PerseaCheckpointTensor *part,
                      float                        *out,
                      GError                      **error)
{
  g_autofree float *stored = g_try_new (float, part->n_elements);
  size_t n_in = part->shape[0];
  size_t n_out = part->shape[1];

  if (stored == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                   "no memory for the %" G_GSIZE_FORMAT " elements of %s", part->n_elements,
                   part->name);
      return FALSE;
    }
  if (!persea_checkpoint_read_f32 (weights->checkpoint, part, stored, error))
    return FALSE;
  for (size_t o = 0; o < n_out; o++)
    for (size_t i = 0; i < n_in; i++)
      out[o * n_in + i] = stored[i * n_out + o];
  return TRUE;
}

gboolean
persea_clip_weights_read (PerseaClipWeights *weights,
                          const char        *name,
                          float             *out,
                          size_t             n,
                          GError           **error)
{
  size_t found = GPOINTER_TO_SIZE (g_hash_table_lookup (weights->by_name, name));
  const PerseaClipTensor *tensor;
  const PerseaClipBinding *binding;

  if (found == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, "%s: no tensor %s in this model",
                   weights->directory->weights, name);
      return FALSE;
    }
  tensor = g_ptr_array_index (weights->tensors, found - 1);
  binding = &weights->bindings[found - 1];
  if (tensor->n_elements != n)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "%s: expected %" G_GSIZE_FORMAT " elements, found %" G_GSIZE_FORMAT, name, n,
                   tensor->n_elements);
      return FALSE;
    }

  if (binding->transposed)
    return clip_read_transposed (weights, binding->parts[0], out, error);
  for (unsigned i = 0; i < binding->n_parts; i++)
    {
      if (!persea_checkpoint_read_f32 (weights->checkpoint, binding->parts[i], out, error))
        return FALSE;
      out += binding->parts[i]->n_elements;
    }
  return TRUE;
}

gboolean
persea_clip_weights_check_finite (PerseaClipWeights *weights,
                                  double            *sum,
                                  GCancellable      *cancellable,
                                  GError           **error)
{
  double total = 0;

  for (guint i = 0; i < weights->tensors->len; i++)
    {
      const PerseaClipTensor *tensor = g_ptr_array_index (weights->tensors, i);
      g_autofree float *elements = g_new (float, tensor->n_elements);

      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || !persea_clip_weights_read (weights, tensor->name, elements, tensor->n_elements,
                                        error))
        return FALSE;
      for (size_t j = 0; j < tensor->n_elements; j++)
        {
          if (!isfinite (elements[j]))
            {
              g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "%s: tensor %s: expected finite numbers, found %g at element %"
                           G_GSIZE_FORMAT,
                           weights->directory->weights, tensor->name, (double) elements[j], j);
              return FALSE;
            }
          total += elements[j];
        }
    }
  if (sum != NULL)
    *sum = total;
  return TRUE;
}

static gboolean
clip_recognize (PerseaCheckpoint *const *checkpoints, size_t n_checkpoints)
{
  PerseaClipNaming naming;

  return n_checkpoints == 1 && persea_clip_naming_detect (checkpoints[0], &naming, NULL);
}

const PerseaModelFamily persea_family_clip = {
  .name = "CLIP",
  .role = PERSEA_ROLE_CLIP,
  .recognize = clip_recognize,
};
