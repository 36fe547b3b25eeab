// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <optional>
#include <span>

namespace etch::host {

struct NamedValue {
  const char* name;
  double value;
};

/// How much `fit` says, as in Keras: nothing, a live bar, or one line for each epoch.
enum class Verbose { silent, progress, line_per_epoch };

/// What the bar otherwise finds out by itself; tests give it.
struct ProgressOptions {
  Verbose verbose = Verbose::progress;
  std::optional<bool> is_terminal{};
  std::optional<bool> utf8{};
  /// Columns of the terminal; 0 asks it at each redraw, because a window changes its size.
  int width = 0;
  /// Seconds since any fixed moment; null is the steady clock.
  double (*now)() = nullptr;
};

/// Whether the environment (LC_ALL, LC_CTYPE, LANG) asks for UTF-8.
bool utf8_locale();

/// Whether `out` is a terminal that understands control sequences.
bool is_terminal(std::FILE* out);

/// The columns of the terminal behind `out`; `fallback` when it does not say.
int terminal_width(std::FILE* out, int fallback);

/// The live progress of a training run. In a terminal a bar is redrawn in place, with the time that is left
/// and, when the epoch is over, the time it took; elsewhere each epoch is one plain line. Never uses the heap
/// (stdio may, once, for the buffer of `out`).
class ProgressBar {
 public:
  /// `steps_per_epoch` of 0 or less means that it is not known. `out` must outlive the bar.
  ProgressBar(std::FILE* out, int epochs, int steps_per_epoch, const ProgressOptions& options = {});
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  /// Leaves the cursor on a fresh line, also when an error ends an epoch early.
  ~ProgressBar();

  /// `epoch` counts from 1.
  void begin_epoch(int epoch);
  /// `step` is the number of steps done in this epoch.
  void update(int step, std::span<const NamedValue> values);
  /// `values` are those of the whole epoch, validation included.
  void end_epoch(std::span<const NamedValue> values);

 private:
  void draw(std::span<const NamedValue> values);
  void finish_bar(std::span<const NamedValue> values);
  void finish_line(std::span<const NamedValue> values);
  double seconds_per_step() const;

  std::FILE* out_;
  int epochs_;
  int steps_;
  bool silent_;
  bool live_;
  bool utf8_;
  int width_;
  double (*now_)();
  int epoch_ = 0;
  int step_ = 0;
  double begin_ = 0;
  double last_step_ = 0;
  double last_draw_ = 0;
  bool drawn_ = false;
  bool line_open_ = false;
};

}  // namespace etch::host
