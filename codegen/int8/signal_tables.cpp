// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/signal_tables.hpp>
#include <runtime/kernels/portable/signal_filter_bank.hpp>

#include <cmath>
#include <numbers>

namespace etch::host::int8 {

ConstantArray twiddles(const kernels::SignalRfft& rfft) {
  std::vector<std::int16_t> numbers;
  const auto add = [&](double angle) {
    for (const double part : {std::cos(angle), std::sin(angle)})
      numbers.push_back(static_cast<std::int16_t>(std::floor(0.5 + 32767 * part)));
  };
  const int n = rfft.pairs();
  for (int i = 0; i < n; ++i) add(-2 * std::numbers::pi * i / n);
  for (int i = 0; i < n / 2; ++i) add(-std::numbers::pi * (static_cast<double>(i + 1) / n + 0.5));
  return constant_of(numbers, ElementType::i16);
}

ConstantArray log_table() {
  std::vector<std::int16_t> numbers;
  for (int i = 0; i < kernels::log_table_size; ++i) {
    const double t = static_cast<double>(i) / (kernels::log_table_size - 1);
    numbers.push_back(static_cast<std::int16_t>(std::lround(65536 * (std::log2(1 + t) - t))));
  }
  return constant_of(numbers, ElementType::i16);
}

}  // namespace etch::host::int8
