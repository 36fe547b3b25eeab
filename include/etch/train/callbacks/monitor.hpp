// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/logs.hpp>

#include <limits>

namespace etch {

/// Which way a watched number is better. `automatic` goes by its name, as in Keras: loss and errors down,
/// accuracy and its family up.
enum class Mode { automatic, min, max };

namespace detail {

/// Words in the names of metrics that are better when they are larger.
inline constexpr std::string_view upward[] = {
    "acc", "auc",   "precision", "recall",         "f1",       "fbeta",
    "r2",  "top_k", "iou",       "true_positives", "true_neg", "cosine_similarity"};
inline constexpr std::string_view downward[] = {"loss",    "error", "mae",     "mse",   "rmse",
                                                "mape",    "msle",  "entropy", "hinge", "divergence",
                                                "poisson", "cosh",  "false_"};

inline bool contains_one_of(std::string_view name, std::span<const std::string_view> words) {
  for (const std::string_view word : words)
    if (name.find(word) != name.npos) return true;
  return false;
}

/// Whether a larger value of the number is better.
inline bool is_upward(std::string_view name, Mode mode) {
  if (mode != Mode::automatic) return mode == Mode::max;
  if (contains_one_of(name, downward)) return false;
  if (!contains_one_of(name, upward))
    fail_with("a callback watches a number of which it does not know whether more is better: give it a mode",
              " beside .monitor = \"", name, "\"");
  return true;
}

/// Whether a watched number is better than `best` by more than `min_delta`. A `best` of NaN stands for none
/// yet: then any number is better, but for the infinity that is worst. NaN is never better.
inline bool improves(float value, float best, bool upward, float min_delta = 0) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float from = best == best ? best : upward ? -infinity : infinity;
  return upward ? value - min_delta > from : value + min_delta < from;
}

/// The watched number of an epoch, or null in an epoch without validation. Every validation reports a loss.
inline const float* watched(const Logs& logs, const char* monitor, const CallbackParams& params) {
  const float* const value = logs.get(monitor);
  const bool waits =
      std::string_view(monitor).starts_with("val_") && params.validates && !logs.get("val_loss");
  if (!value && !waits)
    fail_unknown("a callback watches a number that fit does not report: see its monitor", monitor, logs,
                 Logs::name_of);
  return value;
}

/// The mistakes that show before training begins.
inline void check_monitor(const char* monitor, const CallbackParams& params) {
  if (!monitor) fail("a callback watches no number: give it a monitor");
  if (std::string_view(monitor).starts_with("val_") && !params.validates)
    fail_with("a callback watches a number of validation: give fit validation data, or watch \"loss\"",
              "; .monitor is \"", std::string_view(monitor), "\"");
}

}  // namespace detail
}  // namespace etch
