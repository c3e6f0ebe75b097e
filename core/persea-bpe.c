/* persea-bpe.c - byte-pair encoding: a word becomes the ids of its pieces
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two hash tables with open addressing, one from texts to ids, one from pairs of ids to merges:
 * fifty thousand of each have to be filled while somebody waits for the program to start.
 */
#include "config.h"

#include "persea-bpe.h"

#include "persea-error.h"
#include "persea-sum.h"

#include <string.h>

#define NO_RANK G_MAXUINT32

typedef struct
{
  uint32_t start, length; /* in arena; length 0: no such id */
} BpeText;

typedef struct
{
  uint64_t pair; /* ids of left and right; the table's empty slots have rank NO_RANK */
  uint32_t rank;
  int32_t  merged;
} BpeMerge;

struct _PerseaBpe
{
  GString *arena;
  GArray  *texts;      /* of BpeText, by id */
  uint32_t *text_slots; /* ids + 1; 0: empty */
  size_t    n_text_slots, n_texts;
  BpeMerge *merges;
  size_t    n_merge_slots, n_merges;
  uint32_t  next_rank;
  uint64_t  sum; /* over all tokens and merges, in whatever order tokens came */
  int32_t   byte_ids[256], last_byte_ids[256]; /* the last of a word has a token of its own */
};

PerseaBpe *
persea_bpe_new (void)
{
  PerseaBpe *bpe = g_new0 (PerseaBpe, 1);

  bpe->arena = g_string_new (NULL);
  bpe->texts = g_array_new (FALSE, TRUE, sizeof (BpeText));
  return bpe;
}

void
persea_bpe_free (PerseaBpe *bpe)
{
  if (!bpe)
    return;

  g_string_free (bpe->arena, TRUE);
  g_array_unref (bpe->texts);
  g_free (bpe->text_slots);
  g_free (bpe->merges);
  g_free (bpe);
}

gunichar
persea_bpe_byte_to_character (uint8_t byte)
{
  if ((byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173))
    return byte;
  if (byte <= 32) /* the others follow each other from U+0100 */
    return 0x100 + byte;
  if (byte <= 160)
    return 0x100 + 33 + (byte - 127);
  return 0x100 + 33 + 34;
}

static uint32_t
bpe_hash_text (const char *text, size_t length)
{
  uint32_t hash = 2166136261u; /* FNV-1a */

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (uint8_t) text[i]) * 16777619u;
  return hash ^ hash >> 15;
}

static uint32_t
bpe_hash_pair (uint64_t pair)
{
  return (pair * 0x9e3779b97f4a7c15u) >> 32;
}

/* the slot of a text, or the empty one where it belongs; there must be slots */
static size_t
bpe_find_text_slot (const PerseaBpe *bpe, const char *text, size_t length)
{
  size_t mask = bpe->n_text_slots - 1;
  size_t slot = bpe_hash_text (text, length) & mask;

  for (; bpe->text_slots[slot] != 0; slot = (slot + 1) & mask)
    {
      const BpeText *other = &g_array_index (bpe->texts, BpeText, bpe->text_slots[slot] - 1);

      if (other->length == length && memcmp (bpe->arena->str + other->start, text, length) == 0)
        break;
    }
  return slot;
}

static void
bpe_grow_text_slots (PerseaBpe *bpe)
{
  bpe->n_text_slots = MAX (bpe->n_text_slots * 2, 1024);
  g_free (bpe->text_slots);
  bpe->text_slots = g_new0 (uint32_t, bpe->n_text_slots);
  for (guint id = 0; id < bpe->texts->len; id++)
    {
      const BpeText *text = &g_array_index (bpe->texts, BpeText, id);

      if (text->length > 0)
        bpe->text_slots[bpe_find_text_slot (bpe, bpe->arena->str + text->start, text->length)]
          = id + 1;
    }
}

static size_t
bpe_find_merge_slot (const PerseaBpe *bpe, uint64_t pair)
{
  size_t mask = bpe->n_merge_slots - 1;
  size_t slot = bpe_hash_pair (pair) & mask;

  while (bpe->merges[slot].rank != NO_RANK && bpe->merges[slot].pair != pair)
    slot = (slot + 1) & mask;
  return slot;
}

static void
bpe_grow_merges (PerseaBpe *bpe)
{
  g_autofree BpeMerge *old = bpe->merges;
  size_t n_old = bpe->n_merge_slots;

  bpe->n_merge_slots = MAX (n_old * 2, 1024);
  bpe->merges = g_new (BpeMerge, bpe->n_merge_slots);
  for (size_t i = 0; i < bpe->n_merge_slots; i++)
    bpe->merges[i].rank = NO_RANK;
  for (size_t i = 0; i < n_old; i++)
    if (old[i].rank != NO_RANK)
      bpe->merges[bpe_find_merge_slot (bpe, old[i].pair)] = old[i];
}

