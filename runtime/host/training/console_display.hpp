// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/results.hpp>
#include <etch/train/display.hpp>
#include <runtime/host/console/say.hpp>
#include <runtime/host/training/callbacks/progress_bar.hpp>

#include <cstdio>
#include <span>
#include <vector>

namespace etch::detail {

/// A desktop's: a bar in a terminal, a line for each epoch elsewhere.
struct ConsoleDisplay {
  static constexpr bool shows_progress = true;
  static constexpr void (*say)(const char*, ...) = host::say;

  /// Room for twice the epochs that there were, one for each type of model.
  template <class Model>
  static std::span<EpochResult> grow(std::span<const EpochResult> kept) {
    static std::vector<EpochResult> all;
    if (kept.data() != all.data()) all.assign(kept.begin(), kept.end());
    all.resize(2 * kept.size());
    return all;
  }

  using Bar = ProgressBar;
  static Bar bar(int verbose) {
    return Bar(stdout, {.verbose = verbose > 1 ? host::Verbose::line_per_epoch : host::Verbose::progress});
  }
};

template <class... Callbacks>
ConsoleDisplay display_for(DisplayRequest<Callbacks...>);

}  // namespace etch::detail
