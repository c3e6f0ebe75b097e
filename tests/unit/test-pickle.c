/* test-pickle.c - pickles of every sort, most of them hostile
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Programs are written as the machine reads them; Python's pickletools.dis () shows what they do.
 */
#include "config.h"

#include "persea-pickle.h"

#include <string.h>

#include "persea-checkpoint.h"
#include "persea-error.h"

/* A literal with zeros in it, without the last */
#define PROGRAM(text) ((const uint8_t *) (text)), sizeof (text) - 1

static const PerseaPickleNode *
parse (PerseaPickle **pickle, const uint8_t *program, size_t size)
{
  g_autoptr (GError) error = NULL;
  size_t consumed = 0;

  *pickle = persea_pickle_parse (program, size, &consumed, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (consumed, ==, size);
  return persea_pickle_get_root (*pickle);
}

static void
test_values (void)
{
  g_autoptr (PerseaPickle) pickle = NULL;
  const PerseaPickleNode *root, *node;

  /* {"a": (-2, 300, 2**40, 1.5), "b": [None, True, False, "x"]} */
  root = parse (&pickle,
                PROGRAM ("\x80\x02}(X\1\0\0\0a(J\xfe\xff\xff\xffM\x2c\1\x8a\6\0\0\0\0\0\1"
                         "G\x3f\xf8\0\0\0\0\0\0tX\1\0\0\0b](N\x88\x89U\1xeu."));
  g_assert_cmpint (root->kind, ==, PERSEA_PICKLE_DICT);
  node = persea_pickle_find (root, "a");
  g_assert_cmpint (node->kind, ==, PERSEA_PICKLE_TUPLE);
  g_assert_cmpuint (node->n_items, ==, 4);
  g_assert_cmpint (node->items[0]->integer, ==, -2);
  g_assert_cmpint (node->items[1]->integer, ==, 300);
  g_assert_cmpint (node->items[2]->integer, ==, (gint64) 1 << 40);
  g_assert_cmpfloat (node->items[3]->real, ==, 1.5);
  node = persea_pickle_find (root, "b");
  g_assert_cmpuint (node->n_items, ==, 4);
  g_assert_cmpint (node->items[0]->kind, ==, PERSEA_PICKLE_NONE);
  g_assert_cmpint (node->items[1]->integer, ==, 1);
  g_assert_cmpint (node->items[2]->integer, ==, 0);
  g_assert_true (persea_pickle_text_is (&node->items[3]->text, "x"));
  g_assert_null (persea_pickle_find (root, "c"));
}

static void
test_long (void)
{
  g_autoptr (PerseaPickle) negative = NULL;
  g_autoptr (PerseaPickle) zero = NULL;
  g_autoptr (PerseaPickle) big = NULL;

  g_assert_cmpint (parse (&negative, PROGRAM ("\x8a\2\0\xff."))->integer, ==, -256);
  g_assert_cmpint (parse (&zero, PROGRAM ("\x8a\0."))->integer, ==, 0);
  g_assert_cmpint (parse (&big, PROGRAM ("\x8a\11\1\2\3\4\5\6\7\10\11."))->kind, ==,
                   PERSEA_PICKLE_BIG_INT);
}

/* The classic: os.system ("echo owned").  It becomes a node that says so. */
static void
test_nothing_runs (void)
{
  g_autoptr (PerseaPickle) pickle = NULL;
  const PerseaPickleNode *root;

  root = parse (&pickle, PROGRAM ("\x80\x02" "cos\nsystem\nX\12\0\0\0echo owned\x85R."));
  g_assert_cmpint (root->kind, ==, PERSEA_PICKLE_OBJECT);
  g_assert_true (persea_pickle_is_global (root->callee, "os", "system"));
}

/* A list that contains itself, and a tuple that contains the list */
static void
test_cycle (void)
{
  g_autoptr (PerseaPickle) pickle = NULL;
  const PerseaPickleNode *root = parse (&pickle, PROGRAM ("\x80\x02]q\0h\0a."));

  g_assert_true (root->items[0] == root);
}

static const struct
{
  const char *program;
  size_t      size;
} wrong[] = {
  { "", 0 },
  { ".", 1 },                         /* nothing to return */
  { "N", 1 },                         /* no end */
  { "\x80\x09N.", 4 },                /* protocol of the future */
  { "I1\n.", 4 },                     /* a text opcode */
  { "cos\nsystem\n(S'x'\ntR.", 21 },  /* another */
  { "\x82\1.", 3 },                   /* code by number */
  { "(.", 2 },                        /* a mark is no value */
  { "e.", 2 },
  { "(e.", 3 },
  { "](N(e.", 6 },                    /* what is below the mark is not below the other mark */
  { "s.", 2 },
  { "}Ns.", 4 },
  { "}(Nu.", 5 },                     /* a key without a value */
  { "NNNs.", 5 },                     /* items for None */
  { "]NNs.", 5 },                     /* keys for a list */
  { "}Na.", 4 },                      /* items for a dictionary */
  { "\x85.", 2 },
  { "N\x87.", 3 },
  { "(N\x86.", 4 },
  { "h\0.", 3 },                      /* nothing remembered */
  { "j\1\0\0\0.", 6 },
  { "q\0.", 3 },
  { "NR.", 3 },
  { "NNR.", 4 },                      /* arguments that are no tuple */
  { "NN\x93.", 4 },                   /* a global without a name */
  { "cos\nsystem", 10 },
  { "b.", 2 },
  { "Q.", 2 },
  { "X\xff\xff\xff\xff.", 6 },        /* strings longer than the file */
  { "T\xff\xff\xff\xff.", 6 },
  { "\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", 10 },
  { "\x8a\xff.", 3 },
  { "\x8b\xff\xff\xff\xff.", 6 },
  { "G\0\0.", 4 },
  { "J\0.", 3 },
  { "0.", 2 },
  { "1.", 2 },
  { "2.", 2 },
};

static void
test_wrong (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      /* of exactly the size, for the sanitizers */
      g_autofree uint8_t *program = g_memdup2 (wrong[i].program, wrong[i].size);
      g_autoptr (GError) error = NULL;

      if (persea_pickle_parse (program, wrong[i].size, NULL, &error) != NULL)
        g_error ("program %zu was accepted", i);
      g_assert_nonnull (error);
      g_assert_true (error->domain == PERSEA_ERROR);
    }
}

