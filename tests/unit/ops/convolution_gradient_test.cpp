// SPDX-License-Identifier: BSL-1.0
// The ways back of convolution layers against central finite differences, in double.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>

namespace {

using namespace etch;

constexpr auto tanh_kind = ActivationKind::tanh;

/// The layer alone, with the gradients of its input too, over several batches.
void check(const char* what, auto layer, Shape in) {
  for (const int rows : {1, 3}) {
    INFO(what << ", rows " << rows);
    CHECK(check_gradient(
              [=](Builder& g) { return [l = layer](const Tensor& x) mutable { return l(x); }(g.input(in)); },
              {.rows = rows}) <= 1e-5);
  }
}

}  // namespace

TEST_CASE("gradients of Conv2D", "[gradient]") {
  for (const Padding padding : {valid, same})
    for (const int strides : {1, 2})
      for (const bool bias : {true, false})
        check("Conv2D",
              Conv2D{.filters = 3,
                     .kernel_size = {3, 2},
                     .strides = strides,
                     .padding = padding,
                     .activation = tanh_kind,
                     .use_bias = bias},
              {5, 4, 2});
  check("many filters", Conv2D{19, 2}, {3, 3, 2});
  check("many channels", Conv2D{2, 2}, {3, 3, 11});
  check("one tap", Conv2D{4, 1}, {2, 3, 5});
  check("one tap, strides", Conv2D{4, 1, 2}, {3, 4, 5});
  check("strides that skip inputs", Conv2D{2, 2, 3}, {7, 8, 2});
  check("a kernel wider than the image", Conv2D{2, 5, 1, same}, {2, 3, 2});
  for (const Padding padding : {valid, same}) {
    check("dilation", Conv2D{.filters = 2, .kernel_size = 3, .padding = padding, .dilation_rate = {1, 2}},
          {4, 6, 2});
    check("dilation and strides",
          Conv2D{.filters = 2, .kernel_size = 2, .strides = 2, .padding = padding, .dilation_rate = 3},
          {6, 7, 2});
    check("groups", Conv2D{.filters = 6, .kernel_size = 2, .strides = 2, .padding = padding, .groups = 3},
          {5, 4, 6});
  }
}

TEST_CASE("gradients of Conv1D", "[gradient]") {
  for (const Padding padding : {valid, same, causal})
    for (const int strides : {1, 2})
      for (const int dilation : {1, 2})
        check("Conv1D",
              Conv1D{.filters = 4,
                     .kernel_size = 3,
                     .strides = strides,
                     .padding = padding,
                     .dilation_rate = dilation,
                     .groups = 2},
              {8, 4});
}

TEST_CASE("gradients of depthwise convolutions", "[gradient]") {
  for (const Padding padding : {valid, same})
    for (const int multiplier : {1, 2})
      for (const int strides : {1, 2}) {
        check("DepthwiseConv2D", DepthwiseConv2D{{2, 3}, strides, padding, multiplier}, {4, 5, 5});
        check("DepthwiseConv1D", DepthwiseConv1D{3, strides, padding, multiplier}, {6, 3});
      }
  check("dilation", DepthwiseConv2D{.kernel_size = 2, .dilation_rate = {2, 1}, .use_bias = false}, {4, 3, 3});
  check("one channel", DepthwiseConv2D{2}, {3, 3, 1});
}

TEST_CASE("gradients of separable convolutions", "[gradient]") {
  for (const Padding padding : {valid, same})
    check(
        "SeparableConv2D",
        SeparableConv2D{
            .filters = 3, .kernel_size = 2, .padding = padding, .depth_multiplier = 2, .activation = sigmoid},
        {3, 4, 3});
  for (const Padding padding : {valid, same, causal})
    check("SeparableConv1D",
          SeparableConv1D{.filters = 3, .kernel_size = 2, .padding = padding, .use_bias = false}, {5, 3});
}

TEST_CASE("gradients of transposed convolutions", "[gradient]") {
  for (const Padding padding : {valid, same})
    for (const int strides : {1, 2, 3}) {
      check("Conv2DTranspose",
            Conv2DTranspose{.filters = 3,
                            .kernel_size = {2, 3},
                            .strides = strides,
                            .padding = padding,
                            .activation = tanh_kind},
            {3, 4, 2});
      check("Conv1DTranspose",
            Conv1DTranspose{
                .filters = 3, .kernel_size = 4, .strides = strides, .padding = padding, .use_bias = false},
            {4, 2});
      for (int extra = 0; extra < strides; ++extra)
        check("output padding", Conv2DTranspose{2, 3, strides, padding, extra}, {2, 3, 2});
    }
  check("dilation", Conv2DTranspose{.filters = 2, .kernel_size = 2, .dilation_rate = 2}, {3, 2, 3});
}

TEST_CASE("gradients of convolutions in networks", "[gradient]") {
  const auto check_network = [](auto define) { CHECK(check_gradient(define, {.rows = 2}) <= 1e-5); };
  check_network([](Builder& g) {
    const Tensor x = Conv2D{4, 3, 1, same, 1, 1, tanh_kind}(g.input({4, 4, 2}));
    const Tensor y = BatchNormalization{}(Conv2D{4, 3, 1, same}(x));
    return Dense{2}(Flatten{}(Conv2D{2, 2, 2}(Add{}(x, y))));
  });
  check_network([](Builder& g) {  // one object, two calls
    Conv2D shared{3, 2, 1, same, 1, 1, tanh_kind};
    return Add{}(shared(g.input({3, 3, 3})), shared(shared(g.input({3, 3, 3}))));
  });
  check_network([](Builder& g) {  // frozen between two that are trained
    Conv1D still{.filters = 3, .kernel_size = 2, .trainable = false};
    return Conv1D{2, 2}(still(Conv1D{3, 2, 1, causal}(g.input({6, 2}))));
  });
}
