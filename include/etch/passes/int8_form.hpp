// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

namespace etch {

/// What a step becomes.
enum class Int8Form {
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

/// Whether the function is a bound of a result: none, ReLU or ReLU6.
constexpr bool is_bound(ActivationKind kind) {
  return kind == ActivationKind::linear || kind == ActivationKind::relu || kind == ActivationKind::relu6;
}

namespace detail {

constexpr Int8Form form_of_pool(const kernels::Pool& p) {
  if (p.kind == kernels::PoolKind::max) return Int8Form::share;
  // Where every window averages as many numbers, the average may have finer steps than its input.
  const bool columns = p.out_width == 1 && p.pool_width == p.width;
  const bool rows =
      (p.out_height == 1 && p.pool_height == p.height) || (p.pool_height == 1 && p.out_height == p.height);
  return columns && rows && p.top == 0 && p.left == 0 ? Int8Form::mean : Int8Form::share;
}

constexpr Int8Form form_of_binary(const kernels::Binary& b) {
  using enum kernels::BinaryKind;
  return b.kind == multiply                                         ? Int8Form::product
         : b.kind == add || b.kind == subtract || b.kind == average ? Int8Form::sum
                                                                    : Int8Form::real;
}

constexpr Int8Form form_of_activation(ActivationKind kind) {
  if (kind == ActivationKind::softmax) return Int8Form::softmax;
  return is_elementwise(kind) ? Int8Form::table : Int8Form::real;
}

}  // namespace detail

/// What a step of floats becomes in an int8 model.
constexpr Int8Form int8_form(const Step& step) {
  if (step.repeat != 1) return Int8Form::real;
  const auto as = [&]<class Op>(Op) { return unpack<typename Op::Attributes>(step.attributes); };
  switch (step.op) {
    case op_code<ops::Dense>:
      return Int8Form::convolution;
    case op_code<ops::Convolution>: {
      const int groups = as(ops::Convolution{}).groups;
      return groups == 1                ? Int8Form::convolution
             : groups == step.in.last() ? Int8Form::depthwise
                                        : Int8Form::real;
    }
    case op_code<ops::BatchNormalization>:
      return Int8Form::norm;
    case op_code<ops::Add>:
      return Int8Form::sum;
    case op_code<ops::Binary>:
      return detail::form_of_binary(as(ops::Binary{}));
    case op_code<ops::Pool>:
      return detail::form_of_pool(as(ops::Pool{}));
    case op_code<ops::Pad>:
    case op_code<ops::Permute>:
    case op_code<ops::Slice>:
      return Int8Form::share;
    case op_code<ops::Resize>:
      return as(ops::Resize{}).kind == kernels::ResizeKind::nearest ? Int8Form::share : Int8Form::real;
    case op_code<ops::Concatenate>:
      return Int8Form::join;
    case op_code<ops::Activation>:
      return detail::form_of_activation(as(ops::Activation{}).kind);
    case op_code<ops::ParametricActivation>:
      return Int8Form::table;
    case op_code<ops::Affine>: {
      const auto a = as(ops::Affine{});
      return a.channels == 0 ? Int8Form::table : Int8Form::real;
    }
    case op_code<ops::Softmax>: {
      const auto a = as(ops::Softmax{});
      return a.inner == 1 && !a.log && !a.causal && !a.masked ? Int8Form::softmax : Int8Form::real;
    }
    default:
      return Int8Form::real;
  }
}

/// Whether int8 kernels of this form take a bound of their result in.
constexpr bool takes_bounds(Int8Form form) {
  return form == Int8Form::convolution || form == Int8Form::depthwise || form == Int8Form::norm ||
         form == Int8Form::sum || form == Int8Form::product || form == Int8Form::mean;
}

}  // namespace etch
