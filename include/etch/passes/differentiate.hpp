// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>
#include <etch/passes/training_graph.hpp>

namespace etch {

namespace detail {

constexpr Sizes training_sizes(Sizes s) {
  const int steps = 4 * s.steps + 4 * s.parameters + 4 * s.ends + 4;
  return {s.parameters, s.values + 8 * s.steps + 8 * s.parameters + 8 * s.ends, steps,
          4 * s.operands + 24 * s.steps + 16 * s.parameters + 16 * s.ends + 64, s.ends + 2};
}

template <Sizes S>
struct Differentiator {
  static constexpr Sizes room = training_sizes(S);
  const Graph<S>& from;
  TrainingOptions options;
  TrainingGraph<room> out{};
  Uses<S> uses{};
  std::int16_t gradient[room.values]{};  // of each value, so far
  int contributions[S.parameters > 0 ? S.parameters
                                     : 1]{};         // calls that have a share in a parameter's gradient
  int added[S.parameters > 0 ? S.parameters : 1]{};  // of them, how many are in it so far
  std::int16_t saved[S.steps > 0 ? S.steps : 1][4]{};
  std::int16_t producer[S.values > 0 ? S.values : 1]{};
  bool needs[S.values > 0 ? S.values : 1]{};     // some trainable parameter lies before it
  bool live[S.steps > 0 ? S.steps : 1]{};        // its result reaches the loss
  std::int16_t slope_of[max_trained_outputs]{};  // of each loss, to be added to the gradient of its target
  int slope_target[max_trained_outputs]{};
  bool bypassed[S.steps > 0 ? S.steps : 1]{};  // its gradient is taken inside the step after it

  constexpr Graph<room>& to() { return out.graph; }
  constexpr bool trained(int v) const { return from.values.item[v].role == Role::parameter; }

  /// The parameter behind a weight that a step made of it and that passes its gradient on (fake
  /// quantization), else the weight itself.
  constexpr int weight_of(int v) const {
    const int s = v < from.parameters.count ? -1 : producer[v];
    if (s < 0 || !makes_weight(from.steps.item[s])) return v;
    return from.operand(from.steps.item[s], 0);
  }
  static constexpr bool makes_weight(const Step& step) {
    return step.parameters == step.inputs && gradient_rule(step).passes;
  }

  /// What the loss never sees is left out: it would only run, and a layer shared with it would wait for its
  /// gradient.
  constexpr void mark_live_steps() {
    bool wanted[S.values > 0 ? S.values : 1]{};
    for (int k = 0; k < from.outputs.count; ++k) {
      wanted[from.outputs.item[k]] = true;
      if (from.output_masks.item[k] >= 0) wanted[from.output_masks.item[k]] = true;
    }
    for (int s = from.steps.count - 1; s >= 0; --s) {
      const Step& step = from.steps.item[s];
      for (int k = 0; k < step.outputs; ++k) live[s] = live[s] || wanted[from.result(step, k)];
      for (int k = 0; live[s] && k < step.inputs; ++k) wanted[from.operand(step, k)] = true;
    }
  }

  constexpr void prepare() {
    mark_live_steps();
    copy_values(from, to());
    uses = uses_of(from);
    for (auto& id : gradient) id = -1;
    for (auto& id : producer) id = -1;
    for (auto& id : slope_of) id = -1;
    for (int p = 0; p < from.parameters.count; ++p) {
      out.gradient_of[p] = out.slots_of[p] = -1;
      needs[p] = trained(p);
    }
    for (int s = 0; s < from.steps.count; ++s) {
      const Step& step = from.steps.item[s];
      bool need = false;
      for (int k = 0; k < step.inputs; ++k) {
        const int v = from.operand(step, k);
        need = need || needs[v];
        if (const int w = weight_of(v); live[s] && w < from.parameters.count && !makes_weight(step))
          ++contributions[w];
      }
      for (int k = 0; k < step.outputs; ++k) {
        needs[from.result(step, k)] =
            need && !gradient_rule(step).stops && from.values.item[from.result(step, k)].role != Role::state;
        producer[from.result(step, k)] = static_cast<std::int16_t>(s);
      }
    }
    for (int p = 0; p < from.parameters.count; ++p) {
      if (!trained(p) || contributions[p] == 0) continue;
      const int slots = slots_of(options);
      for (int k = 0; k < slots; ++k) {
        const auto id = append_value(to(), from.values.item[p].elements, Role::optimizer, false);
        if (k == 0) out.slots_of[p] = id;
      }
    }
  }

