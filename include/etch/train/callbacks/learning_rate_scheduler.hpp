// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/display.hpp>
#include <etch/train/hook.hpp>
#include <etch/train/logs.hpp>

namespace etch {

/// Sets the learning rate before each epoch: `schedule(epoch, rate)`, the epoch from 0. Puts `learning_rate`
/// into the logs.
struct LearningRateScheduler {
  Hook<float(int, float)> schedule;
  int verbose = 0;

  template <class Model>
  void on_epoch_begin(Model& model, int epoch, const Logs&) {
    if (!schedule) fail("LearningRateScheduler has no function: give it (epoch, rate) -> rate");
    const float rate = schedule(epoch, model.learning_rate());
    if (!(rate >= 0) || rate - rate != 0)
      fail("LearningRateScheduler's function gave a rate that is not a finite number of at least 0");
    model.learning_rate(rate);
    if (verbose > 0)
      detail::say(model, "Epoch %d: LearningRateScheduler setting learning rate to %g.\n", epoch + 1,
                  static_cast<double>(rate));
  }
  template <class Model>
  void on_epoch_end(Model& model, int, Logs& logs) {
    logs.put("learning_rate", model.learning_rate());
  }
};

}  // namespace etch
