/* persea-memory.c - resident memory
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-memory.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* one mapping of /proc/self/smaps */
typedef struct
{
  guintptr begin;
  guintptr end;
  gboolean clean_kind; /* private, of a file, not writable */
} Mapping;

void
persea_memory_share (void)
{
#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 2);
#endif
}

guint64
persea_memory_get_resident (void)
{
  g_autofree char *text = NULL;
  unsigned long long pages = 0;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)
      || sscanf (text, "%*u %llu", &pages) != 1)
    return 0;
  return pages * (guint64) sysconf (_SC_PAGESIZE);
}

/* "BEGIN-END PERMISSIONS OFFSET DEVICE INODE PATH" */
static gboolean
mapping_parse (Mapping *mapping, const char *line)
{
  unsigned long long begin;
  unsigned long long end;
  unsigned long long inode;
  char permissions[5];

  if (sscanf (line, "%llx-%llx %4s %*x %*x:%*x %llu", &begin, &end, permissions, &inode) != 4)
    return FALSE;
  mapping->begin = (guintptr) begin;
  mapping->end = (guintptr) end;
  mapping->clean_kind = inode != 0 && permissions[1] == '-' && permissions[3] == 'p';
  return TRUE;
}

/* If no page of the mapping is the process' own copy (of relocated data, say), all of them can be
 * read again from the file.  "Anonymous:" is behind the head of each mapping. */
static void
memory_give_back_files (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  Mapping mapping = { 0 };
  unsigned long long anonymous;

  if (!g_file_get_contents ("/proc/self/smaps", &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      if (mapping_parse (&mapping, *line))
        continue;
      if (mapping.clean_kind && sscanf (*line, "Anonymous: %llu", &anonymous) == 1 && anonymous == 0)
        madvise ((void *) mapping.begin, mapping.end - mapping.begin, MADV_DONTNEED);
    }
}

void
persea_memory_give_back (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  memory_give_back_files ();
}
