// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <bit>
#include <cstdint>

namespace etch::kernels {

/// Where the filters of a bank lie: channel c takes `width[c]` energies from `start[c]` on, with weights from
/// `weight_start[c]` on. What a weight leaves of an energy, its `unweight`, goes to the next channel.
struct SignalFilters {
  const std::int16_t *weight = nullptr, *unweight = nullptr;
  const std::int16_t *start = nullptr, *weight_start = nullptr, *width = nullptr;
};

/// A number of 64 bits as two words, low one first: it lies where words do.
struct TwoWords {
  std::uint32_t low = 0, high = 0;
};

/// Sums modulo 2^64. Channel 0 only collects what goes to the next: there are `channels + 1` of them.
[[gnu::always_inline]] inline void signal_filter_bank(int channels, const std::uint32_t* energy,
                                                      const SignalFilters& f, TwoWords* y) {
  std::uint64_t sum = 0;
  for (int c = 0; c <= channels; ++c) {
    std::uint64_t next = 0;
    const std::uint32_t* const x = energy + f.start[c];
    const std::int16_t *const weight = f.weight + f.weight_start[c], *const unweight =
                                                                         f.unweight + f.weight_start[c];
    for (int i = 0; i < f.width[c]; ++i) {
      sum += std::uint64_t{static_cast<std::uint32_t>(weight[i])} * x[i];
      next += std::uint64_t{static_cast<std::uint32_t>(unweight[i])} * x[i];
    }
    if (c > 0) y[c - 1] = {static_cast<std::uint32_t>(sum), static_cast<std::uint32_t>(sum >> 32)};
    sum = next;
  }
}

namespace detail {

/// The root to the nearest whole number, but not above what half of the bits hold: numbers of one word have a
/// root of 16 bits. \tparam T unsigned.
template <class T>
[[gnu::always_inline]] inline std::uint32_t rounded_root(T x) {
  T root = 0, bit = x == 0 ? 0 : T{1} << ((static_cast<int>(std::bit_width(x)) - 1) & ~1);
  for (; bit != 0; bit >>= 2) {
    const T trial = root + bit;
    root >>= 1;
    if (x < trial) continue;
    x -= trial;
    root += bit;
  }
  constexpr T most = static_cast<T>(-1) >> (4 * sizeof(T));
  return static_cast<std::uint32_t>(x > root && root != most ? root + 1 : root);
}

/// floor(log2 x) and what is above it, in 1/65536: t and what log2(1 + t) is more, from the 129 places of a
/// table. Lines between its places are 128 times too flat, as in TensorFlow Lite Micro, whose bits these are:
/// results are up to 0.0035 off. \param x above 0.
[[gnu::always_inline]] inline std::uint32_t log_2(std::uint32_t x, const std::int16_t* table) {
  const int power = static_cast<int>(std::bit_width(x)) - 1;
  const std::uint32_t above = x - (std::uint32_t{1} << power);
  const auto part = static_cast<std::int32_t>(power < 16 ? above << (16 - power) : above >> (power - 16));
  const std::int32_t place = part >> 9, from = table[place], to = table[place + 1];
  const std::int32_t more = ((to - from) * (part & 511)) >> 16;
  return (static_cast<std::uint32_t>(power) << 16) + static_cast<std::uint32_t>(part + from + more);
}

}  // namespace detail

/// Roots, shifted right by `bits`, which undoes a scaling of the samples; 0 where no word is shifted as far.
[[gnu::always_inline]] inline void signal_square_root(int n, const TwoWords* x, std::int32_t bits,
                                                      std::uint32_t* y) {
  for (int i = 0; i < n; ++i) {
    const std::uint32_t root =
        x[i].high == 0 ? detail::rounded_root<std::uint32_t>(x[i].low)
                       : detail::rounded_root<std::uint64_t>(std::uint64_t{x[i].high} << 32 | x[i].low);
    y[i] = bits >= 0 && bits < 32 ? root >> bits : 0;
  }
}

inline constexpr int log_table_size = 129;

/// Natural logarithms of x * 2^`bits` (modulo 2^32) in 1/`scale`, at most 32767, and 0 up to 1. A scale above
/// 2,900 may leave 32 bits.
[[gnu::always_inline]] inline void signal_log(int n, std::uint32_t scale, int bits, const std::uint32_t* x,
                                              const std::int16_t* table, std::int16_t* y) {
  constexpr std::uint64_t ln_2 = 45426;  // in 1/65536
  for (int i = 0; i < n; ++i) {
    const std::uint32_t scaled = x[i] << bits;
    y[i] = 0;
    if (scaled <= 1) continue;
    const auto natural = static_cast<std::uint32_t>((ln_2 * detail::log_2(scaled, table) + 32768) >> 16);
    const std::uint32_t log = (scale * natural + 32768) >> 16;
    y[i] = static_cast<std::int16_t>(log < 32767 ? log : 32767);
  }
}

}  // namespace etch::kernels
