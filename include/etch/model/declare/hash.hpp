// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op_list.hpp>

#include <cstdint>

namespace etch {

namespace detail {

/// FNV-1a, 64 bits (Fowler, Noll and Vo). Numbers go in as four bytes, lowest first, on every machine.
struct StructureHash {
  std::uint64_t value = 0xcbf29ce484222325u;

  constexpr void byte(std::uint32_t b) { value = (value ^ (b & 255u)) * 0x100000001b3u; }
  constexpr void number(int n) {
    for (int shift = 0; shift < 32; shift += 8) byte(static_cast<std::uint32_t>(n) >> shift);
  }
  constexpr void text(const char* t) {
    for (; *t; ++t) byte(static_cast<unsigned char>(*t));
    byte(0);
  }
  constexpr void shape(const Shape& s) {
    number(s.rank);
    for (int i = 0; i < s.rank; ++i) number(s[i]);
  }
};

/// Attributes such as dropout's are left out: weights fit whatever rate they were trained with.
constexpr void hash_attributes(StructureHash& h, const Step& step) {
  if (!visit_op(step.op, [](auto op) { return decltype(op)::structural; })) return;
  for (std::int32_t word : step.attributes) h.number(word);
  if (step.primitive) h.text(step.primitive->name);
}

struct WeightHash {
  StructureHash& h;
  constexpr void field(const char*, const Shape& shape) const { h.shape(shape); }
  constexpr void field(const char*, bool flag) const { h.number(flag); }
};

/// A number counts where it is not what it is at first: a field that comes later changes no hash of the steps
/// that do without it.
struct StepHash {
  StructureHash& h;
  const Step& step;

  constexpr void op(int code, int) const {
    h.text(visit_op(code, [](auto op) { return decltype(op)::name; }));
  }
  constexpr void operands(const Step&, const Step&) const {
    h.number(step.inputs);
    h.number(step.outputs);
  }
  constexpr void field(const char*, const Words&, const Words&) const { hash_attributes(h, step); }
  constexpr void field(const char*, const Shape& shape, const Shape&) const { h.shape(shape); }
  constexpr void field(const char*, int number, int at_first) const {
    if (number != at_first) h.number(number);
  }
};

template <Sizes S>
constexpr void hash_step(StructureHash& h, const Graph<S>& g, const Step& step) {
  step_fields(StepHash{h, step}, step, Step{});
  for (int k = 0; k < step.inputs + step.outputs; ++k) h.number(g.operands.item[step.first + k]);
}

}  // namespace detail

/// What a file of weights must agree on with a model: ops, attributes, shapes, connections, numerics, and the
/// weights in their order. Names, batch, optimizer and dropout rates do not count, so that the three ways to
/// declare give one hash.
template <Sizes S>
constexpr std::uint64_t structure_hash(const Graph<S>& g) {
  detail::StructureHash h;
  h.number(g.parameters.count);
  for (const Parameter& p : g.parameters) parameter_fields(detail::WeightHash{h}, p);
  for (const Parameter& p : g.parameters)
    for (int k = 0; p.chosen && k < p.chosen->count; ++k) h.number(p.chosen->channel[k]);
  h.number(g.steps.count);
  for (const Step& step : g.steps) detail::hash_step(h, g, step);
  h.number(g.inputs.count);
  for (int k = 0; k < g.inputs.count; ++k) {
    h.number(g.inputs[k]);
    h.shape(g.input_shapes[k]);
  }
  h.number(g.outputs.count);
  for (int k = 0; k < g.outputs.count; ++k) {
    h.number(g.outputs[k]);
    h.shape(g.output_shapes[k]);
  }
  // Graphs from before there was a choice keep their hashes.
  if (g.numerics != Numerics::separate) h.text(numerics_text(g.numerics));
  return h.value;
}

}  // namespace etch
