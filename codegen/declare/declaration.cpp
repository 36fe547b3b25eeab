// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/callable.hpp>
#include <codegen/declare/declaration.hpp>
#include <codegen/declare/layer_names.hpp>
#include <codegen/declare/same_steps.hpp>
#include <codegen/declare/step_forms.hpp>
#include <etch/passes/rewrite.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <map>
#include <tuple>

namespace etch::host::declare {

namespace {

/// Goes through the steps of a model in their order, and calls for each the layers that it is.
class Declarer {
 public:
  explicit Declarer(const ImportedModel& model)
      : model_(model), graph_(*model.graph), comparison_(graph_, builder_->graph) {
    builder_->trace_at_run_time();
    readers_.resize(static_cast<std::size_t>(graph_.values.count));
    for (const Step& step : graph_.steps)
      for (int k = 0; k < step.inputs; ++k) ++readers_[index(graph_.operand(step, k))];
    for (const std::int16_t output : graph_.outputs) ++readers_[index(output)];
  }

  Declaration declare() {
    check_floats();
    made_.resize(static_cast<std::size_t>(graph_.values.count), -1);
    done_.resize(static_cast<std::size_t>(graph_.steps.count));
    for (int k = 0; k < graph_.inputs.count; ++k) add_input(k);
    for (int s = 0; s < graph_.steps.count; ++s)
      if (!done_[index(s)]) declare_step(s);
    for (int k = 0; k < graph_.outputs.count; ++k)
      result_.outputs.push_back(shaped(made(graph_.outputs[k]), graph_.output_shapes[k]));
    result_.numerics = graph_.numerics;
    if (result_.inputs.size() == 1) result_.inputs[0].name.clear();  // it needs none
    name_layers(result_);
    return std::move(result_);
  }

 private:
  static std::size_t index(int number) { return static_cast<std::size_t>(number); }

  [[noreturn]] void refuse(int s, const std::string& why) const {
    const Step& step = graph_.steps[s];
    const std::string& name = model_.values[index(graph_.result(step))].name;
    const std::string op = visit_op(step.op, [](auto o) { return decltype(o)::name; });
    throw Error("'" + model_.name + "' has no declaration in layers: step " + std::to_string(s) + " (" + op +
                (name.empty() ? "" : ", " + in_quotes(name)) + ") has no layer form, since " + why);
  }

  void check_floats() const {
    for (int s = 0; s < graph_.steps.count; ++s) {
      const Step& step = graph_.steps[s];
      for (int k = 0; k < step.inputs + step.outputs; ++k) {
        const int v = graph_.operands[step.first + k];
        if (v >= graph_.parameters.count && graph_.values[v].type != ElementType::real)
          refuse(s, "it is of whole numbers; give the model of floats that was quantized");
      }
    }
  }

  void add_input(int k) {
    const int value = graph_.inputs[k];
    result_.inputs.push_back({graph_.input_shapes[k], layer_name(model_.values[index(value)].name, "")});
    tensors_.push_back(builder_->input(graph_.input_shapes[k], nullptr, 0));
    made_[index(value)] = k;
  }

  int made(int value) const {
    const int made = made_[index(value)];
    if (made < 0)
      throw Error("'" + model_.name + "' has no declaration in layers: it gives back a constant or a state");
    return made;
  }

  /// The step after `s` that applies a function to its result, and may go into its layer; else -1.
  int function_after(int s) const {
    const Step& step = graph_.steps[s];
    if (step.outputs != 1 || readers_[index(graph_.result(step))] != 1) return -1;
    for (int t = s + 1; t < graph_.steps.count; ++t) {
      const Step& next = graph_.steps[t];
      if (graph_.operand(next, 0) != graph_.result(step)) continue;
      const bool fits = etch::detail::plain_activation(next) != ActivationKind::linear &&
                        next.in == step.out && next.repeat == step.repeat;
      return fits ? t : -1;
    }
    return -1;
  }

  void declare_step(int s) {
    const Step& step = graph_.steps[s];
    const int after = function_after(s);
    StepView view{graph_, step, model_.values[index(graph_.result(step))].name};
    if (after >= 0) view.activation = etch::detail::plain_activation(graph_.steps[after]);
    StepForm form = form_of(view);
    if (form.layers.empty()) refuse(s, form.why);
    const bool takes = after >= 0 && form.takes_activation;
    std::vector<int> steps{s};
    if (takes) steps.push_back(after);
    std::vector<int> inputs = inputs_of(s);
    for (LayerForm& layer : form.layers) layer.repeat = step.repeat;
    for (std::size_t i = 0; i + 1 < form.layers.size(); ++i) inputs = {call(form.layers[i], inputs, -1, "")};
    const LayerForm& layer = form.layers.back();
    const int again = layer_again(s, layer);
    const int first = builder_->graph.steps.count;
    const int made = call(layer, inputs, again, again < 0 ? name_of(s, steps.back(), layer.type) : "");
    const std::string fault = comparison_.fault(steps, first, layer.pads);
    if (!fault.empty()) refuse(s, fault);
    note_weights(s, again);
    for (const int t : steps) done_[index(t)] = true;
    made_[index(graph_.result(graph_.steps[steps.back()]))] = made;
  }

