// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/display.hpp>
#include <runtime/host/console/say.hpp>
#include <runtime/host/training/callbacks/progress_bar.hpp>

#include <cstdio>

namespace etch::detail {

/// A desktop's: a bar in a terminal, a line for each epoch elsewhere.
struct ConsoleDisplay {
  static constexpr bool shows_progress = true;
  static constexpr void (*say)(const char*, ...) = host::say;

  using Bar = ProgressBar;
  static Bar bar(int verbose) {
    return Bar(stdout, {.verbose = verbose > 1 ? host::Verbose::line_per_epoch : host::Verbose::progress});
  }
};

template <class... Callbacks>
ConsoleDisplay display_for(DisplayRequest<Callbacks...>);

}  // namespace etch::detail
