// SPDX-License-Identifier: BSL-1.0
#include <codegen/model_program.hpp>
#include <runtime/host/error.hpp>

#include <cstring>

namespace etch::host {

std::unique_ptr<ImportedProgram> program_of(const ImportedModel& model, bool ends_in_arena, bool fuse) {
  const PlanOptions options{.inputs_in_arena = ends_in_arena, .tries = fuse ? 256 : 0, .each_part = fuse};
  return std::make_unique<ImportedProgram>(
      make_program(infer(*model.graph, false, fuse), options, !ends_in_arena));
}

std::vector<std::byte> weights_of(const ImportedModel& model, const ImportedProgram& program) {
  std::vector<std::byte> weights(static_cast<std::size_t>(program.plan.weight_bytes));
  for (int p = 0; p < program.graph.parameters.count; ++p) {
    const auto& bytes = model.parameters[static_cast<std::size_t>(p)];
    if (bytes.size() != bytes_of_sample(program.graph.values[p]))
      throw Error("'" + model.name + "' has a parameter of the wrong size");
    if (!bytes.empty()) std::memcpy(weights.data() + program.plan.offset[p], bytes.data(), bytes.size());
  }
  return weights;
}

std::size_t bytes_of_sample(const Value& value) {
  return static_cast<std::size_t>(value.elements) *
         static_cast<std::size_t>(bytes_of(value.type, DType::f32));
}

}  // namespace etch::host
