// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/shape.hpp>

#include <cstdint>
#include <span>

namespace etch {

/// How channels, the places along the last axis of a value, go from a step's inputs into its result.
enum class Channels : std::uint8_t {
  together,  ///< nothing is known of them: none may be left out
  apart,     ///< those of the result come from one channel each, of every input the same; as many from each
  mixed,     ///< any of the result may read any of the input
};

/// What one channel of the input adds to the sums of one channel of the result.
struct FixedSum {
  bool fixed = false;    ///< it is the same for every input and for every pixel
  std::int64_t sum = 0;  ///< if it is
};

/// What is left of a step whose values lose channels.
struct SelectedChannels {
  std::span<const int> in, out;        ///< places along the last axes that stay, ascending
  std::span<const std::int64_t> sums;  ///< by channel of the result: what is to be added to its bias
};

/// A weight that loses numbers where it stands: those that stay move to its front, in their order.
struct WeightBlock {
  void* numbers = nullptr;
  Shape shape;  ///< of what is left
};

/// Where a step keeps the bounds of its result: its weight of that number, of int32, has the lower one at
/// `word` and the upper one after it.
struct ResultBounds {
  int weight = -1, word = 0;
};

}  // namespace etch
