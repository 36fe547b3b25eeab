// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/graph.hpp>
#include <etch/graph/notes.hpp>
#include <etch/graph/step_rule.hpp>

#include <initializer_list>
#include <span>

namespace etch {

class Builder;

/// A symbolic tensor: what flows through a declaration while its graph is traced. Copying it copies no
/// numbers.
struct Tensor {
  Builder* builder = nullptr;
  std::int16_t value = -1;
  std::int16_t row = -1;  ///< the layer call it came from, in the notes
  Shape shape{};
  std::int16_t mask = -1;  ///< the value that tells which steps along the first axis count (1, else 0), or -1

  /// True while the graph for training is traced, false for prediction: a layer of the user's may differ by
  /// it.
  constexpr bool training() const;
};

/// What a layer object remembers between calls: its weights. Object identity is weight identity, as in Keras.
/// The constructor is there for its default argument: g++ takes the line where the user wrote the layer from
/// it, but from a member's initializer the line in Etch's header.
struct LayerState {
  constexpr LayerState(int at = __builtin_LINE()) : line(at) {}

  int line;  ///< where the user wrote the layer, for messages
  std::int16_t layer = -1;
  std::int16_t path = -1;  ///< index of its path in the notes
  std::int16_t first_parameter = 0;
  std::int16_t parameters = 0;
};

/// Layers [next, end) of a graph whose weights new layers take, in order.
struct Replay {
  int next = -1, end = -1;
  constexpr bool active() const { return next >= 0 && next < end; }
};

/// A mask [steps] of a sequence whose steps are traced as samples, and how many samples one of the model's
/// was outside of it. No value: nothing is masked.
struct StepMask {
  std::int16_t value = -1;
  int steps = 0, outside = 1;
};

/// Records a declaration. Layers call it; users see it as the argument of a functional model.
class Builder {
 public:
  constexpr explicit Builder(bool training = false, Notes* notes = nullptr)
      : notes_(notes), training_(training) {}

  /// A new input of the model. \param shape extents of one sample. \param name shown in the summary.
  constexpr Tensor input(Shape shape, const char* name = nullptr, int line = __builtin_LINE()) {
    check(shape.rank >= 1 && shape.rank <= Shape::max_rank, "Input takes 1 to 4 extents, without the batch",
          shape.rank, Shape::max_rank, line);
    for (int axis = 0; axis < shape.rank && axis < Shape::max_rank; ++axis)
      check(shape[axis] > 0, "Input takes extents of at least 1", shape[axis], 1, line);
    check(graph.fault || volume(shape) > 0, limits::elements.sentence, 0, limits::elements.most, line);
    if (!fed_.empty()) return fed_input(shape, line);
    Tensor tensor{this, add_value(static_cast<int>(volume(shape)), Role::input, line), -1, shape};
    check_limit(limits::inputs, graph.inputs.count + 1, line);
    if (graph.fault) return tensor;
    graph.inputs.push(tensor.value);
    graph.input_shapes.push(shape);
    if (!notes_) return tensor;
    tensor.row =
        notes_->add({"InputLayer", notes_->path_or_new(name, "input_layer"), -1, 0, shape, shape}, {});
    notes_->rows[tensor.row].value = tensor.value;
    check(!notes_->problem, notes_->problem, 0, 0, line);
    return tensor;
  }

  constexpr void output(const Tensor& tensor, int line = __builtin_LINE()) {
    check(tensor.builder == this, "an output is a tensor of another graph", 0, 1, line);
    check_limit(limits::outputs, graph.outputs.count + 1, line);
    if (graph.fault) return;
    graph.outputs.push(tensor.value);
    graph.output_shapes.push(tensor.shape);
    graph.output_masks.push(tensor.mask);
  }

  /// Records the first mistake; what follows it is not recorded.
  constexpr bool check(bool right, const char* sentence, int found, int expected, int line) {
    if (!right && !graph.fault) graph.fault = {sentence, found, expected, line};
    return !graph.fault;
  }

  constexpr bool check_limit(const Limit& limit, int wanted, int line) {
    return check(wanted <= limit.most, limit.sentence, wanted, limit.most, line);
  }

