// SPDX-License-Identifier: BSL-1.0
#include <tests/fuzz/apart.hpp>

#include <algorithm>
#include <codegen/model/run_program.hpp>
#include <cstring>
#include <memory>

namespace etch::fuzz {

namespace {

constexpr std::size_t alignment = 16;

/// Memory at a multiple of `alignment`.
class Block {
 public:
  explicit Block(int bytes) : numbers_(static_cast<std::size_t>(bytes) / sizeof(Number) + 1) {}
  std::byte* data() { return reinterpret_cast<std::byte*>(numbers_.data()); }

 private:
  struct alignas(alignment) Number {
    std::byte bytes[alignment];
  };
  std::vector<Number> numbers_;
};

/// Exactly so many bytes, as malloc gives them.
using Exact = std::unique_ptr<std::byte[]>;

}  // namespace

std::vector<std::vector<std::byte>> run_apart(const host::ApartProgram& apart,
                                              std::span<const std::byte> weights,
                                              std::span<const std::vector<std::byte>> inputs) {
  const auto& [graph, plan, options] = *apart.program;
  Block weight_memory(plan.weight_bytes), arena(plan.arena_bytes), states(plan.state_bytes);
  std::ranges::copy(weights, weight_memory.data());
  std::memset(arena.data(), 0xff, static_cast<std::size_t>(plan.arena_bytes));  // NaN, or -1
  std::vector<Exact> in, out;
  std::vector<const void*> in_pointers;
  std::vector<void*> out_pointers;
  for (const auto& input : inputs) {
    in.emplace_back(new std::byte[input.size()]);
    std::ranges::copy(input, in.back().get());
    in_pointers.push_back(in.back().get());
  }
  for (int k = 0; k < graph.outputs.count; ++k) {
    out.emplace_back(new std::byte[host::bytes_of_sample(graph.values[graph.outputs[k]])]{});
    out_pointers.push_back(out.back().get());
  }
  Regions regions;
  regions.weights = weight_memory.data();
  regions.arena = arena.data();
  regions.states = states.data();
  regions.inputs = in_pointers.data();
  regions.outputs = out_pointers.data();
  {
    const Fenced a(weight_memory.data(), plan.weight_bytes, apart.weights),
        b(arena.data(), plan.arena_bytes, apart.arena), c(states.data(), plan.state_bytes, apart.states);
    host::run_program(*apart.program, 0, graph.steps.count, regions);
  }
  std::vector<std::vector<std::byte>> results;
  for (int k = 0; k < graph.outputs.count; ++k) {
    const int value = graph.outputs[k];
    const auto* from =
        static_cast<const std::byte*>(locate(graph.values[value].role, plan.offset[value], regions));
    results.emplace_back(from, from + host::bytes_of_sample(graph.values[value]));
  }
  return results;
}

}  // namespace etch::fuzz
