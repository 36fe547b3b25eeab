// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/callbacks/monitor.hpp>
#include <runtime/host/console/say.hpp>
#include <runtime/host/files/log_path.hpp>

#include <limits>
#include <string>

namespace etch {

/// Saves the model after epochs, with Keras's names and defaults. The path may name logs and the epoch (from
/// 1): `"model-{epoch:02d}-{val_loss:.2f}.safetensors"`. Whole saves hold the optimizer's state too, so that
/// training goes on from them with the same bits. With `save_best_only` NaN is never the best.
struct ModelCheckpoint {
  const char* filepath;
  const char* monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;
  Mode mode = Mode::automatic;
  int save_freq = 0;  ///< 0: each epoch (Keras's "epoch"); else batches from one save to the next
  float initial_value_threshold = std::numeric_limits<float>::quiet_NaN();  ///< NaN: none

  float best = std::numeric_limits<float>::quiet_NaN();
  struct State {
    CallbackParams params{};
    bool upward = false;
    int epoch = 0, batches = 0;
    std::string saved{};
  } state{};

  void set_params(const CallbackParams& params) {
    if (save_best_only) detail::check_monitor(monitor, params);
    if (save_freq < 0) fail("ModelCheckpoint takes a save_freq of at least 0 batches");
    host::check_log_path(filepath);
    state = {params, save_best_only && detail::is_upward(monitor, mode)};
    best = initial_value_threshold;
  }
  void on_epoch_begin(int epoch, const Logs&) { state.epoch = epoch; }
  template <class Model>
  void on_train_batch_end(Model& model, int, const Logs& logs) {
    if (save_freq > 0 && ++state.batches % save_freq == 0) save(model, logs);
  }
  template <class Model>
  void on_epoch_end(Model& model, int, const Logs& logs) {
    state.saved.clear();
    if (save_freq == 0) save(model, logs);
  }
  template <class Model>
  void on_epoch_reported(Model&, int epoch) {
    if (verbose > 0 && !state.saved.empty())
      host::say("Epoch %d: saving model to %s\n", epoch + 1, state.saved.c_str());
  }

 private:
  template <class Model>
  void save(Model& model, const Logs& logs) {
    if (save_best_only) {
      const float* const value = detail::watched(logs, monitor, state.params);
      if (!value || !detail::improves(*value, best, state.upward)) return;
      best = *value;
    }
    state.saved = host::log_path(filepath, state.epoch + 1, logs.span());
    model.save(state.saved.c_str(), !save_weights_only);
  }
};

}  // namespace etch
