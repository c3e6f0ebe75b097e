/* persea-pass.c - a forward pass: sticky errors, temporaries, cancellation
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The operations themselves are in persea-ops.c.
 */
#include "config.h"

#include "persea-pass-private.h"

#include "persea-error.h"

/* How long a portion of work should take, µs.  Two are under way at most, so that a cancelled pass stops
 * within a tenth of a second; a device that is never idle meanwhile is as fast as without. */
#define PORTION_TIME 25000
/* how much that is, floating-point operations: each device's own, found out while it works */
#define PORTION_LEAST 2.5e8
#define PORTION_MOST 1e12

struct _PerseaPass
{
  PerseaDevice *device;
  GCancellable *cancellable;
  GPtrArray    *tensors;
  double        cost;      /* queued since the last throttle, floating-point operations */
  unsigned      portions;  /* throttles so far */
  gint64        throttled; /* when the last one returned, monotonic, µs */
  GError       *error;
};

PerseaPass *
persea_pass_begin (PerseaDevice *device, GCancellable *cancellable)
{
  PerseaPass *pass = g_new0 (PerseaPass, 1);

  g_rec_mutex_lock (&device->lock);
  pass->device = persea_device_ref (device);
  pass->cancellable = cancellable ? g_object_ref (cancellable) : NULL;
  pass->tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_tensor_unref);
  return pass;
}

gboolean
persea_pass_end (PerseaPass *pass, GError **error)
{
  PerseaDevice *device = pass->device;
  GError *finish_error = NULL;

  /* What was queued before a failure still uses the temporaries: wait for it in any case. */
  if (!device->class->finish (device, &finish_error))
    persea_pass_fail (pass, finish_error);
  g_ptr_array_unref (pass->tensors);
  g_rec_mutex_unlock (&device->lock);
  persea_device_unref (device);
  g_clear_object (&pass->cancellable);

  GError *failure = g_steal_pointer (&pass->error);
  g_free (pass);
  if (!failure)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

void
persea_pass_fail (PerseaPass *pass, GError *error)
{
  if (pass->error)
    g_error_free (error);
  else
    pass->error = error;
}

gboolean
persea_pass_is_ok (const PerseaPass *pass)
{
  return pass->error == NULL;
}

PerseaDevice *
persea_pass_get_device (PerseaPass *pass)
{
  return pass->device;
}

/* After a failure operations do nothing, but models still hand tensors around and look at their
 * shapes: a tensor without memory serves. */
static PerseaTensor *
pass_tensor_hollow (PerseaPass *pass, PerseaDtype dtype, const size_t *shape, unsigned n_dims)
{
  PerseaTensor *tensor = g_atomic_rc_box_new0 (PerseaTensor);

  tensor->device = persea_device_ref (pass->device);
  tensor->dtype = dtype;
  tensor->n_dims = n_dims;
  for (unsigned i = 0; i < n_dims; i++)
    tensor->shape[i] = shape[i];
  return tensor;
}

PerseaTensor *
persea_pass_tensor_shaped (PerseaPass   *pass,
                           PerseaDtype   dtype,
                           const size_t *shape,
                           unsigned      n_dims)
{
  GError *error = NULL;
  PerseaTensor *tensor = NULL;

  if (!pass->error)
    {
      tensor = persea_tensor_new (pass->device, dtype, n_dims, shape, &error);
      if (!tensor)
        persea_pass_fail (pass, error);
    }
  if (!tensor)
    tensor = pass_tensor_hollow (pass, dtype, shape, n_dims);
  g_ptr_array_add (pass->tensors, tensor);
  return tensor;
}

PerseaTensor *
persea_pass_view_shaped (PerseaPass         *pass,
                         const PerseaTensor *tensor,
                         size_t              offset,
                         const size_t       *shape,
                         unsigned            n_dims)
{
  PerseaTensor *view = tensor->buffer ? persea_tensor_new_view (tensor, offset, n_dims, shape)
                                      : pass_tensor_hollow (pass, tensor->dtype, shape, n_dims);

  g_ptr_array_add (pass->tensors, view);
  return view;
}

void
persea_pass_release (PerseaPass *pass, PerseaTensor *tensor)
{
  g_ptr_array_remove_fast (pass->tensors, tensor);
}

void
persea_pass_upload (PerseaPass *pass, PerseaTensor *tensor, const void *data)
{
  GError *error = NULL;

  if (!pass->error && !persea_tensor_upload (tensor, data, &error))
    persea_pass_fail (pass, error);
}

void
persea_pass_download (PerseaPass *pass, const PerseaTensor *tensor, void *data)
{
  GError *error = NULL;

  if (!pass->error && !persea_tensor_download (tensor, data, &error))
    persea_pass_fail (pass, error);
}

/* g_cancellable_set_error_if_cancelled() would use GIO's domain; both are understood. */
gboolean
persea_pass_check (PerseaPass *pass)
{
  GError *error = NULL;

  if (pass->error)
    return FALSE;
  if (g_cancellable_set_error_if_cancelled (pass->cancellable, &error))
    {
      persea_pass_fail (pass, error);
      return FALSE;
    }
  return TRUE;
}

/* After a throttle: the time between two is that of a portion, but for the first ones, which fill the
 * queue. */
static void
pass_measure_portion (PerseaPass *pass)
{
  PerseaDevice *device = pass->device;
  gint64 now = g_get_monotonic_time ();
  gint64 elapsed = now - pass->throttled;

  pass->throttled = now;
  if (++pass->portions <= 2)
    return;
  if (elapsed > 2 * PORTION_TIME)
    device->portion = MAX (device->portion / 2, PORTION_LEAST);
  else if (elapsed < PORTION_TIME / 2)
    device->portion = MIN (device->portion * 2, PORTION_MOST);
}

void
persea_pass_done (PerseaPass *pass, gboolean ok, GError *error, double cost)
{
  PerseaDevice *device = pass->device;

  if (!ok)
    {
      persea_pass_fail (pass, error);
      return;
    }
  pass->cost += cost;
  if (pass->cost < device->portion)
    return;

  GError *throttle_error = NULL;
  pass->cost = 0;
  if (!device->class->throttle (device, &throttle_error))
    persea_pass_fail (pass, throttle_error);
  pass_measure_portion (pass);
}
