// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>

#include <array>
#include <cstdint>
#include <limits>

namespace etch {

/// A quantile of numbers that nobody keeps, in 48 bytes: the P-square algorithm (Jain and Chlamtac, The P2
/// algorithm for dynamic calculation of quantiles and histograms without storing observations, Communications
/// of the ACM 28(10), 1985). Five markers follow the smallest number, the largest, the quantile and the two
/// halfway; each moves along a parabola through its neighbours. Exact for the first five numbers.
///
/// Numbers that are not finite are left out, and those after the first 4,294,967,295. The result depends on
/// the order of the numbers, and is a function of it to the last bit.
class StreamingQuantile {
 public:
  /// \param p between 0 and 1, without both.
  constexpr explicit StreamingQuantile(float p = 0.5f) {
    if (!(p > 0 && p < 1)) fail("a streaming quantile takes a number between 0 and 1");
    const auto half = static_cast<std::uint32_t>(p * 0x1p31f);  // of 2^32, rounded down
    share_ = half;
  }

  constexpr void add(float x) {
    if (x - x != 0 || count_ == ~0U) return;
    if (count_ < markers)
      insert(x);
    else
      follow(x);
    ++count_;
  }

  constexpr std::uint32_t count() const { return count_; }
  /// NaN before the first number.
  constexpr float value() const {
    if (count_ == 0) return std::numeric_limits<float>::quiet_NaN();
    if (count_ > markers) return height_[2];
    // The number at this place among those that are there, rounded to the nearest.
    const std::uint64_t place = (2 * std::uint64_t{share_} * (count_ - 1) + (std::uint64_t{1} << 31)) >> 32;
    return height_[static_cast<std::size_t>(place)];
  }
  /// The smallest and the largest number of all; NaN before the first.
  constexpr float least() const { return count_ == 0 ? value() : height_[0]; }
  constexpr float most() const {
    return count_ == 0 ? value() : height_[(count_ < markers ? count_ : markers) - 1];
  }

 private:
  static constexpr std::uint32_t markers = 5;

  constexpr void insert(float x) {
    std::uint32_t i = count_;
    for (; i > 0 && height_[i - 1] > x; --i) height_[i] = height_[i - 1];
    height_[i] = x;
    place_[count_] = count_;
  }
  constexpr void follow(float x) {
    if (x < height_[0]) height_[0] = x;
    if (x > height_[4]) height_[4] = x;
    for (std::uint32_t i = 1; i < markers; ++i)
      if (i == 4 || x < height_[i]) ++place_[i];
    for (std::uint32_t i = 1; i < 4; ++i) move(i);
  }
  /// Where marker i shall be after `count_` + 1 numbers, in units of 2^-32.
  constexpr std::uint64_t wanted(std::uint32_t i) const {
    const std::uint64_t of[] = {0, share_, std::uint64_t{2} * share_, (std::uint64_t{1} << 31) + share_};
    return of[i] * count_;
  }
  constexpr void move(std::uint32_t i) {
    const std::uint64_t at = std::uint64_t{place_[i]} << 32, one = std::uint64_t{1} << 32, to = wanted(i);
    if (to >= at + one && place_[i + 1] - place_[i] > 1)
      step(i, 1);
    else if (to + one <= at && place_[i] - place_[i - 1] > 1)
      step(i, -1);
  }
  constexpr void step(std::uint32_t i, int d) {
    const float before = static_cast<float>(place_[i] - place_[i - 1]),
                behind = static_cast<float>(place_[i + 1] - place_[i]), by = static_cast<float>(d);
    const float parabola = height_[i] + by / (before + behind) *
                                            ((before + by) * (height_[i + 1] - height_[i]) / behind +
                                             (behind - by) * (height_[i] - height_[i - 1]) / before);
    if (parabola > height_[i - 1] && parabola < height_[i + 1]) {
      height_[i] = parabola;
    } else {  // along the line to the neighbour
      const std::uint32_t next = d > 0 ? i + 1 : i - 1;
      const float gap = height_[next] - height_[i], places = d > 0 ? behind : before;  // 2 places at least
      // Of the largest floats the difference is none, but its part is.
      height_[i] += gap - gap == 0 ? gap / places : height_[next] / places - height_[i] / places;
    }
    place_[i] += static_cast<std::uint32_t>(d);
  }

  std::uint32_t share_ = 0;  ///< half of the quantile, of 2^32
  std::uint32_t count_ = 0;
  std::array<float, markers> height_{};
  std::array<std::uint32_t, markers> place_{};  ///< of each marker among all numbers, from 0
};

}  // namespace etch
