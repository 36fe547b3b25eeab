// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// A line of the source at which the memory sanitizer met a branch or an address that depends on data.
struct DataPlace {
  int times = 0;
  std::set<int> steps;  ///< of the program; empty where the log does not tell them
};

/// What a program of a proof said.
struct DataLog {
  std::map<std::string, DataPlace> places;  ///< while inputs and states were unknown
  std::vector<std::string> stale;           ///< while they were known, and the arena alone was not
  bool done = false;                        ///< the program came to its end
};

/// \param text the log of `data_*` or `steps_*`.
DataLog read_data_log(std::string_view text);

}  // namespace etch::host
