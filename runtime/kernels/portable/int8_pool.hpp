// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/pooling.hpp>
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels {

/// sum / count to nearest, halves away from zero. \param count above 0.
constexpr std::int32_t rounded_quotient(std::int32_t sum, std::int32_t count) {
  const std::int32_t sign = sum >> 31;
  return (sum + ((count / 2 ^ sign) - sign)) / count;
}

/// How many numbers a window of int8 or int16 may have, so that their sum fits 32 bits: with half as many
/// more for rounding without a scale; as differences to any zero point with one.
template <class T>
inline constexpr int most_averaged = sizeof(T) == 1 ? (1 << 24) - (1 << 16) : (1 << 16) - 1;
template <class T>
inline constexpr int most_scaled = sizeof(T) == 1 ? 1 << 22 : 1 << 15;

namespace portable {
/// Averages of windows of int8 or int16. Without a scale: TensorFlow Lite's AVERAGE_POOL_2D, of the taps that
/// lie inside, in the input's own quantization. With one: its MEAN over height and width, where the scale
/// holds the division. `y` may be `x` where nothing is padded before the input. \param scale null without
/// one.
template <class T>
[[gnu::always_inline]] inline void int8_pool(const Pool& d, const T* x, const Int8Io& io,
                                             const Int8Scale* scale, T* y) {
  for (int oy = 0; oy < d.out_height; ++oy)
    for (int ox = 0; ox < d.out_width; ++ox) {
      const detail::Window w = detail::window_at(d, oy, ox);
      for (int c = 0; c < d.channels; ++c) {
        std::int32_t sum = 0;
        for (int iy = w.first_row; iy < w.last_row; ++iy)
          for (int ix = w.first_column; ix < w.last_column; ++ix)
            sum += x[(iy * d.width + ix) * d.channels + c];
        if (scale) {
          *y++ = requantize_to<T>(sum - w.taps() * io.input_zero_point, *scale, io);
          continue;
        }
        const std::int32_t mean = rounded_quotient(sum, w.taps());
        *y++ = static_cast<T>(mean < io.lowest ? io.lowest : mean > io.highest ? io.highest : mean);
      }
    }
}

/// The average of int8 that stands for uint8, 128 above it: a half goes up, also below zero. Windows have at
/// most `most_scaled` numbers.
inline void int8_pool_halves_up(const Pool& d, const std::int8_t* x, const Int8Io& io, std::int8_t* y) {
  for (int oy = 0; oy < d.out_height; ++oy)
    for (int ox = 0; ox < d.out_width; ++ox) {
      const detail::Window w = detail::window_at(d, oy, ox);
      for (int c = 0; c < d.channels; ++c) {
        std::int32_t sum = 128 * w.taps() + w.taps() / 2;  // above zero: the quotient is rounded down
        for (int iy = w.first_row; iy < w.last_row; ++iy)
          for (int ix = w.first_column; ix < w.last_column; ++ix)
            sum += x[(iy * d.width + ix) * d.channels + c];
        const std::int32_t mean = sum / w.taps() - 128;
        *y++ = static_cast<std::int8_t>(mean < io.lowest ? io.lowest : mean > io.highest ? io.highest : mean);
      }
    }
}

/// Max pooling of one sample of int8.
template <class T>
[[gnu::always_inline]] inline void int8_max_pool(const Pool& d, const T* x, T* y) {
  pool_forward<T, T>(d, 1, x, y, nullptr);
}
}  // namespace portable

}  // namespace etch::kernels
