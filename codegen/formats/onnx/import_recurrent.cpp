// SPDX-License-Identifier: BSL-1.0
// LSTM, GRU and RNN. A direction is a step; samples of a batch run one after another.
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>

#include <algorithm>
#include <sstream>

namespace etch::host::onnx {

namespace {

struct RecurrentKind {
  int op;
  int states;
  std::vector<int> gates;  ///< the file's gate of each of ours
  std::vector<std::string> functions;
};

struct Extents {
  int steps, batch, features, units, directions;
};

/// One direction's weights, with the gates in Etch's order: ONNX has [gates * units, columns].
std::vector<float> turned(const std::vector<float>& all, int direction, const std::vector<int>& gates,
                          int units, int columns) {
  const auto count = static_cast<int>(gates.size()), wide = count * units;
  std::vector<float> to(static_cast<std::size_t>(columns * wide));
  for (int g = 0; g < count; ++g)
    for (int u = 0; u < units; ++u)
      for (int i = 0; i < columns; ++i)
        to[static_cast<std::size_t>(i * wide + g * units + u)] = all[static_cast<std::size_t>(
            ((direction * count + gates[static_cast<std::size_t>(g)]) * units + u) * columns + i)];
  return to;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

ActivationKind activation(const Context& c, const std::string& name) {
  struct Named {
    const char* name;
    ActivationKind kind;
  };
  constexpr Named named[]{
      {"Tanh", ActivationKind::tanh},         {"Sigmoid", ActivationKind::sigmoid},
      {"Relu", ActivationKind::relu},         {"HardSigmoid", ActivationKind::hard_sigmoid_keras2},
      {"Softsign", ActivationKind::softsign}, {"Softplus", ActivationKind::softplus}};
  for (const Named& n : named)
    if (name == n.name) return n.kind;
  c.refuse("has the activation " + name + ", which is not supported");
}

class Recurrent {
 public:
  Recurrent(Context& c, RecurrentKind kind) : c_(c), kind_(std::move(kind)) { read(); }

  void import() {
    std::vector<Live> sequences, last, cells;
    for (int d = 0; d < e_.directions; ++d) {
      const std::vector<Live> y = direction(d);
      sequences.push_back(y[0]);
      last.push_back(y[1]);
      if (kind_.states > 1) cells.push_back(y[2]);
    }
    const auto give = [&](std::vector<Live>& parts, int axis, int output) {
      if (c_.is_read(output)) c_.define(joined(c_, parts, axis), output);
    };
    give(sequences, first_ ? 2 : 1, 0);
    give(last, first_ ? 1 : 0, 1);
    if (kind_.states > 1) give(cells, first_ ? 1 : 0, 2);
  }

 private:
  void read();
  void read_functions();
  std::vector<Live> direction(int d);
  std::vector<ConstantArray> weights(int d) const;
  std::vector<Tensor> initial(int d);

  Context& c_;
  RecurrentKind kind_;
  Extents e_{};
  Live x_;
  bool first_ = false;  // the batch is the first axis, in the file
  bool backwards_ = false;
  ops::RecurrentAttributes attributes_;
  std::vector<float> kernel_, recurrent_, bias_;
};

void Recurrent::read() {
  const Dims x = c_.dims(0);
  const Array &w = c_.constant(1, "W"), &r = c_.constant(2, "R");
  first_ = c_.integer("layout", 0) != 0;
  const std::string direction = c_.text("direction", "forward");
  c_.require(direction == "forward" || direction == "reverse" || direction == "bidirectional",
             "goes in a direction that is not known");
  backwards_ = direction == "reverse";
  c_.require(
      x.size() == 3 && w.dims.size() == 3 && r.dims.size() == 3 && w.elements() > 0 && r.elements() > 0,
      "is damaged: its weights do not fit its input");
  const auto gates = static_cast<std::int64_t>(kind_.gates.size());
  e_ = {static_cast<int>(x[first_ ? 1 : 0]), static_cast<int>(x[first_ ? 0 : 1]), static_cast<int>(x[2]),
        static_cast<int>(r.dims[2]), direction == "bidirectional" ? 2 : 1};
  c_.require(w.dims == Dims{e_.directions, gates * e_.units, e_.features} &&
                 r.dims == Dims{e_.directions, gates * e_.units, e_.units},
             "is damaged: its weights do not fit its input");
  c_.require(c_.integer("hidden_size", e_.units) == e_.units,
             "is damaged: its hidden_size is not that of its weights");
  kernel_ = floats(w);
  recurrent_ = floats(r);
  if (c_.has_input(3)) {
    c_.require(c_.constant(3, "B").dims == Dims{e_.directions, 2 * gates * e_.units},
               "is damaged: its bias does not fit its weights");
    bias_ = floats(c_.constant(3, "B"));
  }
  if (c_.has_input(4))
    for (const std::int64_t length : c_.whole_numbers(4, "sequence_lens"))
      c_.require(length == e_.steps, "has samples of several lengths, which is not supported");
  c_.require(!c_.has_input(7), "has peepholes, which are not supported");
  c_.require(c_.integer("input_forget", 0) == 0,
             "has coupled input and forget gates, which are not supported");
  c_.require(!c_.has("clip"), "has a clip, which is not supported");
  read_functions();
  x_ = c_.ordered(c_.live(0), first_ ? std::vector{0, 1, 2} : std::vector{1, 0, 2});
}

void Recurrent::read_functions() {
  std::vector<std::string> names = lines(c_.text("activations", ""));
  if (names.empty())
    for (int d = 0; d < e_.directions; ++d)
      names.insert(names.end(), kind_.functions.begin(), kind_.functions.end());
  const std::size_t each = kind_.functions.size();
  c_.require(names.size() == each * static_cast<std::size_t>(e_.directions),
             "is damaged: it has not an activation for each gate");
  for (std::size_t i = each; i < names.size(); ++i)
    c_.require(names[i] == names[i - each],
               "has other activations in each direction, which is not supported");
  c_.require(each < 3 || names[1] == names[2],
             "has other activations for its cell and its result, which is not supported");
  for (const char* numbers : {"activation_alpha", "activation_beta"})
    c_.require(!c_.has(numbers), "has activations with numbers of their own, which are not supported");
  attributes_.activation = activation(c_, names[each > 1 ? 1 : 0]);
  if (each > 1) attributes_.recurrent_activation = activation(c_, names[0]);
  attributes_.reset_after = kind_.op == op_code<ops::GRU> && c_.integer("linear_before_reset", 0) != 0;
}

std::vector<ConstantArray> Recurrent::weights(int d) const {
  const int units = e_.units, wide = static_cast<int>(kind_.gates.size()) * units;
  std::vector<ConstantArray> constants{
      constant_of(turned(kernel_, d, kind_.gates, units, e_.features), ElementType::real,
                  {e_.features, wide}),
      constant_of(turned(recurrent_, d, kind_.gates, units, units), ElementType::real, {units, wide})};
  if (bias_.empty()) return constants;
  const std::vector<float> of_input = turned(bias_, 2 * d, kind_.gates, units, 1),
                           of_state = turned(bias_, 2 * d + 1, kind_.gates, units, 1);
  std::vector<float> bias = of_input;
  if (attributes_.reset_after)
    bias.insert(bias.end(), of_state.begin(), of_state.end());
  else
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += of_state[i];
  constants.push_back(constant_of(bias, ElementType::real));
  return constants;
}

/// The states that a direction begins with; none where they are zeros.
std::vector<Tensor> Recurrent::initial(int d) {
  std::vector<Tensor> states;
  bool any = false;
  for (int k = 0; k < kind_.states; ++k) any = any || (c_.has_input(5 + k) && !c_.is_constant(5 + k));
  for (int k = 0; k < kind_.states; ++k) {
    if (!c_.has_input(5 + k) || c_.is_constant(5 + k)) {
      const std::vector<float> numbers =
          c_.has_input(5 + k) ? floats(c_.constant(5 + k, "state")) : std::vector<float>{};
      c_.require(!any && std::ranges::all_of(numbers, [](float v) { return v == 0; }),
                 "begins with a constant state that is not 0, which is not supported");
      continue;
    }
    const Live state = c_.live(5 + k);
    const std::size_t axis = first_ ? 1 : 0;
    c_.require(state.dims == (first_ ? Dims{e_.batch, e_.directions, e_.units}
                                     : Dims{e_.directions, e_.batch, e_.units}),
               "is damaged: its states do not fit its weights");
    std::vector<Places> places;
    for (const std::int64_t extent : state.dims) places.push_back({0, 1, extent});
    places[axis] = {d, 1, 1};
    Live part = c_.natural(e_.directions == 1 ? state : sliced(c_, state, places));
    part.tensor.shape = {e_.units};
    states.push_back(part.tensor);
  }
  return states;
}

std::vector<Live> Recurrent::direction(int d) {
  ops::RecurrentAttributes a = attributes_;
  a.units = e_.units;
  a.use_bias = !bias_.empty();
  a.return_sequences = c_.is_read(0);
  a.return_state = 1;
  a.go_backwards = backwards_ || d == 1;
  std::vector<Tensor> inputs{x_.tensor};
  inputs[0].shape = {e_.steps, e_.features};
  for (const Tensor& state : initial(d)) inputs.push_back(state);
  a.initial_state = inputs.size() > 1;
  const Shape sequence_shape = a.return_sequences ? Shape{e_.steps, e_.units} : Shape{e_.units};
  std::vector<Shape> outs{sequence_shape, {e_.units}};
  if (kind_.states > 1) outs.push_back({e_.units});
  std::vector<Tensor> y = c_.add_many(e_.batch, kind_.op, pack(a), outs, inputs, weights(d));
  if (a.go_backwards && a.return_sequences) {
    const Words none = pack(ops::Reverse::Attributes{});
    y[0] = c_.add_repeated(e_.batch, op_code<ops::Reverse>, none, sequence_shape, sequence_shape,
                           ElementType::real, y[0], {});
  }
  // In memory each sample is a sequence: [batch, steps, units].
  std::vector<Live> lives(y.size());
  const Dims sequence =
      first_ ? Dims{e_.batch, e_.steps, 1, e_.units} : Dims{e_.steps, 1, e_.batch, e_.units};
  const Dims state = first_ ? Dims{e_.batch, 1, e_.units} : Dims{1, e_.batch, e_.units};
  for (std::size_t k = 0; k < y.size(); ++k) {
    const bool last = k > 0 || !a.return_sequences;
    lives[k] = {y[k], last ? state : sequence, Layout(last ? state : sequence), DataType::float32, {}};
    if (!last && !first_) lives[k].layout = Layout(sequence, {2, 0, 1, 3});
    lives[k] = c_.reshaped(lives[k], lives[k].dims);
  }
  return lives;
}

}  // namespace

void import_lstm(Context& c) {
  Recurrent(c, {op_code<ops::LSTM>, 2, {0, 2, 3, 1}, {"Sigmoid", "Tanh", "Tanh"}}).import();
}
void import_gru(Context& c) { Recurrent(c, {op_code<ops::GRU>, 1, {0, 1, 2}, {"Sigmoid", "Tanh"}}).import(); }
void import_rnn(Context& c) { Recurrent(c, {op_code<ops::SimpleRNN>, 1, {0}, {"Tanh"}}).import(); }

}  // namespace etch::host::onnx
