// SPDX-License-Identifier: BSL-1.0
// Runs every loop of loops.S once.

#include "runtime/boards/common/console.h"

#define LOOPS(X)                                                                                        \
  X(alu)                                                                                                \
  X(multiply) X(multiply_add) X(divide) X(load) X(loads) X(load_of_loaded) X(load_of_sum) X(store)      \
      X(store_register) X(store_behind_load) X(two) X(many) X(many_and_multiply) X(unaligned) X(branch) \
          X(branch_to_wide) X(branch_not_taken) X(branch_register) X(load_counter) X(table_branch)      \
              X(if_then) X(if_then_behind_wide) X(fp) X(fp_result) X(fp_long) X(fp_memory) X(call)

#define DECLARE(name) extern void loop_##name(void* array);
LOOPS(DECLARE)
extern void run_loop(void (*loop)(void*), void* array);
void run_all(void);

static void* array[16];

#define RUN(name) run_loop(loop_##name, array);
__attribute__((noinline)) void run_all(void) {
  array[0] = array;
  LOOPS(RUN)
}

int main(void) {
  run_all();
  board_write("loops ok\n");
  return 0;
}
