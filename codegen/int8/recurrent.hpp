// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>

#include <array>

namespace etch::host::int8 {

/// A matrix of weights, symmetric around 0: rows of the results, columns of what they sum.
struct Matrix {
  std::vector<std::int8_t> numbers;
  float scale = 0;
};

/// A long short-term memory, its gates in the order input, forget, cell, output.
struct Lstm {
  struct Gate {
    Matrix kernel, recurrent;
    std::vector<std::int32_t> bias;  ///< in steps of the input's scale times the kernel's
  };
  int features = 0, units = 0;
  std::array<Gate, 4> gates;
  Quantization from, to;
  int cell_power = 0;    ///< the cell state, of int16, has steps of 2 to this power: from -30 to 0
  double cell_clip = 0;  ///< real; 0: none
};
/// Reads and writes its state, with the quantization of its results, and its cell state.
QuantizedStep lstm(const Lstm& of);

/// A singular value decomposition filter (Nakkiran et al. 2015): each filter is a feature filter and one over
/// time, over what it keeps of the past.
struct Svdf {
  int rank = 1, features = 0, memory = 0;
  Matrix feature, time;
  std::vector<std::int32_t> bias;  ///< of each unit, in steps of the state's scale times the time weights'
  Quantization from, state, to;
};
QuantizedStep svdf(const Svdf& of);

}  // namespace etch::host::int8
