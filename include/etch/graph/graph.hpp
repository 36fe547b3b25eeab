// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>
#include <etch/graph/limits.hpp>
#include <etch/graph/list.hpp>
#include <etch/graph/shape.hpp>
#include <etch/graph/stage.hpp>

#include <runtime/kernels/numerics.hpp>
#include <runtime/kernels/portable/call.hpp>
#include <runtime/kernels/portable/chosen_channels.hpp>
#include <runtime/kernels/portable/initializer_kind.hpp>
#include <runtime/kernels/portable/weight_rules.hpp>

#include <array>
#include <bit>
#include <cstdint>

namespace etch {

using kernels::ChosenChannels;
using kernels::Numerics;

enum class DType : std::uint8_t { f32, f64 };
constexpr int bytes_of(DType type) { return type == DType::f32 ? 4 : 8; }

/// What a value is made of: the program's own floating-point type, or whole numbers of quantized models.
enum class ElementType : std::uint8_t { real, i8, i16, i32 };
constexpr int bytes_of(ElementType type, DType real) {
  switch (type) {
    case ElementType::i8:
      return 1;
    case ElementType::i16:
      return 2;
    case ElementType::i32:
      return 4;
    case ElementType::real:
      break;
  }
  return bytes_of(real);
}

/// Numerics as files and hashes have them.
constexpr const char* numerics_text(Numerics numerics) {
  return numerics == Numerics::fused ? "fused" : "separate";
}

/// Where a value lives. Each region is one block of memory with a size of its own.
enum class Role : std::uint8_t {
  parameter,  ///< trained weight, read-only for prediction
  statistic,  ///< weight that training updates by other means (moving averages)
  input,      ///< the caller's sample buffer
  label,      ///< the caller's targets
  output,     ///< a result the caller reads
  temporary,  ///< lives in the arena
  state,      ///< kept from batch to batch, a row for each place in the batch
  optimizer,  ///< moments and other persistent optimizer state
  gradient,   ///< a whole parameter gradient that outlives its step
};

/// A block of numbers. `elements` counts one sample for per-row values and the whole block for others.
struct Value {
  int elements = 0;
  Role role = Role::temporary;
  bool per_row = true;
  ElementType type = ElementType::real;
  constexpr bool operator==(const Value&) const = default;
};

/// Walks the fields of values, or of what has the same: several at once, field by field. Text, hash, sources
/// and their readers go through these lists, so a field is in all of them once it is in its list.
template <class Visit, class... V>
constexpr void value_fields(Visit&& visit, V&&... value) {
  visit.field("elements", value.elements...);
  visit.field("type", value.type...);
  visit.field("role", value.role...);
  visit.field("per_row", value.per_row...);
}

/// A weight: parameters are the first values of a graph, in the order of their creation.
struct Parameter {
  Shape shape;
  Initializer initializer = Initializer::zeros;
  bool trainable = true;
  Regularizer regularizer{};
  Constraint constraint{};
  ElementType type = ElementType::real;
  int fan_in = 0, fan_out = 0;             ///< what scales the initial values, as Keras counts them
  std::int16_t layer = -1;                 ///< index of the layer that owns it
  std::int16_t role_name = 0;              ///< index into the op's parameter names
  const ChosenChannels* chosen = nullptr;  ///< of the last axis, those that train; null: all
  constexpr bool operator==(const Parameter&) const = default;
};

/// The shape of what trains of a weight: of its gradient, and of what the optimizer keeps for it.
constexpr Shape trained_shape(const Parameter& parameter) {
  Shape shape = parameter.shape;
  if (parameter.chosen) shape.dim[static_cast<unsigned>(shape.rank - 1)] = parameter.chosen->count;
  return shape;
}

/// The same of weights: what a model that predicts needs to know. How they train is its declaration's matter.
template <class Visit, class P>
constexpr void parameter_fields(Visit&& visit, P&& parameter) {
  visit.field("shape", parameter.shape);
  visit.field("trainable", parameter.trainable);
}

/// Which of an op's kernels a step runs: prediction, the forward pass of training, or its gradient.
enum class Phase : std::uint8_t { forward, training, backward };

/// Whether a step of the forward pass of training runs for a second time before the weights change. What it
/// keeps from batch to batch then stays as the first run left it.
enum class Again : std::uint8_t {
  no,
  from_inputs,  ///< as before; a result that an op can restore may be absent
  from_kept,    ///< the first result alone, from the first saved value in place of the input
};

/// An op's attributes as plain words, so that every step has one type and can be compared and hashed.
using Words = std::array<std::int32_t, 16>;

template <class Attributes>
constexpr Words pack(const Attributes& attributes) {
  static_assert(sizeof(Attributes) % 4 == 0 && sizeof(Attributes) <= sizeof(Words),
                "an op's attributes are 4-byte members (int, float, enum of int), at most 16 of them");
  using Exact = std::array<std::int32_t, sizeof(Attributes) / 4>;
  const Exact exact = std::bit_cast<Exact>(attributes);
  Words words{};
  for (unsigned i = 0; i < exact.size(); ++i) words[i] = exact[i];
  return words;
}

template <class Attributes>
constexpr Attributes unpack(const Words& words) {
  using Exact = std::array<std::int32_t, sizeof(Attributes) / 4>;
  Exact exact{};
  for (unsigned i = 0; i < exact.size(); ++i) exact[i] = words[i];
  return std::bit_cast<Attributes>(exact);
}

/// What comes next in a training that keeps within a number of bytes: a step of its graph runs, for the first
/// time or again, or a result of its forward pass is given up, or the step writes over that. -1: none. The
/// first may say instead of how many samples the parts are in which the batch runs; alone, the steps of a
/// part run as they are.
struct ScheduledStep {
  std::int16_t step = -1, given_up = -1, samples = 0;
  constexpr bool operator==(const ScheduledStep&) const = default;
};

/// The bytes that a training may take, and where the user says so; 0: any.
struct RamLimit {
  int bytes = 0, line = 0;
  const ScheduledStep* schedule = nullptr;  ///< that was found before; null: the compiler looks for one
  int scheduled = 0;
};

struct PrimitiveOp;  // a user's own op, ops/primitive.hpp
struct LossOp;       // a user's own loss, runtime/kernels/portable/loss_kind.hpp

/// One application of an op: operands are value ids in the graph's operand pool, inputs first, -1 where
/// absent.
struct Step {
  std::int16_t op = -1;
  Words attributes{};
  Shape in, out;
  std::uint8_t inputs = 0;
  std::uint8_t parameters = 0;  ///< how many of the inputs are weights; they are the last
  std::uint8_t outputs = 0;
  std::int16_t repeat = 1;  ///< samples that it takes one of the model's for: each step of a sequence

