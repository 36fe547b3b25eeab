// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/statements.hpp>

namespace etch::host::declare {

namespace {

struct Repetition {
  std::size_t length = 0, times = 0;
  std::size_t saved() const { return length * (times - (times > 0 ? 1 : 0)); }
};

/// The repetition of a block from `at` on that saves the most statements.
Repetition repetition_at(const std::vector<std::string>& statements, std::size_t at) {
  Repetition best;
  const std::size_t rest = statements.size() - at;
  for (std::size_t length = 1; 2 * length <= rest; ++length) {
    Repetition found{length, 1};
    std::size_t same = at + length;
    while (same < statements.size() && statements[same] == statements[same - length]) ++same;
    found.times = (same - at) / length;
    if (found.saved() > best.saved()) best = found;
  }
  return best;
}

}  // namespace

std::vector<std::string> with_loops(const std::vector<std::string>& statements) {
  constexpr std::size_t worth = 3;  // a loop has two lines of its own
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < statements.size();) {
    const Repetition block = repetition_at(statements, at);
    // A block that saves more may begin within this one.
    const bool later =
        at + 1 < statements.size() && repetition_at(statements, at + 1).saved() > block.saved();
    if (block.saved() < worth || later) {
      lines.push_back(statements[at++]);
      continue;
    }
    lines.push_back("for (int i = 0; i < " + std::to_string(block.times) + "; ++i) {");
    for (std::size_t i = 0; i < block.length; ++i) lines.push_back("  " + statements[at + i]);
    lines.emplace_back("}");
    at += block.length * block.times;
  }
  return lines;
}

}  // namespace etch::host::declare
