// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/model_notes.hpp>
#include <runtime/host/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// Adds the squares of a gradient to the sums of its output channels, the last axis.
inline void add_squares(std::span<const float> gradient, std::span<double> sums) {
  for (std::size_t i = 0; i < gradient.size(); ++i)
    sums[i % sums.size()] += double{gradient[i]} * double{gradient[i]};
}

/// How much the output channels of a weight would move if all trained, to choose those of
/// `etch::chosen_channels`: the squares of its gradient, summed by channel, of the loss of the first `rows`
/// samples that stand in `trainer.input()` and `trainer.labels()`. Sums of several batches may be added up.
/// \param trainer one that keeps whole gradients: its `Fuse` is off. No weight moves.
/// \param weight its full name, such as `conv2d_3/kernel`.
/// \throws Error where no weight that trains, all channels of it, has that name.
template <class Trainer>
std::vector<double> channel_contributions(Trainer& trainer, std::string_view weight, int rows) {
  using Code = typename Trainer::Code;
  static constexpr const auto& parameters = Code::program.graph.parameters;
  for (int p = 0; p < parameters.count; ++p) {
    const int gradient = Code::differentiated.gradient_of[p];
    if (gradient < 0 || parameters.item[p].chosen || notes<Trainer::declaration>.parameter(p) != weight)
      continue;
    trainer.forward(rows);
    trainer.loss(rows);
    trainer.backward(rows);
    const auto first = static_cast<std::size_t>(Code::program.plan.offset[gradient]) / 4;
    const auto channels = static_cast<std::size_t>(parameters.item[p].shape.last());
    const auto values =
        trainer.gradients().subspan(first, static_cast<std::size_t>(parameters.item[p].shape.size()));
    std::vector<double> sums(channels);
    add_squares(values, sums);
    return sums;
  }
  throw Error("no weight that trains whole has the name '" + std::string(weight) + "'");
}

}  // namespace etch::host
