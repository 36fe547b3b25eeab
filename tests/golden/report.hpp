// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <span>
#include <string>
#include <vector>

#include <tests/golden/fixture.hpp>

namespace golden {

/// What became of one fixture.
struct Outcome {
  std::string key, group;
  std::string not_applicable;  ///< the reason, or empty
  std::string problem;         ///< an error or a wrong result, or empty
  double error = 0;            ///< see relative_error
};

/// The bound of `Outcome::error`. The fixtures have six decimals, of inputs and weights too.
inline constexpr double tolerance = 1e-5;

/// The largest difference, relative to the largest expected value.
double relative_error(std::span<const float> results, std::span<const float> expected);

/// Runs a fixture on a batch of equal samples, whose results must have the same bits.
Outcome check(const Fixture& fixture);

/// The results as a Markdown document.
std::string to_markdown(const std::vector<Outcome>& kerasjs, const std::vector<Outcome>& rtneural);

}  // namespace golden
