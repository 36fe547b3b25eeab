// SPDX-License-Identifier: BSL-1.0
#include <cmath>
#include <codegen/testing/check_gradient.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/layers/primitive.hpp>
#include <runtime/host/error.hpp>
#include <string>

namespace etch {

double detail::check_noise(std::uint32_t seed, std::size_t i, int salt) {
  return 2.0 * static_cast<double>(random::uniform({seed, 3}, static_cast<std::uint32_t>(salt), 1,
                                                   static_cast<std::uint32_t>(i))) -
         1.0;
}

namespace {

/// y = w x element by element: where it stands before a layer, the gradient of w is the gradient of x,
/// weighted by x.
struct InputProbe : Primitive<InputProbe> {
  static constexpr const char* kind = "InputProbe";
  struct Attributes {
    int unused = 0;
  };
  Attributes attributes{};
  static constexpr Shape output_shape(const Shape& in, const Attributes&) { return in; }
  static constexpr Shape weights(const Shape& in, const Attributes&) { return {in.size()}; }
  template <class T>
  static void forward(const Attributes&, const PrimitiveForward<T>& p) {
    for (std::size_t i = 0; i < p.x.size(); ++i) p.y[i] = p.weights[i % p.weights.size()] * p.x[i];
  }
  template <class T>
  static void backward(const Attributes&, const PrimitiveBackward<T>& p) {
    for (T& w : p.dweights) w = 0;
    for (std::size_t i = 0; i < p.x.size(); ++i) p.dweights[i % p.weights.size()] += p.dy[i] * p.x[i];
  }
};

using Trace = std::function<void(Builder&)>;
using CheckedGraph = decltype(Builder::graph);

/// The declaration traced at run time, with a probe after each input if wanted. The builder has room for
/// every graph, so it is not for the stack.
std::unique_ptr<Builder> trace_for_check(const Trace& trace, std::span<const Shape> probed) {
  auto g = std::make_unique<Builder>(true);
  std::vector<Tensor> inputs;
  for (const Shape& shape : probed) {
    const Tensor input = g->input(shape);
    inputs.push_back(input);
  }
  for (Tensor& input : inputs) input = InputProbe{}(input);
  g->feed(inputs);
  trace(*g);
  const Fault& fault = g->graph.fault;
  if (fault)
    throw Error(std::string(fault.sentence) + ": " + std::to_string(fault.found) + " instead of " +
                std::to_string(fault.expected) + ", line " + std::to_string(fault.line));
  return g;
}

/// Numbers for the inputs and targets of a graph.
class CheckBatch {
 public:
  CheckBatch(const CheckedGraph& g, const GradientCheck& c)
      : inputs_(c.inputs), targets_(c.targets), classes_(c.classes) {
    const auto rows = static_cast<std::size_t>(c.rows);
    if (inputs_.empty()) make_inputs(g, c);
    if (static_cast<int>(inputs_.size()) != g.inputs.count)
      throw Error("check_gradient needs one array an input of the model");
    for (int k = 0; k < g.inputs.count; ++k) {
      const auto& x = inputs_[static_cast<std::size_t>(k)];
      if (x.size() != rows * static_cast<std::size_t>(g.input_shapes[k].size()))
        throw Error("check_gradient needs rows * elements numbers an input");
      pointers_.push_back(x.data());
    }
    const Shape out = g.output_shapes[0];
    const auto width = static_cast<std::size_t>(out.last());
    const std::size_t places = rows * static_cast<std::size_t>(out.size() / out.last());
    if (targets_.empty()) make_targets(c, places * width);
    if (classes_.empty())
      for (std::size_t k = 0; k < places; ++k)
        classes_.push_back(static_cast<std::int32_t>((k * 5 + 1) % width));
    if (targets_.size() != places * width || classes_.size() != places)
      throw Error("check_gradient needs rows * elements targets, or one class a position");
    sparse_ = takes_classes(c.loss);
  }

  std::span<const double* const> inputs() const { return pointers_; }
  const void* labels() const { return sparse_ ? static_cast<const void*>(classes_.data()) : targets_.data(); }

 private:
  void make_inputs(const CheckedGraph& g, const GradientCheck& c) {
    for (int k = 0; k < g.inputs.count; ++k) {
      inputs_.emplace_back();
      for (std::size_t i = 0; i < static_cast<std::size_t>(g.input_shapes[k].size() * c.rows); ++i)
        inputs_.back().push_back(detail::check_noise(c.seed, i, k));
    }
  }
  // Numbers that every loss takes. Their sums are not 1: a gradient that is right for distributions only
  // shows.
  void make_targets(const GradientCheck& c, std::size_t numbers) {
    for (std::size_t i = 0; i < numbers; ++i)
      targets_.push_back(0.1 + 0.8 * std::abs(detail::check_noise(c.seed, i, 50)));
  }

  std::vector<std::vector<double>> inputs_;
  std::vector<const double*> pointers_;
  std::vector<double> targets_;
  std::vector<std::int32_t> classes_;
  bool sparse_ = false;
};

/// The largest relative error of the gradients of all trained weights of a graph, whose first `probes`
/// weights are those of probes; -1 if it has none.
double worst_gradient_error(const CheckedGraph& g, int probes, const GradientCheck& c) {
  Interpreter<double> net(g, c.rows, {.losses = {LossSpec{c.loss, c.logits, c.user}}, .fuse = false});
  net.initialize(c.seed);
  const CheckBatch batch(g, c);
  const kernels::Call call{c.rows, 5, 2, {}, &c.parameters};  // the seed and step that dropout draws from
  std::size_t moved = 0;
  for (int p = 0; p < net.parameters(); ++p)
    for (double& w : net.parameter(p)) {  // no weight at a special value such as 0 or 1
      if (p < probes) w = 1;
      w += 0.2 * detail::check_noise(c.seed, moved++, 77);
    }
  const auto loss = [&] { return net.forward(batch.inputs(), batch.labels(), call) / c.rows; };
  double worst = std::abs(net.backward(batch.inputs(), batch.labels(), call) / c.rows - loss());
  bool seen = false;
  for (int p = 0; p < net.parameters(); ++p) {
    if (!net.trainable(p)) continue;
    seen = true;
    const auto weights = net.parameter(p), gradient = net.gradient(p);
    const Parameter& parameter = net.training_program().graph.parameters[p];
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const int at = static_cast<int>(i);
      double& weight = weights[static_cast<std::size_t>(
          parameter.chosen ? parameter.chosen->place(at, parameter.shape.last()) : at)];
      const double kept = weight;
      weight = kept + c.step;
      const double above = loss();
      weight = kept - c.step;
      const double below = loss();
      weight = kept;
      const double expected = (above - below) / (2 * c.step);
      const double error = std::abs(gradient[i] - expected) / (std::abs(expected) + 1e-2);
      if (!(error <= worst)) worst = error;  // a NaN too
    }
  }
  return seen ? worst : -1;
}

}  // namespace

double detail::check_traced_gradient(const Trace& trace, const GradientCheck& check) {
  const auto plain = trace_for_check(trace, {});
  double worst = worst_gradient_error(plain->graph, 0, check);
  if (check.input_gradients) {
    const auto& shapes = plain->graph.input_shapes;
    const auto probed = trace_for_check(trace, {shapes.begin(), shapes.end()});
    const double error = worst_gradient_error(probed->graph, plain->graph.inputs.count, check);
    if (!(error <= worst)) worst = error;
  }
  if (worst == -1) throw Error("check_gradient found neither a trained weight nor an input to check");
  return worst;
}

}  // namespace etch
