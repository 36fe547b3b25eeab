// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>

namespace etch::host::int8 {

/// What a convolution multiplies and adds, as it is before kernels lay it out.
struct Filters {
  bool depthwise = false;
  std::vector<std::int8_t> weights;  ///< [filters][taps]; [taps][filters] where it is depthwise
  std::vector<std::int64_t> bias;    ///< [filters], in steps of what they sum
  std::vector<double> scale;         ///< steps of the result to one of a sum: [filters], or one of all
  Rounding rounding = Rounding::twice;
};

/// Depthwise filters of one channel as those of a convolution, which they are: kernels of convolutions read
/// its windows once for all filters.
void as_convolution(Filters& filters);

/// The factor from a filter's sums to its results, as convolutions hold it. Throws `Unfit`.
kernels::Int8Scale filter_factor(double real, bool wide, Rounding rounding);

/// Rows of `columns` numbers, each filled up with zeros to a multiple of four.
std::vector<std::int8_t> padded_rows(const std::vector<std::int8_t>& rows, std::size_t columns);

/// Takes the zero point of what filters read into their biases: bias - zero point * sum of weights. Throws
/// `Unfit` unless sums keep below 2^31 on their way, of 64 bits (`wide`) below 2^46.
void fold_zero_point(Filters& filters, std::int32_t zero_point, bool wide);

/// A convolution, also a dense layer as one of 1x1. \param windows without `wide`, which follows from the
/// type. \param io the zero points of input and result, and the bounds of the result.
QuantizedStep convolution(ops::QuantizedConvolution::Attributes windows, ElementType type,
                          const kernels::Int8Io& io, Filters filters);

/// Takes a zero point of the weights out of them. \returns false, and leaves them as they are, where what is
/// left is more than int8 holds.
bool take_offset(Filters& filters, std::int32_t offset);

/// A convolution of int8 whose weights have a zero point of their own.
QuantizedStep offset_convolution(const ops::QuantizedConvolution::Attributes& windows,
                                 const kernels::Int8Io& io, Filters filters, std::int32_t offset);

}  // namespace etch::host::int8
