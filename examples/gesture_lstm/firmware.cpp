// SPDX-License-Identifier: BSL-1.0
// Recognizes gestures on a board, one reading a call: <weights> <readings> <where the answers go>

#include "examples/gesture_lstm/gesture_model.hpp"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/fail.hpp"
#include "runtime/boards/common/stack.h"

namespace {

using namespace gesture_lstm;

constexpr int weight_bytes = Stream::program.plan.weight_bytes;

alignas(8) std::byte weights[weight_bytes];  // a product has them in flash
Stream stream;                               // scratch of one step

void report(const char* name, std::uint64_t value) {
  board_write(name);
  board_write(" ");
  board_write_uint(value);
  board_write("\n");
}

int open_file(const char* path, board_file_mode mode) {
  const int file = board_open(path, mode);
  if (file < 0) etch::fail("a file does not open");
  return file;
}

}  // namespace

int main() {
  static char line[1024];
  const char* argv[4];
  if (board_arguments(line, sizeof line, argv, 4) != 4)
    etch::fail("arguments: <weights> <readings> <answers>");
  const int trained = open_file(argv[1], BOARD_READ), readings = open_file(argv[2], BOARD_READ),
            answers = open_file(argv[3], BOARD_WRITE);
  if (board_read(trained, weights, sizeof weights) != sizeof weights) etch::fail("the weights are too short");

  // All that lasts from one reading to the next is this struct: of a task, an interrupt's context, one a
  // sensor.
  State state{};
  float reading[axes], answer[classes];
  std::uint64_t instructions = 0;
  std::uint32_t stack = 0, gestures_seen = 0;
  for (int t = 0; board_read(readings, reading, sizeof reading) == sizeof reading; t = (t + 1) % steps) {
    if (t == 0) state = {};  // a gesture begins
    stack_paint();
    counter_start();
    stream.step(weights, state, reading, answer);
    instructions = counter_instructions();
    stack = stack_used();
    if (board_write_file(answers, answer, sizeof answer) != sizeof answer)
      etch::fail("an answer is not written");
    gestures_seen += t == steps - 1;
  }
  if (board_close(answers) != 0) etch::fail("the answers are not written");

  report("gestures", gestures_seen);
  report("instructions a reading", instructions);
  report("stack", stack);
  report("state", sizeof state);
  report("scratch", sizeof stream);
  report("weights", sizeof weights);
  return 0;
}
