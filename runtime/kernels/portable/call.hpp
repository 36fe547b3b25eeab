// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/loss_kind.hpp>

#include <cstdint>

namespace etch::kernels {

/// Optimizer rules that the update kernels know. A rule's constants are in `Hyper`, so that a schedule can
/// move them.
enum class Rule : std::int32_t {
  none,
  sgd,
  momentum,
  nesterov,
  adam,
  rmsprop,
  rmsprop_momentum,
  rmsprop_centered,
  adagrad,
  adadelta,
  adamax,
  nadam,
  lion,
  sum  ///< no update: the gradient goes on from the sums that stand there
};

/// Whether it changes weights.
[[gnu::always_inline]] constexpr bool updates_weights(Rule rule) {
  return rule != Rule::none && rule != Rule::sum;
}

/// Persistent arrays a rule keeps for each weight.
constexpr int slots_of(Rule rule) {
  switch (rule) {
    case Rule::none:
    case Rule::sgd:
    case Rule::sum:
      return 0;
    case Rule::momentum:
    case Rule::nesterov:
    case Rule::rmsprop:
    case Rule::adagrad:
    case Rule::lion:
      return 1;
    case Rule::adam:
    case Rule::rmsprop_momentum:
    case Rule::rmsprop_centered:
    case Rule::adadelta:
    case Rule::adamax:
    case Rule::nadam:
      return 2;
  }
  return 0;
}

/// What keeps gradients small before a rule sees them.
enum class Clip : std::int32_t {
  none,
  value,       ///< each element
  norm,        ///< the norm of each parameter's gradient
  global_norm  ///< the norm of all gradients together
};

/// What an update needs at one step. `rate` already holds Adam's bias correction.
struct Hyper {
  float rate = 0, momentum = 0, decay1 = 0, decay2 = 0, epsilon = 0;
  float weight_decay = 0;       ///< share of each weight that goes before the update: rate times weight_decay
  float clip = 0;               ///< the limit of the optimizer's `Clip`
  float average = 0;            ///< moving average of weights: share of the old one that stays
  std::int32_t overwrite = 0;   ///< not 0: the weights become their average after this step
  std::int32_t accumulate = 1;  ///< batches whose mean gradient one update takes
  std::int32_t update = 1;      ///< 0: this step only adds to the gradients
};

/// Where the rows of a call begin in their batch, and how many that has.
struct BatchPart {
  int first = 0, batch = 0;
};

/// What every kernel is told besides its operands.
struct Call {
  int rows = 1;            ///< samples in this batch
  std::uint32_t seed = 0;  ///< of random ops
  std::uint32_t step = 0;  ///< training steps done, from 0
  Hyper hyper{};
  const LossParameters* losses = nullptr;  ///< of each output; null: the defaults
  const BatchPart* part = nullptr;         ///< of a batch that trains in parts; null: the rows are all of it
};

/// Elements of a batch before those of a call. \param part_elements of a sample of the model, or 0 where
/// batches do not run in parts.
constexpr int first_element(int part_elements, const Call& call) {
  return part_elements > 0 ? call.part->first * part_elements : 0;
}

}  // namespace etch::kernels
