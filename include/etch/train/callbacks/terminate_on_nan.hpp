// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/logs.hpp>

#if defined(ETCH_HOST)
#include <runtime/host/say.hpp>
#endif

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
#if defined(ETCH_HOST)
  void on_train_end(const Logs&) {
    if (stopped_batch >= 0) host::say("Batch %d: Invalid loss, terminating training\n", stopped_batch);
  }
#endif
};

}  // namespace etch
