// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/step_writers.hpp>

#include <span>

namespace etch::host::onnx {

namespace {

const char* function_name(const GraphWriter& to, ActivationKind kind) {
  switch (kind) {
    case ActivationKind::tanh:
      return "Tanh";
    case ActivationKind::sigmoid:
      return "Sigmoid";
    case ActivationKind::relu:
      return "Relu";
    case ActivationKind::softsign:
      return "Softsign";
    case ActivationKind::softplus:
      return "Softplus";
    default:
      to.refuse(std::string("computes ") + name_of(kind) + ", which is not written in a recurrent step");
  }
}

/// [rows, gates * units] with Etch's gate `order[g]` as gate g, as [1, gates * units, rows].
Array turned(const Array& weights, std::span<const int> order, int units) {
  const auto gates = static_cast<std::int64_t>(order.size());
  const std::int64_t rows = weights.dims[0];
  return taken(weights, {1, gates * units, rows}, [=](std::int64_t i) {
    const std::int64_t row = i % rows, column = i / rows;
    const std::int64_t gate = order[static_cast<std::size_t>(column / units)];
    return row * gates * units + gate * units + column % units;
  });
}

/// ONNX has a bias of the input and one of the state.
Array biases(const GraphWriter& to, const Step& step, const ops::RecurrentAttributes& a,
             std::span<const int> order) {
  const int wide = static_cast<int>(order.size()) * a.units;
  const bool both = a.reset_after != 0 && order.size() == 3;
  Array bias = to.weight(step, 2, {both ? 2 : 1, wide});
  bias.dims[0] = both ? 2 : 1;
  std::vector<double> all;
  for (int half = 0; half < 2; ++half)
    for (int i = 0; i < wide; ++i) {
      const int gate = order[static_cast<std::size_t>(i / a.units)];
      const int from = (both ? half * wide : 0) + gate * a.units + i % a.units;
      all.push_back(half > 0 && !both ? 0 : reals(bias)[static_cast<std::size_t>(from)]);
    }
  return array_of(all, {1, 2 * wide});
}

void write_recurrent(GraphWriter& to, const Step& step, const char* op, std::span<const int> order,
                     const std::vector<ActivationKind>& functions) {
  const auto a = unpack<ops::RecurrentAttributes>(step.attributes);
  to.require(!a.masked, "has a mask");
  to.require(!a.initial_state && !a.return_state, "takes a state or gives one back");
  to.require(a.cell_clip == 0, "has a cell that is clipped");
  to.require(!a.go_backwards || !a.return_sequences, "gives a sequence from its end");
  const int wide = static_cast<int>(order.size()) * a.units, time = step.in[0];
  const std::string x =
      to.node("Transpose", {to.last(step, 0, step.in)}, {integers_attribute("perm", {1, 0, 2})});
  GraphWriter::Names inputs{x,
                            to.constant(turned(to.weight(step, 0, {step.in.last(), wide}), order, a.units)),
                            to.constant(turned(to.weight(step, 1, {a.units, wide}), order, a.units))};
  if (a.use_bias) inputs.push_back(to.constant(biases(to, step, a, order)));
  std::vector<std::string> names;
  for (const ActivationKind kind : functions) names.emplace_back(function_name(to, kind));
  std::vector<FileAttribute> attributes{integer_attribute("hidden_size", a.units),
                                        texts_attribute("activations", names)};
  if (a.go_backwards) attributes.push_back(text_attribute("direction", "reverse"));
  if (order.size() == 3) attributes.push_back(integer_attribute("linear_before_reset", a.reset_after));
  const std::string y = to.node_of_many(op, inputs, attributes, a.return_sequences ? 0 : 1, 2);
  // [time, 1, 1, units] or [1, 1, units]: the same numbers as of one sample.
  const Dims dims = a.return_sequences ? Dims{1, time, a.units} : Dims{1, a.units};
  const auto count = static_cast<std::int64_t>(dims.size());
  to.define_last(to.graph().result(step), to.node("Reshape", {y, to.constant(array_of(dims, {count}))}),
                 step.out);
}

}  // namespace

void write_simple_rnn(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::RecurrentAttributes>(step.attributes);
  constexpr int order[]{0};
  write_recurrent(to, step, "RNN", order, {a.activation});
}

void write_lstm(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::RecurrentAttributes>(step.attributes);
  constexpr int order[]{0, 3, 1, 2};  // i, o, f, c of i, f, c, o
  write_recurrent(to, step, "LSTM", order, {a.recurrent_activation, a.activation, a.activation});
}

void write_gru(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::RecurrentAttributes>(step.attributes);
  constexpr int order[]{0, 1, 2};  // z, r, h
  write_recurrent(to, step, "GRU", order, {a.recurrent_activation, a.activation});
}

}  // namespace etch::host::onnx
