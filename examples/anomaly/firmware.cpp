// SPDX-License-Identifier: BSL-1.0
// The device on a board: <file of the flash> <operation to cut at, or -1>

#include "examples/anomaly/device.hpp"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/fail.hpp"
#include "runtime/boards/common/stack.h"

#include <cstdlib>

namespace platform {

void write(const char* text) { board_write(text); }
bool read_file(const char* path, std::span<std::byte> to) {
  const int file = board_open(path, BOARD_READ);
  if (file < 0) return false;
  const bool complete = board_read(file, to.data(), to.size()) == to.size();
  return board_close(file) == 0 && complete;
}
void write_file(const char* path, std::span<const std::byte> bytes) {
  const int file = board_open(path, BOARD_WRITE);
  if (file < 0 || board_write_file(file, bytes.data(), bytes.size()) != bytes.size() ||
      board_close(file) != 0)
    etch::fail("the flash cannot be saved");
}
void stop(int code) { board_exit(code); }
void feed_watchdog() {}
void measure_begin() {
  stack_paint();
  counter_start();
}
void measure_end(const char* what) {
  const std::uint64_t instructions = counter_instructions();
  board_write("measured: ");
  board_write(what);
  board_write(" takes ");
  board_write_uint(instructions);
  board_write(" instructions and ");
  board_write_uint(stack_used());
  board_write(" bytes of stack\n");
}

}  // namespace platform

int main() {
  static char line[1024];
  const char* argv[3];
  if (board_arguments(line, sizeof line, argv, 3) != 3)
    etch::fail("arguments: <file of the flash> <cut, or -1>");
  anomaly::run(argv[1], std::atoi(argv[2]));
  return 0;
}
