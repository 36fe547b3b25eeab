// SPDX-License-Identifier: BSL-1.0
// The dense layers of the float models of examples/sizes, one prediction each, and of the training step of
// examples/train_on_device, by ETCH_BENCHMARK_NUMERICS, separate or fused; predictions with weights in panels
// where ETCH_BENCHMARK_PANELS is defined. One function a row, for a counter that starts and stops with it.
#include <runtime/kernels/portable/dense.hpp>
#include <runtime/kernels/portable/dense_backward.hpp>
#if defined(ETCH_BENCHMARK_PANELS)
#include "panels.hpp"
#endif

#include <array>
#include <bit>
#include <cstdint>

namespace {

using namespace etch::kernels;
using etch::ActivationKind;

constexpr Numerics numerics = Numerics::ETCH_BENCHMARK_NUMERICS;
using Element = FloatOf<numerics>;
constexpr int most_inputs = 784, most_outputs = 128, most_rows = 8;

template <class Numbers>
auto* typed(Numbers& numbers) {
  using To = std::conditional_t<std::is_const_v<Numbers>, const Element, Element>;
  return reinterpret_cast<To*>(numbers.data());
}

/// Sums of four draws: about a bell, of both signs.
template <std::size_t N>
constexpr std::array<float, N> drawn(std::uint32_t seed, bool positive) {
  std::array<float, N> numbers{};
  for (float& number : numbers) {
    std::int32_t sum = 0;
    for (int i = 0; i < 4; ++i) {
      seed = seed * 1664525U + 1013904223U;
      sum += static_cast<std::int32_t>(seed >> 10) - (1 << 21);
    }
    number = positive && sum < 0 ? 0.0f : static_cast<float>(sum) / static_cast<float>(1 << 24);
  }
  return numbers;
}

// Weights of predictions lie in flash, at the start of a line.
alignas(16) constexpr std::array weights = drawn<std::size_t{most_inputs} * most_outputs>(1, false);
constexpr std::array bias = drawn<most_outputs>(2, false);

constexpr int image = 14 * 14, hidden = 32, classes = 10;
std::array x = drawn<std::size_t{most_rows} * most_inputs>(3, true);  // as behind a ReLU
std::array y = drawn<std::size_t{most_rows} * most_outputs>(4, false);
std::array trained = drawn<std::size_t{image} * hidden>(5, false);
std::array momenta = drawn<std::size_t{image} * hidden>(6, false);
std::array<float, most_rows> held;
std::array<float, hidden> trained_bias, momenta_of_bias;

template <int in, int out>
[[gnu::always_inline]] inline void forward(int rows, const Element* w) {
  static constexpr DenseForward d{in, out, 1, 1, ActivationKind::linear};
  portable::dense_forward(d, rows, static_cast<const Element*>(typed(x)), w, typed(bias), typed(y));
}

/// A prediction of one row.
template <int in, int out>
[[gnu::always_inline]] inline void predict() {
#if defined(ETCH_BENCHMARK_PANELS)
  if constexpr (in % 4 == 0)
    return panels::dense_forward<numerics, in, out>(x.data(), weights.data(), bias.data(), y.data());
#endif
  forward<in, out>(1, typed(weights));
}

template <int in, int out, bool input_gradient>
[[gnu::always_inline]] inline void backward(int rows) {
  static constexpr DenseBackward d{in, out, 1, 1, input_gradient ? 1 : 0, 1, ActivationKind::linear};
  const Hyper h{.rate = 0.05f, .momentum = 0.9f};
  using Sink = GradientSink<Element, FixedRule<Rule::momentum>>;
  const Element* const to_read = typed(x);
  portable::dense_backward(d, h, rows, static_cast<const Element*>(typed(y)), to_read,
                           static_cast<const Element*>(typed(trained)), typed(x), typed(held),
                           Sink({}, nullptr, typed(trained), typed(momenta)),
                           Sink({}, nullptr, typed(trained_bias), typed(momenta_of_bias)));
}

}  // namespace

extern "C" {

[[gnu::noinline]] void row_xor() {
  predict<2, 8>();
  predict<8, 1>();
}
[[gnu::noinline]] void row_digits() {
  predict<image, hidden>();
  predict<hidden, classes>();
}
[[gnu::noinline]] void row_mnist() {
  predict<784, 128>();
  predict<128, 128>();
  predict<128, 10>();
}
[[gnu::noinline]] void row_residual() {
  predict<16, 32>();
  predict<32, 32>();
  predict<16, 8>();
  predict<40, 4>();
}
[[gnu::noinline]] void row_layer() { predict<784, 128>(); }
[[gnu::noinline]] void row_step() {
  forward<image, hidden>(most_rows, typed(trained));
  forward<hidden, classes>(most_rows, typed(trained));
  backward<hidden, classes, true>(most_rows);
  backward<image, hidden, false>(most_rows);
}
[[gnu::noinline]] void row_update() { backward<image, hidden, false>(1); }
}

#if defined(ETCH_BENCHMARK_PANELS)
// Panels give the bits of the rows that they hold.
bool panels_agree() {
  constexpr int in = 40, out = 20;
  static float packed[in * out], row_major[out], from_panels[out];
  panels::pack(in, out, weights.data(), packed);
  static constexpr DenseForward d{in, out, 1, 1, ActivationKind::linear};
  portable::dense_forward(d, 1, static_cast<const Element*>(typed(x)), typed(weights), typed(bias),
                          reinterpret_cast<Element*>(row_major));
  panels::dense_forward<numerics, in, out>(x.data(), packed, bias.data(), from_panels);
  for (int o = 0; o < out; ++o)
    if (std::bit_cast<std::uint32_t>(row_major[o]) != std::bit_cast<std::uint32_t>(from_panels[o]))
      return false;
  return true;
}
#else
bool panels_agree() { return true; }
#endif

int main() {
  row_xor();
  row_digits();
  row_mnist();
  row_residual();
  row_layer();
  row_step();
  row_update();
  return panels_agree() ? 0 : 1;
}
