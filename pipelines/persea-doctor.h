/* persea-doctor.h - what there is for Persea to work with, and what is missing
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Findings for 'persea doctor', in plain words: what was looked at, how it is, and how to mend it.
 * Each area of Persea's surroundings is one function in the file of its name.  They look and change
 * nothing, and load no model; a driver, a module or a program that breaks while it is looked at does
 * not break the doctor where that can be helped (modules and programs are tried in processes of
 * their own).
 */
#pragma once

#include "persea-device.h"

G_BEGIN_DECLS

/**
 * PerseaFindingState:
 * @PERSEA_FINDING_WELL: as it should be
 * @PERSEA_FINDING_REMARK: good to know; nothing needs to be done about it
 * @PERSEA_FINDING_PROBLEM: something does not work because of it
 */
typedef enum
{
  PERSEA_FINDING_WELL,
  PERSEA_FINDING_REMARK,
  PERSEA_FINDING_PROBLEM,
} PerseaFindingState;

typedef enum
{
  PERSEA_DOCTOR_DEVICES,
  PERSEA_DOCTOR_MODELS,
  PERSEA_DOCTOR_FOLDERS,
  PERSEA_DOCTOR_SERVICE,
  PERSEA_DOCTOR_EDITORS,
  PERSEA_N_DOCTOR_AREAS,
} PerseaDoctorArea;

/**
 * PerseaFinding:
 * @area: where it belongs
 * @state: how it is
 * @about: the thing: a device, a model, a path; UTF-8
 * @text: how it is, a sentence, translated
 * @mend: (nullable): what to do about it, translated
 */
typedef struct
{
  PerseaDoctorArea   area;
  PerseaFindingState state;
  char              *about;
  char              *text;
  char              *mend;
} PerseaFinding;

/* (transfer full) (element-type PerseaFinding): an empty list for those below */
GPtrArray *persea_doctor_new (void);

/**
 * persea_doctor_add:
 * @findings: (element-type PerseaFinding)
 * @about: copied; need not be UTF-8
 * @text: (transfer full)
 * @mend: (nullable) (transfer full)
 */
void persea_doctor_add (GPtrArray          *findings,
                        PerseaDoctorArea    area,
                        PerseaFindingState  state,
                        const char         *about,
                        char               *text,
                        char               *mend);

/**
 * persea_doctor_run:
 * @argv: (array zero-terminated=1): a program and its arguments
 * @output: (out): what it wrote, standard error behind standard output; UTF-8
 *
 * Runs a program in the language C, for some seconds at most.
 *
 * Returns: its exit status; 128 + N if signal N ended it, -1 if it could not be started
 */
int persea_doctor_run (const char *const *argv,
                       char             **output);

/* OpenCL's drivers and devices, and permissions on those of the system */
void persea_doctor_devices_look (GPtrArray                 *findings,
                                 const PerseaDriver *const *drivers);

/* installed models, and those that are used if nobody asks for others */
void persea_doctor_models_look (GPtrArray *findings);

/* configuration, data, caches and watched folders */
void persea_doctor_folders_look (GPtrArray *findings);

/* the session bus, and whether persead can be reached there */
void persea_doctor_service_look (GPtrArray *findings);

/* GEGL with the module of operations, the GIMPs with their plug-ins */
void persea_doctor_editors_look (GPtrArray *findings);

/**
 * persea_doctor_editors_probe:
 * @path: (type filename): a GEGL module
 *
 * Loads a module into this process, which may not live to tell; persea_doctor_editors_look() has
 * it done by another one.
 *
 * Returns: (transfer full): GEGL's version, as "GEGL 0.4.42", or the reason why it does not load
 */
char *persea_doctor_editors_probe (const char *path,
                                   gboolean   *loads);

G_END_DECLS
