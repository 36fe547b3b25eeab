// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>
#include <codegen/int8/unfit.hpp>
#include <codegen/model/model_writer.hpp>

#include <functional>
#include <optional>

namespace etch::host {

/// How windows lie along one axis.
struct AxisWindows {
  int out = 0, before = 0;
};

/// What an importer stands on, whatever the format of its files: values by their number in the file, as
/// tensors or as whole numbers that are known while importing; refusals that name the node; and steps, within
/// what keeps plans and arenas of damaged files small.
class ImportContext : public ModelWriter {
 public:
  /// \param values of the file. \param name stands for the file in messages.
  ImportContext(const std::string& name, std::size_t values);

  /// Imports one node of the file: what is refused meanwhile names it, and steps come from it.
  void import_node(const std::string& op, int index, const std::function<void()>& import);
  void require(bool holds, const char* why) const {
    if (!holds) refuse(why);
  }

  /// The tensor of a value, if some node made one.
  const std::optional<Tensor>& made(int number) const { return made_[static_cast<std::size_t>(number)]; }
  void make(int number, const Tensor& tensor) { made_[static_cast<std::size_t>(number)] = tensor; }
  /// The whole numbers of a value that does not depend on the model's input.
  const std::optional<std::vector<std::int64_t>>& computed(int number) const {
    return computed_[static_cast<std::size_t>(number)];
  }
  void compute(int number, std::vector<std::int64_t> numbers) {
    computed_[static_cast<std::size_t>(number)] = std::move(numbers);
  }

  /// What the node keeps from call to call, a value that no other one has; begins as zeros.
  Tensor add_state(int number, int elements, ElementType type);
  Tensor add_step(int op, const Words& attributes, const Shape& out, ElementType type,
                  std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants = {});
  /// The same of an op with several results, but for states that it writes. \param type of the first.
  std::vector<Tensor> add_steps(int op, const Words& attributes, std::span<const Shape> outs,
                                ElementType type, std::span<const Tensor> inputs,
                                const std::vector<ConstantArray>& constants = {});
  Tensor add_step(const int8::QuantizedStep& step, const Shape& out, std::span<const Tensor> inputs) {
    return add_step(step.op, step.attributes, out, step.type, inputs, step.constants);
  }
  Tensor add_activation(const Tensor& x, ActivationKind kind);
  Tensor copy_of(const Tensor& x);
  /// An output is a value of its own: what is none, an input or one that is an output already, is copied.
  void add_output(const Tensor& tensor);

  /// \param same as many windows as strides, with padding; else only those that lie inside.
  AxisWindows windows(int in, int kernel, int stride, int dilation, bool same) const;

 private:
  std::vector<std::optional<Tensor>> made_;
  std::vector<std::optional<std::vector<std::int64_t>>> computed_;
  std::vector<bool> kept_;             // by value: some node's state
  std::vector<std::int16_t> outputs_;  // values of the graph
  std::int64_t value_bytes_ = 0;       // of what was added so far
};

}  // namespace etch::host
