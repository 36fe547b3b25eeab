// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op_list.hpp>

#include <string>
#include <vector>

namespace etch::host::declare {

/// Compares the steps that a layer made with those of the model: the same prediction, bit for bit.
class SameSteps {
 public:
  /// \param made grows while it is traced.
  SameSteps(const Graph<declaration_capacity>& model, const Graph<declaration_capacity>& made)
      : model_(model), made_(made), value_of_(static_cast<std::size_t>(model.values.count), -1) {
    for (int k = 0; k < model.inputs.count; ++k)
      value_of_[static_cast<std::size_t>(model.inputs[k])] = static_cast<std::int16_t>(k);
  }

  /// Compares `steps` of the model with those made from `first` on. \param padded a layer before pads what
  /// the first of them pads itself. \return what differs, as a part of a sentence; "": nothing.
  std::string fault(const std::vector<int>& steps, int first, bool padded);

 private:
  std::string fault(const Step& step, const Step& made, bool padded);
  bool same_attributes(const Step& step, const Step& made) const;

  const Graph<declaration_capacity>& model_;
  const Graph<declaration_capacity>& made_;
  std::vector<std::int16_t> value_of_;  // by value of the model
};

}  // namespace etch::host::declare
