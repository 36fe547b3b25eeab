// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <codegen/quantize/round_weights.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host::quantization {

/// Counts what the taps of a convolution or dense step of whole numbers meet.
class MomentCounter {
 public:
  static constexpr std::size_t most_windows = 8192;  ///< that are looked at, from all parts of the samples
  static constexpr std::size_t most_taps = 1024;     ///< whose products two by two are counted

  /// \param samples how many there will be.
  MomentCounter(const Step& step, std::int32_t zero_point, std::size_t samples);
  /// \param input the step's, of one sample.
  void add(std::span<const std::byte> input);
  InputMoments moments() const;

 private:
  void add_window(int oy, int ox);

  kernels::Int8Convolution c_;
  bool wide_;
  std::int32_t zero_point_;
  std::size_t every_ = 1, seen_ = 0, counted_ = 0;
  std::vector<double> input_, window_, sum_, squares_, products_;
};

}  // namespace etch::host::quantization
