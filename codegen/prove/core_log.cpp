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

std::vector<Touched> read_address_log(std::string_view text, std::size_t steps, int inputs) {
  std::vector<Touched> found(steps);
  std::istringstream lines{std::string(text)};
  std::size_t times = 0;
  for (std::string what, line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::uint64_t hash = 0, accesses = 0, outside = 0;
    if (!(words >> what >> std::hex >> hash >> std::dec >> accesses >> outside) || what != "touched" ||
        steps == 0)
      return {};
    Touched& step = found[times % steps];
    if (times++ < steps) step.hash = hash;
    step.accesses.hold(accesses);
    step.same = step.same && hash == step.hash;
    step.outside = std::max(step.outside, outside);
  }
  if (times != steps * static_cast<std::size_t>(inputs)) return {};
  return found;
}

}  // namespace etch::host
