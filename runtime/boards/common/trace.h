// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_TRACE_H
#define ETCH_BOARDS_TRACE_H

#ifdef __cplusplus
extern "C" {
#endif

// Writes what each step of a model gives to a host file: for models that are compiled with ETCH_VERIFY, and
// for `etch verify --traced`, which compares it layer by layer. For each step: its index, the bytes that
// follow (both 32 bits, little-endian), and its results. Linked instead of profile.c: both are the functions
// that steps call.

// Steps are written from here on. 0, or -1 if the file does not open.
int trace_open(const char* path);
// Ends it. 0, or -1 if not all could be written.
int trace_close(void);

#ifdef __cplusplus
}
#endif

#endif
