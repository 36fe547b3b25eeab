// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_program.hpp>
#include <etch/ops/computed_numbers.hpp>

#include <string>
#include <vector>

namespace etch::host {

/// What is known of the whole numbers that a step's portable kernel computes.
struct StepNumbers {
  int step = 0;               ///< of the program
  std::string op;             ///< Etch's own name
  bool floats_alone = false;  ///< the step takes, keeps and gives no whole number
  ComputedNumbers numbers;

  bool proven() const;  ///< none can leave its type, whatever the model's input
};

/// Whether a step takes, keeps and gives no whole number.
bool has_floats_alone(const ImportedProgram& program, const Step& step);

/// By interval arithmetic from weights, quantization and the ranges of `int8_ranges`: steps in order. Of a
/// step whose op says nothing, or that would take too long to look at, nothing is known.
std::vector<StepNumbers> numbers_of(const ImportedModel& model, const ImportedProgram& program);

}  // namespace etch::host