gboolean
persea_bpe_add_token (PerseaBpe   *bpe,
                      const char  *text,
                      size_t       length,
                      int64_t      id,
                      GError     **error)
{
  BpeText *entry;
  size_t slot;

  if (length == 0 || length > G_MAXUINT16 || bpe->arena->len > G_MAXUINT32 - length
      || id < 0 || id >= PERSEA_BPE_MAX_TOKENS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected tokens of 1 to %d bytes with ids below %d, "
                   "found one of %zu with id %" G_GINT64_FORMAT,
                   G_MAXUINT16, PERSEA_BPE_MAX_TOKENS, length, id);
      return FALSE;
    }
  if ((bpe->n_texts + 1) * 2 > bpe->n_text_slots)
    bpe_grow_text_slots (bpe);
  slot = bpe_find_text_slot (bpe, text, length);
  if (id >= bpe->texts->len)
    g_array_set_size (bpe->texts, id + 1);
  entry = &g_array_index (bpe->texts, BpeText, id);
  if (bpe->text_slots[slot] != 0 || entry->length > 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "the token \"%.*s\" or its id %" G_GINT64_FORMAT " is there twice",
                   (int) MIN (length, 100), text, id);
      return FALSE;
    }

  *entry = (BpeText) { bpe->arena->len, length };
  g_string_append_len (bpe->arena, text, length);
  bpe->text_slots[slot] = id + 1;
  bpe->n_texts++;
  bpe->sum += persea_sum_add ((uint64_t) id, text, length);
  return TRUE;
}

static int32_t
bpe_find_id (const PerseaBpe *bpe, const char *text, size_t length)
{
  return bpe->n_text_slots > 0
           ? (int32_t) bpe->text_slots[bpe_find_text_slot (bpe, text, length)] - 1
           : -1;
}

gboolean
persea_bpe_add_merge (PerseaBpe   *bpe,
                      const char  *left,
                      size_t       left_length,
                      const char  *right,
                      size_t       right_length,
                      GError     **error)
{
  int32_t left_id = bpe_find_id (bpe, left, left_length);
  int32_t right_id = bpe_find_id (bpe, right, right_length);
  int32_t merged = -1;
  uint64_t pair = (uint64_t) left_id << 32 | (uint32_t) right_id;
  BpeMerge *merge;

  if (left_id >= 0 && right_id >= 0)
    {
      g_autofree char *both = g_malloc (left_length + right_length);

      memcpy (both, left, left_length);
      memcpy (both + left_length, right, right_length);
      merged = bpe_find_id (bpe, both, left_length + right_length);
    }
  if (merged < 0 || bpe->next_rank >= PERSEA_BPE_MAX_MERGES)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "merge %u (\"%.*s\" and \"%.*s\") is not made of tokens, or makes none",
                   bpe->next_rank + 1, (int) MIN (left_length, 100), left,
                   (int) MIN (right_length, 100), right);
      return FALSE;
    }

  if ((bpe->n_merges + 1) * 2 > bpe->n_merge_slots)
    bpe_grow_merges (bpe);
  merge = &bpe->merges[bpe_find_merge_slot (bpe, pair)];
  bpe->n_merges += merge->rank == NO_RANK;
  bpe->sum += persea_sum_add (bpe->next_rank, &pair, sizeof pair);
  *merge = (BpeMerge) { pair, bpe->next_rank++, merged }; /* of two equal ones the last counts */
  return TRUE;
}

gboolean
persea_bpe_finish (PerseaBpe *bpe, GError **error)
{
  if (bpe->n_merge_slots == 0)
    bpe_grow_merges (bpe);
  for (int byte = 0; byte < 256; byte++)
    {
      char text[16];
      int length = g_unichar_to_utf8 (persea_bpe_byte_to_character (byte), text);

      bpe->byte_ids[byte] = bpe_find_id (bpe, text, length);
      memcpy (text + length, PERSEA_BPE_WORD_END, sizeof PERSEA_BPE_WORD_END);
      bpe->last_byte_ids[byte] = persea_bpe_find (bpe, text);
      if (bpe->byte_ids[byte] < 0 || bpe->last_byte_ids[byte] < 0)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       "there is no token for the byte 0x%02x", byte);
          return FALSE;
        }
    }
  if (bpe->n_texts != bpe->texts->len)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected tokens for all ids up to %u, found %zu",
                   bpe->texts->len - 1, bpe->n_texts);
      return FALSE;
    }
  return TRUE;
}

