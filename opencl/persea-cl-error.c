/* persea-cl-error.c - OpenCL's errors in Persea's words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-error.h"

#include "persea-error.h"

#define CL_PLATFORM_NOT_FOUND -1001 /* the loader's, from cl_khr_icd */

#define NAME(code) { code, #code }

static const struct
{
  cl_int      status;
  const char *name;
} error_names[] = {
  NAME (CL_DEVICE_NOT_FOUND),
  NAME (CL_DEVICE_NOT_AVAILABLE),
  NAME (CL_COMPILER_NOT_AVAILABLE),
  NAME (CL_MEM_OBJECT_ALLOCATION_FAILURE),
  NAME (CL_OUT_OF_RESOURCES),
  NAME (CL_OUT_OF_HOST_MEMORY),
  NAME (CL_PROFILING_INFO_NOT_AVAILABLE),
  NAME (CL_MEM_COPY_OVERLAP),
  NAME (CL_BUILD_PROGRAM_FAILURE),
  NAME (CL_MAP_FAILURE),
  NAME (CL_MISALIGNED_SUB_BUFFER_OFFSET),
  NAME (CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
  NAME (CL_COMPILE_PROGRAM_FAILURE),
  NAME (CL_LINKER_NOT_AVAILABLE),
  NAME (CL_LINK_PROGRAM_FAILURE),
  NAME (CL_INVALID_VALUE),
  NAME (CL_INVALID_DEVICE_TYPE),
  NAME (CL_INVALID_PLATFORM),
  NAME (CL_INVALID_DEVICE),
  NAME (CL_INVALID_CONTEXT),
  NAME (CL_INVALID_QUEUE_PROPERTIES),
  NAME (CL_INVALID_COMMAND_QUEUE),
  NAME (CL_INVALID_HOST_PTR),
  NAME (CL_INVALID_MEM_OBJECT),
  NAME (CL_INVALID_BINARY),
  NAME (CL_INVALID_BUILD_OPTIONS),
  NAME (CL_INVALID_PROGRAM),
  NAME (CL_INVALID_PROGRAM_EXECUTABLE),
  NAME (CL_INVALID_KERNEL_NAME),
  NAME (CL_INVALID_KERNEL_DEFINITION),
  NAME (CL_INVALID_KERNEL),
  NAME (CL_INVALID_ARG_INDEX),
  NAME (CL_INVALID_ARG_VALUE),
  NAME (CL_INVALID_ARG_SIZE),
  NAME (CL_INVALID_KERNEL_ARGS),
  NAME (CL_INVALID_WORK_DIMENSION),
  NAME (CL_INVALID_WORK_GROUP_SIZE),
  NAME (CL_INVALID_WORK_ITEM_SIZE),
  NAME (CL_INVALID_GLOBAL_OFFSET),
  NAME (CL_INVALID_EVENT_WAIT_LIST),
  NAME (CL_INVALID_EVENT),
  NAME (CL_INVALID_OPERATION),
  NAME (CL_INVALID_BUFFER_SIZE),
  NAME (CL_INVALID_GLOBAL_WORK_SIZE),
  NAME (CL_INVALID_PROPERTY),
  NAME (CL_PLATFORM_NOT_FOUND),
};

#undef NAME

const char *
persea_cl_error_name (cl_int status)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (error_names); i++)
    if (error_names[i].status == status)
      return error_names[i].name;
  return "unknown OpenCL error";
}

gboolean
persea_cl_error_is_loss (cl_int status)
{
  return status == CL_DEVICE_NOT_AVAILABLE || status == CL_INVALID_COMMAND_QUEUE
         || status == CL_INVALID_CONTEXT || status == CL_INVALID_DEVICE
         || status == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
}

static PerseaError
error_code (cl_int status)
{
  if (persea_cl_error_is_loss (status))
    return PERSEA_ERROR_DEVICE_LOST;
  if (status == CL_MEM_OBJECT_ALLOCATION_FAILURE || status == CL_OUT_OF_RESOURCES
      || status == CL_OUT_OF_HOST_MEMORY)
    return PERSEA_ERROR_OUT_OF_MEMORY;
  return PERSEA_ERROR_FAILED;
}

void
persea_cl_error_set (GError     **error,
                     cl_int       status,
                     const char  *subject,
                     const char  *action)
{
  g_set_error (error, PERSEA_ERROR, error_code (status), "%s: %s: %s (%d)", subject, action,
               persea_cl_error_name (status), status);
}
