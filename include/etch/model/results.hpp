// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare.hpp>
#include <runtime/progress.hpp>

#include <span>

namespace etch {

inline constexpr int max_metrics = 6;

/// What one epoch came to. Metrics stand in the order they were given to `compile`.
struct EpochResult {
  float loss = 0, val_loss = 0;
  float metric[max_metrics]{}, val_metric[max_metrics]{};
};

/// The epochs of one `fit`, as a view of storage that the caller or the model gave.
struct History {
  std::span<const EpochResult> epochs{};
  const EpochResult& last() const { return epochs.back(); }
};

struct Evaluation {
  float loss = 0;
  float metric[max_metrics]{};
};

namespace detail {

template <class Metric>
constexpr const char* val_name(const Metric&) {
  if constexpr (requires { Metric::val_name; })
    return Metric::val_name;
  else
    return "val_metric";  // a user's metric need not have the second name
}

/// Names the results of a batch or epoch. \return how many there are.
template <class Metrics>
std::size_t fill_report(const Metrics& metrics, Reported* to, float loss, const float* metric) {
  std::size_t n = 0;
  hana::for_each(metrics, [&](const auto& each) {
    to[n] = {each.name, metric[n]};
    ++n;
  });
  to[n++] = {"loss", loss};
  return n;
}

template <class Metrics>
void report_epoch(const Metrics& metrics, Progress& progress, const EpochResult& result, bool validated) {
  Reported values[2 * max_metrics + 2];
  std::size_t n = fill_report(metrics, values, result.loss, result.metric);
  if (validated) {
    const float* at = result.val_metric;
    hana::for_each(metrics, [&](const auto& each) { values[n++] = {val_name(each), *at++}; });
    values[n++] = {"val_loss", result.val_loss};
  }
  progress.end_epoch({values, n});
}

}  // namespace detail
}  // namespace etch
