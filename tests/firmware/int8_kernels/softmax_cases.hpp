// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int16_softmax.hpp>
#include <runtime/kernels/portable/int8_softmax.hpp>
#include <runtime/kernels/portable/math.hpp>

/// Rows of softmax about the widths at which its sums and shifts change, the same on the desktop and on every
/// core: what they give is compared by one number.
namespace softmax_cases {

using namespace etch::kernels;

inline constexpr int widths[] = {1, 2, 511, 512, 513, 4095, 4096, 4097, 8192, 65535, 65536};
enum class Row { equal, lowest, one_hot, drawn };
inline constexpr Row rows[] = {Row::equal, Row::lowest, Row::one_hot, Row::drawn};

struct Memory {
  std::int8_t narrow[most_softmax_width];
  std::int16_t wide[most_softmax_width];
  std::int16_t exp[int16_table_size], inverse[int16_table_size];
};

/// Differences of 1/256: drawn rows sum to more than 0.6 of their width.
inline constexpr Int8SoftmaxNumbers numbers{{1 << 30, 19}, -3968};
/// Inputs of scale 1/2048.
inline constexpr Int8Scale int16_scale{1717960704, 2};

inline std::int8_t element(Row row, int width, int i) {
  switch (row) {
    case Row::equal:
      return 5;
    case Row::lowest:
      return -128;
    case Row::one_hot:
      return i == width / 2 ? 127 : -128;
    case Row::drawn:
      break;
  }
  return static_cast<std::int8_t>(static_cast<std::uint32_t>(i) * 2654435761u >> 24);
}
/// What `one_hot` leaves out: smaller steps let its other places count.
constexpr Int8SoftmaxNumbers numbers_of(Row row) {
  return row == Row::one_hot ? Int8SoftmaxNumbers{{1 << 30, 23}, -248} : numbers;
}

inline void make_tables(Memory& m) {
  for (int i = 0; i < int16_table_size; ++i) {
    const float exponential = etch::math::exp(10.0f * static_cast<float>(i - 512) / 512);
    m.exp[i] = static_cast<std::int16_t>(exponential * 32767 + 0.5f);
    m.inverse[i] = static_cast<std::int16_t>(32767 / (1 + static_cast<float>(i) / 512) + 0.5f);
  }
}

/// From int8 to int8, in place.
inline void run_int8(Memory& m, Row row, int width) {
  for (int i = 0; i < width; ++i) m.narrow[i] = element(row, width, i);
  int8_softmax(1, width, m.narrow, numbers_of(row), m.narrow);
}
/// From int8 to int16.
inline void run_int8_to_int16(Memory& m, Row row, int width) {
  for (int i = 0; i < width; ++i) m.narrow[i] = element(row, width, i);
  int8_softmax(1, width, m.narrow, numbers_of(row), m.wide);
}
/// From int16 to int16, in place.
inline void run_int16(Memory& m, Row row, int width) {
  for (int i = 0; i < width; ++i) m.wide[i] = static_cast<std::int16_t>(element(row, width, i) * 256);
  int16_softmax(1, width, m.wide, int16_scale, {m.exp, m.inverse}, m.wide);
}

/// FNV-1a over the numbers of every case.
inline std::uint32_t hash_of_all(Memory& m) {
  std::uint32_t hash = 2166136261u;
  const auto take = [&](const auto* y, int width) {
    for (int i = 0; i < width; ++i) hash = (hash ^ static_cast<std::uint16_t>(y[i])) * 16777619u;
  };
  make_tables(m);
  for (const int width : widths)
    for (const Row row : rows) {
      run_int8(m, row, width);
      take(m.narrow, width);
      run_int8_to_int16(m, row, width);
      take(m.wide, width);
      run_int16(m, row, width);
      take(m.wide, width);
    }
  return hash;
}

inline constexpr std::uint32_t expected_hash = 0x734e918c;

}  // namespace softmax_cases
