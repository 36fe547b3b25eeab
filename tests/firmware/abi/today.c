// SPDX-License-Identifier: BSL-1.0
#include "tests/firmware/abi/today.h"

#include "pair_int8.h"

int abi_today(void) { return PAIR_INT8_ABI; }
size_t context_bytes_today(void) { return PAIR_INT8_CONTEXT_BYTES; }
size_t places_today(int member) {
  return member == 0 ? offsetof(pair_int8_context, arena) : offsetof(pair_int8_context, step);
}
int error_today(int k) {
  const int errors[ERRORS_TODAY] = {PAIR_INT8_OK,         PAIR_INT8_DONE,        PAIR_INT8_NULL_POINTER,
                                    PAIR_INT8_MISALIGNED, PAIR_INT8_SMALL_ARENA, PAIR_INT8_WRONG_ANSWER};
  return errors[k];
}
