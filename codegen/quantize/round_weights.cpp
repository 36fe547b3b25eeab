// SPDX-License-Identifier: BSL-1.0
#include <codegen/quantize/round_weights.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace etch::host::quantization {

namespace {

constexpr double lowest = -8, highest = 7;

/// Of variances, so that taps that hardly move keep their weights.
double damping(const std::vector<double>& variance) {
  const double all = std::accumulate(variance.begin(), variance.end(), 0.0);
  return all > 0 ? 0.01 * all / static_cast<double>(variance.size()) : 1;
}

/// The steps of filters that were trained for -7 to 7 of them, which int8 has rounded, the largest to 127:
/// none is further from its weight than that. Of other filters nothing.
std::optional<RoundedFilters> trained_steps(const std::vector<FilterNumbers>& filters, double ratio) {
  RoundedFilters made{{}, ratio};
  for (const FilterNumbers filter : filters) {
    std::vector<std::int8_t>& steps = made.weights.emplace_back();
    for (const int w : filter) {
      const double step = std::nearbyint(w / ratio);
      if (std::abs(w - ratio * step) > 0.5) return std::nullopt;
      steps.push_back(static_cast<std::int8_t>(step));
    }
  }
  return made;
}

}  // namespace

WeightRounding::WeightRounding(std::size_t taps) : order_(taps), importance_(taps, 1.0) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
}

WeightRounding::WeightRounding(const InputMoments& moments) : WeightRounding(moments.variance.size()) {
  std::ranges::stable_sort(order_, {}, [&](std::size_t tap) { return moments.variance[tap]; });
  const double damped = damping(moments.variance);
  for (std::size_t i = 0; i < order_.size(); ++i) importance_[i] = moments.variance[order_[i]] + damped;
  if (!moments.covariance.empty()) factorize(moments);
}

/// The covariance, damped, as L L' (Cholesky): the error of a sum is that of L' times the errors of weights,
/// whose element i holds those of places from i on.
void WeightRounding::factorize(const InputMoments& moments) {
  const std::size_t n = order_.size();
  std::vector<double> l(n * n);
  const double damped = damping(moments.variance);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      const auto [a, b] = std::minmax(order_[i], order_[j]);
      double sum = moments.covariance[b * n + a] + (i == j ? damped : 0);
      for (std::size_t k = 0; k < j; ++k) sum -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i == j ? std::sqrt(std::max(sum, damped * 1e-6)) : sum / l[j * n + j];
    }
  pull_.assign(n * n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    importance_[i] = l[i * n + i] * l[i * n + i];
    for (std::size_t j = i + 1; j < n; ++j) pull_[i * n + j] = l[j * n + i] / l[i * n + i];
  }
}

/// \returns the error of the filter's sums, squared.
double WeightRounding::round_one(FilterNumbers filter, double ratio, std::vector<std::int8_t>& steps) const {
  const std::size_t n = filter.size();
  std::vector<double> error(n);  // by place
  double all = 0;
  for (std::size_t i = n; i-- > 0;) {
    const double weight = filter[order_[i]];
    double wanted = weight;
    if (!pull_.empty())
      wanted += std::inner_product(error.begin() + static_cast<std::ptrdiff_t>(i) + 1, error.end(),
                                   pull_.begin() + static_cast<std::ptrdiff_t>(i * n + i + 1), 0.0);
    const double step = std::clamp(std::nearbyint(wanted / ratio), lowest, highest);
    steps[order_[i]] = static_cast<std::int8_t>(step);
    error[i] = weight - ratio * step;
    all += importance_[i] * (wanted - ratio * step) * (wanted - ratio * step);
  }
  return all;
}

WeightRounding::Attempt WeightRounding::attempt(const std::vector<FilterNumbers>& filters,
                                                double ratio) const {
  Attempt made{{{}, ratio}, 0};
  for (const FilterNumbers filter : filters) {
    made.made.weights.emplace_back(filter.size());
    made.error += round_one(filter, ratio, made.made.weights.back());
  }
  return made;
}

RoundedFilters WeightRounding::round(const std::vector<FilterNumbers>& filters) const {
  int least = 0, most = 0;
  for (const FilterNumbers filter : filters)
    for (const int w : filter) least = std::min(least, w), most = std::max(most, w);
  if (std::max(-least, most) == INT8_MAX)
    if (auto trained = trained_steps(filters, INT8_MAX / highest)) return *std::move(trained);
  // The steps that hold the largest weight, and smaller ones, which clip it. Where errors pull at each other
  // an attempt takes longer.
  const double held = std::max(-least / 8.0, most / 7.0);
  const int attempts = held <= 1 ? 1 : pull_.empty() ? 60 : 13;
  Attempt best;
  for (int k = 0; k < attempts; ++k) {
    const double ratio = std::max(1.0, held * (1 - 0.6 * k / attempts));
    Attempt made = attempt(filters, ratio);
    if (k == 0 || made.error < best.error) best = std::move(made);
  }
  return best.made;
}

}  // namespace etch::host::quantization
