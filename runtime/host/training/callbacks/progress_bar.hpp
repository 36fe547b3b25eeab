// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/logs.hpp>
#include <runtime/host/console/console_progress.hpp>

namespace etch {

/// What `fit` shows on a desktop: a bar in a terminal, a line for each epoch elsewhere. `fit` brings one
/// itself; giving one chooses where and how it prints.
class ProgressBar : public host::ConsoleProgress {
 public:
  using host::ConsoleProgress::ConsoleProgress;
  static constexpr bool is_progress_bar = true;

  void set_params(const CallbackParams& params) { begin(params.epochs, params.steps); }
  void on_epoch_begin(int epoch, const Logs&) { begin_epoch(epoch + 1); }
  void on_train_batch_end(int batch, const Logs& logs) { step(batch + 1, logs.span()); }
  void on_epoch_end(int, const Logs& logs) { end_epoch(logs.span()); }
};

}  // namespace etch
