// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstddef>

namespace etch::detail {

/// The losses of one batch, as means over its samples.
template <int Outputs>
struct BatchLoss {
  float total = 0;
  float output[Outputs]{};
};

/// Means over the samples of several batches, whatever their sizes.
template <int Outputs>
struct RunningLoss {
  double total = 0, output[Outputs]{};
  std::size_t samples = 0;

  void add(const BatchLoss<Outputs>& loss, int rows) {
    samples += static_cast<std::size_t>(rows);
    total += static_cast<double>(loss.total) * rows;
    for (int k = 0; k < Outputs; ++k) output[k] += static_cast<double>(loss.output[k]) * rows;
  }
  template <class Result>
  void write(Result& to) const {
    const auto n = static_cast<double>(samples > 0 ? samples : 1);
    to.loss = static_cast<float>(total / n);
    for (int k = 0; k < Outputs; ++k) to.output_loss[k] = static_cast<float>(output[k] / n);
  }
};

}  // namespace etch::detail