  constexpr void forward() {
    for (int s = 0; s < from.steps.count; ++s) {
      if (!live[s]) continue;
      Step step = from.steps.item[s];
      const GradientRule rule = gradient_rule(step);
      std::int16_t operands[max_operands]{};
      int n = step.inputs + step.outputs;
      for (int k = 0; k < n; ++k) operands[k] = from.operands.item[step.first + k];
      step.phase = rule.trains_as_forward ? Phase::forward : Phase::training;
      for (int k = 0; k < rule.saved; ++k) {
        const Value v = visit_op(step.op, [&](auto op) { return decltype(op)::saved(step, k); });
        saved[s][k] = operands[n++] = append_value(to(), sample_elements(step, v), v.role, v.per_row);
      }
      const std::int16_t scratch = append_scratch(to(), step);
      if (scratch >= 0) operands[n++] = scratch;
      append_step(to(), step, operands, step.inputs, n - step.inputs);
    }
  }

  /// The last softmax or sigmoid and its cross-entropy differentiate together: exact, and no division.
  constexpr bool goes_through(int prediction, const LossSpec& spec) const {
    const int s = producer[prediction];
    if (s < 0 || spec.logits || uses.count[prediction] != 1) return false;
    const ActivationKind kind = plain_activation(from.steps.item[s]);
    switch (spec.kind) {
      case LossKind::sparse_categorical_crossentropy:
      case LossKind::categorical_crossentropy:
        return kind == ActivationKind::softmax;
      case LossKind::binary_crossentropy:
        return kind == ActivationKind::sigmoid;
      default:
        return false;
    }
  }

  constexpr void losses() {
    const int n = out.outputs = from.outputs.count;
    out.loss_step = to().steps.count;
    for (int k = 0; k < n; ++k) {  // the index of a label is the order of its value
      const Shape& shape = from.output_shapes.item[k];
      out.predictions[k] = from.outputs.item[k];
      const bool classes = takes_classes(options.losses[k].kind);
      out.labels[k] =
          append_value(to(), classes ? shape.size() / shape.last() : shape.size(), Role::label, true);
    }
    for (int k = 0; k < n; ++k) out.sample_weights[k] = append_value(to(), 1, Role::label, true);
    for (int k = 0; k < n; ++k) loss(k);
    out.loss_value = n == 1 ? out.loss_values[0] : total_loss();
    penalties();
    out.backward_step = to().steps.count;
  }

  constexpr void loss(int k) {
    const LossSpec& spec = options.losses[k];
    const std::int16_t prediction = out.predictions[k], mask = from.output_masks.item[k];
    const bool through = goes_through(prediction, spec);
    const Shape& shape = from.output_shapes.item[k];
    const bool masked = mask >= 0 && from.values.item[mask].elements == shape.size() / shape.last();
    Step step{};
    step.op = static_cast<std::int16_t>(op_code<ops::Loss>);
    step.attributes = pack(ops::Loss::Attributes{spec.kind, spec.logits, through, k, masked});
    step.loss = spec.user;
    step.in = step.out = shape;
    std::int16_t operands[6]{prediction, out.labels[k], out.sample_weights[k]};
    int inputs = 3;
    if (masked) operands[inputs++] = mask;
    const auto slope = append_value(to(), shape.size(), Role::temporary, true);
    out.loss_values[k] = append_value(to(), 1, Role::temporary, false);
    operands[inputs] = needs[prediction] ? slope : static_cast<std::int16_t>(-1);
    operands[inputs + 1] = out.loss_values[k];
    append_step(to(), step, operands, inputs, 2);
    if (!needs[prediction]) return;
    if (through) bypassed[producer[prediction]] = true;
    slope_of[k] = slope;
    slope_target[k] = through ? from.operand(from.steps.item[producer[prediction]], 0) : int{prediction};
  }

