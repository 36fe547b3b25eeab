// SPDX-License-Identifier: BSL-1.0
#include <codegen/quantize/fine_tuned.hpp>
#include <etch/passes/fake_quantization.hpp>
#include <etch/passes/fold.hpp>
#include <runtime/host/error.hpp>

#include <cstring>
#include <utility>
#include <vector>

namespace etch::host {

namespace {

/// Rounds the kernels of a model as its training did. \param rounded their numbers, which stay in use
void round_kernels(const Graph<declaration_capacity>& declared, int bits,
                   std::vector<DeclaredWeight>& weights, std::vector<std::vector<float>>& rounded) {
  for_each_rounded_weight(declared, [&](int parameter) {
    DeclaredWeight& weight = weights[static_cast<std::size_t>(parameter)];
    const Shape& shape = declared.parameters[parameter].shape;
    std::vector<float> numbers(weight.data.size() / sizeof(float));
    if (std::cmp_not_equal(numbers.size(), shape.size())) return;  // import_declared says so
    std::memcpy(numbers.data(), weight.data.data(), weight.data.size());
    kernels::fake_quantize_weights(shape.size() / shape.last(), shape.last(), bits, numbers.data(),
                                   numbers.data());
    rounded.push_back(std::move(numbers));
    weight.data = std::as_bytes(std::span(rounded.back()));
  });
}

}  // namespace

ImportedModel import_fine_tuned(const Graph<declaration_capacity>& declared,
                                std::span<const DeclaredWeight> weights, const std::string& name,
                                int weight_bits) {
  const auto ranged =
      std::make_unique<decltype(fake_quantized_values(declared))>(fake_quantized_values(declared));
  const auto parameters = static_cast<std::size_t>(declared.parameters.count);
  if (weights.size() != parameters + static_cast<std::size_t>(ranged->count))
    throw Error("'" + name + "' was not fine-tuned with fake quantization: it has " +
                std::to_string(weights.size()) + " weights, and its graph with ranges has " +
                std::to_string(parameters + static_cast<std::size_t>(ranged->count)));
  std::vector<DeclaredWeight> own(weights.begin(), weights.begin() + declared.parameters.count);
  std::vector<std::vector<float>> rounded;
  if (weight_bits < 8) round_kernels(declared, weight_bits, own, rounded);
  ImportedModel tuned = import_declared(declared, own, name);
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
