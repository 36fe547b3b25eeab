// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>

namespace etch::benchmarks {

/// The processor's name as Linux has it.
inline std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  return "an unnamed processor";
}

/// Says in the results what `report.py` writes above a table. \param table its name in the document.
/// \param vector_floats of the widest vectors that the program was compiled for; 0 where rows say it.
inline void say_machine(const char* table, int vector_floats = 0) {
  benchmark::AddCustomContext("table", table);
  benchmark::AddCustomContext("processor", processor());
#if defined(__clang__)
  benchmark::AddCustomContext("compiler", "clang++ " + std::to_string(__clang_major__));
#else
  benchmark::AddCustomContext("compiler",
                              "g++ " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__));
#endif
  if (vector_floats > 0)
    benchmark::AddCustomContext("vectors", "vectors of " + std::to_string(32 * vector_floats) + " bits");
}

}  // namespace etch::benchmarks
