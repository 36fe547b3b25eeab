/* SPDX-License-Identifier: BSL-1.0 */
#ifndef ETCH_MODEL_STEP_HOOK_H
#define ETCH_MODEL_STEP_HOOK_H

#include <stdint.h>

/* What compiled code calls around each step where ETCH_PROFILE or ETCH_VERIFY is defined; else it calls
   nothing. runtime/boards/common/profile.c has both functions for a table of what each step takes. */

#ifdef __cplusplus
extern "C" {
#endif

/* A step of a model. Its address is the same at every run. */
struct etch_step {
  int index;
  const char* op;    /* its name; " backward" follows where it gives gradients */
  int in[4], out[4]; /* extents of the first input and result, 0 behind the last */
  uint32_t macs;
  int results;
  const uint32_t* bytes; /* of each result */
};

void etch_step_begins(const struct etch_step* step);
void etch_step_ends(const struct etch_step* step, void* const* results);

#ifdef __cplusplus
}
#endif

#endif
