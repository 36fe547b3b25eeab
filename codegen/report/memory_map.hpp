// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_program.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace etch::host {

/// A value of the arena: where it lies, and the first and the last step that need it.
struct ArenaTensor {
  int value = 0;
  int offset = 0, bytes = 0;
  int first = 0, last = 0;
};

/// The arena of a planned program over its steps.
struct MemoryMap {
  std::vector<ArenaTensor> tensors;  ///< by first step
  std::vector<int> occupied;         ///< by step: bytes that some live value lies on
  int peak = -1;                     ///< the first step with the most of them; -1: no step
};

namespace detail {

/// Bytes that lie within any of the ranges.
int covered_bytes(std::vector<std::pair<int, int>> ranges);

template <Sizes S>
std::vector<ArenaTensor> arena_tensors(const Program<S>& program) {
  const auto& g = program.graph;
  std::vector<ArenaTensor> tensors(static_cast<std::size_t>(g.values.count), {-1});
  const auto need = [&](int value, int step) {
    if (value < 0 || g.values[value].role != Role::temporary || g.values[value].elements == 0) return;
    ArenaTensor& tensor = tensors[static_cast<std::size_t>(value)];
    if (tensor.value < 0)
      tensor = {value, program.plan.offset[value],
                etch::detail::exact_bytes(g.values[value], program.options), step, step};
    tensor.last = step;
  };
  for (int k = 0; k < g.inputs.count; ++k) need(g.inputs[k], 0);
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; k < g.steps[s].inputs + g.steps[s].outputs; ++k)
      need(g.operands[g.steps[s].first + k], s);
  for (int k = 0; k < g.outputs.count; ++k) need(g.outputs[k], g.steps.count - 1);
  std::erase_if(tensors, [](const ArenaTensor& tensor) { return tensor.value < 0; });
  std::ranges::stable_sort(tensors, {}, &ArenaTensor::first);
  return tensors;
}

}  // namespace detail

template <Sizes S>
MemoryMap memory_map(const Program<S>& program) {
  MemoryMap map{detail::arena_tensors(program), {}, -1};
  for (int s = 0; s < program.graph.steps.count; ++s) {
    std::vector<std::pair<int, int>> live;
    for (const ArenaTensor& t : map.tensors)
      if (t.first <= s && s <= t.last) live.emplace_back(t.offset, t.offset + t.bytes);
    map.occupied.push_back(detail::covered_bytes(std::move(live)));
    if (map.peak < 0 || map.occupied.back() > map.occupied[static_cast<std::size_t>(map.peak)]) map.peak = s;
  }
  return map;
}

/// By step of a program: the place in `ImportedModel::operators` of what it comes from, or -1. Steps of a
/// program may be in another order than those of the model, and fewer.
std::vector<int> operators_of_steps(const ImportedModel& model, const ImportedProgram& program);

/// "step 3 (CONV_2D, operator 2)", with the op's name where no operator stands for the step.
std::string step_text(const ImportedModel& model, const ImportedProgram& program, int step);

}  // namespace etch::host
