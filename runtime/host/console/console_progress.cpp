// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <runtime/host/console/console_progress.hpp>

namespace etch::host {
namespace {

/// The bar's own form of what training reports; loss and metrics of training and validation fit.
class Values {
 public:
  explicit Values(std::span<const Reported> reported) : count_(std::min(reported.size(), value_.size())) {
    for (std::size_t i = 0; i < count_; ++i) {
      value_[i] = {reported[i].name, static_cast<double>(reported[i].value)};
    }
  }
  std::span<const NamedValue> span() const { return {value_.data(), count_}; }

 private:
  std::array<NamedValue, 32> value_{};
  std::size_t count_;
};

}  // namespace

ConsoleProgress::ConsoleProgress(std::FILE* out, const ProgressOptions& options)
    : out_(out), options_(options) {}

void ConsoleProgress::begin(int epochs, int steps) { bar_.emplace(out_, epochs, steps, options_); }

void ConsoleProgress::begin_epoch(int epoch) {
  if (bar_) bar_->begin_epoch(epoch);
}

void ConsoleProgress::step(int done, std::span<const Reported> values) {
  if (bar_) bar_->update(done, Values(values).span());
}

void ConsoleProgress::end_epoch(std::span<const Reported> values) {
  if (bar_) bar_->end_epoch(Values(values).span());
}

}  // namespace etch::host
