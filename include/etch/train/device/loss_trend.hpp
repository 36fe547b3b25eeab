// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>

#include <cstdint>
#include <limits>

namespace etch {

/// Early stopping where there is no validation set: by an exponential moving average of the losses of
/// batches, corrected for its beginning as Adam's moments are (Kingma and Ba 2015). A loss that is not finite
/// is no improvement, and stays out of the average.
struct LossTrend {
  float decay = 0.95f;          ///< of the average: it looks back over some 1 / (1 - decay) batches
  float min_delta = 0;          ///< a smaller change is none
  std::uint32_t patience = 50;  ///< batches without improvement that are borne

  /// \return whether this batch made the average the best so far.
  constexpr bool add(float loss) {
    if (!(decay >= 0 && decay < 1) || !(min_delta >= 0))
      fail("LossTrend takes a decay from 0 to below 1 and a min_delta of at least 0");
    ++waited;
    if (loss - loss != 0) return false;
    sum = decay * sum + (1 - decay) * loss;
    weight = decay * weight + (1 - decay);
    if (!(average() + min_delta < best)) return false;
    best = average();
    waited = 0;
    return true;
  }
  /// NaN before the first loss.
  constexpr float average() const {
    return weight > 0 ? sum / weight : std::numeric_limits<float>::quiet_NaN();
  }
  constexpr bool stop() const { return waited > patience; }
  /// Begins anew, with the same options.
  constexpr void restart() { *this = {.decay = decay, .min_delta = min_delta, .patience = patience}; }

  // Results.
  float best = std::numeric_limits<float>::infinity();
  std::uint32_t waited = 0;  ///< batches since the last improvement
  float sum = 0, weight = 0;
};

}  // namespace etch
