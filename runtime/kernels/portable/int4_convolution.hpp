// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels {

/// Weights of 4 bits, -8 to 7, of a convolution of int8: `Int8Convolution` says all but where they lie.
///
/// Four filters are a group, and a tap of a group is one number of 16 bits, the least significant byte first:
/// the first filter in its lowest 4 bits, the last in its highest. The first three are stored 8 higher, as 0
/// to 15, so that a mask takes them out; the last is signed, as the whole number is. A group is `row` such
/// numbers, of which each four are in the order 0, 2, 1, 3: a word is two taps that lie two apart, as words
/// of four bytes are widened. What fills up rows, and the last group, are weights of 0.
inline constexpr int int4_group = 4;
/// What the first three filters are stored higher by.
inline constexpr unsigned int4_offsets = 0x0888;

constexpr int int4_groups(int filters) { return (filters + int4_group - 1) / int4_group; }
/// Bytes of a group.
constexpr int int4_group_bytes(const Int8Convolution& d) { return 2 * d.row; }
/// Where a tap's number lies in its group, in bytes.
[[gnu::always_inline]] constexpr int int4_tap_at(int tap) {
  return (tap & ~3) * 2 + (tap & 1) * 4 + (tap & 2);
}
/// A tap of a group: four weights of 4 bits, signed.
[[gnu::always_inline]] constexpr unsigned int4_tap(const std::int8_t* group, int tap) {
  const std::int8_t* const at = group + int4_tap_at(tap);
  return (static_cast<std::uint8_t>(at[0]) | unsigned{static_cast<std::uint8_t>(at[1])} << 8) ^ int4_offsets;
}
/// One of the four.
[[gnu::always_inline]] constexpr std::int32_t int4_of(unsigned four, int which) {
  return static_cast<std::int32_t>(four << (28 - 4 * which)) >> 28;
}
constexpr int int4_weight(const Int8Convolution& d, const std::int8_t* w, int filter, int tap) {
  return int4_of(int4_tap(w + std::ptrdiff_t{filter / int4_group} * int4_group_bytes(d), tap),
                 filter % int4_group);
}

namespace portable {

/// The sums of a group over one window, without biases.
template <class T>
[[gnu::always_inline]] inline void int4_window_sums(const Int8Convolution& d, const T* x,
                                                    const std::int8_t* group, int top, int left,
                                                    std::int32_t outside,
                                                    typename WeightedSum<T>::Sum (&sum)[int4_group]) {
  int tap = 0;
  read_window(
      d, x, top, left, outside, [&](std::int32_t number) __attribute__((always_inline)) {
        const unsigned four = int4_tap(group, tap++);
#pragma GCC unroll 4
        for (int k = 0; k < int4_group; ++k) sum[k] += int4_of(four, k) * number;
      });
}

/// The bytes of `int8_convolution` with the same weights as int8. \param w [groups][2 * row] bytes
/// \param scratch as `for_windows`
template <class T>
[[gnu::always_inline]] inline void int4_convolution(const Int8Convolution& d, const T* x,
                                                    const std::int8_t* w,
                                                    const typename WeightedSum<T>::Bias* bias,
                                                    const Int8ShortScale* scale, const Int8Io& io, T* y,
                                                    T* scratch) {
  using Sum = typename WeightedSum<T>::Sum;
  for_windows(
      d, x, scratch, [&](const T* from, int top, int left) __attribute__((always_inline)) {
        const std::int8_t* group = w;
        for (int f = 0; f < d.filters; group += int4_group_bytes(d)) {
          Sum sum[int4_group]{};
          int4_window_sums(d, from, group, top, left, io.input_zero_point, sum);
          for (int k = 0; k < int4_group && f < d.filters; ++k, ++f)
            *y++ = requantize_to<T>(Sum{bias[f]} + sum[k], scale[d.per_channel ? f : 0], io);
        }
      });
}

}  // namespace portable

}  // namespace etch::kernels
