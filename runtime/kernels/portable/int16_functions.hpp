// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

/// Functions of int16 numbers as TensorFlow Lite computes them: lines between the places of a table.
namespace etch::kernels {

/// How many numbers a table over all of int16 has: one every 128, and one past the last.
inline constexpr int int16_table_size = 513;

/// The value at x of a table over int16, with lines between its places.
constexpr std::int16_t int16_looked_up(std::int32_t x, const std::int16_t* table) {
  const std::int32_t place = 256 + (x >> 7), slope = table[place + 1] - table[place];
  return static_cast<std::int16_t>(table[place] + ((slope * (x & 127) + 64) >> 7));
}

/// The sigmoid of x / (3 * 2^12), to 2^-15. \param table [256]: 2^16 sigmoid(i / 24), with half the chord's
/// error.
constexpr std::int16_t int16_sigmoid(std::int32_t x, const std::uint16_t* table) {
  const std::uint32_t size = static_cast<std::uint32_t>(x < 0 ? -x : x), place = size >> 9;
  std::uint32_t y = 0x7fffu << 10;
  if (place < 255)
    y = (std::uint32_t{table[place]} << 9) +
        (size & 0x1ff) * (std::uint32_t{table[place + 1]} - table[place]);
  y = x >= 0 ? y + (1 << 9) : (1u << 25) - y + (1 << 9) - 1;
  return static_cast<std::int16_t>(y >> 10);
}

/// The same for tanh: 2 sigmoid(2x) - 1.
constexpr std::int16_t int16_tanh(std::int32_t x, const std::uint16_t* table) {
  const std::uint32_t size = static_cast<std::uint32_t>(x < 0 ? -x : x), place = size >> 8;
  std::int32_t y = 0xffff << 8;
  if (place < 255)
    y = static_cast<std::int32_t>((std::uint32_t{table[place]} << 8) +
                                  (size & 0xff) * (std::uint32_t{table[place + 1]} - table[place]));
  y = x >= 0 ? y - (1 << 23) + (1 << 7) : -y + (1 << 23) + (1 << 7) - 1;
  return static_cast<std::int16_t>(y >> 8);
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