  /// True when the layer object is called for the first time and its parameters have to be made.
  constexpr bool first_call(LayerState& state) {
    if (state.layer >= 0) return false;
    if (replay_.active()) {
      state = layers_[replay_.next++];
      return false;
    }
    state.layer = static_cast<std::int16_t>(layers_.count);
    state.first_parameter = static_cast<std::int16_t>(graph.parameters.count);
    check_limit(limits::layers, layers_.count + 1, state.line);
    if (!graph.fault) layers_.push(state);
    return true;
  }

  constexpr void parameter(LayerState& state, Parameter parameter) {
    check_limit(limits::parameters, graph.parameters.count + 1, state.line);
    check(graph.fault || volume(parameter.shape) > 0, limits::weight_elements.sentence, 0,
          limits::weight_elements.most, state.line);
    if (graph.fault) return;
    weights_ += parameter.shape.size();
    check_limit(limits::weights, weights_, state.line);
    if (graph.fault) return;
    parameter.layer = state.layer;
    parameter.trainable = parameter.trainable && !frozen_;
    parameter.role_name = state.parameters++;
    graph.parameters.push(parameter);
    layers_[state.layer] = state;
  }

  /// The parameter of a layer that is called again must be the one it was made with.
  constexpr void same_parameter(const LayerState& state, int index, const Shape& wanted) {
    if (graph.fault) return;
    const Shape& made = graph.parameters[state.first_parameter + index].shape;
    check(made == wanted, "a layer called twice needs inputs of one width, since its weights are shared",
          wanted[0], made[0], state.line);
  }

  /// Adds a step of an op on `inputs`, with the layer's parameters, and returns its result, which is made as
  /// the op's rule says. \param type of the result, for ops that can give several.
  constexpr Tensor apply(const StepRule& rule, LayerState& state, const Words& attributes, Shape out,
                         std::span<const Tensor> inputs, const PrimitiveOp* primitive = nullptr,
                         ElementType type = ElementType::real) {
    Tensor result;
    apply_many(rule, state, attributes, {&out, 1}, inputs, {&result, 1}, primitive, type);
    return result;
  }

  /// The same for an op of several results, whose shapes are `outs`. States that it writes follow them.
  constexpr void apply_many(const StepRule& rule, LayerState& state, const Words& attributes,
                            std::span<const Shape> outs, std::span<const Tensor> inputs,
                            std::span<Tensor> results, const PrimitiveOp* primitive = nullptr,
                            ElementType type = ElementType::real) {
    for (std::size_t i = 0; i < outs.size(); ++i) results[i] = {this, -1, -1, outs[i]};
    for (const Tensor& input : inputs)
      check(input.builder == this, "a layer was called on a tensor of another graph", 0, 1, state.line);
    check_limit(limits::steps, graph.steps.count + 1, state.line);
    check_limit(limits::repeat, repeat_, state.line);
    if (graph.fault) return;
    Step step{};
    step.op = static_cast<std::int16_t>(rule.op);
    step.first = graph.operands.count;
    step.attributes = attributes;
    step.in = inputs[0].shape;
    step.out = outs[0];
    step.repeat = static_cast<std::int16_t>(repeat_);
    step.primitive = primitive;
    step.inputs = static_cast<std::uint8_t>(static_cast<int>(inputs.size()) + state.parameters);
    step.parameters = static_cast<std::uint8_t>(state.parameters);
    const StepEnds ends{{volume(step.in), graph.values.item[inputs[0].value].type}, {volume(step.out), type}};
    const char* fault = ends.x.elements == 0 || ends.y.elements == 0 ? "a layer has a shape that no array has"
                                                                     : rule.fault(step, ends);
    if (!check(!fault, fault, 0, 0, state.line)) return;
    const StepOperands wanted = rule.operands(step, ends);
    check(takes(wanted, inputs, state) && gives(wanted, outs, type), detail::wrong_operand, 0, 0, state.line);
    if (graph.fault) return;
    for (const Tensor& input : inputs) graph.operands.push(input.value);
    for (int i = 0; i < state.parameters; ++i)
      graph.operands.push(static_cast<std::int16_t>(parameter_tag - state.first_parameter - i));
    add_results(wanted, inputs, results, state.line);
    step.outputs = static_cast<std::uint8_t>(wanted.results);
    graph.steps.push(step);
  }

