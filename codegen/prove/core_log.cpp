// SPDX-License-Identifier: BSL-1.0
#include <codegen/prove/core_log.hpp>

#include <algorithm>
#include <sstream>
#include <string>

namespace etch::host {

void CountRange::hold(std::uint64_t count) {
  low = std::min(low, count);
  high = std::max(high, count);
}

CoreLog read_core_log(std::string_view text) {
  CoreLog log;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  std::uint64_t count = 0;
  for (std::string what, line; std::getline(lines, line);) {
    if (line == "proof: done") log.done = true;
    std::istringstream words(line);
    if (!(words >> what >> number >> count)) continue;
    if (what == "predict") {
      ++log.inputs;
      log.predictions.hold(count);
    } else if (what == "step" && number <= log.steps.size()) {
      if (number == log.steps.size()) log.steps.emplace_back();
      log.steps[number].hold(count);
    } else if (what == "tick") {
      log.tick = count;
    }
  }
  return log;
}

}  // namespace etch::host
