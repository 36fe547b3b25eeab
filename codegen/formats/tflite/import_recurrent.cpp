// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/recurrent.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::tflite {

namespace {

constexpr int gates = 4;
/// Inputs of UNIDIRECTIONAL_SEQUENCE_LSTM: x, weights of the four gates (i, f, c, o), recurrent ones, three
/// peepholes, biases, two of a projection, two states, four normalizations.
constexpr int first_weight = 1, first_recurrent = 5, first_bias = 12, lstm_state = 18, lstm_cell = 19;
/// Inputs of SVDF: x, feature and time weights, bias, state.
constexpr int svdf_state = 4;

int8::Matrix symmetric_weights(const Context& c, const FileTensor& t) {
  c.require(c.quantization(t).zero_point == 0, "has weights with a zero point, which is not supported");
  return {c.bytes(t), t.scale(0)};
}

Tensor add_float_lstm(Context& c, const Tensor& x, const Shape& out) {
  const auto units = static_cast<std::size_t>(out[1]), features = static_cast<std::size_t>(x.shape[1]);
  // Keras's layout: an input's weights of all gates follow each other.
  const auto turned = [&](int first, std::size_t columns) {
    std::vector<float> to(gates * units * columns);
    for (std::size_t g = 0; g < gates; ++g) {
      const std::vector<float> w = c.floats(c.input(first + static_cast<int>(g)));
      for (std::size_t u = 0; u < units; ++u)
        for (std::size_t i = 0; i < columns; ++i) to[i * gates * units + g * units + u] = w[u * columns + i];
    }
    return constant_of(to, ElementType::real, {static_cast<int>(columns), static_cast<int>(gates * units)});
  };
  std::vector<float> bias;
  for (int g = 0; g < gates; ++g) {
    const std::vector<float> b = c.floats(c.input(first_bias + g));
    bias.insert(bias.end(), b.begin(), b.end());
  }
  ops::RecurrentAttributes attributes;
  attributes.units = out[1];
  attributes.return_sequences = 1;
  attributes.return_state = attributes.initial_state = attributes.stateful = 1;
  attributes.cell_clip = c.options().cell_clip;
  const Tensor inputs[]{x, c.state(lstm_state, out[1]), c.state(lstm_cell, out[1])};
  return c.add_step(
      op_code<ops::LSTM>, pack(attributes), out, ElementType::real, inputs,
      {turned(first_weight, features), turned(first_recurrent, units), constant_of(bias, ElementType::real)});
}

Tensor add_int8_lstm(Context& c, const Tensor& x, const Shape& out) {
  const Quantization to = c.quantization(c.output());
  c.require(is_int8(c.input(lstm_state)) && c.quantization(c.input(lstm_state)) == to,
            "needs a state of int8 with the quantization of its result");
  const FileTensor& cell_tensor = c.input(lstm_cell);
  c.require(cell_tensor.kind == ElementKind::int16, "needs a cell state of int16");
  const Quantization cell = c.quantization(cell_tensor);
  int power = 0;
  c.require(
      std::frexp(cell.scale, &power) == 0.5f && cell.zero_point == 0 && power - 1 <= 0 && power - 1 >= -30,
      "needs a cell state whose scale is a power of two");
  int8::Lstm lstm{x.shape[1], out[1], {}, c.quantization(c.input(0)), to, power - 1, 0};
  lstm.cell_clip = static_cast<double>(c.options().cell_clip);
  for (int g = 0; g < gates; ++g)
    lstm.gates[static_cast<std::size_t>(g)] = {symmetric_weights(c, c.input(first_weight + g)),
                                               symmetric_weights(c, c.input(first_recurrent + g)),
                                               c.words(c.input(first_bias + g))};
  const Tensor inputs[]{x, c.state(lstm_state, out[1]), c.state(lstm_cell, out[1])};
  return c.add_step(int8::lstm(lstm), out, inputs);
}

void import_float_svdf(Context& c, int filters, int memory) {
  const int rank = c.options().rank, units = filters / rank, in = c.input(1).shape[1];
  std::vector<float> bias(static_cast<std::size_t>(units));
  if (c.has_input(3)) bias = c.floats(c.input(3));
  c.require(bias.size() == static_cast<std::size_t>(units),
            "is damaged: its bias has not a number for each unit");
  const Tensor past = c.state(svdf_state, filters * memory);
  const Tensor inputs[]{c.value(0, {in}), past};
  const Tensor result = c.add_step(op_code<ops::Svdf>, pack(ops::Svdf::Attributes{rank, memory}), {units},
                                   ElementType::real, inputs,
                                   {constant_of(c.floats(c.input(1)), ElementType::real, {filters, in}),
                                    constant_of(c.floats(c.input(2)), ElementType::real, {filters, memory}),
                                    constant_of(bias, ElementType::real)});
  c.define(c.apply_fused(result));
}

}  // namespace

