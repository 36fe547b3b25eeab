// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/callbacks/monitor.hpp>
#include <etch/train/display.hpp>

#include <limits>
#include <type_traits>

namespace etch {

namespace detail {

/// Room for a second copy of a model's weights, zero-initialised: it costs RAM but no flash. One for each
/// type of model, so it remembers who uses it.
template <std::size_t Bytes>
struct KeptWeights {
  const void* owner;
  alignas(8) std::byte byte[Bytes > 0 ? Bytes : 1];
};
template <class Model>
KeptWeights<static_cast<std::size_t>(Model::Code::memory.weights)>& kept_weights() {
  static KeptWeights<static_cast<std::size_t>(Model::Code::memory.weights)> zeros;
  return zeros;
}

}  // namespace detail

/// Stops training when a watched number no longer improves, with Keras's names and defaults. What it found
/// can be read after `fit` where the callback was given as a variable. NaN is no improvement, and the first
/// number after it is one (Keras 3 keeps a NaN that comes first as the best).
///
/// \note For `restore_best_weights` a program that uses this keeps a second copy of the weights,
/// `Model::Code::memory.weights` bytes of static zeros for each type of model: two models of one type must
/// not train at the same time with it. `EarlyStoppingOf<false>` has no such copy and restores nothing.
template <bool KeepsWeights>
struct EarlyStoppingOf {
  const char* monitor = "val_loss";
  float min_delta = 0;  ///< a smaller change is none
  int patience = 0;     ///< epochs without improvement that are borne
  int verbose = 0;
  Mode mode = Mode::automatic;
  float baseline = std::numeric_limits<float>::quiet_NaN();  ///< NaN: none
  bool restore_best_weights = false;
  int start_from_epoch = 0;

  // Results.
  float best = std::numeric_limits<float>::quiet_NaN();
  int best_epoch = 0, stopped_epoch = 0, wait = 0;  ///< epochs from 0, as Keras counts them
  struct State {
    CallbackParams params{};
    bool upward = false, kept = false;
  } state{};

  void set_params(const CallbackParams& params) {
    detail::check_monitor(monitor, params);
    if (!KeepsWeights && restore_best_weights)
      fail("EarlyStoppingOf<false> keeps no weights: restore them with EarlyStopping");
    if (patience < 0 || !(min_delta >= 0)) fail("EarlyStopping takes a patience and min_delta of at least 0");
    state.params = params;
  }
  template <class Model>
  void on_train_begin(Model&, const Logs&) {
    state.upward = detail::is_upward(monitor, mode);
    best = std::numeric_limits<float>::quiet_NaN();
    best_epoch = stopped_epoch = wait = 0;
    state.kept = false;
    if constexpr (KeepsWeights)
      if (restore_best_weights) detail::kept_weights<Model>().owner = this;
  }
  template <class Model>
  void on_epoch_end(Model& model, int epoch, const Logs& logs) {
    const float* const value = detail::watched(logs, monitor, state.params);
    if (!value || epoch < start_from_epoch) return;
    if (!state.kept) keep(model, epoch);
    ++wait;
    if (detail::improves(*value, best, state.upward, min_delta)) {
      best = *value;
      keep(model, epoch);
      if (detail::improves(*value, baseline, state.upward, min_delta)) wait = 0;
      return;
    }
    if (wait < patience || epoch == 0) return;
    stopped_epoch = epoch;
    model.stop_training = true;
  }
  template <class Model>
  void on_train_end(Model& model, const Logs&) {
    if (verbose > 0 && stopped_epoch > 0) detail::say(model, "Epoch %d: early stopping\n", stopped_epoch + 1);
    if (verbose > 0 && restore_best_weights && state.kept)
      detail::say(model, "Restoring model weights from the end of the best epoch: %d.\n", best_epoch + 1);
    if constexpr (KeepsWeights) {
      if (!restore_best_weights || !state.kept) return;
      auto& kept = kept_of(model);
      const auto weights = model.weights();
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = kept.byte[i];
      kept.owner = nullptr;
    }
  }

 private:
  template <class Model>
  void keep([[maybe_unused]] Model& model, int epoch) {
    best_epoch = epoch;
    state.kept = true;
    if constexpr (KeepsWeights) {
      if (!restore_best_weights) return;
      auto& kept = kept_of(model);
      const auto weights = model.weights();
      for (std::size_t i = 0; i < weights.size(); ++i) kept.byte[i] = weights[i];
    }
  }
  template <class Model>
  auto& kept_of(Model&) {
    auto& kept = detail::kept_weights<std::remove_cvref_t<Model>>();
    if (kept.owner != this)
      fail(
          "two models of one type train at the same time with EarlyStopping and restore_best_weights: train "
          "one after the other");
    return kept;
  }
};

using EarlyStopping = EarlyStoppingOf<true>;

}  // namespace etch
