// SPDX-License-Identifier: BSL-1.0
#include <etch/model/program/deploy.hpp>
#include <etch/model/training/training_code.hpp>

using namespace etch;

namespace {

template <const auto& Model>
constexpr bool shapes(std::initializer_list<Shape> expected) {
  int k = 0;
  for (const Shape& shape : expected)
    if (!(graph<Model>.output_shapes[k++] == shape)) return false;
  return k == graph<Model>.output_shapes.count;
}

// Pooling: extents as Keras computes them.
constexpr auto pools = functional([](Builder& g) {
  const Tensor x = g.input({7, 6, 3}), t = g.input({9, 2});
  return outputs(MaxPooling2D{}(x), MaxPooling2D{.padding = same}(x), AveragePooling2D{{3, 2}, {1, 4}}(x),
                 AveragePooling2D{{3, 2}, {2, 5}, same}(x), MaxPooling1D{}(t),
                 AveragePooling1D{4, 3, same}(t), GlobalMaxPooling1D{}(t), GlobalAveragePooling1D{true}(t),
                 GlobalMaxPooling2D{}(x), GlobalAveragePooling2D{true}(x));
});
static_assert(
    shapes<pools>({{3, 3, 3}, {4, 3, 3}, {5, 2, 3}, {4, 2, 3}, {4, 2}, {3, 2}, {2}, {1, 2}, {3}, {1, 1, 3}}));

constexpr auto sizes = functional([](Builder& g) {
  const Tensor x = g.input({7, 6, 3}), t = g.input({9, 2}), v = g.input({5});
  return outputs(ZeroPadding1D{}(t), ZeroPadding1D{{0, 3}}(t), ZeroPadding2D{{1, 2}}(x),
                 ZeroPadding2D{{{1, 2}, {0, 3}}}(x), Cropping1D{}(t), Cropping2D{{{1, 2}, {2, 3}}}(x),
                 Cropping2D{}(x), UpSampling1D{}(t), UpSampling2D{}(x), UpSampling2D{{3, 1}, bilinear}(x),
                 Resizing{.height = 2, .width = 9}(x), Resizing{.height = 7, .width = 6}(x),
                 RepeatVector{4}(v), Permute{{3, 1, 2}}(x), Permute{{2, 1}}(t), Embedding{10, 4}(v));
});
static_assert(shapes<sizes>({{11, 2},
                             {12, 2},
                             {9, 10, 3},
                             {10, 9, 3},
                             {7, 2},
                             {4, 1, 3},
                             {7, 6, 3},
                             {18, 2},
                             {14, 12, 3},
                             {21, 6, 3},
                             {2, 9, 3},
                             {7, 6, 3},
                             {4, 5},
                             {3, 7, 6},
                             {2, 9},
                             {5, 4}}));

constexpr auto merges = functional([](Builder& g) {
  const Tensor a = g.input({2, 3, 4}), b = g.input({3, 1}), c = g.input({3, 4}), v = g.input({4});
  return outputs(Add{}(a, c), Multiply{}(b, v), Average{}(b, v, a), Maximum{}(a, b), Subtract{}(v, c),
                 Dot{2}(c, c), Dot{{2, 1}}(c, v), Dot{1}(v, v), Dot{{3, -1}}(a, c), Dot{{2, 1}, true}(a, c));
});
static_assert(shapes<merges>(
    {{2, 3, 4}, {3, 4}, {2, 3, 4}, {2, 3, 4}, {3, 4}, {3, 3}, {3}, {1}, {2, 3, 3}, {2, 4, 4}}));

// A permutation that moves only extents of 1 is no step.
constexpr auto still = functional([](Builder& g) { return Permute{{3, 1, 2}}(g.input({4, 5, 1})); });
static_assert(graph<still>.steps.count == 0 && graph<still>.output_shapes[0] == Shape{1, 4, 5});

// Max pooling keeps the numbers of its taps where nothing else would keep its input, and only there.
constexpr auto after_dense = functional([](Builder& g) {
  return MaxPooling2D{}(Dense{.units = 3, .allow_axes = true}(g.input({4, 4, 3})));
});
constexpr auto after_tanh = functional([](Builder& g) {
  return MaxPooling2D{}(
      Dense{.units = 3, .activation = ActivationKind::tanh, .allow_axes = true}(g.input({4, 4, 3})));
});
template <const auto& Model>
constexpr int saved_taps = [] {
  const auto& g = graph<Model>;
  return gradient_rule(g.steps.item[g.steps.count - 1]).saved;
}();
static_assert(saved_taps<after_dense> == 1 && saved_taps<after_tanh> == 0);

// Pooling without padding before the input, cropping and merging work in place.
constexpr auto in_place = functional([](Builder& g) {
  const Tensor x = Dense{.units = 4, .allow_axes = true}(g.input({8, 8, 1}));
  return Dense{1}(Flatten{}(Cropping2D{1}(MaxPooling2D{}(x))));
});
static_assert(Deployment<in_place>::arena_bytes == 4 * 8 * 8 * 4);

}  // namespace