uint64_t
persea_bpe_get_sum (const PerseaBpe *bpe)
{
  return bpe->sum;
}

size_t
persea_bpe_get_size (const PerseaBpe *bpe)
{
  return bpe->texts->len;
}

int32_t
persea_bpe_find (const PerseaBpe *bpe, const char *text)
{
  return bpe_find_id (bpe, text, strlen (text));
}

const char *
persea_bpe_get_text (const PerseaBpe *bpe, int32_t id, size_t *length)
{
  const BpeText *text = &g_array_index (bpe->texts, BpeText, id);

  *length = text->length;
  return bpe->arena->str + text->start;
}

static const BpeMerge *
bpe_find_merge (const PerseaBpe *bpe, int32_t left, int32_t right)
{
  return &bpe->merges[bpe_find_merge_slot (bpe, (uint64_t) left << 32 | (uint32_t) right)];
}

/* Merges all pairs of this rank, from the left, or @in_turn: until one makes a pair of lower rank.
 * ranks[i] is that of ids[i] and ids[i + 1], which has to be looked up again beside every merged one.
 * Returns: how many ids are left */
static size_t
bpe_merge_pairs (const PerseaBpe *bpe, int32_t *ids, uint32_t *ranks, size_t n, uint32_t rank,
                 gboolean in_turn)
{
  size_t kept = 0;
  gboolean after_merged = FALSE, stopped = FALSE;

  for (size_t i = 0; i < n; i++, kept++)
    {
      gboolean merges = !stopped && i + 1 < n && ranks[i] == rank;

      ids[kept] = merges ? bpe_find_merge (bpe, ids[i], ids[i + 1])->merged : ids[i];
      ranks[kept] = ranks[i]; /* after the last id: never looked at */
      if (kept > 0 && (merges || after_merged))
        ranks[kept - 1] = bpe_find_merge (bpe, ids[kept - 1], ids[kept])->rank;
      if (merges && in_turn)
        stopped = (kept > 0 && ranks[kept - 1] < rank)
                  || (i + 2 < n && bpe_find_merge (bpe, ids[kept], ids[i + 2])->rank < rank);
      after_merged = merges;
      i += merges;
    }
  return kept;
}

static uint32_t
bpe_lowest_rank (const uint32_t *ranks, size_t n)
{
  uint32_t lowest = NO_RANK;

  for (size_t i = 0; i < n; i++)
    lowest = MIN (lowest, ranks[i]);
  return lowest;
}

/* As the reference does it, not with a queue: should a merge make a pair of lower rank than its
 * own, in a vocabulary out of order, the result is the same. */
void
persea_bpe_encode (const PerseaBpe *bpe, const uint8_t *word, size_t n, GArray *ids)
{
  guint first = ids->len;
  int32_t *pieces;
  uint32_t short_ranks[64];
  g_autofree uint32_t *long_ranks = n > G_N_ELEMENTS (short_ranks) ? g_new (uint32_t, n) : NULL;
  uint32_t *ranks = long_ranks ? long_ranks : short_ranks;
  uint32_t rank;

  g_array_set_size (ids, first + n);
  pieces = &g_array_index (ids, int32_t, first);
  for (size_t i = 0; i < n; i++)
    pieces[i] = i + 1 < n ? bpe->byte_ids[word[i]] : bpe->last_byte_ids[word[i]];
  for (size_t i = 0; i + 1 < n; i++)
    ranks[i] = bpe_find_merge (bpe, pieces[i], pieces[i + 1])->rank;

  while (n > 1 && (rank = bpe_lowest_rank (ranks, n - 1)) != NO_RANK)
    n = bpe_merge_pairs (bpe, pieces, ranks, n, rank, FALSE);
  g_array_set_size (ids, first + n);
}

size_t
persea_bpe_merge (const PerseaBpe *bpe, int32_t *ids, size_t n)
{
  g_autofree uint32_t *ranks = g_new (uint32_t, n + 1);
  uint32_t rank;

  if (bpe->n_merges == 0)
    return n;
  for (size_t i = 0; i + 1 < n; i++)
    ranks[i] = bpe_find_merge (bpe, ids[i], ids[i + 1])->rank;
  while (n > 1 && (rank = bpe_lowest_rank (ranks, n - 1)) != NO_RANK)
    n = bpe_merge_pairs (bpe, ids, ranks, n, rank, TRUE);
  return n;
}