  constexpr std::int16_t total_loss() {
    std::int16_t operands[2 * max_trained_outputs + 1]{};
    const int n = out.outputs;
    for (int k = 0; k < n; ++k) operands[k] = out.loss_values[k], operands[n + k] = out.predictions[k];
    const std::int16_t total = operands[2 * n] = append_value(to(), 1, Role::temporary, false);
    Step step{};
    step.op = static_cast<std::int16_t>(op_code<ops::TotalLoss>);
    step.attributes = pack(ops::TotalLoss::Attributes{n});
    append_step(to(), step, operands, 2 * n, 1);
    return total;
  }

  /// Adds the penalties of layers' results and of weights to the loss.
  constexpr void penalties() {
    for (int s = 0; s < from.steps.count; ++s)
      if (live[s] && gradient_rule(from.steps.item[s]).penalizes) add_to_loss(saved[s][0]);
    for (int p = 0; p < from.parameters.count; ++p) {
      const Regularizer& regularizer = from.parameters.item[p].regularizer;
      if (!regularizer.any() || !trained(p) || contributions[p] == 0) continue;
      Step step{};
      step.op = static_cast<std::int16_t>(op_code<ops::Penalty>);
      step.attributes = pack(ops::Penalty::Attributes{regularizer.l1, regularizer.l2});
      const std::int16_t operands[]{static_cast<std::int16_t>(p), out.loss_value,
                                    append_value(to(), 1, Role::temporary, false)};
      append_step(to(), step, operands, 2, 1);
      out.loss_value = operands[2];
    }
  }
  constexpr void add_to_loss(std::int16_t penalty) {
    Step step{};
    step.op = static_cast<std::int16_t>(op_code<ops::Add>);
    step.attributes = pack(ops::Add::Attributes{1});
    const std::int16_t operands[]{out.loss_value, penalty, append_value(to(), 1, Role::temporary, false)};
    append_step(to(), step, operands, 2, 1);
    out.loss_value = operands[2];
  }

  /// Adds a contribution to the gradient of a value or parameter.
  constexpr void accumulate(int v, std::int16_t part, bool one_block) {
    if (gradient[v] < 0) {
      gradient[v] = part;
      return;
    }
    const int elements = from.values.item[v].elements;
    const auto sum = append_value(to(), elements, Role::temporary, !one_block);
    Step step{};
    step.op = static_cast<std::int16_t>(op_code<ops::Add>);
    step.attributes = pack(ops::Add::Attributes{one_block});
    const std::int16_t operands[]{gradient[v], part, sum};
    append_step(to(), step, operands, 2, 1);
    gradient[v] = sum;
  }

  /// A gradient that may still be read elsewhere must not be overwritten: the planner sees to that by
  /// lifetimes.
  constexpr void pass_through(const Step& step) {
    const std::int16_t dy = gradient[from.result(step)];
    for (int k = 0; k < step.inputs; ++k)
      if (needs[from.operand(step, k)]) accumulate(from.operand(step, k), dy, false);
  }

  /// Each update follows its gradient at once; else all wait for the last gradient.
  constexpr bool updates_early() const { return options.fuse && options.clip != kernels::Clip::global_norm; }

  /// A parameter whose update reads more than one piece of its gradient after the other.
  constexpr bool needs_whole_gradient(int p) const {
    const Parameter& parameter = from.parameters.item[p];
    return parameter.regularizer.any() || parameter.constraint.any();
  }

