// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace etch::host {

/// What a child process may take beside what its parent has at the time.
struct ChildLimits {
  std::size_t bytes = std::size_t{512} << 20;  ///< of addresses; no limit in a build with sanitizers
  int seconds = 10;
};

/// How a child process ended.
struct ChildResult {
  enum class End { finished, refused, no_memory, no_time, crashed } end = End::finished;
  std::vector<std::byte> bytes;  ///< what it gave
  std::string sentence;          ///< refused: what it threw
};

/// Where a child's bytes go.
using GiveBytes = std::function<void(std::span<const std::byte>)>;

/// Runs `work` in a child process: what a library does to a hostile file then ends the child and nothing
/// else. It may throw `etch::Error`. Nothing that it changes is seen by the caller; it prints nothing. Throws
/// `etch::Error` where no child can be made.
ChildResult run_in_child(const std::function<void(const GiveBytes&)>& work, const ChildLimits& limits = {});

}  // namespace etch::host