  /// A value that is kept from batch to batch and begins as zeros.
  constexpr Tensor state(int elements, int line, ElementType type = ElementType::real) {
    const Tensor tensor{this, add_value(elements, Role::state, line), -1, {elements}};
    set_type(tensor, type);
    return tensor;
  }

  /// Says that a tensor holds whole numbers: the input of a quantized model.
  constexpr void set_type(const Tensor& tensor, ElementType type) {
    if (!graph.fault) graph.values.item[tensor.value].type = type;
  }

  /// Notes a layer call for summary and plot; costs nothing while only the graph is traced.
  constexpr void note(const char* kind, const char* base_name, const char* given_name, LayerState& state,
                      std::span<const Tensor> inputs, Tensor& result,
                      std::span<const char* const> parameter_names = {}) {
    if (!notes_ || graph.fault) return;
    if (state.path < 0) state.path = notes_->path_or_new(given_name, base_name);
    check(!notes_->problem, notes_->problem, 0, 0, state.line);
    if (state.layer >= 0) layers_[state.layer].path = state.path;
    NoteRow row{kind, state.path, state.layer, 0, inputs.empty() ? Shape{} : inputs[0].shape, result.shape};
    row.value = result.value;
    row.trainable = state.parameters == 0;
    for (int i = 0; i < state.parameters; ++i) {
      const Parameter& parameter = graph.parameters[state.first_parameter + i];
      row.parameters += parameter.shape.size();
      row.trainable = row.trainable || parameter.trainable;
    }
    std::int16_t from[Notes::max_links]{};
    int count = 0;
    for (const Tensor& input : inputs)
      if (count < Notes::max_links) from[count++] = input.row;
    result.row = notes_->add(row, {from, static_cast<std::size_t>(count)});
    for (int i = 0; i < state.parameters && i < static_cast<int>(parameter_names.size()); ++i)
      notes_->name_parameter(state.first_parameter + i, state.path,
                             parameter_names[static_cast<unsigned>(i)]);
  }

  constexpr bool training() const { return training_; }
  /// Whether declarations may be traced while the program runs.
  constexpr bool runs() const { return runs_; }
  constexpr void trace_at_run_time(bool on = true) { runs_ = on; }
  /// Whether the layers that are traced now are frozen: weights they make are not trained.
  constexpr bool frozen() const { return frozen_; }
  /// Freezes what is traced next, or ends it. Returns what was set before, to be set again: frozen models
  /// nest.
  constexpr bool freeze(bool on) {
    const bool before = frozen_;
    frozen_ = on;
    return before;
  }
  /// Makes what is traced next take each sample of the model for `times` samples. Returns what was set
  /// before, for `repeat_as`.
  constexpr int repeat(int times) {
    const int before = repeat_;
    repeat_ *= times;
    return before;
  }
  constexpr int repeated() const { return repeat_; }
  constexpr void repeat_as(int before) { repeat_ = before; }
  /// The mask of steps that are samples to what is traced now, for layers that count over all of them.
  constexpr const StepMask& step_mask() const { return step_mask_; }
  /// Returns what was set before, to be set again.
  constexpr StepMask mask_steps(StepMask mask) {
    const StepMask before = step_mask_;
    step_mask_ = mask;
    return before;
  }
  constexpr Notes* notes() const { return notes_; }
  constexpr int layers() const { return layers_.count; }

  /// Makes the next layers that are traced take the weights of layers [first, end) of this graph, in order.
  /// Returns what was replayed before, to be set again: shared models nest.
  constexpr Replay replay(Replay other) {
    const Replay before = replay_;
    replay_ = other;
    return before;
  }
  /// The layer whose weights the next new layer takes.
  constexpr int next_layer() const { return replay_.active() ? replay_.next : layers_.count; }

  /// Makes the next inputs that a declaration asks for be these tensors: it is called as a layer.
  constexpr std::span<const Tensor> feed(std::span<const Tensor> tensors) {
    const std::span<const Tensor> before = fed_;
    fed_ = tensors;
    return before;
  }

