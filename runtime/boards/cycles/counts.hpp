// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstdint>
#include <numeric>

namespace etch::cycles {

/// What a cycle is spent on. They add up to all cycles.
enum class Cause : std::uint8_t {
  issue,       ///< the first cycle of each instruction
  arithmetic,  ///< the others of divisions and floating-point arithmetic
  memory,      ///< the others of loads and stores
  result,      ///< waiting for what an instruction before computes or loads
  unaligned,   ///< accesses in more than one piece
  branch,      ///< filling the pipeline after a branch that is taken
  fetch,       ///< instructions that flash does not give in time
  data,        ///< constants and weights that flash does not give in time
};
inline constexpr int causes = 8;

/// For keys of JSON, and for heads of tables.
struct CauseNames {
  const char* key;
  const char* head;
};
inline constexpr std::array<CauseNames, causes> cause_names{{{"issue", "issue"},
                                                             {"arithmetic", "arithmetic"},
                                                             {"memory", "load/store"},
                                                             {"result", "load use"},
                                                             {"unaligned", "unaligned"},
                                                             {"branch", "branches"},
                                                             {"flash_instructions", "flash code"},
                                                             {"flash_data", "flash data"}}};

/// Instructions and the cycles that they take, by cause.
struct Counts {
  std::uint64_t instructions = 0;
  std::array<std::uint64_t, causes> spent{};

  void spend(Cause cause, int cycles) {
    spent[static_cast<std::size_t>(cause)] += static_cast<std::uint64_t>(cycles);
  }
  std::uint64_t cycles() const { return std::accumulate(spent.begin(), spent.end(), std::uint64_t{0}); }
};

}  // namespace etch::cycles
