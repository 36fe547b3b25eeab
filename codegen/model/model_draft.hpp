// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/constant_array.hpp>
#include <codegen/model/imported_model.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host {

struct DraftValue {
  Value value;
  ImportedValue imported;
};

/// A step with its operands beside it: numbers of values, and of parameters.
struct DraftStep {
  Step step;
  std::vector<int> inputs, parameters, outputs;
  int source = -1;

  template <class Op>
  bool is() const {
    return step.op == op_code<Op> && step.phase == Phase::forward;
  }
  int input(int k = 0) const { return inputs[static_cast<std::size_t>(k)]; }
  int output(int k = 0) const { return outputs[static_cast<std::size_t>(k)]; }
};

/// An imported model taken apart, for passes that change it: parameters and values are numbered as in its
/// graph, and the numbers stay while steps come and go. New ones come last, each in their own list.
struct ModelDraft {
  explicit ModelDraft(const ImportedModel& model);
  /// The same of a graph with the parameters and values of the model and other steps, of which nothing is
  /// known but what the graph tells. Throws `Error` where a step makes weights: fake quantization.
  ModelDraft(const ImportedModel& model, const Graph<declaration_capacity>& graph);
  /// Written again, in the order of the steps, without parameters and values that nothing names: these have
  /// other numbers then. Throws `Error` where a step breaks the rule of its op.
  ImportedModel model() const;

  std::string name;
  std::vector<ConstantArray> parameters;
  std::vector<DraftValue> values;  ///< those of parameters are empty
  std::vector<DraftStep> steps;
  std::vector<int> inputs, outputs, masks;
  std::vector<Shape> input_shapes, output_shapes;
  std::vector<SourceOperator> operators;
  WidenedWeights widened{};
  bool int4_weights = false;
  Numerics numerics = Numerics::separate;

  /// Gives one step another parameter; other readers keep the one that it had.
  void replace(DraftStep& step, int k, ConstantArray by) {
    step.parameters[static_cast<std::size_t>(k)] = static_cast<int>(parameters.size());
    parameters.push_back(std::move(by));
  }
  const ConstantArray& parameter(const DraftStep& step, int k) const {
    return parameters[static_cast<std::size_t>(step.parameters[static_cast<std::size_t>(k)])];
  }
  DraftValue& value(int v) { return values[static_cast<std::size_t>(v)]; }
  const DraftValue& value(int v) const { return values[static_cast<std::size_t>(v)]; }
};

}  // namespace etch::host
