// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/counter.h>

static uint64_t begin;

// The extension is named here alone: libraries are chosen by the name of the rest.
#define READ(counter, value) \
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, " counter "\n.option pop" : "=r"(value))

static uint64_t instructions(void) {
  uint32_t high, low, again;
  do {
    READ("minstreth", high);
    READ("minstret", low);
    READ("minstreth", again);
  } while (high != again);  // it wraps just now
  return (uint64_t)high << 32 | low;
}

void counter_start(void) { begin = instructions(); }

uint64_t counter_instructions(void) { return instructions() - begin; }

// In QEMU mcycle counts instructions too.
int counter_cycles_start(void) { return 0; }

uint32_t counter_cycles(void) { return 0; }
