/* persea-cl-error.h - OpenCL's errors in Persea's words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <glib.h>

G_BEGIN_DECLS

/* (transfer none): "CL_OUT_OF_RESOURCES", …; "unknown OpenCL error" for what 1.2 does not name */
const char *persea_cl_error_name (cl_int status);

/* a device that reports it cannot be used any more */
gboolean persea_cl_error_is_loss (cl_int status);

/**
 * persea_cl_error_set:
 * @status: not CL_SUCCESS
 * @subject: the device, kernel or file at hand
 * @action: what was being tried, for people
 *
 * Out of memory and device lost get their codes; everything else is %PERSEA_ERROR_FAILED.
 */
void persea_cl_error_set (GError     **error,
                          cl_int       status,
                          const char  *subject,
                          const char  *action);

G_END_DECLS