  // Its place in this graph, training and a program's own functions: nothing that is stored.
  int first = 0;
  Phase phase = Phase::forward;
  bool input_gradient = false;               ///< backward: some input needs its gradient
  bool trainable = false;                    ///< backward: the parameters need theirs
  std::uint8_t fixed = 0;                    ///< backward: of these, a bit for each that does not
  kernels::Rule rule = kernels::Rule::none;  ///< backward: the update that is fused into it
  const ChosenChannels* chosen = nullptr;    ///< backward, updates: the output channels that train; null: all
  bool adds = false;  ///< backward: its first input gradient is added to another, its last input
  Again again = Again::no;
  bool in_parts = false;  ///< training: its rows are a part of a batch (`Call::part`)
  const PrimitiveOp* primitive = nullptr;
  const LossOp* loss = nullptr;
  constexpr bool operator==(const Step&) const = default;
};

/// Whether a step of the backward pass makes the gradient of its weight `k`.
constexpr bool trains_weight(const Step& step, int k) { return step.trainable && !(step.fixed >> k & 1); }

/// The same of the steps of a forward pass, in the order of their members, by which sources give them.
template <class Visit, class... S>
constexpr void step_fields(Visit&& visit, S&&... step) {
  visit.op(step.op...);
  visit.field("attributes", step.attributes...);
  visit.field("in", step.in...);
  visit.field("out", step.out...);
  visit.operands(step...);
  visit.field("repeat", step.repeat...);
}

/// A network as a plain value. Capacities are template arguments; `Sizes` names them. Its stage says which
/// pass may come next; like names it takes no part in comparisons and hashes.
template <Sizes S>
struct Graph {
  static constexpr Sizes room = S;
  List<Parameter, S.parameters> parameters;
  List<Value, S.values> values;
  List<Step, S.steps> steps;
  List<std::int16_t, S.operands> operands;
  List<std::int16_t, S.ends> inputs, outputs;
  List<Shape, S.ends> input_shapes, output_shapes;
  List<std::int16_t, S.ends>
      output_masks;                        ///< the value that tells which positions of an output count, or -1
  Numerics numerics = Numerics::separate;  ///< how its products of floats meet sums
  RamLimit ram;                            ///< like names, it takes no part in comparisons and hashes
  Fault fault;
  Stage stage = Stage::declared;

  constexpr int operand(const Step& step, int i) const { return operands.item[step.first + i]; }
  constexpr int result(const Step& step, int i = 0) const {
    return operands.item[step.first + step.inputs + i];
  }

  constexpr Sizes sizes() const {
    return {parameters.count, values.count, steps.count, operands.count,
            inputs.count > outputs.count ? inputs.count : outputs.count};
  }

  template <Sizes T>
  constexpr bool operator==(const Graph<T>& other) const {
    return same(parameters, other.parameters) && same(values, other.values) && same(steps, other.steps) &&
           same(operands, other.operands) && same(inputs, other.inputs) && same(outputs, other.outputs) &&
           same(input_shapes, other.input_shapes) && same(output_shapes, other.output_shapes) &&
           same(output_masks, other.output_masks) && numerics == other.numerics;
  }

 private:
  template <class T, int N, int M>
  static constexpr bool same(const List<T, N>& a, const List<T, M>& b) {
    if (a.count != b.count) return false;
    for (int i = 0; i < a.count; ++i)
      if (!(a.item[i] == b.item[i])) return false;
    return true;
  }
};

/// Copies a graph into one with exactly the room it needs, so that later passes copy nothing empty.
template <Sizes Exact, class G>
constexpr Graph<Exact> shrink(const G& from) {
  Graph<Exact> to;
  const auto copy = [](const auto& source, auto& target) {
    for (int i = 0; i < source.count; ++i) target.item[i] = source.item[i];
    target.count = source.count;
  };
  copy(from.parameters, to.parameters);
  copy(from.values, to.values);
  copy(from.steps, to.steps);
  copy(from.operands, to.operands);
  copy(from.inputs, to.inputs);
  copy(from.outputs, to.outputs);
  copy(from.input_shapes, to.input_shapes);
  copy(from.output_shapes, to.output_shapes);
  copy(from.output_masks, to.output_masks);
  to.numerics = from.numerics;
  to.ram = from.ram;
  to.fault = from.fault;
  to.stage = from.stage;
  return to;
}

}  // namespace etch
