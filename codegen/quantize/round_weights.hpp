// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace etch::host::quantization {

/// What samples tell of the numbers that a filter's taps meet, as whole numbers above the zero point.
struct InputMoments {
  std::vector<double> mean;        ///< of each tap
  std::vector<double> variance;    ///< of each tap
  std::vector<double> covariance;  ///< [taps][taps], the lower half; empty where there are too many taps
};

using FilterNumbers = std::span<const std::int8_t>;

/// Filters in steps that are `ratio` times as large, -8 to 7 of them.
struct RoundedFilters {
  std::vector<std::vector<std::int8_t>> weights;
  double ratio = 1;
};

/// Brings filters of int8 to 4 bits. Steps are those that err least: in the weights themselves, squared, or,
/// with moments, in the sums over the samples. Then weights are rounded one after another, and each takes
/// over what the errors of those before it come to by how the taps go together (Babai's nearest plane, which
/// is what GPTQ computes, Frantar et al. 2023, Chen et al. 2025); those whose taps vary most come first.
class WeightRounding {
 public:
  explicit WeightRounding(std::size_t taps);
  explicit WeightRounding(const InputMoments& moments);

  /// Filters that have one step: those of -8 to 7 stay as they are.
  RoundedFilters round(const std::vector<FilterNumbers>& filters) const;

 private:
  struct Attempt {
    RoundedFilters made;
    double error = 0;
  };
  void factorize(const InputMoments& moments);
  Attempt attempt(const std::vector<FilterNumbers>& filters, double ratio) const;
  double round_one(FilterNumbers filter, double ratio, std::vector<std::int8_t>& steps) const;

  std::vector<std::size_t> order_;  ///< of taps; the last is rounded first
  std::vector<double> importance_;  ///< by place in that order: the square of what an error there counts
  std::vector<double> pull_;  ///< [taps][taps] by places: what errors behind a place ask of it; or empty
};

}  // namespace etch::host::quantization
