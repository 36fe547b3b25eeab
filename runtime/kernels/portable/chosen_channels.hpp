// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch::kernels {

/// Output channels of a layer whose weights train: an `inline constexpr` object, since steps point to it.
///
///   inline constexpr std::int16_t conv2d_3_channels[]{0, 5, 17};
///   inline constexpr etch::ChosenChannels conv2d_3{"conv2d_3", conv2d_3_channels};
struct ChosenChannels {
  const char* layer = nullptr;            ///< its name, or the end of it behind a slash
  const std::int16_t* channel = nullptr;  ///< ascending; null: the layer trains whole
  int count = 0;

  constexpr ChosenChannels(const char* name) : layer(name) {}
  template <int N>
  constexpr ChosenChannels(const char* name, const std::int16_t (&channels)[N])
      : layer(name), channel(channels), count(N) {}

  /// Where element `i` of an array of the chosen channels stands in one of all `channels`.
  constexpr int place(int i, int channels) const { return i / count * channels + channel[i % count]; }
};

/// The chosen columns of `rows` rows, one after another.
template <class T>
[[gnu::always_inline]] inline void take_channels(const ChosenChannels& chosen, int rows, int channels,
                                                 const T* from, T* to) {
  for (int r = 0; r < rows; ++r, from += channels, to += chosen.count)
    for (int k = 0; k < chosen.count; ++k) to[k] = from[chosen.channel[k]];
}

/// Calls `change(weights, at, n)` with pieces of the chosen weights of a row, which may change them; `at` is
/// where they would stand if there were no others.
template <class T, class Change>
[[gnu::always_inline]] inline void for_chosen(const ChosenChannels& chosen, int rows, int channels, T* w,
                                              const Change& change) {
  constexpr int piece = 16;
  for (int r = 0; r < rows; ++r, w += channels)
    for (int first = 0; first < chosen.count; first += piece) {
      const int n = chosen.count - first < piece ? chosen.count - first : piece;
      T some[piece];
      for (int k = 0; k < n; ++k) some[k] = w[chosen.channel[first + k]];
      change(some, r * chosen.count + first, n);
      for (int k = 0; k < n; ++k) w[chosen.channel[first + k]] = some[k];
    }
}

}  // namespace etch::kernels
