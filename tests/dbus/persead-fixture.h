/* persead-fixture.h - a bus of its own, with a persead and a client
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each test starts its own bus and its own persead (the program named by PERSEAD), with a tiny
 * model on the reference device.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define NAME "org.persea.Persea1"
#define PATH "/org/persea/Persea1"
#define JOB_INTERFACE "org.persea.Persea1.Job"
#define ERROR_PREFIX "GDBus.Error:org.persea.Persea1.Error."
#define PERSEAD_PATIENCE 60000 /* ms */

/**
 * Fixture:
 * @folder: everything is below it
 * @picture: a small picture in it
 * @uri: that picture
 * @items: (element-type GVariant): (ua{sv}), as the signals brought them to @connection
 * @code: of the last Finished
 * @details: (nullable): likewise
 * @n_finished: how many there were
 * @n_previews: how many there were
 * @vanished: for those who watch the name
 * @setup: (nullable): run in the daemon before it begins, instead of tying it to the test's life
 */
typedef struct
{
  char            *folder;
  char            *picture;
  char            *uri;
  GTestDBus       *bus;
  GDBusConnection *connection;
  GSubprocess     *daemon;
  GPtrArray       *items;
  unsigned         code;
  GVariant        *details;
  unsigned         n_finished;
  unsigned         n_previews;
  gboolean         vanished;
  GSpawnChildSetupFunc setup;
} Fixture;

/* (transfer full): a file of the golden data */
char *fixture_golden (const char *name);

/* The settings with @more lines. */
void fixture_write_settings (Fixture *fixture, const char *more);

/* (transfer full): the path of a copy of the picture */
char *fixture_copy_picture (Fixture *fixture, const char *name);

/* A daemon that does not outlive the test, however it ends; fixture_start() also waits until it is
 * on the bus. */
GSubprocess *fixture_spawn (Fixture *fixture);
void         fixture_start (Fixture *fixture);

/* Of a program that is to live where the daemon does: its folders and its bus. */
void fixture_set_environment (Fixture *fixture, GSubprocessLauncher *launcher);

/* (transfer full): one more client */
GDBusConnection *fixture_connect (Fixture *fixture);

void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);

GVariant *fixture_call (GDBusConnection *connection,
                        const char      *path,
                        const char      *interface,
                        const char      *method,
                        GVariant        *arguments,
                        GError         **error);

GVariant *fixture_get_property (Fixture    *fixture,
                                const char *path,
                                const char *interface,
                                const char *name);

/* Calls Tag with @n times @uri and with options in text form.  Returns: the job */
char *fixture_tag_on (GDBusConnection *connection,
                      const char      *uri,
                      unsigned         n,
                      const char      *options,
                      GError         **error);

/* the same for the fixture's client and picture; must not fail */
char *fixture_tag (Fixture *fixture, unsigned n, const char *options);

/* asserts that the daemon still tags */
void fixture_check_alive (Fixture *fixture);

/* (nullable): name of the error of the item that came @i-th */
const char *fixture_item_error (Fixture *fixture, unsigned i);

gboolean fixture_on_timeout (gpointer condition);

#define spin_until(condition) \
  G_STMT_START \
  { \
    unsigned timeout_ = g_timeout_add (PERSEAD_PATIENCE, fixture_on_timeout, (gpointer) #condition); \
    while (!(condition)) \
      if (!g_main_context_iteration (NULL, FALSE)) \
        g_usleep (5000); \
    g_source_remove (timeout_); \
  } \
  G_STMT_END

G_END_DECLS
