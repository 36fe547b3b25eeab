// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <runtime/kernels/language.hpp>

namespace etch {

/// What a step of floats becomes in an int8 model.
enum class Int8Form : std::uint8_t {
  real,         ///< stays as it is
  convolution,  ///< also a dense layer
  depthwise,
  norm,  ///< a factor and an offset a channel
  sum,   ///< also a difference, and an average of tensors
  product,
  mean,   ///< an average with a quantization of its own
  share,  ///< moves numbers, or picks or averages some: the result has the input's quantization
  join,   ///< moves numbers of several values
  table,  ///< a function of one number
  softmax,
};

/// Whether int8 kernels of this form take a bound of their result in.
constexpr bool takes_bounds(Int8Form form) {
  return form == Int8Form::convolution || form == Int8Form::depthwise || form == Int8Form::norm ||
         form == Int8Form::sum || form == Int8Form::product || form == Int8Form::mean;
}

}  // namespace etch
