// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/dataset.hpp>

namespace etch::detail {

/// Copies the samples `index[0..rows)` to a trainer's input: each input has room for a whole batch.
template <class Code>
void load_inputs(const Dataset& data, const std::size_t* index, int rows, float* to) {
  for (int k = 0; k < Code::declared.inputs.count; ++k) {
    const int elements = Code::declared.input_shapes[k].size();
    for (int r = 0; r < rows; ++r)
      data.x[static_cast<unsigned>(k)].read(index[r], elements, to + r * elements);
    to += elements * Code::batch_size;
  }
}

/// The same for labels: classes of a sparse loss, else rows of targets.
template <class Code>
void load_labels(const Dataset& data, const std::size_t* index, int rows, void* to) {
  for (int r = 0; r < rows; ++r) {
    if constexpr (Code::sparse)
      static_cast<std::int32_t*>(to)[r] = data.y.at(index[r]);
    else
      for (int i = 0; i < Code::output_elements; ++i)
        static_cast<float*>(to)[r * Code::output_elements + i] =
            data.y.targets[index[r] * Code::output_elements + static_cast<std::size_t>(i)];
  }
}

}  // namespace etch::detail
