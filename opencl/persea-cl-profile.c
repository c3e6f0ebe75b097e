/* persea-cl-profile.c - what each kernel costs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-profile.h"

typedef struct
{
  cl_event          event;
  PerseaProfileRow *row;
  double            flops;
  double            bytes;
} Pending;

struct _PerseaClProfile
{
  GHashTable *rows;    /* name → PerseaProfileRow */
  GArray     *pending; /* of Pending */
};

static void
row_free (gpointer data)
{
  PerseaProfileRow *row = data;

  g_free (row->name);
  g_free (row);
}

PerseaClProfile *
persea_cl_profile_new (void)
{
  PerseaClProfile *profile = g_new0 (PerseaClProfile, 1);

  profile->rows = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, row_free);
  profile->pending = g_array_new (FALSE, FALSE, sizeof (Pending));
  return profile;
}

void
persea_cl_profile_free (PerseaClProfile *profile)
{
  if (!profile)
    return;
  for (unsigned i = 0; i < profile->pending->len; i++)
    clReleaseEvent (g_array_index (profile->pending, Pending, i).event);
  g_array_unref (profile->pending);
  g_hash_table_unref (profile->rows);
  g_free (profile);
}

void
persea_cl_profile_add (PerseaClProfile *profile, const char *name, cl_event event,
                       double flops, double bytes)
{
  PerseaProfileRow *row = g_hash_table_lookup (profile->rows, name);

  if (!row)
    {
      row = g_new0 (PerseaProfileRow, 1);
      row->name = g_strdup (name);
      g_hash_table_insert (profile->rows, row->name, row);
    }
  Pending pending = { event, row, flops, bytes };
  g_array_append_val (profile->pending, pending);
}

void
persea_cl_profile_collect (PerseaClProfile *profile)
{
  for (unsigned i = 0; i < profile->pending->len; i++)
    {
      Pending *pending = &g_array_index (profile->pending, Pending, i);
      cl_ulong start, end;

      if (clGetEventProfilingInfo (pending->event, CL_PROFILING_COMMAND_START, sizeof start, &start,
                                   NULL) == CL_SUCCESS
          && clGetEventProfilingInfo (pending->event, CL_PROFILING_COMMAND_END, sizeof end, &end,
                                      NULL) == CL_SUCCESS)
        {
          pending->row->n_calls++;
          pending->row->seconds += (end - start) * 1e-9;
          pending->row->flops += pending->flops;
          pending->row->bytes += pending->bytes;
        }
      clReleaseEvent (pending->event);
    }
  g_array_set_size (profile->pending, 0);
}

static int
row_compare (gconstpointer a, gconstpointer b)
{
  const PerseaProfileRow *left = *(const PerseaProfileRow *const *) a;
  const PerseaProfileRow *right = *(const PerseaProfileRow *const *) b;

  return (left->seconds < right->seconds) - (left->seconds > right->seconds);
}

GPtrArray *
persea_cl_profile_get_rows (PerseaClProfile *profile)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (row_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, profile->rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      PerseaProfileRow *copy = g_memdup2 (value, sizeof *copy);

      copy->name = g_strdup (copy->name);
      g_ptr_array_add (rows, copy);
    }
  g_ptr_array_sort (rows, row_compare);
  return rows;
}
