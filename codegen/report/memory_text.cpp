// SPDX-License-Identifier: BSL-1.0
#include <codegen/report/memory_text.hpp>
#include <codegen/report/text_table.hpp>

#include <ostream>

namespace etch::host {

MemoryBytes memory_of(const ImportedProgram& program) {
  MemoryBytes bytes{program.plan.weight_bytes, program.plan.arena_bytes, program.plan.lower_bound,
                    program.plan.state_bytes};
  const auto& g = program.graph;
  for (const auto* ends : {&g.inputs, &g.outputs})
    for (const std::int16_t value : *ends)
      if (g.values[value].role != Role::temporary)
        bytes.ends += static_cast<long long>(bytes_of_sample(g.values[value]));
  bytes.ends_in_arena = bytes.ends == 0;
  return bytes;
}

void print_memory(const MemoryBytes& bytes, const WidenedWeights& widened, std::ostream& out) {
  out << "weights: " << grouped(bytes.weights) << " bytes";
  if (widened.stored_bytes > 0)
    out << " (hybrid: " << grouped(widened.stored_bytes) << " bytes of int8 weights in the file became "
        << grouped(widened.real_bytes) << " of floats)";
  out << "\narena:   " << grouped(bytes.arena) << " bytes"
      << (bytes.ends_in_arena ? ", inputs and outputs included" : "") << " (no plan can need less than "
      << grouped(bytes.arena_lower_bound) << ")\n";
  if (bytes.states > 0)
    out << "states:  " << grouped(bytes.states) << " bytes, kept from one prediction to the next\n";
  out << "RAM:     " << grouped(bytes.ram()) << " bytes: arena" << (bytes.states > 0 ? ", states" : "");
  if (bytes.ends > 0) out << ", " << grouped(bytes.ends) << " of inputs and outputs";
  out << '\n';
}

}  // namespace etch::host
