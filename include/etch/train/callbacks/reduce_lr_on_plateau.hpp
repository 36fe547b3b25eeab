// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/callbacks/monitor.hpp>
#include <etch/train/display.hpp>

#include <limits>

namespace etch {

/// Multiplies the learning rate by `factor` when a watched number no longer improves, with Keras's names and
/// defaults. NaN is no improvement. Puts `learning_rate` into the logs.
struct ReduceLROnPlateau {
  const char* monitor = "val_loss";
  float factor = 0.1f;
  int patience = 10;
  int verbose = 0;
  Mode mode = Mode::automatic;
  float min_delta = 1e-4f;
  int cooldown = 0;  ///< epochs of rest after a reduction
  float min_lr = 0;

  float best = std::numeric_limits<float>::quiet_NaN();
  int wait = 0, cooldown_counter = 0;
  struct State {
    CallbackParams params{};
    bool upward = false, reduced = false;
  } state{};

  void set_params(const CallbackParams& params) {
    detail::check_monitor(monitor, params);
    if (!(factor > 0 && factor < 1)) fail("ReduceLROnPlateau takes a factor above 0 and below 1");
    if (patience < 0 || cooldown < 0 || !(min_lr >= 0) || !(min_delta >= 0))
      fail("ReduceLROnPlateau takes a patience, cooldown, min_delta and min_lr of at least 0");
    state = {params, detail::is_upward(monitor, mode)};
    best = std::numeric_limits<float>::quiet_NaN();
    wait = cooldown_counter = 0;
  }
  template <class Model>
  void on_epoch_end(Model& model, int, Logs& logs) {
    const float rate = model.learning_rate();
    logs.put("learning_rate", rate);
    state.reduced = false;
    const float* const value = detail::watched(logs, monitor, state.params);
    if (!value) return;
    if (cooldown_counter > 0) {
      --cooldown_counter;
      wait = 0;
    }
    if (detail::improves(*value, best, state.upward, min_delta)) {
      best = *value;
      wait = 0;
    } else if (cooldown_counter == 0 && ++wait >= patience && rate > min_lr) {
      model.learning_rate(rate * factor > min_lr ? rate * factor : min_lr);
      state.reduced = true;
      cooldown_counter = cooldown;
      wait = 0;
    }
  }
  template <class Model>
  void on_epoch_reported(Model& model, int epoch) {
    if (verbose > 0 && state.reduced)
      detail::say(model, "Epoch %d: ReduceLROnPlateau reducing learning rate to %g.\n", epoch + 1,
                  static_cast<double>(model.learning_rate()));
  }
};

}  // namespace etch
