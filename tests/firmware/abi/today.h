// SPDX-License-Identifier: BSL-1.0
// What today's header says, for a program that includes the last release's.
#pragma once
#include <stddef.h>

enum { ERRORS_TODAY = 6 };

int abi_today(void);
size_t context_bytes_today(void);
// Of the context's members arena (0) and step (1).
size_t places_today(int member);
int error_today(int k);