  constexpr bool fused(const Step& step, int first_parameter) const {
    if (!options.fuse || options.clip != kernels::Clip::none || options.average || options.accumulate)
      return false;
    if (!visit_op(step.op, [](auto op) { return decltype(op)::fuses_update; })) return false;
    for (int k = first_parameter; k < step.inputs; ++k)
      if (from.operand(step, k) >= from.parameters.count || contributions[from.operand(step, k)] != 1 ||
          needs_whole_gradient(from.operand(step, k)))
        return false;
    return true;
  }

  /// A step may take the derivative of the activation before it along, where nothing else reads that
  /// activation.
  constexpr int fuse_activation_before(Step& step) const {
    const int x = from.operand(step, 0), s = producer[x];
    if (s < 0 || uses.count[x] != 1 || !step.input_gradient) return -1;
    const ActivationKind kind = plain_activation(from.steps.item[s]);
    if (kind == ActivationKind::linear || !is_elementwise(kind) || !derivative_from_result(kind)) return -1;
    return fuse_input_activation(step, kind) ? s : -1;
  }

  constexpr void backward(int s) {
    Step step = from.steps.item[s];
    bool wanted = false;
    for (int k = 0; k < step.outputs; ++k)
      wanted = wanted || (gradient[from.result(step, k)] >= 0 && needs[from.result(step, k)]);
    if (!wanted || bypassed[s]) return;
    const GradientRule rule = gradient_rule(step);
    if (rule.passes) return pass_through(step);
    const int parameters = step.parameters, inputs = step.inputs - parameters, results = step.outputs;
    const bool fuse = fused(step, inputs);
    step.phase = Phase::backward;
    step.rule = fuse && parameters > 0 ? options.rule : kernels::Rule::none;
    step.input_gradient = step.trainable = false;
    for (int k = 0; k < inputs; ++k)
      step.input_gradient = step.input_gradient || needs[from.operand(step, k)];
    for (int k = inputs; k < step.inputs; ++k)
      step.trainable = step.trainable || trained(weight_of(from.operand(step, k)));
    const int before = fuse_activation_before(step);
    if (before >= 0) bypassed[before] = true;
    std::int16_t operands[max_operands]{};
    int n = 0;
    for (int k = 0; k < results; ++k) operands[n++] = gradient[from.result(step, k)];
    for (int k = 0; rule.needs_input && k < inputs; ++k) operands[n++] = from.operands.item[step.first + k];
    for (int k = 0; rule.needs_output && k < results; ++k)
      operands[n++] = from.operands.item[step.first + step.inputs + k];
    for (int k = 0; k < rule.saved; ++k) operands[n++] = saved[s][k];
    for (int k = inputs; k < step.inputs; ++k) operands[n++] = from.operands.item[step.first + k];
    std::int16_t parts[max_forward_operands]{};
    for (int k = inputs; k < step.inputs; ++k) {
      const int p = weight_of(from.operand(step, k));
      operands[n] = operands[n + 1] = -1;
      if (trained(p) && fuse) {
        const int slots = kernels::slots_of(options.rule);
        if (slots > 0) operands[n] = out.slots_of[p];
        if (slots > 1) operands[n + 1] = static_cast<std::int16_t>(out.slots_of[p] + 1);
      } else if (trained(p)) {
        parts[k - inputs] = operands[n] =
            append_value(to(), from.values.item[p].elements, Role::temporary, false);
      }
      n += 2;
    }
    const int reads = n;
    std::int16_t slopes[max_forward_operands]{};
    for (int k = 0; k < inputs; ++k) {
      const int x = from.operand(step, k);
      slopes[k] = needs[x] ? append_value(to(), from.values.item[x].elements, Role::temporary, true)
                           : static_cast<std::int16_t>(-1);
      operands[n++] = slopes[k];
    }
    operands[n++] = append_scratch(to(), step);
    append_step(to(), step, operands, reads, n - reads);
    for (int k = 0; k < inputs; ++k) {
      int x = from.operand(step, k);
      if (before >= 0) x = from.operand(from.steps.item[before], 0);
      if (slopes[k] >= 0) accumulate(x, slopes[k], false);
    }
    for (int k = inputs; !fuse && k < step.inputs; ++k) {
      const int p = weight_of(from.operand(step, k));
      if (!trained(p)) continue;
      accumulate(p, parts[k - inputs], true);
      if (updates_early() && ++added[p] == contributions[p]) update(p);
    }
  }

