// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/constant_array.hpp>
#include <codegen/model/imported_model.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host {

struct DraftParameter {
  Parameter parameter;
  Role role = Role::parameter;
  std::vector<std::byte> bytes;

  template <class T>
  std::vector<T> numbers() const {
    return numbers_in<T>(bytes);
  }
  template <class T>
  void set(const std::vector<T>& numbers, const Shape& shape) {
    bytes = constant_of(numbers, parameter.type).bytes;
    parameter.shape = shape;
  }
};

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
  /// Put together again, in the order of the steps, without parameters and values that nothing names.
  ImportedModel model() const;

  std::string name;
  std::vector<DraftParameter> parameters;
  std::vector<DraftValue> values;  ///< those of parameters are empty
  std::vector<DraftStep> steps;
  std::vector<int> inputs, outputs, masks;
  std::vector<Shape> input_shapes, output_shapes;
  std::vector<SourceOperator> operators;
  WidenedWeights widened{};

  /// A copy of a parameter for one reader to change.
  int copy_of(int parameter) {
    parameters.push_back(parameters[static_cast<std::size_t>(parameter)]);
    return static_cast<int>(parameters.size()) - 1;
  }
  DraftParameter& parameter(const DraftStep& step, int k) {
    return parameters[static_cast<std::size_t>(step.parameters[static_cast<std::size_t>(k)])];
  }
  const DraftParameter& parameter(const DraftStep& step, int k) const {
    return parameters[static_cast<std::size_t>(step.parameters[static_cast<std::size_t>(k)])];
  }
  DraftValue& value(int v) { return values[static_cast<std::size_t>(v)]; }
  const DraftValue& value(int v) const { return values[static_cast<std::size_t>(v)]; }
};

}  // namespace etch::host