void import_lstm(Context& c) {
  const FileTensor &x = c.input(0), &y = c.output();
  const FileOptions& o = c.options();
  c.require(c.op().inputs.size() == 20 || c.op().inputs.size() == 24, "needs 20 or 24 inputs");
  c.require(x.shape.size() == 3 && y.shape.size() == 3, "needs tensors of 3 extents");
  const std::size_t batch = o.time_major ? 1 : 0;
  c.require(x.shape[batch] == 1 && y.shape[batch] == 1, "is supported for a batch of one only");
  const int steps = x.shape[1 - batch], features = x.shape[2], units = y.shape[2];
  c.require(y.shape[1 - batch] == steps, "is damaged: its result has another shape than it computes");
  for (int i = 9; i < 12; ++i) c.require(!c.has_input(i), "has peepholes, which are not supported");
  for (int i = 16; i < 18; ++i) c.require(!c.has_input(i), "has a projection, which is not supported");
  for (int i = 20; i < 24; ++i) c.require(!c.has_input(i), "has a normalization, which is not supported");
  c.require(c.has_input(lstm_state) && c.has_input(lstm_cell), "is damaged: its states are missing");
  c.require(c.has_input(first_weight) && c.has_input(first_recurrent),
            "has coupled input and forget gates, which are not supported");
  c.require(o.activation == FusedActivation::tanh, "is supported with tanh as its activation only");
  c.require(o.proj_clip == 0 && std::isfinite(o.cell_clip) && o.cell_clip >= 0,
            "has a clip that is not supported");
  for (int g = 0; g < gates; ++g) {
    c.require(c.input(first_weight + g).shape == std::vector<int>{units, features} &&
                  c.input(first_recurrent + g).shape == std::vector<int>{units, units} &&
                  c.input(first_bias + g).elements() == units,
              "is damaged: its weights do not fit its input");
  }
  for (int i = lstm_state; i <= lstm_cell; ++i)
    c.require(!c.has_input(i) || c.input(i).elements() == units,
              "is damaged: its states do not fit its weights");
  const Tensor in = c.value(0, {steps, features});
  const Shape out{steps, units};
  if (x.kind == ElementKind::float32) {
    c.require(y.kind == ElementKind::float32 && c.input(lstm_state).kind == ElementKind::float32 &&
                  c.input(lstm_cell).kind == ElementKind::float32,
              "needs its result and its states in float32, as its input");
    c.define(add_float_lstm(c, in, out));
  } else {
    c.require(is_int8(x) && is_int8(y), "is supported in int8 and float32 only");
    c.define(add_int8_lstm(c, in, out));
  }
}

void import_svdf(Context& c) {
  const FileTensor &x = c.input(0), &feature = c.input(1), &time = c.input(2), &y = c.output();
  const ElementKind kept_kind = c.input(svdf_state).kind;
  const auto all_are = [&](ElementKind kind) {
    return x.kind == kind && feature.kind == kind && time.kind == kind && kept_kind == kind && y.kind == kind;
  };
  c.require(all_are(ElementKind::int8) || all_are(ElementKind::float32),
            "is supported with inputs, weights, states and results all in int8 or all in float32 only");
  c.require(feature.shape.size() == 2 && time.shape.size() == 2, "needs weights of two extents");
  const int filters = feature.shape[0], in = feature.shape[1], memory = time.shape[1],
            rank = c.options().rank;
  c.require(rank > 0 && filters % rank == 0 && time.shape[0] == filters,
            "is damaged: its weights do not fit each other");
  c.require(x.elements() == in && y.elements() == filters / rank,
            "is damaged: its weights do not fit its input, or it has a batch of more than one");
  const FusedActivation activation = c.options().activation;
  c.require(activation == FusedActivation::none || activation == FusedActivation::relu,
            "has a fused activation that is not supported");
  if (!is_int8(x)) return import_float_svdf(c, filters, memory);
  int8::Svdf svdf{rank,
                  in,
                  memory,
                  symmetric_weights(c, feature),
                  symmetric_weights(c, time),
                  {},
                  c.quantization(x),
                  c.quantization(c.input(svdf_state)),
                  c.quantization(y)};
  svdf.bias = c.has_input(3) ? c.words(c.input(3))
                             : std::vector<std::int32_t>(static_cast<std::size_t>(filters / rank));
  c.require(svdf.bias.size() == static_cast<std::size_t>(filters / rank),
            "is damaged: its bias has not a number for each unit");
  const int8::QuantizedStep step = int8::svdf(svdf);
  const Tensor inputs[]{c.value(0, {in}), c.state(svdf_state, filters * memory)};
  c.define(c.add_step(step, {filters / rank}, inputs));
}

}  // namespace etch::host::tflite
