// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>
#include <etch/model/dataset.hpp>

namespace etch::detail {

/// Whether a data set is what a trainer of this `Code` learns from. \return its samples.
template <class Code>
std::size_t check_dataset(const Dataset& data) {
  const std::size_t count = data.y.size();
  if (count == 0) fail("the data set is empty: it needs at least one sample and its label");
  if (data.y.sparse() != Code::sparse)
    fail(Code::sparse ? "this loss takes class indices as labels (bytes or 32-bit integers)"
                      : "this loss takes targets as floats, one row of outputs a sample");
  constexpr std::size_t row = Code::sparse ? 1 : Code::output_elements;
  for (int k = 0; k < Code::declared.inputs.count; ++k) {
    const auto elements = static_cast<std::size_t>(Code::declared.input_shapes[k].size());
    if (count % row != 0 || data.x[static_cast<unsigned>(k)].size() != count / row * elements)
      fail(
          "the data set's inputs and labels do not belong together: inputs need one sample of the model's "
          "input shape for each label");
  }
  if (!Code::sparse) return count / row;
  for (std::size_t i = 0; i < count; ++i)
    if (data.y.at(i) < 0 || data.y.at(i) >= Code::output_elements)
      fail("a label is out of range: labels are class indices from 0 to the number of outputs less one");
  return count;
}

/// The same for samples without labels.
template <class Code>
std::size_t check_samples(const Dataset& data) {
  const std::size_t count =
      data.x[0].size() / static_cast<std::size_t>(Code::declared.input_shapes[0].size());
  for (int k = 0; k < Code::declared.inputs.count; ++k)
    if (count == 0 || data.x[static_cast<unsigned>(k)].size() !=
                          count * static_cast<std::size_t>(Code::declared.input_shapes[k].size()))
      fail("predict needs whole samples of the model's input shape");
  return count;
}

}  // namespace etch::detail
