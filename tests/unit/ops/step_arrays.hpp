// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

#include <memory>

#include "step_cases.hpp"

namespace etch::test {

/// An array of exactly its size.
struct Array {
  std::size_t bytes = 0;
  std::unique_ptr<std::byte[]> data;
  explicit Array(std::size_t size) : bytes(size), data(new std::byte[size]) {}
  std::span<std::byte> all() { return {data.get(), bytes}; }
};

inline std::size_t bytes_of(const Value& v) {
  return static_cast<std::size_t>(v.elements) * static_cast<std::size_t>(etch::bytes_of(v.type, DType::f32));
}

/// Numbers of an input or weight: small ones of every kind, in an order without a period that a shape has.
inline void fill(Array& a, const Value& v, unsigned seed) {
  unsigned n = seed * 2654435761u + 12345u;
  for (int i = 0; i < v.elements; ++i) {
    n = n * 1664525u + 1013904223u;
    const int small = static_cast<int>(n >> 24) - 128;
    if (v.type == ElementType::real) {
      const float x = static_cast<float>(small) / 64.0f;
      std::memcpy(a.data.get() + 4 * i, &x, 4);
    } else if (v.type == ElementType::i32) {
      std::memcpy(a.data.get() + 4 * i, &small, 4);
    } else if (v.type == ElementType::i16) {
      const auto x = static_cast<std::int16_t>(small * 255);
      std::memcpy(a.data.get() + 2 * i, &x, 2);
    } else {
      a.data[static_cast<std::size_t>(i)] = static_cast<std::byte>(small);
    }
  }
}

/// Runs a step of a graph on arrays of its own, of which results and scratch held `pattern`: `run(call,
/// operands)`. Returns its results, in order.
template <class G, class Run>
std::vector<std::vector<std::byte>> results_of(const G& g, const Step& step, const StepCase& from,
                                               int pattern, Run&& run) {
  std::vector<Array> arrays;
  for (int v = 0; v < g.values.count; ++v) arrays.emplace_back(bytes_of(g.values[v]));
  std::vector<void*> operands;
  const int data = step.inputs - step.parameters;
  for (int k = 0; k < step.inputs + step.outputs; ++k) {
    const int v = g.operand(step, k);
    Array& a = arrays[static_cast<std::size_t>(v)];
    operands.push_back(a.data.get());
    if (k < step.inputs)
      fill(a, g.values[v], static_cast<unsigned>(k));
    else if (g.values[v].role != Role::state)
      std::memset(a.data.get(), pattern, a.bytes);
    if (k < step.inputs) put_words(from, k - data, a.all());
  }
  const Value wanted = scratch_of(step);
  Array scratch(static_cast<std::size_t>(etch::detail::sample_elements(step, wanted)) *
                static_cast<std::size_t>(etch::bytes_of(wanted.type, DType::f32)));
  std::memset(scratch.data.get(), pattern, scratch.bytes);
  operands.push_back(scratch.data.get());
  run(kernels::Call{.rows = step.repeat}, operands.data());
  std::vector<std::vector<std::byte>> results;
  for (int k = step.inputs; k < step.inputs + step.outputs; ++k) {
    const Array& a = arrays[static_cast<std::size_t>(g.operand(step, k))];
    results.emplace_back(a.data.get(), a.data.get() + a.bytes);
  }
  return results;
}

}  // namespace etch::test
