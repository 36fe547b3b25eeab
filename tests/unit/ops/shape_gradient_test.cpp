// SPDX-License-Identifier: BSL-1.0
// The ways back of pooling, padding, resizing, permuting, merging, products and look-up, against central
// finite differences in double.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>

namespace {

using namespace etch;

constexpr auto tanh_kind = ActivationKind::tanh;

template <class Define>
void check(const char* what, const Define& define) {
  for (const int rows : {1, 4}) {
    INFO(what << ", rows " << rows);
    CHECK(check_gradient(define, {.rows = rows}) <= 1e-5);
  }
}

/// `elements` numbers that depend on weights, in the given shape.
Tensor made(Builder& g, const Shape& shape, ActivationKind kind = linear) {
  return Reshape{shape}(Dense{shape.size(), kind}(g.input({3})));
}

TEST_CASE("gradients of max pooling, with taps kept and found again", "[gradient][pooling]") {
  for (const ActivationKind kind : {linear, tanh_kind})  // tanh keeps its result, so the taps are not saved
    for (const Padding padding : {valid, same})
      for (const Pair size : {Pair(2), Pair(3, 2)})
        for (const Pair strides : {Pair(0), Pair(1), Pair(1, 3)}) {
          check("MaxPooling2D", [=](Builder& g) {
            return MaxPooling2D{size, strides, padding}(made(g, {4, 5, 2}, kind));
          });
          check("AveragePooling2D", [=](Builder& g) {
            return AveragePooling2D{size, strides, padding}(made(g, {4, 5, 2}, kind));
          });
        }
  check("numbers of taps beyond a byte", [](Builder& g) { return MaxPooling2D{12}(made(g, {12, 12, 1})); });
  check("on the input", [](Builder& g) { return MaxPooling2D{}(g.input({4, 5, 9})); });
}

TEST_CASE("gradients of pooling in one dimension and over everything", "[gradient][pooling]") {
  for (const Padding padding : {valid, same})
    for (const int strides : {0, 1}) {
      check("MaxPooling1D", [=](Builder& g) { return MaxPooling1D{3, strides, padding}(made(g, {7, 3})); });
      check("AveragePooling1D", [=](Builder& g) {
        return AveragePooling1D{3, strides, padding}(made(g, {7, 3}));
      });
    }
  for (const bool keep : {false, true}) {
    check("global", [=](Builder& g) { return GlobalMaxPooling1D{keep}(made(g, {5, 9})); });
    check("global", [=](Builder& g) { return GlobalAveragePooling1D{keep}(made(g, {5, 9})); });
    check("global", [=](Builder& g) { return GlobalMaxPooling2D{keep}(made(g, {2, 3, 4}, tanh_kind)); });
    check("global", [=](Builder& g) { return GlobalAveragePooling2D{keep}(made(g, {2, 3, 4})); });
  }
}

TEST_CASE("a masked average over time", "[gradient][pooling]") {
  check("masked", [](Builder& g) {
    Tensor x = made(g, {4, 3});
    const Tensor mask = g.input({4});  // any weights serve: the average divides by their squares
    x.mask = mask.value;
    return GlobalAveragePooling1D{}(x);
  });
}

TEST_CASE("gradients of padding and cropping", "[gradient][pad]") {
  check("ZeroPadding1D", [](Builder& g) { return ZeroPadding1D{{1, 2}}(made(g, {3, 2})); });
  check("ZeroPadding2D", [](Builder& g) { return ZeroPadding2D{{{1, 0}, {2, 3}}}(made(g, {3, 2, 2})); });
  check("Cropping1D", [](Builder& g) { return Cropping1D{{0, 2}}(made(g, {5, 2})); });
  check("Cropping2D", [](Builder& g) { return Cropping2D{{{1, 2}, {0, 1}}}(made(g, {4, 3, 2})); });
  check("crop of a padded tensor", [](Builder& g) {
    const Tensor x = made(g, {3, 3, 2});
    return Cropping2D{1}(Add{}(ZeroPadding2D{2}(x), ZeroPadding2D{2}(activate(x, tanh_kind))));
  });
}

TEST_CASE("gradients of up-sampling and repetition", "[gradient][resize]") {
  check("UpSampling1D", [](Builder& g) { return UpSampling1D{3}(made(g, {4, 2})); });
  for (const Interpolation how : {nearest, bilinear})
    for (const Pair size : {Pair(2), Pair(1, 3), Pair(5, 2)})
      check("UpSampling2D", [=](Builder& g) { return UpSampling2D{size, how}(made(g, {2, 3, 2})); });
  check("RepeatVector", [](Builder& g) { return RepeatVector{4}(made(g, {5})); });
}

TEST_CASE("gradients of resizing", "[gradient][resize]") {
  for (const Interpolation how : {nearest, bilinear})
    for (const Pair size : {Pair(1, 1), Pair(5, 2), Pair(3, 7), Pair(2, 5)})
      check("Resizing", [=](Builder& g) {
        return Resizing{.height = size.first, .width = size.second, .interpolation = how}(made(g, {3, 4, 2}));
      });
  check("nothing to resize", [](Builder& g) {
    return Resizing{.height = 3, .width = 2}(made(g, {3, 2, 2}));
  });
}

TEST_CASE("gradients of Permute", "[gradient][permute]") {
  check("two axes", [](Builder& g) { return Permute{{2, 1}}(made(g, {3, 4})); });
  for (const Shape& dims : {Shape{2, 3, 1}, Shape{3, 1, 2}, Shape{1, 3, 2}, Shape{3, 2, 1}})
    check("three axes", [=](Builder& g) {
      return Dense{.units = 2, .allow_axes = true}(Permute{dims}(made(g, {2, 3, 4})));
    });
  check("four axes", [](Builder& g) { return Permute{{4, 2, 1, 3}}(made(g, {2, 2, 3, 2})); });
  check("no step", [](Builder& g) { return Permute{{3, 1, 2}}(made(g, {2, 3, 1})); });
}

/// Two tensors of different weights, the second of another shape.
template <class Layer>
void check_merge(const char* what, const Shape& a, const Shape& b) {
  check(what, [=](Builder& g) { return Layer{}(made(g, a), made(g, b)); });
}

TEST_CASE("gradients of merges, also broadcast", "[gradient][merge]") {
  const Shape shapes[][2] = {{{3, 4}, {3, 4}}, {{3, 4}, {1, 4}}, {{3, 1}, {2, 3, 4}}, {{2, 1}, {1, 3}}};
  for (const auto& [a, b] : shapes) {
    check_merge<Add>("Add", a, b);
    check_merge<Subtract>("Subtract", a, b);
    check_merge<Multiply>("Multiply", a, b);
    check_merge<Average>("Average", a, b);
    check_merge<Maximum>("Maximum", a, b);
    check_merge<Minimum>("Minimum", b, a);
  }
}

TEST_CASE("gradients of merges of more than two, and of one tensor twice", "[gradient][merge]") {
  const auto three = [](auto layer) {
    return [=](Builder& g) {
      auto merge = layer;
      return merge(made(g, {4}), made(g, {2, 4}), made(g, {2, 1}));
    };
  };
  check("Multiply", three(Multiply{}));
  check("Average", three(Average{}));
  check("Maximum", three(Maximum{}));
  check("Minimum", three(Minimum{}));
  check("squared", [](Builder& g) {
    const Tensor x = made(g, {4});
    return Multiply{}(x, x);
  });
  check("read again", [](Builder& g) {
    const Tensor x = made(g, {4}), y = made(g, {4}, tanh_kind);
    return Average{}(Subtract{}(x, y), Multiply{}(x, y), Maximum{}(y, x), x);
  });
}

TEST_CASE("gradients of Dot", "[gradient][dot]") {
  struct Case {
    Shape a, b;
    Pair axes;
  };
  const Case cases[] = {{{4}, {4}, 1},
                        {{3, 4}, {2, 4}, 2},
                        {{3, 4}, {3, 2}, 1},
                        {{3, 4}, {4}, {2, 1}},
                        {{4, 3}, {2, 4}, {1, 2}},
                        {{2, 4, 3}, {4, 2}, {2, 1}},
                        {{2, 3}, {2, 3, 2}, {2, 2}},
                        {{2, 3, 2}, {2, 3, 2}, {-1, 3}}};
  for (const Case& c : cases)
    for (const bool normalize : {false, true})
      check("Dot", [=](Builder& g) { return Dot{c.axes, normalize}(made(g, c.a), made(g, c.b)); });
  check("x x^T", [](Builder& g) {
    const Tensor x = made(g, {3, 4});
    return Dot{2, true}(x, x);
  });
}

TEST_CASE("gradients of batched products with a scale", "[gradient][mat_mul]") {
  for (const int form : {0, 1, 2, 3})
    check("MatMul", [=](Builder& g) {
      const kernels::MatMul product{2, 3, 4, 5, form & 1, form >> 1, 0.5f};
      const Tensor inputs[]{made(g, {2, 3, 5}), made(g, {2, 5, 4})};
      LayerState none{};
      return g.apply(op_rule<ops::MatMul>, none, pack(product), {2, 3, 4}, inputs);
    });
}

TEST_CASE("gradients of Embedding, shared by two calls too", "[gradient][embedding]") {
  const GradientCheck c{
      .rows = 2, .input_gradients = false, .inputs = {{0, 3, 1, 1, 2, 3, 3, 0, -1, 9}}};  // -1 reads row 0
  CHECK(check_gradient([](Builder& g) { return Embedding{4, 17}(g.input({5})); }, c) <= 1e-5);
  const auto twice = [](Builder& g) {
    Embedding shared{4, 3};
    const Tensor x = g.input({5});
    return Dense{2}(Flatten{}(Multiply{}(shared(x), activate(shared(x), tanh_kind))));
  };
  CHECK(check_gradient(twice, c) <= 1e-5);
}

}  // namespace
