// SPDX-License-Identifier: BSL-1.0
// Run with the arguments: one two,three <a file that may be written>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "board.h"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/stack.h"

extern "C" std::uint32_t __stack_limit[], __stack_top[], __data_start[];

namespace {

int failures = 0;

void check(bool good, const char* what) {
  if (good) return;
  board_write("failed: ");
  board_write(what);
  board_write("\n");
  ++failures;
}

volatile std::uint32_t initialised[3] = {1, 0x12345678, 3};
volatile std::uint32_t zeroed[400];
[[gnu::section(".external_bss")]] volatile std::uint32_t zeroed_outside[400];
[[gnu::section(".weights")]] extern const std::uint32_t weights[4] = {5, 6, 7, 0x89abcdef};

struct Constructed {
  std::uint32_t value;
  Constructed() : value(initialised[1] + 1) {}
} constructed;

template <std::size_t N>
bool all_zero(volatile std::uint32_t (&words)[N]) {
  for (volatile std::uint32_t& word : words) {
    if (word != 0) return false;
    word = 1;
  }
  return true;
}

void check_memory() {
  check(initialised[0] == 1 && initialised[1] == 0x12345678 && initialised[2] == 3, ".data is copied");
  check(all_zero(zeroed), ".bss is zero");
  check(all_zero(zeroed_outside), ".external_bss is zero");
  check(zeroed_outside[0] == 1 && zeroed_outside[399] == 1, ".external_bss keeps what is written");
  const volatile std::uint32_t* const w = weights;
  check(w[0] == 5 && w[3] == 0x89abcdef, ".weights are there");
  check(constructed.value == 0x12345679, "constructors run");
}

void check_float() {
  volatile float a = 1.5f, b = -0.1f;
  const float result = a * b + 3.0f / a;
  std::uint32_t bits;
  std::memcpy(&bits, &result, sizeof bits);
  check(bits == 0x3feccccd, "float arithmetic: 1.5 * -0.1 + 3 / 1.5 is 1.85");
  volatile double c = 1e-3;
  check(c * 1000 == 1.0, "double arithmetic");
}

// Two instructions a turn: neither optimisation nor the core changes that.
std::uint32_t count_loop(std::uint32_t turns) {
  counter_start();
  const std::uint64_t before = counter_instructions();
#if defined(__riscv)
  __asm__ volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+r"(turns));
#else
  __asm__ volatile(".syntax unified\n1: subs %0, #1\n bne 1b" : "+l"(turns) : : "cc");
#endif
  return static_cast<std::uint32_t>(counter_instructions() - before);
}

// Calls and reads take a few instructions themselves, and are the same for any number of turns.
void check_count(std::uint32_t turns, std::uint32_t overhead, const char* what) {
  const std::uint32_t tick = 64;  // the longest of all boards
  const std::uint32_t difference = count_loop(turns) - overhead - 2 * turns + tick;
  check(difference <= 2 * tick, what);
}

void check_counter() {
  const std::uint32_t overhead = count_loop(1);
  check(overhead < 200, "reading the counter costs less than 200 instructions");
  check_count(1000, overhead, "a loop of 2,000 instructions counts as 2,000");
  check_count(1'000'003, overhead, "a loop of 2,000,006 instructions counts as such");
#if defined(BOARD_INSTRUCTIONS_PER_4_TICKS) && !defined(WITHOUT_LONG_COUNT)
  // SysTick wraps after 524 million instructions on the M55, 1,049 on the micro:bit; the handler adds a few.
  constexpr std::uint32_t a_wrap = (1U << 24) / 8 * BOARD_INSTRUCTIONS_PER_4_TICKS;
  check_count(a_wrap + 4'000'000, overhead, "a loop in which the counter wraps counts as such");
#endif
  check(count_loop(54'321) == count_loop(54'321), "the same loop counts the same twice");
}

[[gnu::noinline]] void use_stack() {
  volatile char frame[1024];
  for (volatile char& c : frame) c = 1;
}

void check_stack() {
  const std::uint32_t* const sp = static_cast<std::uint32_t*>(__builtin_frame_address(0));
  check(__stack_limit < sp && sp <= __stack_top && +__stack_top <= __data_start,
        "the stack is where it should be");
  stack_paint();
  const std::uint32_t idle = stack_used();
  check(idle <= 64, "a painted stack is unused");
  use_stack();
  const std::uint32_t used = stack_used();
  check(used >= 1024 && used <= 1024 + 128, "a frame of 1 KB is seen on the stack");
}

bool equal(const char* a, const char* b) { return std::strcmp(a, b) == 0; }

constexpr std::size_t file_bytes = 2000;
unsigned char written[file_bytes], read_back[file_bytes + 1];

void check_file(const char* path) {
  for (std::size_t i = 0; i < file_bytes; ++i) written[i] = static_cast<unsigned char>(i * 7 + (i >> 8));
  int file = board_open(path, BOARD_WRITE);
  check(file >= 0, "a file opens for writing");
  check(board_write_file(file, written, file_bytes) == file_bytes, "a file is written");
  check(board_close(file) == 0, "a file closes");
  file = board_open(path, BOARD_READ);
  check(file >= 0, "a file opens for reading");
  check(board_file_size(file) == static_cast<std::int32_t>(file_bytes), "the size of a file");
  check(board_read(file, read_back, 100) == 100, "the begin of a file is read");
  check(board_read(file, read_back + 100, file_bytes) == file_bytes - 100, "the rest of a file is read");
  check(board_read(file, read_back + file_bytes, 1) == 0, "a file ends");
  check(std::memcmp(written, read_back, file_bytes) == 0, "a file reads as it was written");
  check(board_seek(file, 1000) == 0 && board_read(file, read_back, 1) == 1 && read_back[0] == written[1000],
        "seek");
  board_close(file);
  check(board_open("no/such/file", BOARD_READ) == -1, "a missing file does not open");
}

void check_arguments() {
  static char line[512];
  const char* argv[4] = {};
  const int count = board_arguments(line, sizeof line, argv, 4);
  check(count == 4, "three arguments arrive");
  if (count != 4) return;
  check(equal(argv[1], "one") && equal(argv[2], "two,three"), "arguments arrive whole");
  check_file(argv[3]);
  check(board_arguments(line, sizeof line, argv, 3) == -1, "too many arguments are refused");
  check(board_arguments(line, 4, argv, 4) == -1, "a line that is too long is refused");
}

}  // namespace

int main() {
  check_memory();
  check_float();
  check_counter();
  check_stack();
  check_arguments();
  if (failures != 0) return 1;
  board_write("board ok\n");
  return 0;
}
