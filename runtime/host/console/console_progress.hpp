// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <etch/train/reported.hpp>
#include <optional>
#include <runtime/host/console/progress_bar.hpp>
#include <span>

namespace etch::host {

/// What `fit` shows on a desktop: a bar in a terminal, a line for each epoch elsewhere. Never uses the heap.
class ConsoleProgress {
 public:
  /// `out` must outlive the object.
  explicit ConsoleProgress(std::FILE* out = stdout, const ProgressOptions& options = {});

  void begin(int epochs, int steps);
  void begin_epoch(int epoch);
  void step(int done, std::span<const Reported> values);
  void end_epoch(std::span<const Reported> values);

 private:
  std::FILE* out_;
  ProgressOptions options_;
  std::optional<ProgressBar> bar_;
};

}  // namespace etch::host
