// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/metrics/metric.hpp>

#include <array>
#include <string_view>

namespace etch {

namespace detail {
template <class Metric>
inline constexpr auto weighted_name = [] {
  constexpr std::string_view prefix = "weighted_", own = Metric::name;
  std::array<char, prefix.size() + own.size() + 1> text{};
  for (std::size_t i = 0; i < prefix.size(); ++i) text[i] = prefix[i];
  for (std::size_t i = 0; i < own.size(); ++i) text[prefix.size() + i] = own[i];
  return text;
}();
}  // namespace detail

/// A metric in which each sample counts with its sample or class weight, as in Keras's `weighted_metrics`:
/// `Weighted{Accuracy{}}` is `weighted_accuracy`. The others count all samples
/// alike.
template <class Metric>
struct Weighted : Metric {
  static constexpr const char* name = detail::weighted_name<Metric>.data();
  static constexpr bool is_weighted = true;
};
template <class Metric>
Weighted(Metric) -> Weighted<Metric>;

}  // namespace etch
