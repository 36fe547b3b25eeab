// SPDX-License-Identifier: BSL-1.0
// A board's console on the desktop, as far as the comparisons of int8 kernels use it, and their start where
// the machine has what they were compiled for; this file is compiled for any.
#include <runtime/boards/common/console.h>

#include <cstdint>
#include <cstdio>

int kernels_main();

extern "C" {
void board_write(const char* text) { std::fputs(text, stdout); }
void board_write_int(std::int32_t value) { std::printf("%d", static_cast<int>(value)); }
void board_write_hex(std::uint32_t value) { std::printf("%08x", static_cast<unsigned>(value)); }
}

namespace {

bool runs_here() {
#if defined(NEEDS_VNNI)
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#elif defined(NEEDS_AVX512)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#elif defined(NEEDS_AVX2)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
#else
  return true;
#endif
}

}  // namespace

int main() {
  if (runs_here()) return kernels_main();
  std::puts("not run here: this machine lacks the instructions");
  return 77;
}
