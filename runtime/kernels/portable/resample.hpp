// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/resize.hpp>

#include <bit>
#include <cstdint>

namespace etch::kernels {

/// [height, width, channels] to [out_height, out_width, channels], by a table for each axis that says where
/// every result comes from.
struct Resample {
  ResizeKind kind = ResizeKind::nearest;
  int height = 1, width = 1, channels = 1;
  int out_height = 1, out_width = 1;
  int in_floats = 0;  ///< int8 that stands for uint8, 128 above it, is blended in floats: shares are floats
  constexpr bool operator==(const Resample&) const = default;
};

/// Words of a table that each result of an axis has. Nearest: the input. Bilinear: two inputs, and how far
/// the result lies from the first to the second: in 1/1024 for whole numbers, the bits of a float else.
constexpr int resample_words(ResizeKind kind) { return kind == ResizeKind::nearest ? 1 : 3; }

namespace detail {

/// TensorFlow Lite's integer arithmetic: shares of 1/1024 along each axis, rounded away from zero at a half.
template <class Sum, class T>
[[gnu::always_inline]] inline T blend_whole(const T (&v)[4], std::int32_t down, std::int32_t right) {
  const std::int32_t up = 1024 - down, left = 1024 - right;
  const Sum sum =
      Sum{v[0]} * up * left + Sum{v[1]} * down * left + Sum{v[2]} * up * right + Sum{v[3]} * down * right;
  return static_cast<T>((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
}
[[gnu::always_inline]] inline std::int8_t blend(const std::int8_t (&v)[4], std::int32_t down,
                                                std::int32_t right) {
  return blend_whole<std::int32_t>(v, down, right);
}
[[gnu::always_inline]] inline std::int16_t blend(const std::int16_t (&v)[4], std::int32_t down,
                                                 std::int32_t right) {
  return blend_whole<std::int64_t>(v, down, right);
}

/// The same in real numbers: each corner times its shares, vertical first, summed in the order of `v`.
template <class T>
[[gnu::always_inline]] inline T blend_shares(const T (&v)[4], T down, T right) {
  const T up = T(1) - down, left = T(1) - right;
  T sum = multiply_add(v[1] * down, left, v[0] * up * left);
  sum = multiply_add(v[2] * up, right, sum);
  return multiply_add(v[3] * down, right, sum);
}
template <class T>
[[gnu::always_inline]] inline T blend(const T (&v)[4], std::int32_t down_bits, std::int32_t right_bits) {
  return blend_shares(v, static_cast<T>(std::bit_cast<float>(down_bits)),
                      static_cast<T>(std::bit_cast<float>(right_bits)));
}

/// TensorFlow Lite's arithmetic for uint8, as int8: rounded to nearest, halves up.
inline std::int8_t blend_in_floats(const std::int8_t (&v)[4], std::int32_t down, std::int32_t right) {
  float bytes[4];
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<float>(v[i] + 128);
  const float sum = blend<float>(bytes, down, right) + 0.5f;
  return static_cast<std::int8_t>(static_cast<int>(sum < 0.0f ? 0.0f : sum > 255.0f ? 255.0f : sum) - 128);
}

/// Of the four numbers around a place, as a step asks for it.
template <class T>
[[gnu::always_inline]] inline T blended(const Resample& d, const T (&v)[4], std::int32_t down,
                                        std::int32_t right) {
  if constexpr (__is_same(T, std::int8_t))
    if (d.in_floats) return blend_in_floats(v, down, right);
  return blend(v, down, right);
}

}  // namespace detail

template <class T>
[[gnu::always_inline]] inline void resample(const Resample& d, int samples, const std::int32_t* rows,
                                            const std::int32_t* columns, const T* x, T* y) {
  const int words = resample_words(d.kind);
  for (int s = 0; s < samples; ++s, x += d.height * d.width * d.channels)
    for (int oy = 0; oy < d.out_height; ++oy)
      for (int ox = 0; ox < d.out_width; ++ox, y += d.channels) {
        const std::int32_t *row = rows + oy * words, *column = columns + ox * words;
        const T* corner = x + (row[0] * d.width + column[0]) * d.channels;
        if (d.kind == ResizeKind::nearest) {
          for (int c = 0; c < d.channels; ++c) y[c] = corner[c];
          continue;
        }
        const int below = (row[1] - row[0]) * d.width * d.channels,
                  beside = (column[1] - column[0]) * d.channels;
        for (int c = 0; c < d.channels; ++c) {
          const T around[]{corner[c], corner[c + below], corner[c + beside], corner[c + below + beside]};
          y[c] = detail::blended(d, around, row[2], column[2]);
        }
      }
}

}  // namespace etch::kernels
