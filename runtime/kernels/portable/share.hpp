// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch::kernels {

/// Inputs of a layer that are one thread's come in groups of so many: they fill a line of a cache.
inline constexpr int inputs_of_share = 16;

/// Things that follow each other: [first, end).
struct Range {
  int first = 0, end = 0;
  constexpr int size() const { return end - first; }
  constexpr bool operator==(const Range&) const = default;
};

/// One of several parts of a step's work, which threads of a desktop do at once. Results are shared out,
/// never the products of one sum, so that their bits do not depend on how many parts there are.
struct Share {
  int number = 0, of = 1;

  constexpr bool is_last() const { return number == of - 1; }
  /// Its part of `count` things. All shares but the last have whole groups of `unit` of them.
  constexpr Range among(int count, int unit = 1) const {
    const std::int64_t groups = count / unit + (count % unit > 0);
    const auto at = [&](int share) {
      const std::int64_t thing = share * groups / of * unit;
      return thing < count ? static_cast<int>(thing) : count;
    };
    return {at(number), at(number + 1)};
  }
};

}  // namespace etch::kernels
