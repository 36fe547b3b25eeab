// SPDX-License-Identifier: BSL-1.0
#include "profile.h"

#include <runtime/step_hook.h>

#include "console.h"
#include "counter.h"

enum { capacity = 256, name_width = 35, shape_width = 14, number_width = 12 };

static struct {
  const struct etch_step* step;
  uint64_t taken;
  uint32_t runs;
} rows[capacity];
static int row_count, left_out;
static int running, counts_cycles;
static uint64_t started;

static uint64_t now(void) { return counts_cycles ? counter_cycles() : counter_instructions(); }

void profile_start(void) {
  row_count = left_out = 0;
  counts_cycles = counter_cycles_start();
  if (!counts_cycles) counter_start();
  running = 1;
}

void etch_step_begins(const struct etch_step* step) {
  (void)*(const volatile int*)&step->index;  // tells who counts cycles (docs/cycles.md) which step it is
  if (running) started = now();
}

void etch_step_ends(const struct etch_step* step, void* const* results) {
  (void)results;
  if (!running) return;
  uint64_t taken = now() - started;
  if (counts_cycles) taken = (uint32_t)taken;  // the counter wraps at 32 bits
  int i = 0;
  while (i < row_count && rows[i].step != step) ++i;
  if (i == capacity) {
    ++left_out;
    return;
  }
  if (i == row_count) {
    rows[i].step = step;
    rows[i].taken = rows[i].runs = 0;
    ++row_count;
  }
  rows[i].taken += taken;
  ++rows[i].runs;
}

static int digits(uint64_t value) {
  int n = 1;
  while (value > 9) {
    value /= 10;
    ++n;
  }
  return n;
}

static void spaces(int count) {
  while (count-- > 0) board_write(" ");
}

static void text(const char* value, int width) {
  int length = 0;
  while (value[length] != 0) ++length;
  board_write(value);
  spaces(width - length);
}

static void number(uint64_t value, int width) {
  spaces(width - digits(value));
  board_write_uint(value);
}

static void shape(const int* extents) {
  int length = 0;
  for (int i = 0; i < 4 && (i == 0 || extents[i] != 0); ++i) {
    if (i > 0) board_write("x");
    board_write_uint((uint32_t)extents[i]);
    length += digits((uint32_t)extents[i]) + (i > 0);
  }
  spaces(shape_width - length);
}

// With two decimals.
static void ratio(uint64_t taken, uint64_t macs, int width) {
  if (macs == 0) {
    spaces(width - 1);
    board_write("-");
    return;
  }
  const uint64_t hundredths = (taken * 100 + macs / 2) / macs;
  number(hundredths / 100, width - 3);
  board_write(hundredths % 100 < 10 ? ".0" : ".");
  board_write_uint(hundredths % 100);
}

static void line(const char* first, uint64_t macs, uint64_t taken) {
  text(first, 0);
  number(macs, number_width);
  number(taken, number_width + 2);
  ratio(taken, macs, 9);
  board_write("\n");
}

void profile_print(void) {
  running = 0;
  text("   # op", 5 + name_width);
  text("in", shape_width);
  text("out", shape_width);
  board_write("        MACs");
  board_write(counts_cycles ? "        cycles" : "  instructions");
  board_write("  per MAC\n");
  uint64_t macs = 0, taken = 0;
  for (int i = 0; i < row_count; ++i) {
    const struct etch_step* step = rows[i].step;
    const uint64_t step_macs = (uint64_t)step->macs * rows[i].runs;
    number((uint32_t)step->index, 4);
    board_write(" ");
    text(step->op, name_width);
    shape(step->in);
    shape(step->out);
    line("", step_macs, rows[i].taken);
    macs += step_macs;
    taken += rows[i].taken;
  }
  text("     all steps", 5 + name_width + 2 * shape_width);
  line("", macs, taken);
  if (left_out > 0) board_write("more steps than the table holds were left out\n");
}
