// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_program.hpp>
#include <codegen/quantize/real_model.hpp>
#include <codegen/quantize/real_weights.hpp>
#include <runtime/host/error.hpp>

#include <optional>

namespace etch::host::quantization {

namespace {

using Real = Graph<declaration_capacity>;
using Fused = Graph<imported_room>;

void check(const ImportedModel& model) {
  for (const Value& v : model.graph->values)
    if (v.type != ElementType::real)
      throw Error("'" + model.name + "' is quantized already: quantize takes models of floats");
  check_weights(model);
}

/// Takes a function that is no bound out of a step that has it fused.
std::optional<ActivationKind> take_activation(Step& step) {
  Step without = step;
  const ActivationKind kind = split_activation(without);
  if (is_bound(kind)) return {};
  step = without;
  return kind;
}

}  // namespace

ActivationKind split_activation(Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::split_activation(step.attributes); });
}

ImportedModel separate_activations(const ImportedModel& model) {
  check(model);
  const auto fused = std::make_unique<Fused>(simplify(*model.graph));
  ImportedModel real;
  real.name = model.name;
  real.parameters = model.parameters;
  real.values = model.values;
  real.values.resize(static_cast<std::size_t>(model.graph->values.count));
  real.graph = std::make_unique<Real>();
  Real& to = *real.graph;
  etch::detail::copy_values(*fused, to);
  for (const Step& from : fused->steps) {
    Step step = from;
    std::int16_t operands[etch::detail::max_operands]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k) operands[k] = fused->operands[step.first + k];
    const auto kind = take_activation(step);
    const std::int16_t result = operands[step.inputs];
    if (kind) {
      operands[step.inputs] =
          etch::detail::append_value(to, to.values[result].elements, Role::temporary, true);
      const ImportedValue& after = real.values[static_cast<std::size_t>(result)];
      real.values.push_back({after.name, step.out, {}});
    }
    etch::detail::append_step(to, step, operands, step.inputs, step.outputs);
    if (!kind) continue;
    Step activation = make_step<ops::Activation>({*kind});
    activation.in = activation.out = step.out;
    activation.repeat = step.repeat;
    const std::int16_t ends[]{operands[step.inputs], result};
    etch::detail::append_step(to, activation, ends, 1, 1);
  }
  return real;
}

}  // namespace etch::host::quantization