  /// What an update needs to know of a parameter besides its gradient.
  constexpr ops::Update::Attributes update_attributes(int p) const {
    const Parameter& parameter = from.parameters.item[p];
    ops::Update::Attributes a{options.rule, options.clip, parameter.regularizer, parameter.constraint};
    const int first = parameter.constraint.axis, end = first + parameter.constraint.axes;
    for (int axis = 0; axis < parameter.shape.rank; ++axis)
      (axis < first ? a.outer : axis < end ? a.n : a.inner) *= parameter.shape[axis];
    return a;
  }
  constexpr std::int16_t slot(int p, int k) const { return static_cast<std::int16_t>(out.slots_of[p] + k); }

  constexpr void update(int p, std::int16_t norm = -1) {
    constexpr std::int16_t none = -1;
    const int slots = kernels::slots_of(options.rule);
    Step step{};
    step.op = static_cast<std::int16_t>(op_code<ops::Update>);
    step.attributes = pack(update_attributes(p));
    const std::int16_t operands[]{static_cast<std::int16_t>(p),
                                  gradient[p],
                                  slots > 0 ? slot(p, 0) : none,
                                  slots > 1 ? slot(p, 1) : none,
                                  options.average ? slot(p, average_slot(options)) : none,
                                  options.accumulate ? slot(p, accumulator_slot(options)) : none,
                                  norm};
    append_step(to(), step, operands, 7, 0);
  }

  /// The norm of all gradients, parameter by parameter.
  constexpr std::int16_t global_norm() {
    std::int16_t norm = -1;
    for (int p = 0; p < from.parameters.count; ++p) {
      if (gradient[p] < 0) continue;
      Step step{};
      step.op = static_cast<std::int16_t>(op_code<ops::GradientNorm>);
      step.attributes = pack(ops::GradientNorm::Attributes{from.parameters.item[p].regularizer, norm < 0});
      const std::int16_t operands[]{
          static_cast<std::int16_t>(p), gradient[p],
          options.accumulate ? slot(p, accumulator_slot(options)) : static_cast<std::int16_t>(-1), norm,
          append_value(to(), 2, Role::temporary, false)};
      append_step(to(), step, operands, 4, 1);
      norm = operands[4];
    }
    return norm;
  }

  constexpr void run() {
    prepare();
    forward();
    losses();
    for (int k = 0; k < out.outputs; ++k)
      if (slope_of[k] >= 0) accumulate(slope_target[k], slope_of[k], false);
    for (int s = from.steps.count - 1; s >= 0; --s) backward(s);
    const std::int16_t norm = options.clip == kernels::Clip::global_norm ? global_norm() : std::int16_t{-1};
    out.update_step = to().steps.count;
    if (updates_early()) return;
    for (int p = 0; p < from.parameters.count; ++p) {
      if (gradient[p] < 0) continue;
      if (!options.fuse) {
        to().values.item[gradient[p]].role = Role::gradient;
        out.gradient_of[p] = gradient[p];
      }
      update(p, norm);
    }
  }
};

}  // namespace detail

/// Appends losses, gradients and updates to a declared graph; each output has a loss of its own.
template <Sizes S>
constexpr auto differentiate(const Graph<S>& declared, const TrainingOptions& options) {
  require_stage(declared.stage == Stage::declared,
                "differentiate takes a graph as it was declared: not one that infer or differentiate gave");
  detail::Differentiator<S> d{declared, options};
  d.out.graph.stage = Stage::training;
  d.run();
  return d.out;
}

}  // namespace etch
