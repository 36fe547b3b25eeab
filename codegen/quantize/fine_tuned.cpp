// SPDX-License-Identifier: BSL-1.0
#include <codegen/quantize/fine_tuned.hpp>
#include <etch/passes/fake_quantization.hpp>
#include <etch/passes/fold.hpp>
#include <runtime/host/error.hpp>

#include <cstring>

namespace etch::host {

ImportedModel import_fine_tuned(const Graph<declaration_capacity>& declared,
                                std::span<const DeclaredWeight> weights, const std::string& name) {
  const auto ranged =
      std::make_unique<decltype(fake_quantized_values(declared))>(fake_quantized_values(declared));
  const auto parameters = static_cast<std::size_t>(declared.parameters.count);
  if (weights.size() != parameters + static_cast<std::size_t>(ranged->count))
    throw Error("'" + name + "' was not fine-tuned with fake quantization: it has " +
                std::to_string(weights.size()) + " weights, and its graph with ranges has " +
                std::to_string(parameters + static_cast<std::size_t>(ranged->count)));
  ImportedModel tuned = import_declared(declared, weights.first(parameters), name);
  const auto folded = std::make_unique<decltype(fold(declared))>(fold(declared));
  for (int i = 0; i < ranged->count; ++i) {
    const std::span<const std::byte> bytes = weights[parameters + static_cast<std::size_t>(i)].data;
    if (bytes.size() != sizeof(Range)) throw Error("'" + name + "' has a range that is not of two numbers");
    Range range;
    std::memcpy(&range, bytes.data(), sizeof range);
    for (int v = 0; v < folded->sources.count; ++v)
      if (folded->sources[v] == ranged->item[i])
        tuned.values[static_cast<std::size_t>(v + folded->graph.parameters.count)].range = range;
  }
  return tuned;
}

}  // namespace etch::host
