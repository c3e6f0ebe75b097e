/* orchard.h - the Orchard: a small world that a program draws and describes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The Orchard has things (an armchair, a key …) with looks (like an avocado, of gold …) on
 * grounds (grass, the night sky …).  A scene is chosen by a split and an index and by nothing
 * else: the same two numbers give the same scene, the same captions and, with one version of
 * cairo, the same pixels.
 *
 * The pictures that trained Orchard-CLIP are those of %ORCHARD_SPLIT_TRAIN.  They never hold a
 * pair of thing and look for which orchard_is_held_out() is true.
 *
 * A caption is made from a claim: what it says, and what it leaves unsaid.  Whether a claim is
 * true of a scene can be decided exactly (orchard_claim_holds()), so a picture can be shown
 * beside captions that are certainly wrong.
 *
 * Threads: no function keeps state; all may be called from any thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

enum
{
  ORCHARD_N_THINGS = 20,
  ORCHARD_N_LOOKS = 14,
  ORCHARD_N_GROUNDS = 7,
  ORCHARD_N_HELD_OUT = 24,
  ORCHARD_N_BACKDROPS = 4, /* of aligned scenes, for each ground */
  ORCHARD_MAX_ITEMS = 2,
  ORCHARD_UNSAID = -1,
  ORCHARD_MIN_SIZE = 16,   /* pixels */
  ORCHARD_MAX_SIZE = 2048, /* pixels */
};

typedef enum
{
  ORCHARD_SMALL,
  ORCHARD_LARGE,
  ORCHARD_N_SIZES
} OrchardSize;

typedef enum
{
  ORCHARD_LEFT,
  ORCHARD_MIDDLE,
  ORCHARD_RIGHT,
  ORCHARD_N_PLACES
} OrchardPlace;

typedef enum
{
  ORCHARD_SPLIT_TRAIN,    /* no held-out pair, ever */
  ORCHARD_SPLIT_TEST,     /* other scenes than in training, no held-out pair */
  ORCHARD_SPLIT_HELD_OUT, /* the first item is a held-out pair, the second is not */
  ORCHARD_N_SPLITS
} OrchardSplit;

/* One thing in a picture.  Coordinates are 128ths of the picture's side, y points down. */
typedef struct
{
  int    thing; /* 0 … ORCHARD_N_THINGS - 1 */
  int    look;  /* 0 … ORCHARD_N_LOOKS - 1 */
  int    size;  /* OrchardSize */
  int    place; /* OrchardPlace */
  double x, y;  /* centre */
  double half;  /* half of the thing's largest extent */
  double tilt;  /* radians, clockwise */
} OrchardItem;

typedef struct
{
  OrchardSplit split;
  uint64_t     index;
  int          backdrop; /* which clouds, waves and blades of grass; -1: its own */
  int          ground;
  int          n_items; /* 1 or 2; of two, the left one may be either */
  OrchardItem  items[ORCHARD_MAX_ITEMS];
} OrchardScene;

/* What a caption says of one thing; ORCHARD_UNSAID where it says nothing. */
typedef struct
{
  int thing, look, size, place;
} OrchardClaimItem;

typedef struct
{
  int              n_items; /* 0: the ground only */
  OrchardClaimItem items[ORCHARD_MAX_ITEMS];
  int              relation; /* ORCHARD_LEFT: the first is left of the second; ORCHARD_RIGHT */
  int              ground;
} OrchardClaim;

/* How much a caption says. */
typedef enum
{
  ORCHARD_CAPTION_FULL,   /* everything */
  ORCHARD_CAPTION_USUAL,  /* thing and look; ground, size, place mostly */
  ORCHARD_CAPTION_SPARSE, /* now and then only a thing, a look or a ground */
  ORCHARD_CAPTION_WISH,   /* as somebody asks for a picture: what is left unsaid has a usual value
                             most of the time: a plain ground always, large, in the middle */
} OrchardCaptionStyle;

/* The words of the world (orchard-world.c) */
const char *orchard_thing_name (int thing);
const char *orchard_look_name (int look);
const char *orchard_ground_name (int ground);
const char *orchard_size_name (int size);
const char *orchard_place_name (int place);
const char *orchard_split_name (OrchardSplit split);
int         orchard_find_thing (const char *name);  /* -1: no such thing */
int         orchard_find_look (const char *name);   /* -1: no such look */
int         orchard_find_ground (const char *name); /* -1: no such ground */

