// SPDX-License-Identifier: BSL-1.0
// What training ResNet-8 (MLPerf Tiny) takes within a number of bytes, as docs/device_training.md has it.
// With ETCH_PLAIN it is planned without a limit: what both take to compile is compared.
#include <etch/layers/layers.hpp>
#include <etch/model/training/training_code.hpp>
#include <etch/train/optimizers/wrappers.hpp>

namespace {

using namespace etch;

constexpr Tensor convolve(const Tensor& x, int filters, int size, int strides) {
  return Conv2D{.filters = filters, .kernel_size = size, .strides = strides, .padding = same}(x);
}
template <bool Normalized>
constexpr Tensor normalize(const Tensor& x) {
  if constexpr (Normalized)
    return BatchNormalization{}(x);
  else
    return x;
}

/// Three blocks of two convolutions and a way around them.
template <bool Normalized>
struct ResNet8 {
  constexpr Tensor operator()(Builder& g) const {
    Tensor x = ReLU{}(normalize<Normalized>(convolve(g.input({32, 32, 3}), 16, 3, 1)));
    for (const int block : {0, 1, 2}) {
      const int filters = 16 << block, strides = block > 0 ? 2 : 1;
      Tensor y = ReLU{}(normalize<Normalized>(convolve(x, filters, 3, strides)));
      y = normalize<Normalized>(convolve(y, filters, 3, 1));
      if (block > 0) x = convolve(x, filters, 1, strides);
      x = ReLU{}(Add{}(x, y));
    }
    return Dense{10, softmax}(GlobalAveragePooling2D{}(x));
  }
};

/// Without batch normalization, or with it. \tparam Arena bytes that the rest of the RAM leaves to it.
template <bool Normalized>
inline constexpr auto network = functional(ResNet8<Normalized>{});
template <const auto& Declared>
inline constexpr TrainingMemory memory = training_memory<Declared, SGD, SparseCategoricalCrossentropy, 1>;

#if defined(ETCH_PLAIN)
static_assert(memory<network<false>>.arena == 360488);
static_assert(memory<network<true>>.arena == 623592);
#else
template <bool Normalized, int Arena>
inline constexpr auto within = fit_in(Arena + (Normalized ? 313776 : 310824) + 12288 + 4,
                                      network<Normalized>);

constexpr TrainingMemory plain = memory<within<false, 198268>>;  // 55 %
static_assert(plain.plain_arena == 360488 && plain.arena == 196648);
static_assert(plain.macs == 37062528 && plain.macs_again * 100 <= plain.macs * 10);
constexpr TrainingMemory normalized = memory<within<true, 268144>>;  // 43 %
static_assert(normalized.plain_arena == 623592 && normalized.arena == 263144);
static_assert(normalized.macs_again * 100 <= normalized.macs * 20);
constexpr TrainingMemory half = memory<within<true, 311796>>;  // 50 %
static_assert(half.arena == 295912 && half.macs_again * 100 <= half.macs * 20);

// Batches of 8, at once and by gradients of single samples that are added up.
template <class Optimizer, int Batch>
inline constexpr TrainingMemory of_batch =
    training_memory<network<false>, Optimizer, SparseCategoricalCrossentropy, Batch>;
static_assert(of_batch<SGD, 8>.total() == 3293064);
static_assert(of_batch<GradientAccumulation<SGD, 8>, 1>.total() == 1125756);
// The same in parts.
template <int Bytes>
inline constexpr auto batch_within = fit_in(Bytes, network<false>);
template <int Bytes>
inline constexpr TrainingMemory divided =
    training_memory<batch_within<Bytes>, SGD, SparseCategoricalCrossentropy, 8>;
template <int Bytes>
constexpr bool takes(int total, int arena, int parts, int again) {
  constexpr const TrainingMemory& m = divided<Bytes>;
  return m.total() == total && m.arena == arena && m.parts == parts && m.macs_again == again &&
         m.gradients == 310832 && m.plain_arena == 2883904;
}
static_assert(takes<2'000'000>(1801456, 1081464, 3, 0));
static_assert(takes<1'500'000>(1440968, 720976, 4, 0));
static_assert(takes<1'100'000>(1080480, 360488, 8, 0));
static_assert(takes<1'000'000>(998560, 278568, 8, 442368));
#endif

}  // namespace
