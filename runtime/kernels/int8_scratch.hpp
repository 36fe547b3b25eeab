// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_depthwise_lines.hpp>
#include <runtime/kernels/dsp/int8_scratch.hpp>
#include <runtime/kernels/mve/int8_scratch.hpp>
#include <runtime/kernels/scalar/int8_depthwise_lines.hpp>
#include <runtime/kernels/scalar/int8_scratch.hpp>

// What the kernels of int8 and 16x8 scribble on: this header is read on each target, for plans that serve
// several.
namespace etch::kernels {

/// What the kernels of one row scribble on, beside what the portable ones do that they may fall back to.
struct Int8Scratch {
  int (*convolution)(const Int8Convolution&);  ///< bytes
  int (*depthwise)(const Int8DepthwiseConvolution&);
  int (*wide_convolution)(const Int8Convolution&);  ///< elements of int16
};

inline constexpr Int8Scratch int8_scratch[] = {
    {scalar::int8_convolution_scratch, scalar::int8_depthwise_convolution_scratch,
     portable::int8_convolution_scratch},
    {dsp::int8_convolution_scratch, dsp::int8_depthwise_convolution_scratch, dsp::int16_convolution_scratch},
    {dsp::int8_convolution_scratch, dsp::int8_small_depthwise_scratch, dsp::int16_convolution_scratch},
    {mve::int8_convolution_scratch, mve::int8_depthwise_convolution_scratch, dsp::int16_convolution_scratch}};

/// Elements that any target's kernel of int16 may scribble on.
constexpr int int16_convolution_scratch(const Int8Convolution& d) {
  int most = portable::int8_convolution_scratch(d);
  for (const Int8Scratch& row : int8_scratch)
    if (const int n = row.wide_convolution(d); n > most) most = n;
  return most;
}

/// Bytes that any target's kernel of int8 may scribble on: one plan serves all.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  int most = portable::int8_convolution_scratch(d);
  for (const Int8Scratch& row : int8_scratch)
    if (const int n = row.convolution(d); n > most) most = n;
  return most;
}

/// The same of depthwise convolutions.
constexpr int int8_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d) {
  int most = portable::int8_depthwise_convolution_scratch(d);
  for (const Int8Scratch& row : int8_scratch)
    if (const int n = row.depthwise(d); n > most) most = n;
  return most;
}

}  // namespace etch::kernels
