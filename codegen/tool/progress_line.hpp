// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdio>
#include <optional>
#include <string>

namespace etch::tool {

/// What the line otherwise finds out by itself; tests give it.
struct ProgressLineOptions {
  std::optional<bool> is_terminal{};
  double (*now)() = nullptr;  ///< seconds since any fixed moment; null is the steady clock
};

/// How far long work is: a line of a terminal that is written over, and gone when the work is done. Nothing
/// is shown elsewhere, nor of work that takes less than half a second.
class ProgressLine {
 public:
  /// \param out must outlive the line.
  explicit ProgressLine(std::FILE* out = stderr, const ProgressLineOptions& options = {});
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  /// Leaves an empty line, also when an error ends the work.
  ~ProgressLine();

  /// \param what is done, such as "calibrating". \param of how many there are at most.
  void show(const char* what, int done, int of);
  /// Whoever prints something else begins on an empty line.
  void clear();

 private:
  void draw(int done, int of, double now);

  std::FILE* out_;
  bool live_;
  double (*now_)();
  std::string what_;
  double begin_ = 0, stage_begin_ = 0, drawn_ = 0;
  bool open_ = false;
};

}  // namespace etch::tool
