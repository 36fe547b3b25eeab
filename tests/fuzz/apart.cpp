// SPDX-License-Identifier: BSL-1.0
#include <tests/fuzz/apart.hpp>

#include <algorithm>
#include <codegen/model/run_program.hpp>
#include <cstring>
#include <limits>
#include <memory>
#include <runtime/host/error.hpp>

namespace etch::fuzz {

namespace {

constexpr std::size_t alignment = 16;

/// Gives places in one region, one behind the other.
class Row {
 public:
  /// As much fence as the value is long, from 64 bytes to 1,024: a step over the end lands there.
  int place(std::size_t bytes) {
    const std::size_t at = end_;
    const std::size_t fence = std::clamp<std::size_t>(bytes, 64, 1024);
    end_ = (at + bytes + fence + alignment - 1) / alignment * alignment;
    if (end_ > std::numeric_limits<int>::max() / 4)
      throw Error("the model is too large to lie apart in memory");
    places_.push_back({static_cast<int>(at), static_cast<int>(bytes)});
    return places_.back().offset;
  }
  int bytes() const { return static_cast<int>(end_); }
  std::vector<Place> take() { return std::move(places_); }

 private:
  std::size_t end_ = 64;  // a fence before the first
  std::vector<Place> places_;
};

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

ApartProgram place_apart(const host::ImportedProgram& program) {
  ApartProgram apart{std::make_unique<host::ImportedProgram>(program), {}, {}, {}};
  auto& plan = apart.program->plan;
  Row weights, arena, states;
  for (int v = 0; v < program.graph.values.count; ++v) {
    const Value& value = program.graph.values[v];
    Row* const row = value.role == Role::temporary                                    ? &arena
                     : value.role == Role::state                                      ? &states
                     : value.role == Role::parameter || value.role == Role::statistic ? &weights
                                                                                      : nullptr;
    if (row) plan.offset[v] = row->place(host::bytes_of_sample(value));
  }
  plan.weight_bytes = weights.bytes();
  plan.arena_bytes = arena.bytes();
  plan.state_bytes = states.bytes();
  apart.weights = weights.take();
  apart.arena = arena.take();
  apart.states = states.take();
  return apart;
}

std::vector<std::vector<std::byte>> run_apart(const ApartProgram& apart, std::span<const std::byte> weights,
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