  std::string name_of(int s, int last, const std::string& type) const {
    const Step& step = graph_.steps[s];
    if (step.parameters > 0) {
      const auto& weight = model_.values[index(graph_.operand(step, step.inputs - step.parameters))].name;
      if (const auto slash = weight.rfind('/'); slash != std::string::npos) return weight.substr(0, slash);
    }
    const std::string name = layer_name(model_.values[index(graph_.result(step))].name, type);
    return name.empty() ? layer_name(model_.values[index(graph_.result(graph_.steps[last]))].name, type)
                        : name;
  }

  /// The values that a step's layer is called on, in the shapes that it sees.
  std::vector<int> inputs_of(int s) {
    const Step& step = graph_.steps[s];
    std::vector<int> inputs;
    for (int k = 0; k < step.inputs - step.parameters; ++k) {
      const int value = graph_.operand(step, k);
      if (graph_.values[value].role == Role::state) continue;
      if (value < graph_.parameters.count) refuse(s, "one of its operands is a constant");
      const int at = made(value);
      inputs.push_back(shaped(at, shape_wanted(step, k, tensors_[index(at)].shape)));
    }
    return inputs;
  }

  static Shape shape_wanted(const Step& step, int k, const Shape& has) {
    const Shape shape = k > 0 ? input_shape(step, k, has) : step.in;
    if (step.repeat == 1 || shape.rank == Shape::max_rank) return shape;
    Shape sequence{step.repeat};
    for (int i = 0; i < shape.rank; ++i) sequence.append(shape[i]);
    return sequence;
  }

  /// A value in another shape: the same numbers.
  int shaped(int value, const Shape& shape) {
    if (tensors_[index(value)].shape == shape) return value;
    const auto [found, is_new] = reshaped_.try_emplace({value, shape.dim, shape.rank}, 0);
    if (!is_new) return found->second;
    LayerForm form = shape.rank == 1
                         ? FormOf<Flatten>("Flatten").one_input()
                         : FormOf<Reshape>("Reshape").first("target", &Reshape::target, shape).one_input();
    return found->second = call(form, {value}, -1, "");
  }

  int call(const LayerForm& form, const std::vector<int>& inputs, int again, const std::string& name) {
    result_.calls.push_back({form, inputs, again, name});
    if (again < 0) again = static_cast<int>(objects_.size());
    objects_.push_back(again < static_cast<int>(objects_.size()) ? objects_[index(again)] : callable(form));
    std::vector<Tensor> tensors;
    for (const int value : inputs) tensors.push_back(tensors_[index(value)]);
    tensors_.push_back((*objects_.back())(tensors, nullptr));
    const auto& fault = builder_->graph.fault;
    if (fault)
      throw Error("'" + model_.name + "' has no declaration in layers: " + form.type + " says '" +
                  fault.sentence + "' (" + std::to_string(fault.found) + ")");
    return static_cast<int>(tensors_.size()) - 1;
  }

  static std::vector<int> weights_of(const Graph<declaration_capacity>& graph, const Step& step) {
    std::vector<int> weights;
    for (int k = step.inputs - step.parameters; k < step.inputs; ++k)
      weights.push_back(graph.operand(step, k));
    return weights;
  }

  /// The call whose layer a step calls again: one of the same text and weights.
  int layer_again(int s, const LayerForm& layer) {
    const std::vector<int> weights = weights_of(graph_, graph_.steps[s]);
    if (weights.empty()) return -1;
    const int next = static_cast<int>(result_.calls.size());
    const auto [found, is_new] = by_weights_.try_emplace({layer.text(""), weights}, next);
    return is_new ? -1 : found->second;
  }

  void note_weights(int s, int again) {
    if (again >= 0) return;
    for (const int weight : weights_of(graph_, graph_.steps[s])) result_.sources.push_back(weight);
  }

  using Reshaped = std::tuple<int, std::array<int, 4>, int>;

  const ImportedModel& model_;
  const Graph<declaration_capacity>& graph_;
  std::unique_ptr<Builder> builder_ = std::make_unique<Builder>();
  SameSteps comparison_;
  Declaration result_;
  std::vector<int> readers_, made_;  // by value of the model: how often it is read; the value here
  std::vector<bool> done_;           // by step
  std::vector<Tensor> tensors_;      // by value here
  std::vector<std::shared_ptr<LayerForm::Call>> objects_;
  std::map<Reshaped, int> reshaped_;
  std::map<std::pair<std::string, std::vector<int>>, int> by_weights_;
};

}  // namespace

Declaration declaration_of(const ImportedModel& model) { return Declarer(model).declare(); }

}  // namespace etch::host::declare
