// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/optimizers/adadelta.hpp>
#include <etch/train/optimizers/adagrad.hpp>
#include <etch/train/optimizers/adam.hpp>
#include <etch/train/optimizers/adamax.hpp>
#include <etch/train/optimizers/lion.hpp>
#include <etch/train/optimizers/nadam.hpp>
#include <etch/train/optimizers/rmsprop.hpp>
#include <etch/train/optimizers/sgd.hpp>
#include <etch/train/optimizers/wrappers.hpp>
#include <etch/train/schedules.hpp>

/// An optimizer is a struct with Keras's names and defaults: a `rule`, a `name` for files, `learning_rate`,
/// and `at(step)`, the numbers of one update as a function of the steps done. So training that stops and goes
/// on has the same bits.
namespace etch {

/// The rate at which step `step` (from 0) moves the weights, before corrections of the rule.
template <class Optimizer>
constexpr float learning_rate_at(const Optimizer& optimizer, std::uint32_t step) {
  if constexpr (detail::scheduled<Optimizer>)
    return optimizer.schedule(step);
  else
    return optimizer.learning_rate;
}

/// What callbacks change. A schedule sets its rate itself, as in Keras.
template <class Optimizer>
constexpr void set_learning_rate(Optimizer& optimizer, float rate) {
  static_assert(
      !requires { optimizer.schedule; }, "this optimizer has a schedule: its learning rate cannot be set");
  optimizer.learning_rate = rate;
}

}  // namespace etch
