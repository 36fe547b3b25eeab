// SPDX-License-Identifier: BSL-1.0
// Batches that run in parts: the bits of a batch that trains at once, by kernels of every width.
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <tests/unit/train/same_training.hpp>

#include <memory>

using namespace etch;

namespace {

constexpr int batch_size = 8;

/// Windows, two kinds of dropout, a skip, and normalization that stays as it is.
inline constexpr auto windows = functional([](Builder& g) {
  Tensor x =
      Conv2D{.filters = 8, .kernel_size = 3, .padding = same, .activation = relu}(g.input({10, 10, 2}));
  Tensor y = SpatialDropout2D{0.25f}(DepthwiseConv2D{.kernel_size = 3, .padding = same}(x));
  y = Conv2D{.filters = 8, .kernel_size = 3, .padding = same}(y);
  y = Dropout{0.2f}(BatchNormalization{.trainable = false}(y));
  x = MaxPooling2D{}(ReLU{}(Add{}(x, y)));
  return Dense{3, softmax}(Flatten{}(AveragePooling2D{}(x)));
});
/// Odd numbers of channels, which fill no vector, groups, a transposed convolution, a penalty and a
/// constraint.
inline constexpr auto odd = functional([](Builder& g) {
  Tensor x = Conv2D{.filters = 6, .kernel_size = 3, .groups = 3}(g.input({8, 8, 3}));
  x = PReLU{}(LayerNormalization{}(x));
  x = Conv2DTranspose{.filters = 5, .kernel_size = 2, .kernel_regularizer = L1L2{0.001f, 0.01f}}(x);
  x = GaussianNoise{0.1f}(Activation{ActivationKind::tanh}(x));
  return Dense{.units = 3, .kernel_constraint = MaxNorm{.max_value = 1}}(Flatten{}(AveragePooling2D{}(x)));
});
/// Sequences, of which one layer takes each step, twice.
inline constexpr auto sequences = functional([](Builder& g) {
  Tensor x = g.input({16, 3});
  TimeDistributed each{Dense{6, relu}};
  x = each(TimeDistributed{Dense{6}}(x));
  x = each(AlphaDropout{0.1f}(x));
  x = LSTM{.units = 4, .return_sequences = true}(x);
  return Dense{1}(GRU{.units = 5}(SimpleRNN{.units = 4, .return_sequences = true}(x)));
});

/// Products that are fused with sums, a layer as wide as those of which gradients are packed, and a table.
inline constexpr auto wide = with_numerics(Numerics::fused, functional([](Builder& g) {
                                             Tensor x = Rescaling{.scale = 9, .offset = 9}(g.input({12}));
                                             x = TimeDistributed{Dense{264, relu}}(Embedding{20, 6}(x));
                                             x = TimeDistributed{Dense{5}}(UnitNormalization{}(x));
                                             return Dense{3, softmax}(LSTM{4}(x));
                                           }));

/// The same in parts, planned for a byte less than the whole batch takes.
template <const auto& Declared, class Optimizer, class Loss>
using TrainerOf = Trainer<Declared, Optimizer, Loss, hana::tuple<>, batch_size>;
template <int Rows>
inline constexpr ScheduledStep by[]{{.samples = Rows}};
template <const auto& Declared, class Optimizer, class Loss, int Rows>
inline constexpr auto divided = fit_in(TrainerOf<Declared, Optimizer, Loss>::Code::memory.total() - 1,
                                       by<Rows>, Declared);

template <class Model>
void fill(Model& model, std::uint32_t step) {
  for (std::uint32_t i = 0; i < model.input().size(); ++i)
    model.input()[i] = 2 * random::uniform({1, 2}, step, 0, i) - 1;
  constexpr const auto& out = Model::Code::output[0];
  for (std::uint32_t i = 0; i < batch_size * static_cast<unsigned>(out.label_elements()); ++i) {
    const float drawn = random::uniform({3, 4}, step, 0, i);
    if constexpr (out.classes)
      static_cast<std::int32_t*>(model.labels())[i] = static_cast<std::int32_t>(3 * drawn);
    else
      static_cast<float*>(model.labels())[i] = drawn;
  }
}

/// The batch at once and in parts of `Rows`.
template <const auto& Declared, int Rows, class Optimizer, class Loss>
void compare(const Optimizer& optimizer, const Loss&) {
  using Whole = TrainerOf<Declared, Optimizer, Loss>;
  using Parts = TrainerOf<divided<Declared, Optimizer, Loss, Rows>, Optimizer, Loss>;
  static_assert(Parts::Code::rows_at_once == Rows);
  static_assert(Parts::Code::memory.parts == (batch_size + Rows - 1) / Rows);
  static_assert(Parts::Code::memory.total() < Whole::Code::memory.total());
  static_assert(Parts::Code::memory.gradients > 0 && Parts::Code::memory.macs_again == 0);
  const auto one_storage = std::make_unique<typename Whole::Storage>();
  const auto other_storage = std::make_unique<typename Parts::Storage>();
  Whole one(*one_storage, optimizer);
  Parts other(*other_storage, optimizer);
  test::check_same_training(one, other, [](auto& model, std::uint32_t step) { fill(model, step); });
}

}  // namespace

TEST_CASE("windows in parts have the bits of a whole batch", "[parts]") {
  compare<windows, 3>(Adam{}, SparseCategoricalCrossentropy{});
  compare<windows, 1>(SGD{}, SparseCategoricalCrossentropy{});
}
TEST_CASE("parts of odd channels have the bits of a whole batch, with gradients that are clipped together",
          "[parts]") {
  compare<odd, 4>(ClipByGlobalNorm{SGDMomentum{.learning_rate = 0.01f}, 0.5f}, Hinge{});
}
TEST_CASE("sequences in parts have the bits of a whole batch", "[parts]") {
  compare<sequences, 2>(RMSprop{}, MeanSquaredError{});
}
TEST_CASE("parts with fused products have the bits of a whole batch", "[parts]") {
  compare<wide, 3>(Adam{}, SparseCategoricalCrossentropy{});
}
