// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/message.hpp>
#include <etch/train/dataset.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace etch {

/// Of all outputs of a model together.
inline constexpr int max_metrics = 8;

/// What one epoch came to.
struct EpochResult {
  float loss = 0, val_loss = 0;
  float metric[max_metrics]{}, val_metric[max_metrics]{};
  float output_loss[Dataset::max_outputs]{}, val_output_loss[Dataset::max_outputs]{};
  bool validated = false;  ///< else the numbers of validation are zeros that mean nothing
};

/// A number that a model reports: its Keras name after "val_", and where it stands in a result.
struct ResultName {
  enum Kind { loss, output_loss, metric } kind = loss;
  int index = 0;
  const char* val_name = nullptr;
  constexpr const char* name() const { return val_name + 4; }

  template <class Result>
  const float& of(const Result& result) const {
    return kind == loss ? result.loss : kind == metric ? result.metric[index] : result.output_loss[index];
  }
  const float& validation_of(const EpochResult& result) const {
    return kind == loss     ? result.val_loss
           : kind == metric ? result.val_metric[index]
                            : result.val_output_loss[index];
  }
};

/// What one evaluation came to. Metrics stand in the order of the outputs and, of each, in the order they
/// were given to `compile`; a model of one output has no `output_loss` apart from `loss`.
struct Evaluation {
  float loss = 0;
  float metric[max_metrics]{};
  float output_loss[Dataset::max_outputs]{};
  std::span<const ResultName> names{};

  /// A number by its Keras name, such as "accuracy" or "digit_loss".
  float get(std::string_view name) const {
    for (const ResultName& each : names)
      if (name == each.name()) return each.of(*this);
    detail::fail_unknown("the evaluation has no number of that name", name, names,
                         [](const ResultName& each) { return each.name(); });
  }
  float operator[](std::string_view name) const { return get(name); }
};

/// The epochs of one `fit`, as a view of storage that the caller or the model's type gave. That of the type
/// is written anew by each `fit`: what an earlier one gave can no longer be asked for numbers.
struct History {
  std::span<const EpochResult> epochs{};
  std::span<const ResultName> names{};
  const std::uint32_t* fits = nullptr;  ///< how often its storage was written, or null for the caller's
  std::uint32_t fit = 0;                ///< the one that this history is of

  const EpochResult& last() const {
    check_kept();
    if (epochs.empty()) fail("the history has no epoch: training had ended before");
    return epochs.back();
  }

  /// A number by its Keras name, such as "digit_loss" or "val_accuracy", of an epoch counted from 0.
  float get(std::string_view name, std::size_t epoch) const {
    check_kept();
    if (epoch >= epochs.size())
      detail::fail_with("the history has fewer epochs", ": epoch ", epoch,
                        ", counted from 0, was asked for, of ", epochs.size());
    for (const ResultName& each : names) {
      if (name == each.name()) return each.of(epochs[epoch]);
      if (name != each.val_name) continue;
      if (!epochs[epoch].validated)
        detail::fail_with("the history has no validation of this epoch: give fit validation data", "; epoch ",
                          epoch, ", counted from 0, has no '", name, "'");
      return each.validation_of(epochs[epoch]);
    }
    detail::fail_unknown("the history has no number of that name", name, names,
                         [](const ResultName& each) { return each.name(); });
  }
  float get(std::string_view name) const {
    last();
    return get(name, epochs.size() - 1);
  }

 private:
  void check_kept() const {
    if (fits && *fits != fit)
      fail(
          "a later fit of a model of this type wrote over this history: read it before, or give each fit a "
          "span of EpochResult as .history");
  }
};

}  // namespace etch
