// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/message.hpp>
#include <etch/train/reported.hpp>

#include <span>
#include <string_view>

namespace etch {

/// What callbacks are told: Keras's `logs`, numbers by their names (`loss`, `accuracy`, `val_loss`, ...). A
/// callback may put more into it; later callbacks, the progress bar and the CSV file see them.
class Logs {
 public:
  static constexpr int capacity = 40;

  /// Sets a number, a new one at the end. The name must outlive the logs.
  void put(const char* name, float value) {
    if (Reported* known = find(name)) {
      known->value = value;
      return;
    }
    if (count_ == capacity) fail("fit reports at most 40 numbers: put fewer into the logs");
    item_[count_++] = {name, value};
  }
  /// The number of that name, or null.
  const float* get(std::string_view name) const {
    for (const Reported& each : *this)
      if (each.name == name) return &each.value;
    return nullptr;
  }
  /// The number of that name, which there must be.
  float operator[](std::string_view name) const {
    const float* const value = get(name);
    if (!value) detail::fail_unknown("logs: there is no number of that name in them", name, *this, name_of);
    return *value;
  }

  static constexpr auto name_of = [](const Reported& each) { return each.name; };

  const Reported* begin() const { return item_; }
  const Reported* end() const { return item_ + count_; }
  std::span<const Reported> span() const { return {begin(), end()}; }

 private:
  Reported* find(std::string_view name) {
    for (int i = 0; i < count_; ++i)
      if (item_[i].name == name) return &item_[i];
    return nullptr;
  }
  Reported item_[capacity]{};
  int count_ = 0;
};

/// What a fit is going to do: Keras's `callback.params`.
struct CallbackParams {
  int epochs = 0;  ///< the last epoch's number, counted from 1
  int steps = 0;   ///< of an epoch; 0 where a generator does not say
  bool validates = false;
};

}  // namespace etch
