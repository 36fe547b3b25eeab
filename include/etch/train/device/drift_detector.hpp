// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>

#include <cstdint>
#include <limits>

namespace etch {

/// Says when the mean of a stream has risen (of losses, errors, scores): the test of Page and Hinkley (Page,
/// Continuous inspection schemes, Biometrika 41, 1954; Hinkley, Inference about the change-point from
/// cumulative sum tests, Biometrika 58, 1971). It sums by how much each number is above the mean so far and
/// `tolerance`, and looks how far that sum is above its lowest: which is a sum that never falls below 0, and
/// so stays exact however long the stream. Numbers that are not finite are left out.
struct DriftDetector {
  float tolerance = 0.05f;   ///< a rise of the mean that is borne, in the units of the numbers
  float threshold = 5;       ///< the sum of what is above, in the same units: larger is later and surer
  std::uint32_t least = 30;  ///< numbers before it says anything

  /// \return whether the mean has risen; it stays so until `restart`.
  constexpr bool add(float x) {
    if (!(tolerance >= 0) || !(threshold > 0))
      fail("DriftDetector takes a tolerance of at least 0 and a threshold above 0");
    if (x - x != 0) return drifted;
    if (count < ~0U) ++count;
    const float away = x - mean, n = static_cast<float>(count);
    mean += away - away == 0 ? away / n : x / n - mean / n;  // of the largest floats the difference is none
    const float sum = above + (x - mean - tolerance);
    constexpr float most = std::numeric_limits<float>::max();
    above = sum > most ? most : sum > 0 ? sum : 0;
    if (count >= least && above > threshold) drifted = true;
    return drifted;
  }
  /// Learns the mean anew, with the same options: after the model has adapted.
  constexpr void restart() { *this = {.tolerance = tolerance, .threshold = threshold, .least = least}; }

  // Results.
  bool drifted = false;
  std::uint32_t count = 0;
  float mean = 0;
  float above = 0;  ///< the sum; what `threshold` is compared with
};

}  // namespace etch
