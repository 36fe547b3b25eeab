// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/cycles/instruction.hpp>

#include <cstdint>
#include <vector>

namespace etch::cycles {

/// The calls that are open, as the instructions show them that run: a plugin sees no registers.
class CallStack {
 public:
  /// `next` runs behind `previous`.
  void follow(const Instruction& previous, std::uint32_t next) {
    if (next == previous.end()) return;
    if (previous.calls) {
      returns_.push_back(previous.end());
    } else if (may_return(previous) && !returns_.empty() && returns_.back() == next) {
      returns_.pop_back();
    }
  }

  std::size_t depth() const { return returns_.size(); }

 private:
  std::vector<std::uint32_t> returns_;  ///< where each goes on
};

}  // namespace etch::cycles