  /// Ends the declaration: parameters become the first values.
  constexpr void finish(int line) {
    check(graph.outputs.count > 0, "the model has no output: return a tensor from the declaration", 0, 1,
          line);
    const int p = graph.parameters.count;
    check_limit(limits::values, graph.values.count + p, line);
    if (graph.fault) return;
    for (int i = graph.values.count - 1; i >= 0; --i) graph.values.item[i + p] = graph.values.item[i];
    for (int i = 0; i < p; ++i) {
      const Parameter& parameter = graph.parameters.item[i];
      graph.values.item[i] = {parameter.shape.size(), parameter.trainable ? Role::parameter : Role::statistic,
                              false, parameter.type};
    }
    graph.values.count += p;
    const auto renumber = [p](std::int16_t& id) {
      id = static_cast<std::int16_t>(id <= parameter_tag ? parameter_tag - id : id + p);
    };
    for (int i = 0; i < graph.operands.count; ++i) renumber(graph.operands.item[i]);
    for (int i = 0; i < graph.inputs.count; ++i) renumber(graph.inputs.item[i]);
    for (int i = 0; i < graph.outputs.count; ++i) {
      renumber(graph.outputs.item[i]);
      if (graph.output_masks.item[i] >= 0) renumber(graph.output_masks.item[i]);
    }
  }

  Graph<declaration_capacity> graph;

 private:
  // Parameters are numbered after the declaration ended; until then an operand at or below the tag means one.
  static constexpr int parameter_tag = -2;

  constexpr Tensor fed_input(const Shape& shape, int line) {
    const Tensor tensor = fed_[0];
    fed_ = fed_.subspan(1);
    check(tensor.shape == shape, "a model is called on an input of another shape (elements are shown)",
          tensor.shape.size(), shape.size(), line);
    return tensor;
  }

  /// Whether inputs and weights are what a step asks for.
  constexpr bool takes(const StepOperands& wanted, std::span<const Tensor> inputs,
                       const LayerState& state) const {
    const int data = static_cast<int>(inputs.size());
    if (wanted.inputs != data || wanted.weights != state.parameters) return false;
    for (int k = 0; k < data; ++k)
      if (!detail::holds(graph.values.item[inputs[static_cast<unsigned>(k)].value], wanted.item[k], repeat_))
        return false;
    for (int k = 0; k < state.parameters; ++k) {
      const Parameter& p = graph.parameters.item[state.first_parameter + k];
      const Operand& weight = wanted.item[data + k];
      const bool free = weight.elements == Operand::any;
      if (p.type != weight.type || (!free && (weight.elements == 0 || volume(p.shape) != weight.elements)))
        return false;
    }
    return true;
  }
  /// Whether its results, but for states that are written again, have these shapes, and the first this type.
  constexpr bool gives(const StepOperands& wanted, std::span<const Shape> outs, ElementType type) const {
    const int first = wanted.inputs + wanted.weights, results = static_cast<int>(outs.size());
    if (wanted.results < results || wanted.item[first].type != type) return false;
    for (int k = 0; k < wanted.results; ++k) {
      const Operand& result = wanted.item[first + k];
      if ((result.again >= 0) != (k >= results)) return false;
      if (volume({result.elements, repeat_}) == 0) return false;
      if (k < results && result.elements != volume(outs[static_cast<unsigned>(k)])) return false;
    }
    return true;
  }
  constexpr void add_results(const StepOperands& wanted, std::span<const Tensor> inputs,
                             std::span<Tensor> results, int line) {
    for (int k = 0; k < wanted.results; ++k) {
      const Operand& made = wanted.item[wanted.inputs + wanted.weights + k];
      if (made.again >= 0) {
        graph.operands.push(inputs[static_cast<unsigned>(made.again)].value);
        continue;
      }
      Tensor& result = results[static_cast<unsigned>(k)];
      result.value = add_value(static_cast<int>(made.elements) * repeat_, Role::temporary, line);
      set_type(result, made.type);
      graph.operands.push(result.value);
    }
  }

  constexpr std::int16_t add_value(int elements, Role role, int line) {
    check_limit(limits::values, graph.values.count + 1, line);
    if (graph.fault) return 0;
    return static_cast<std::int16_t>(graph.values.push({elements, role, true}));
  }

  Notes* notes_;
  bool training_;
  bool frozen_ = false;
  bool runs_ = false;
  int repeat_ = 1;
  StepMask step_mask_{};
  int weights_ = 0;  ///< elements of all parameters
  List<LayerState, limits::layers.most> layers_;
  Replay replay_;
  std::span<const Tensor> fed_;
};

constexpr bool Tensor::training() const { return builder->training(); }

}  // namespace etch
