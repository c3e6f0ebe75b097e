/* persea-ops-pictures.c - the operations of a pass on pictures and their cells: checks, then the device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * As persea-ops.c, which has those of matrices, rows and sequences, and convolutions.
 */
#include "config.h"

#include "persea-ops.h"

#include "persea-ops-private.h"

static gboolean
tensors_agree (const PerseaTensor *a, const PerseaTensor *b)
{
  if (a->n_dims != b->n_dims)
    return FALSE;
  for (unsigned i = 0; i < a->n_dims; i++)
    if (a->shape[i] != b->shape[i])
      return FALSE;
  return TRUE;
}

void
persea_group_norm (PerseaPass         *pass,
                   PerseaTensor       *y,
                   const PerseaTensor *x,
                   const PerseaTensor *weight,
                   const PerseaTensor *bias,
                   unsigned            n_groups,
                   float               eps,
                   PerseaActivation    activation)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || !tensor_is_real (x) || x->n_dims != 4 || !tensors_agree (y, x)
      || n_groups < 1 || x->shape[3] % n_groups != 0 || !tensor_is_vector (weight, x->shape[3])
      || !tensor_is_vector (bias, x->shape[3]))
    {
      pass_fail_shapes (pass, "group norm", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->group_norm (device, y, x, weight, bias, n_groups, eps, activation,
                                           &error);
  persea_pass_done (pass, ok, error, 2 * tensor_cost (x) + tensor_cost (y));
}

typedef gboolean (*Pool) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, unsigned size,
                          GError **error);

static void
pictures_pool (PerseaPass *pass, const char *what, Pool pool, PerseaTensor *y, const PerseaTensor *x,
               unsigned size)
{
  GError *error = NULL;

  if (!tensor_is_real (y) || !tensor_is_real (x) || x->n_dims != 4 || y->n_dims != 4 || size < 1
      || y->shape[0] != x->shape[0] || y->shape[1] != x->shape[1] / size
      || y->shape[2] != x->shape[2] / size || y->shape[3] != x->shape[3])
    {
      pass_fail_shapes (pass, what, y, x);
      return;
    }

  gboolean ok = pool (persea_pass_get_device (pass), y, x, size, &error);
  persea_pass_done (pass, ok, error, tensor_cost (x) + tensor_cost (y));
}

void
persea_average_pool (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, unsigned size)
{
  if (persea_pass_check (pass))
    pictures_pool (pass, "average pool", persea_pass_get_device (pass)->class->average_pool, y, x,
                   size);
}

void
persea_max_pool (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, unsigned size)
{
  if (persea_pass_check (pass))
    pictures_pool (pass, "max pool", persea_pass_get_device (pass)->class->max_pool, y, x, size);
}

void
persea_upsample (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || !tensor_is_real (x) || x->n_dims != 4 || y->n_dims != 4
      || y->shape[0] != x->shape[0] || y->shape[1] != 2 * x->shape[1]
      || y->shape[2] != 2 * x->shape[2] || y->shape[3] != x->shape[3])
    {
      pass_fail_shapes (pass, "upsampling", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->upsample (device, y, x, &error);
  persea_pass_done (pass, ok, error, tensor_cost (x) + tensor_cost (y));
}

void
persea_activate (PerseaPass         *pass,
                 PerseaTensor       *y,
                 const PerseaTensor *x,
                 PerseaActivation    activation)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || !tensor_is_real (x)
      || persea_tensor_n_elements (y) != persea_tensor_n_elements (x))
    {
      pass_fail_shapes (pass, "activation", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->activate (device, y, x, activation, &error);
  persea_pass_done (pass, ok, error, tensor_cost (x) + tensor_cost (y));
}

void
persea_arg_max (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_index (y, persea_tensor_n_rows (x)) || x->dtype != PERSEA_DTYPE_F32)
    {
      pass_fail_shapes (pass, "largest column", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->arg_max (device, y, x, &error);
  persea_pass_done (pass, ok, error, tensor_cost (x));
}
