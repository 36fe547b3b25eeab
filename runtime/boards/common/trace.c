// SPDX-License-Identifier: BSL-1.0
#include "trace.h"

#include <runtime/step_hook.h>

#include "console.h"

static int file = -1;
static int failed;

int trace_open(const char* path) {
  failed = 0;
  file = board_open(path, BOARD_WRITE);
  return file < 0 ? -1 : 0;
}

int trace_close(void) {
  const int closed = board_close(file);
  file = -1;
  return failed || closed != 0 ? -1 : 0;
}

void etch_step_begins(const struct etch_step* step) { (void)step; }

static void write_bytes(const void* data, uint32_t bytes) {
  if (board_write_file(file, data, bytes) != bytes) failed = 1;
}

void etch_step_ends(const struct etch_step* step, void* const* results) {
  if (file < 0) return;
  uint32_t head[2] = {(uint32_t)step->index, 0};
  for (int k = 0; k < step->results; ++k) head[1] += step->bytes[k];
  write_bytes(head, sizeof head);
  for (int k = 0; k < step->results; ++k) write_bytes(results[k], step->bytes[k]);
}
