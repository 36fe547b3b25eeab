// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/constant_array.hpp>
#include <codegen/model/imported_model.hpp>
#include <etch/ops/op_list.hpp>

#include <span>
#include <unordered_map>

namespace etch::host {

/// Writes a model step by step, as each op's rule allows. Arrays that steps share, and long ones of equal
/// numbers, are kept once.
class ModelWriter {
 public:
  /// \param subject what the sentences of its errors begin with.
  ModelWriter(std::string name, std::string subject);

  const std::string& name() const { return model_.name; }
  [[noreturn]] void refuse(const std::string& why) const;
  void set_subject(std::string subject) { subject_ = std::move(subject); }
  /// Steps that follow come from this operator of the source.
  void set_source(int number) { source_ = number; }
  /// Whether the graph has a mistake: nothing that follows is recorded.
  bool stopped() const { return builder_->graph.fault.sentence != nullptr; }
  /// Whether a graph has no room for what another step may read and write.
  bool full() const;
  /// Whether a step was refused: the graph takes no more.
  bool faulty() const;

  /// How the model's products of floats meet sums; `separate` without this.
  void set_numerics(Numerics numerics) { builder_->graph.numerics = numerics; }

  Tensor input(const Shape& shape, ElementType type);
  /// What steps keep from call to call; begins as zeros.
  Tensor state(int elements, ElementType type = ElementType::real);
  Tensor step(int op, const Words& attributes, const Shape& out, ElementType type,
              std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants);
  /// A step as it is, with the results that it had, but for states that it writes. \param type of the first.
  std::vector<Tensor> copy(const Step& step, ElementType type, std::span<const Shape> outs,
                           std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants);
  void output(const Tensor& tensor);
  /// What is known of a value.
  void note(const Tensor& tensor, const ImportedValue& noted);
  bool is_noted(const Tensor& tensor) const;  ///< with a name
  /// What a tensor's value is.
  const Value& value(const Tensor& tensor) const { return builder_->graph.values[tensor.value]; }

  /// \param operators of the source. Their results are numbers of tensors' values.
  ImportedModel finish(std::vector<SourceOperator> operators);
  /// The number that a tensor's value has after `finish`, when parameters are the first values.
  int number(const Tensor& tensor) const { return tensor.value + builder_->graph.parameters.count; }

 protected:
  /// Bytes of the weights so far.
  std::int64_t weight_bytes() const { return weight_bytes_; }

 private:
  void check() const;
  LayerState made_of(const std::vector<ConstantArray>& constants);
  // Arrays that several steps use: shared_weights.cpp.
  void store(const std::vector<ConstantArray>& constants);
  int stored(const ConstantArray& constant) const;

  std::string subject_;
  int source_ = -1;
  std::unique_ptr<Builder> builder_;
  LayerState layer_{0};  // of all steps: only declarations have layers
  ImportedModel model_;
  std::vector<ImportedValue> noted_;                  // by value, without parameters
  std::unordered_map<int, int> shared_;               // by `ConstantArray::shared`: its parameter
  std::unordered_multimap<std::size_t, int> hashed_;  // by hash: parameters that are long
  std::int64_t weight_bytes_ = 0;
};

}  // namespace etch::host
