// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/formats/tflite/writer.hpp>

#include <algorithm>

namespace etch::test {

/// A small audio front end, with every signal operator and all that there is of int32: 24 samples to 3
/// features.
class SignalModel {
 public:
  explicit SignalModel(TfliteWriter& writer) : w_(writer) {}

  std::vector<std::byte> file() {
    const int x = w_.tensor(ElementKind::int16, {1, 24}), y = w_.tensor(ElementKind::int8, {3});
    const int scaled = w_.tensor(ElementKind::int16, {24}), exponent = w_.tensor(ElementKind::int32, {});
    w_.custom("SignalFftAutoScale", {windowed(x)}, {scaled, exponent}, custom_numbers({}));
    const int sums = filtered(bordered(energies(scaled)));
    finish(subtracted(sums, exponent), y);
    return w_.file({x}, {y});
  }

 private:
  using Numbers = std::vector<std::int16_t>;

  int shorts(const Numbers& n) { return w_.constant(ElementKind::int16, {static_cast<int>(n.size())}, n); }
  int list(const std::vector<std::int32_t>& n) {
    return w_.constant(ElementKind::int32, {static_cast<int>(n.size())}, n);
  }
  int number(std::int32_t n) { return w_.constant(ElementKind::int32, {}, std::vector{n}); }
  int words(int n) { return w_.tensor(ElementKind::uint32, {n}); }

  int windowed(int x) {
    const int y = w_.tensor(ElementKind::int16, {1, 24}), flat = w_.tensor(ElementKind::int16, {24});
    w_.custom("SignalWindow", {x, shorts(Numbers(24, 3000))}, {y}, custom_numbers({{"shift", 12}}));
    w_.op(OperatorKind::reshape, {y, list({-1})}, {flat});
    return flat;
  }
  int energies(int x) {
    const int spectrum = w_.tensor(ElementKind::int16, {34}), y = words(17);
    w_.custom("SignalRfft", {x}, {spectrum}, custom_numbers({{"T", 7}, {"fft_length", 32}}));
    w_.custom("SignalEnergy", {spectrum}, {y}, custom_numbers({{"start_index", 2}, {"end_index", 15}}));
    return y;
  }
  int bordered(int x) {
    const int as_int = w_.tensor(ElementKind::int32, {17}), cut = w_.tensor(ElementKind::int32, {13}),
              joined = w_.tensor(ElementKind::int32, {17}), y = words(17);
    w_.op(OperatorKind::cast, {x}, {as_int});
    w_.op(OperatorKind::strided_slice, {as_int, list({2}), list({15}), list({1})}, {cut},
          {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}});
    w_.op(OperatorKind::concatenation, {list({0, 0}), cut, list({0, 0})}, {joined},
          {{0, 0}, {1, std::int8_t{0}}});
    w_.op(OperatorKind::cast, {joined}, {y});
    return y;
  }
  int filtered(int x) {
    const int y = w_.tensor(ElementKind::uint64, {3});
    w_.custom("SignalFilterBank",
              {x, shorts(Numbers(13, 3000)), shorts(Numbers(13, 1096)), shorts({2, 4, 7, 11}),
               shorts({0, 2, 5, 9}), shorts({2, 3, 4, 4})},
              {y}, custom_numbers({{"num_channels", 3}}));
    return y;
  }
  int subtracted(int sums, int exponent) {
    const int roots = words(3), signal = words(3), noise = words(3), y = words(3);
    w_.custom("SignalFilterBankSquareRoot", {sums, exponent}, {roots}, custom_numbers({}));
    w_.custom("SignalFilterBankSpectralSubtraction", {roots}, {signal, noise},
              custom_numbers({{"alternate_one_minus_smoothing", 15401},
                              {"alternate_smoothing", 983},
                              {"clamping", 0},
                              {"min_signal_remaining", 819},
                              {"num_channels", 3},
                              {"one_minus_smoothing", 15975},
                              {"smoothing", 409},
                              {"smoothing_bits", 10},
                              {"spectral_subtraction_bits", 14}}));
    w_.custom("SignalPCAN", {signal, noise, shorts(Numbers(125, 900))}, {y},
              custom_numbers({{"snr_shift", 6}}));
    return y;
  }
  void finish(int x, int y) {
    const int log = w_.tensor(ElementKind::int16, {3});
    w_.custom("SignalFilterBankLog", {x}, {log},
              custom_numbers({{"input_correction_bits", 3}, {"output_scale", 64}}));
    int last = w_.tensor(ElementKind::int32, {3});
    w_.op(OperatorKind::cast, {log}, {last});
    for (const auto& [kind, by] : {std::pair{OperatorKind::mul, 256},
                                   {OperatorKind::add, 333},
                                   {OperatorKind::div, 666},
                                   {OperatorKind::sub, 128},
                                   {OperatorKind::minimum, 127},
                                   {OperatorKind::maximum, -128}}) {
      const int next = w_.tensor(ElementKind::int32, {3});
      w_.op(kind, {last, number(by)}, {next}, {{0, std::int8_t{0}}});
      last = next;
    }
    w_.op(OperatorKind::cast, {last}, {y});
  }

  TfliteWriter& w_;
};

}  // namespace etch::test
