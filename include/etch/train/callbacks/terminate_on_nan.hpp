// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/display.hpp>
#include <etch/train/logs.hpp>

namespace etch {

/// Stops training when the loss of a batch is NaN or infinite. Without it `fit` ends with an error there. In
/// either case before that batch changes a weight, unlike Keras.
struct TerminateOnNaN {
  static constexpr bool handles_nan = true;
  int stopped_batch = -1;

  void on_train_begin(const Logs&) { stopped_batch = -1; }
  template <class Model>
  void on_train_batch_end(Model& model, int batch, const Logs& logs) {
    const float loss = logs["loss"];
    if (loss - loss == 0) return;
    stopped_batch = batch;
    model.stop_training = true;
  }
  template <class Model>
  void on_train_end(Model& model, const Logs&) {
    if (stopped_batch >= 0)
      detail::say(model, "Batch %d: Invalid loss, terminating training\n", stopped_batch);
  }
};

}  // namespace etch
