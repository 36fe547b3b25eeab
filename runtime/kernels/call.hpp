// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>

namespace etch::kernels {

/// Optimizer rules that the update kernels know. A rule's constants are in `Hyper`, so that a schedule can
/// move them.
enum class Rule : std::int32_t { none, sgd, momentum, nesterov, adam, rmsprop, rmsprop_momentum };

/// Persistent arrays a rule keeps for each weight.
constexpr int slots_of(Rule rule) {
  switch (rule) {
    case Rule::none:
    case Rule::sgd:
      return 0;
    case Rule::momentum:
    case Rule::nesterov:
    case Rule::rmsprop:
      return 1;
    case Rule::adam:
    case Rule::rmsprop_momentum:
      return 2;
  }
  return 0;
}

/// What an update needs at one step. `rate` already holds Adam's bias correction.
struct Hyper {
  float rate = 0, momentum = 0, decay1 = 0, decay2 = 0, epsilon = 0;
};

/// What every kernel is told besides its operands.
struct Call {
  int rows = 1;            ///< samples in this batch
  std::uint32_t seed = 0;  ///< of random ops
  std::uint32_t step = 0;  ///< training steps done, from 0
  Hyper hyper{};
};

}  // namespace etch::kernels
