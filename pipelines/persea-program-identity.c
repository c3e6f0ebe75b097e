/* persea-program-identity.c - which build of the program, with which libraries, this is
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-program-identity.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#define IDENTITY_NOTE_NAME "GNU"
#define IDENTITY_KERNEL "linux-vdso" /* comes from the kernel */

/* The build id among the notes of a segment, which the linker has aligned to 4 bytes. */
static gboolean
identity_add_notes (GPtrArray *ids, const uint8_t *notes, size_t size)
{
  for (size_t at = 0; at + sizeof (ElfW (Nhdr)) <= size;)
    {
      const ElfW (Nhdr) *note = (const void *) (notes + at);
      const char *name = (const char *) (notes + at + sizeof *note);
      const uint8_t *id = (const uint8_t *) name + (note->n_namesz + 3U) / 4 * 4;

      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == sizeof IDENTITY_NOTE_NAME
          && memcmp (name, IDENTITY_NOTE_NAME, sizeof IDENTITY_NOTE_NAME) == 0)
        {
          g_ptr_array_add (ids, g_compute_checksum_for_data (G_CHECKSUM_SHA256, id, note->n_descsz));
          return TRUE;
        }
      at = id - notes + (note->n_descsz + 3U) / 4 * 4;
    }
  return FALSE;
}

static int
identity_add_library (struct dl_phdr_info *library, size_t size, void *data)
{
  GPtrArray *ids = data;
  gboolean found = strstr (library->dlpi_name, IDENTITY_KERNEL) != NULL;

  for (int i = 0; i < library->dlpi_phnum && !found; i++)
    {
      const ElfW (Phdr) *segment = &library->dlpi_phdr[i];

      if (segment->p_type == PT_NOTE)
        found = identity_add_notes (ids, (const uint8_t *) (library->dlpi_addr + segment->p_vaddr),
                                    segment->p_filesz);
    }
  if (!found) /* the name has the version in it, more often than not */
    g_ptr_array_add (ids, g_strdup (library->dlpi_name));
  return 0;
}

static int
identity_compare (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char *
persea_program_identity_compute (void)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  dl_iterate_phdr (identity_add_library, ids);
  g_ptr_array_sort (ids, identity_compare); /* they are loaded in any order */
  g_checksum_update (sum, (const guchar *) PERSEA_VERSION, -1);
  for (unsigned i = 0; i < ids->len; i++)
    g_checksum_update (sum, ids->pdata[i], -1);
  return g_strdup (g_checksum_get_string (sum));
}
