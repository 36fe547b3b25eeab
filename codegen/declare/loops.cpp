// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/repetition.hpp>

#include <algorithm>
#include <optional>

namespace etch::host::declare {

namespace {

/// How the statements from one on are written best.
struct Plan {
  std::size_t cost = 0;
  std::optional<Repetition> loop{};  ///< none: as they are, the first of them
};

/// The plan of each statement, by those of all that follow it. Lines count, and half a line for a loop whose
/// blocks begin in the middle of what belongs together.
std::vector<Plan> plans_of(std::span<const Statement> statements) {
  constexpr std::size_t line = 2, longest_block = 40;
  std::vector<Plan> plans(statements.size() + 1);
  for (std::size_t at = statements.size(); at-- > 0;) {
    Plan best{line + plans[at + 1].cost};
    const auto rest = statements.subspan(at);
    for (std::size_t length = 1; length <= std::min(rest.size() / 2, longest_block); ++length) {
      Repetition block(rest, length);
      const std::size_t begin = block.begins_well() ? 0 : 1;
      while (block.grow()) {
        const std::size_t cost = line * block.lines() + begin + plans[at + block.statements()].cost;
        if (cost < best.cost) best = {cost, block};
      }
    }
    plans[at] = std::move(best);
  }
  return plans;
}

}  // namespace

std::vector<std::string> with_loops(const std::vector<Statement>& statements) {
  const std::vector<Plan> plans = plans_of(statements);
  std::vector<std::string> lines;
  int tables = 0;
  for (std::size_t at = 0; at < statements.size();) {
    const std::optional<Repetition>& loop = plans[at].loop;
    if (!loop) {
      lines.push_back(statements[at++].text());
      continue;
    }
    if (loop->has_table()) ++tables;
    for (std::string& text : loop->loop(tables > 1 ? "blocks_" + std::to_string(tables) : "blocks"))
      lines.push_back(std::move(text));
    at += loop->statements();
  }
  return lines;
}

}  // namespace etch::host::declare
