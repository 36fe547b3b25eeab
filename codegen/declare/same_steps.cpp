// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/same_steps.hpp>

namespace etch::host::declare {

namespace {

/// Attributes without what only training asks for, and without how many tensors a step combines, which only
/// an average asks for.
Words for_prediction(const Step& step) {
  if (step.op == op_code<ops::Pool>) {
    auto pool = unpack<ops::Pool::Attributes>(step.attributes);
    pool.saves_taps = 0;
    return pack(pool);
  }
  if (step.op == op_code<ops::Binary>) {
    auto binary = unpack<ops::Binary::Attributes>(step.attributes);
    if (binary.kind != kernels::BinaryKind::average) binary.count = 1;
    return pack(binary);
  }
  return step.attributes;
}

/// A step as layers make it, where another op computes the same: softmax over the last axis is a function,
/// and a sum of two tensors of one shape is one of any number.
Step as_layers_make_it(Step step) {
  if (step.op == op_code<ops::Softmax>) {
    const auto a = unpack<ops::Softmax::Attributes>(step.attributes);
    if (a.inner != 1 || a.extent != step.in.last() || a.masked || a.causal) return step;
    step.op = op_code<ops::Activation>;
    step.attributes =
        pack(ops::Activation::Attributes{a.log ? ActivationKind::log_softmax : ActivationKind::softmax});
  }
  if (step.op == op_code<ops::Binary> && step.parameters == 0) {
    const auto a = unpack<ops::Binary::Attributes>(step.attributes);
    if (a.kind != kernels::BinaryKind::add || a.a_elements != a.elements() || a.b_elements != a.elements())
      return step;
    step.op = op_code<ops::Add>;
    step.attributes = pack(ops::Add::Attributes{});
  }
  return step;
}

}  // namespace

bool SameSteps::same_attributes(const Step& step, const Step& made) const {
  if (!visit_op(step.op, [](auto op) { return decltype(op)::structural; })) return true;
  return for_prediction(step) == for_prediction(made);
}

std::string SameSteps::fault(const std::vector<int>& steps, int first, bool padded) {
  const int made = made_.steps.count - first;
  if (made != static_cast<int>(steps.size()))
    return "its layer makes " + std::to_string(made) + " steps of it and not " + std::to_string(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool pads = padded && i == 0;
    std::string why =
        fault(as_layers_make_it(model_.steps[steps[i]]), made_.steps[first + static_cast<int>(i)], pads);
    if (!why.empty()) return why;
  }
  return "";
}

std::string SameSteps::fault(const Step& step, const Step& made, bool padded) {
  if (step.op != made.op || step.out != made.out || step.repeat != made.repeat ||
      step.parameters != made.parameters || step.inputs != made.inputs || step.outputs != made.outputs)
    return "its layer makes another step";
  if (!padded && (step.in != made.in || !same_attributes(step, made)))
    return "its attributes are none that its layer has";
  for (int k = 0; k < step.inputs + step.outputs; ++k) {
    const bool weight = k >= step.inputs - step.parameters && k < step.inputs;
    if (weight) continue;
    const std::int16_t value = made_.operands[made.first + k];
    std::int16_t& known = value_of_[static_cast<std::size_t>(model_.operands[step.first + k])];
    const bool is_new = k >= step.inputs || made_.values[value].role == Role::state;
    if (is_new && known < 0) known = value;
    const bool differs = known != value && !(padded && k == 0);
    if (differs) return "its operands are not those of its layer";
  }
  return "";
}

}  // namespace etch::host::declare
