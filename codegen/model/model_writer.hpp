// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/constant_array.hpp>
#include <codegen/model/imported_model.hpp>
#include <etch/model/program/program.hpp>

#include <span>

namespace etch::host::quantization {

/// Records the steps of an imported model; each is an operator of its own.
class ModelWriter {
 public:
  explicit ModelWriter(std::string name);

  Tensor input(const Shape& shape, ElementType type, const ImportedValue& noted);
  Tensor step(int op, const Words& attributes, const Shape& out, ElementType type,
              std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants,
              const ImportedValue& noted);
  /// A step as it is, with the results that it had.
  std::vector<Tensor> copy(const Step& step, std::span<const Shape> outs, std::span<const Tensor> inputs,
                           const std::vector<ConstantArray>& constants, const ImportedValue& noted);
  /// What steps keep from call to call: real numbers that begin as zeros.
  Tensor state(int elements);
  void output(const Tensor& tensor, const Shape& shape);
  /// Throws `Error` for models that are too large.
  ImportedModel finish();

  /// The number that a tensor's value has in the finished model.
  int final_value(const Tensor& t) const { return t.value + builder_->graph.parameters.count; }

 private:
  void note(const Tensor& tensor, const ImportedValue& noted);
  LayerState state_of(const std::vector<ConstantArray>& constants);
  void check() const;
  std::string kind_of(const Step& step) const;

  std::unique_ptr<Builder> builder_;
  ImportedModel model_;
  std::vector<ImportedValue> noted_;          // by value, without parameters
  std::vector<std::vector<Tensor>> results_;  // by step
};

}  // namespace etch::host::quantization