/* @n times the same opcode, then the end */
static void
assert_limit (uint8_t opcode, size_t n)
{
  g_autofree uint8_t *program = g_malloc (n + 1);
  g_autoptr (GError) error = NULL;

  memset (program, opcode, n);
  program[n] = '.';
  g_assert_null (persea_pickle_parse (program, n + 1, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
}

static void
test_limits (void)
{
  g_autofree uint8_t *program = g_malloc (PERSEA_PICKLE_MAX_STACK + 3);
  g_autoptr (GError) error = NULL;

  assert_limit ('(', PERSEA_PICKLE_MAX_DEPTH + 1);
  assert_limit (']', PERSEA_PICKLE_MAX_NODES + 1);
  memset (program, '2', PERSEA_PICKLE_MAX_STACK + 3);
  program[0] = 'N';
  g_assert_null (persea_pickle_parse (program, PERSEA_PICKLE_MAX_STACK + 3, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
}

/* Opens @object as the object of a legacy PyTorch file; @rest are the keys of its storages and
 * the storages */
static PerseaCheckpoint *
open_legacy_with (GByteArray *object, const char *rest, size_t rest_length, GError **error)
{
  static const char preamble[] =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." /* the magic number */
    "\x80\x02M\xe9\x03."                                        /* 1001 */
    "\x80\x02}X\15\0\0\0little_endian\x88s.";
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  g_byte_array_append (file, (const guint8 *) preamble, sizeof preamble - 1);
  g_byte_array_append (file, object->data, object->len);
  g_byte_array_append (file, (const guint8 *) rest, (guint) rest_length);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&file));
  return persea_checkpoint_new_from_bytes ("legacy", bytes, error);
}

static PerseaCheckpoint *
open_legacy (GByteArray *object, GError **error)
{
  return open_legacy_with (object, "\x80\x02].", 4, error);
}

static void
append (GByteArray *program, const char *text, size_t length)
{
  g_byte_array_append (program, (const guint8 *) text, (guint) length);
}

/* d0 = {}; d1 = {"a": d0, "b": d0}; …: 2^200 paths */
static void
test_billion_laughs (void)
{
  g_autoptr (GByteArray) program = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  append (program, "\x80\x02", 2);
  append (program, "}q\0", 3);
  for (char i = 1; i < 60; i++)
    {
      const char memo = i - 1;

      append (program, "}(U\1ah", 6);
      append (program, &memo, 1);
      append (program, "U\1bh", 4);
      append (program, &memo, 1);
      append (program, "uq", 2);
      append (program, &i, 1);
    }
  append (program, ".", 1);
  g_assert_null (open_legacy (program, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
}

/* d = {"a": d}, and an object whose state is itself */
static void
test_cyclic_files (void)
{
  static const char dictionary[] = "\x80\x02}q\0U\1ah\0s.";
  static const char object[] = "\x80\x02" "cx\ny\n)\x81q\0h\0b.";
  static const char wrapper[] = "\x80\x02}q\0U\12state_dicth\0s.";
  const struct
  {
    const char *text;
    size_t      length;
  } programs[] = {
    { dictionary, sizeof dictionary - 1 },
    { object, sizeof object - 1 },
    { wrapper, sizeof wrapper - 1 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autoptr (GByteArray) program = g_byte_array_new ();
      g_autoptr (GError) error = NULL;

      append (program, programs[i].text, programs[i].length);
      g_assert_null (open_legacy (program, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
    }
}

/* Calls that build tensors, with arguments that are none */
static void
test_wrong_tensors (void)
{
#define REBUILD "\x80\x02}U\1tctorch._utils\n_rebuild_tensor_v2\n"
#define STORAGE "(U\7storagectorch\nFloatStorage\nU\1" "0U\3cpuK\4tQ"
  static const struct
  {
    const char *text;
    size_t      length;
  } programs[] = {
#define CASE(text) { REBUILD text, sizeof (REBUILD text) - 1 }
    CASE (")Rs."),
    CASE ("(NNNNtRs."),
    CASE ("(" STORAGE "K\0)tRs."),                                    /* no strides */
    CASE ("(" STORAGE "J\xff\xff\xff\xff)))tRs."),                    /* offset -1 */
    CASE ("(" STORAGE "K\0K\2\x85)\x89)tRs."),                        /* sizes without strides */
    CASE ("(" STORAGE "K\0J\xff\xff\xff\xff\x85K\1\x85\x89)tRs."),    /* size -1 */
    CASE ("(" STORAGE "K\0K\2\x85J\xff\xff\xff\xff\x85\x89)tRs."),    /* stride -1 */
    CASE ("(" STORAGE "K\0K\2\x85K\1\x85\x89)tRs."),                  /* storage is not there */
    CASE ("((U\7storagecos\nsystem\nU\1" "0U\3cpuK\4tQK\0))\x89)tRs."), /* not a storage */
#undef CASE
  };

  for (size_t i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autoptr (GByteArray) program = g_byte_array_new ();
      g_autoptr (GError) error = NULL;

      append (program, programs[i].text, programs[i].length);
      g_assert_null (open_legacy (program, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, "tensor t:"));
    }
}

/* Parts of a storage of four elements: those that lie in it, and those that do not */
static void
test_parts (void)
{
  static const char storage[] = "\x80\x02]U\1" "0a." "\4\0\0\0\0\0\0\0" "0123456789abcdef";
  static const struct
  {
    const char *text;
    size_t      length;
    gboolean    inside;
  } parts[] = {
#define PART(text, inside) { REBUILD text, sizeof (REBUILD text) - 1, inside }
    PART ("(" STORAGE "K\0K\4\x85K\1\x85\x89)tRs.", TRUE),
    PART ("(" STORAGE "K\2K\2\x85K\1\x85\x89)tRs.", TRUE),
    PART ("(" STORAGE "K\1K\2\x85K\2\x85\x89)tRs.", TRUE),
    PART ("(" STORAGE "K\0K\2K\2\x86K\1K\2\x86\x89)tRs.", TRUE),
    PART ("(" STORAGE "K\4K\0\x85K\1\x85\x89)tRs.", TRUE), /* nothing, at the end */
    PART ("(" STORAGE "K\0K\5\x85K\1\x85\x89)tRs.", FALSE),
    PART ("(" STORAGE "K\4K\1\x85K\1\x85\x89)tRs.", FALSE),
    PART ("(" STORAGE "K\3K\2\x85K\1\x85\x89)tRs.", FALSE),
    PART ("(" STORAGE "K\0K\2\x85K\4\x85\x89)tRs.", FALSE),
    PART ("(" STORAGE "K\0K\2K\2\x86K\2K\2\x86\x89)tRs.", FALSE),
    PART ("(" STORAGE "K\0K\5\x85K\0\x85\x89)tRs.", FALSE), /* repeats an element */
    PART ("(" STORAGE "K\0K\3\x85\x8a\10\xff\xff\xff\xff\xff\xff\xff\x7f\x85\x89)tRs.", FALSE),
#undef PART
  };

  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GByteArray) program = g_byte_array_new ();
      g_autoptr (PerseaCheckpoint) checkpoint = NULL;
      g_autoptr (GError) error = NULL;

      append (program, parts[i].text, parts[i].length);
      checkpoint = open_legacy_with (program, storage, sizeof storage - 1, &error);
      if (parts[i].inside)
        {
          g_assert_no_error (error);
          g_assert_nonnull (persea_checkpoint_find (checkpoint, "t"));
        }
      else
        {
          g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
          g_assert_nonnull (strstr (error->message, "tensor t: it"));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pickle/values", test_values);
  g_test_add_func ("/pickle/long", test_long);
  g_test_add_func ("/pickle/nothing-runs", test_nothing_runs);
  g_test_add_func ("/pickle/cycle", test_cycle);
  g_test_add_func ("/pickle/wrong", test_wrong);
  g_test_add_func ("/pickle/limits", test_limits);
  g_test_add_func ("/pickle/billion-laughs", test_billion_laughs);
  g_test_add_func ("/pickle/cyclic-files", test_cyclic_files);
  g_test_add_func ("/pickle/wrong-tensors", test_wrong_tensors);
  g_test_add_func ("/pickle/parts", test_parts);
  return g_test_run ();
}
