// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/interpreter.hpp>

/// The interpreter with the kernels of one compilation: kernels.cpp is compiled once for each.
namespace int8_models {

struct Kernels {
  const char* name;
  void (*run)(const etch::ProgramView& program, int steps, const etch::Regions& regions);
  /// Products of int8 and sums that registers alone take, `rounds` times; returns how many
  /// multiply-accumulates.
  long long (*peak)(int rounds);
};

}  // namespace int8_models