/**
 * orchard_is_held_out:
 *
 * Returns: whether training never shows @thing with @look
 */
gboolean orchard_is_held_out (int thing, int look);

/**
 * orchard_held_out_pair:
 * @number: 0 to %ORCHARD_N_HELD_OUT - 1; 0 is the armchair in the shape of an avocado
 * @thing: (out): the thing
 * @look: (out): the look
 */
void orchard_held_out_pair (int number, int *thing, int *look);

/**
 * orchard_scene_init:
 * @scene: (out caller-allocates): the scene
 * @split: whether and how held-out pairs occur
 * @index: which scene of the split
 */
void orchard_scene_init (OrchardScene *scene, OrchardSplit split, uint64_t index);

/**
 * orchard_scene_align:
 * @scene: a scene
 *
 * Makes of it one that is easily said in codes: things upright, in three sizes, at places that
 * are 16 of 256 pixels apart, before one of %ORCHARD_N_BACKDROPS backdrops of its ground.  What
 * is true of the scene stays true.
 */
void orchard_scene_align (OrchardScene *scene);

/**
 * orchard_scene_init_single:
 * @scene: (out caller-allocates): the scene
 * @thing, @look, @ground, @size, @place: what it shows
 * @variant: small differences (position, clouds, blades of grass)
 *
 * A scene to order, outside all splits' numbering; for sample sheets.
 */
void orchard_scene_init_single (OrchardScene *scene,
                                int           thing,
                                int           look,
                                int           ground,
                                OrchardSize   size,
                                OrchardPlace  place,
                                uint64_t      variant);

/**
 * orchard_draw:
 * @scene: the scene
 * @size: side of the picture in pixels, %ORCHARD_MIN_SIZE to %ORCHARD_MAX_SIZE
 * @pixels: (out caller-allocates): @size * @size * 3 bytes: rows from the top, R G B
 */
void orchard_draw (const OrchardScene *scene, int size, uint8_t *pixels);

/**
 * orchard_draw_mask:
 * @scene: the scene
 * @item: which thing, less than @scene->n_items
 * @size: side of the mask in pixels
 * @mask: (out caller-allocates): @size * @size bytes, 255 where the picture shows this thing
 *   and nothing else, without its shadow
 */
void orchard_draw_mask (const OrchardScene *scene, int item, int size, uint8_t *mask);

/**
 * orchard_scene_claim:
 * @scene: the scene
 * @style: how much to say
 * @variant: which of the many ways of saying it
 * @claim: (out caller-allocates): a claim that holds for @scene
 */
void orchard_scene_claim (const OrchardScene *scene,
                          OrchardCaptionStyle style,
                          uint64_t            variant,
                          OrchardClaim       *claim);

/**
 * orchard_claim_holds:
 *
 * A claim about one thing holds when one of the scene's things is so; a claim about two needs
 * both.  "On the left" holds for the left one of two things.
 *
 * Returns: whether @claim is true of @scene
 */
gboolean orchard_claim_holds (const OrchardClaim *claim, const OrchardScene *scene);

/**
 * orchard_claim_near_miss:
 * @claim: a claim that holds for @scene
 * @scene: the scene
 * @variant: which near miss
 * @miss: (out caller-allocates): @claim with exactly one of its members changed to another
 *   value, false of @scene; for scenes of the training split it never names a held-out pair
 */
void orchard_claim_near_miss (const OrchardClaim *claim,
                              const OrchardScene *scene,
                              uint64_t            variant,
                              OrchardClaim       *miss);

/**
 * orchard_claim_differences:
 *
 * Returns: in how many members the two claims differ
 */
int orchard_claim_differences (const OrchardClaim *a, const OrchardClaim *b);

/**
 * orchard_claim_caption:
 * @claim: the claim
 * @variant: which paraphrase
 *
 * Returns: (transfer full): the claim in plain English, lower case, without a full stop
 */
char *orchard_claim_caption (const OrchardClaim *claim, uint64_t variant);

/**
 * orchard_quiz:
 * @scene: the scene
 * @n: number of captions, 2 to 1000
 * @n_near: how many of the wrong ones are near misses (as far as so many distinct ones exist)
 *
 * A question with one right answer: which of these captions fits the picture?
 *
 * Returns: (transfer full) (array zero-terminated=1): @n distinct captions; the first one is
 *   right in the usual style, the others are false of @scene
 */
char **orchard_quiz (const OrchardScene *scene, int n, int n_near);

G_END_DECLS
