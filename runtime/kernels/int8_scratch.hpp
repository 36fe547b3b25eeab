// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_depthwise_lines.hpp>
#include <runtime/kernels/dsp/int8_scratch.hpp>
#include <runtime/kernels/kernel_sets.hpp>
#include <runtime/kernels/lanes/int8_scratch.hpp>
#include <runtime/kernels/mve/int8_scratch.hpp>
#include <runtime/kernels/scalar/int8_depthwise_lines.hpp>
#include <runtime/kernels/scalar/int8_scratch.hpp>

// What the kernels of int8 and 16x8 scribble on. This header is read on each target: a plan is made for the
// core that runs it, elsewhere.
namespace etch::kernels {

/// What the kernels of one row scribble on, where they do not fall back to the portable ones.
struct Int8Scratch {
  int (*convolution)(const Int8Convolution&);  ///< bytes
  int (*depthwise)(const Int8DepthwiseConvolution&);
  int (*wide_convolution)(const Int8Convolution&);  ///< elements of int16
  int (*wide_depthwise)(const Int8DepthwiseConvolution&) =
      portable::int8_depthwise_convolution_scratch;  ///< elements of int16
  /// Of weights of 4 bits: bytes.
  int (*int4_convolution)(const Int8Convolution&) = portable::int8_convolution_scratch;
  /// Of weights with a zero point: bytes.
  int (*offset_depthwise)(const Int8DepthwiseConvolution&) = portable::int8_depthwise_convolution_scratch;
};

/// In the order of `KernelSet`.
inline constexpr Int8Scratch int8_scratch[] = {
    {portable::int8_convolution_scratch, portable::int8_depthwise_convolution_scratch,
     portable::int8_convolution_scratch},
    {scalar::int8_convolution_scratch, scalar::int8_depthwise_convolution_scratch,
     portable::int8_convolution_scratch},
    {dsp::int8_convolution_scratch, dsp::int8_depthwise_convolution_scratch, dsp::int16_convolution_scratch,
     portable::int8_depthwise_convolution_scratch, dsp::int4_convolution_scratch,
     dsp::int8_depthwise_convolution_scratch},
    {dsp::int8_convolution_scratch, dsp::int8_small_depthwise_scratch, dsp::int16_convolution_scratch,
     portable::int8_depthwise_convolution_scratch, dsp::int4_convolution_scratch},
    {mve::int8_convolution_scratch, mve::int8_depthwise_convolution_scratch, dsp::int16_convolution_scratch,
     portable::int8_depthwise_convolution_scratch, dsp::int4_convolution_scratch},
    {mve::int8_convolution_scratch, mve::int8_depthwise_convolution_scratch, dsp::int16_convolution_scratch,
     portable::int8_depthwise_convolution_scratch, dsp::int4_convolution_scratch},
    {lanes::int8_convolution_scratch, lanes::int8_depthwise_convolution_scratch,
     lanes::int16_convolution_scratch, lanes::int16_depthwise_convolution_scratch},
    {scalar::int8_triples_scratch, scalar::int8_depthwise_convolution_scratch,
     portable::int8_convolution_scratch}};

/// The most elements that kernels of these sets scribble on. At least one where any set's do: a step has
/// scratch for every core or for none, so that graphs differ in sizes alone.
template <class Description>
constexpr int int8_scratch_for(KernelSets sets, int (*Int8Scratch::*scratch)(const Description&),
                               const Description& d) {
  int most = 0, set = 0;
  for (const Int8Scratch& row : int8_scratch) {
    const int elements = (row.*scratch)(d);
    if (sets.has(set++) && elements > most) most = elements;
    if (elements > 0 && most == 0) most = 1;
  }
  return most;
}

/// Elements of int16.
constexpr int int16_convolution_scratch(const Int8Convolution& d, KernelSets sets = every_set) {
  return int8_scratch_for(sets, &Int8Scratch::wide_convolution, d);
}
/// Bytes.
constexpr int int8_convolution_scratch(const Int8Convolution& d, KernelSets sets = every_set) {
  return int8_scratch_for(sets, &Int8Scratch::convolution, d);
}
constexpr int int4_convolution_scratch(const Int8Convolution& d, KernelSets sets = every_set) {
  return int8_scratch_for(sets, &Int8Scratch::int4_convolution, d);
}
constexpr int int8_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d,
                                                 KernelSets sets = every_set) {
  return int8_scratch_for(sets, &Int8Scratch::depthwise, d);
}
/// Bytes.
constexpr int int8_offset_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d,
                                                        KernelSets sets = every_set) {
  return int8_scratch_for(sets, &Int8Scratch::offset_depthwise, d);
}
/// Elements of int16.
constexpr int int16_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d,
                                                  KernelSets sets = every_set) {
  return int8_scratch_for(sets, &Int8Scratch::wide_depthwise, d);
}

}  // namespace etch::kernels
