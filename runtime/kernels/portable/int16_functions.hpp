// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

/// Functions of int16 numbers as TensorFlow Lite computes them: lines between the places of a table.
namespace etch::kernels {

/// How many numbers a table over all of int16 has: one every 128, and one past the last.
inline constexpr int int16_table_size = 513;

/// The value at x of a table over int16, with lines between its places.
constexpr std::int16_t int16_looked_up(std::int32_t x, const std::int16_t* table) {
  const std::int32_t place = 256 + (x >> 7), slope = table[place + 1] - table[place];
  return static_cast<std::int16_t>(table[place] + ((slope * (x & 127) + 64) >> 7));
}

/// The size of x between the places of a table of 256 numbers, `bits` from one to the next; its last place
/// begins what it does not hold.
struct Int16Place {
  std::int32_t number = 0, behind = 0;
  bool beyond = false;
};
constexpr Int16Place int16_place(std::int32_t x, int bits) {
  const std::int32_t sign = x >> 31, size = (x ^ sign) - sign, place = size >> bits;
  const bool beyond = place >= 255;
  return {either(beyond, 254, place), size & ((1 << bits) - 1), beyond};
}

/// The sigmoid of x / (3 * 2^12), to 2^-15. \param table [256]: 2^16 sigmoid(i / 24), with half the chord's
/// error.
constexpr std::int16_t int16_sigmoid(std::int32_t x, const std::uint16_t* table) {
  const Int16Place at = int16_place(x, 9);
  const std::int32_t low = table[at.number], slope = table[at.number + 1] - low;
  const std::int32_t y = either(at.beyond, 0x7fff << 10, (low << 9) + at.behind * slope);
  return static_cast<std::int16_t>(either(x >= 0, y + (1 << 9), (1 << 25) - y + (1 << 9) - 1) >> 10);
}

/// The same for tanh: 2 sigmoid(2x) - 1.
constexpr std::int16_t int16_tanh(std::int32_t x, const std::uint16_t* table) {
  const Int16Place at = int16_place(x, 8);
  const std::int32_t low = table[at.number], slope = table[at.number + 1] - low;
  const std::int32_t y = either(at.beyond, 0xffff << 8, (low << 8) + at.behind * slope) - (1 << 23);
  return static_cast<std::int16_t>((either(x >= 0, y, -y - 1) + (1 << 7)) >> 8);
}

/// Brings an input to steps of 1 / (3 * 2^12): x * multiplier / 2^shift, rounded.
struct Int16SigmoidNumbers {
  std::int32_t multiplier = 3, shift = 0;
};

/// Sigmoid or tanh of n numbers; results have scale 2^-15. `y` may be `x`.
inline void int16_gate(int n, bool tanh, const std::int16_t* x, const Int16SigmoidNumbers& numbers,
                       const std::uint16_t* table, std::int16_t* y) {
  const std::int32_t half = numbers.shift > 0 ? 1 << (numbers.shift - 1) : 0;
  for (int i = 0; i < n; ++i) {
    const std::int32_t raised = (x[i] * numbers.multiplier + half) >> numbers.shift;
    y[i] = tanh ? int16_tanh(raised, table) : int16_sigmoid(raised, table);
  }
}

/// Any function of one int16 by its table. `y` may be `x`.
inline void int16_table(int n, const std::int16_t* x, const std::int16_t* table, std::int16_t* y) {
  for (int i = 0; i < n; ++i) y[i] = int16_looked_up(x[i], table);
}

}  // namespace etch::kernels
