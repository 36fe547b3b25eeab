// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace etch::host {

/// The least and the most of several counts.
struct CountRange {
  std::uint64_t low = ~std::uint64_t{0}, high = 0;
  void hold(std::uint64_t count);
  std::uint64_t spread() const { return high - low; }
};

/// What a core said of the instructions of its inputs.
struct CoreLog {
  int inputs = 0;
  CountRange predictions;
  std::vector<CountRange> steps;
  std::uint64_t tick = 1;  ///< instructions that the counter cannot tell apart
  bool done = false;       ///< the program came to its end
};

/// \param text the log of `core`.
CoreLog read_core_log(std::string_view text);

/// What a step touched, input by input.
struct Touched {
  std::uint64_t hash = 0;  ///< of the first input
  CountRange accesses;
  bool same = true;           ///< for all inputs, in the same order
  std::uint64_t outside = 0;  ///< the most accesses to what is not the step's, of any input
};

/// \param text the log of the plugin `addresses`, which names no steps. \param steps how many the model has.
/// Empty where it is not whole, with as many times for each step.
std::vector<Touched> read_address_log(std::string_view text, std::size_t steps, int inputs);

}  // namespace etch::host
