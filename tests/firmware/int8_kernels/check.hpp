// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/common/console.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <runtime/kernels/portable/requantize.hpp>

/// What the comparisons of optimised with portable kernels share. A kernel's file calls `report` for each
/// case; `main.cpp` lists the files.
namespace int8_kernels {

/// How many of so many cases run: INT8_KERNELS_SHARE makes them a fraction, for programs that try a flag.
constexpr int cases(int all) {
#if defined(INT8_KERNELS_SHARE)
  return all / INT8_KERNELS_SHARE;
#else
  return all;
#endif
}

/// The same draws on every board.
class Draws {
 public:
  explicit Draws(std::uint32_t seed) : state_(seed) {}
  int between(int low, int high) {
    state_ = state_ * 1664525u + 1013904223u;
    return low + static_cast<int>((state_ >> 8) % static_cast<std::uint32_t>(high - low + 1));
  }
  std::int8_t byte() { return static_cast<std::int8_t>(between(-128, 127)); }
  void fill(std::int8_t* data, int count) {
    for (int i = 0; i < count; ++i) data[i] = byte();
  }
  /// Mostly scales as models have them; some that need the general form.
  etch::kernels::Int8Scale scale() {
    const int kind = between(0, 19);
    if (kind == 0) return {0, 0};
    const int low = kind == 1 ? -31 : -12, high = kind == 1 ? 3 : kind == 2 ? 0 : -5;
    return {(1 << 30) + between(0, (1 << 24) - 1) * 64, between(low, high)};
  }
  etch::kernels::Int8Io io() {
    if (between(0, 2) != 0) return {between(-128, 127), between(-128, 127), -128, 127};
    return {between(-128, 127), between(-128, 127), between(-128, -20), between(20, 127)};
  }

 private:
  std::uint32_t state_;
};

/// Bytes with a margin on both sides that nobody may write to. Aligned as plans are.
template <int N>
class Guarded {
 public:
  std::int8_t* data() { return bytes_ + margin; }
  void wipe() { std::memset(bytes_, 0x5a, sizeof bytes_); }
  bool intact(int used) const {
    for (int i = 0; i < margin; ++i)
      if (bytes_[i] != 0x5a || bytes_[margin + used + i] != 0x5a) return false;
    return true;
  }
  static constexpr int size = N;

 private:
  static constexpr int margin = 16;
  alignas(8) std::int8_t bytes_[N + 2 * margin]{};
};

/// Says which case failed; true if it passed.
inline bool report(const char* kernel, int index, bool passed) {
  if (passed) return true;
  board_write(kernel);
  board_write(": case ");
  board_write_int(index);
  board_write(" differs from the portable kernel\n");
  return false;
}

bool check_loop_ends();
bool check_requantize();
bool check_mve_requantize();
bool check_convolution();
bool check_int4_convolution();
bool check_int16_convolution();
bool check_depthwise_convolution();
bool check_binary();
bool check_pool();
bool check_depth();
bool check_softmax();

}  // namespace int8_kernels
