// SPDX-License-Identifier: BSL-1.0
// Every op's backward pass against central finite differences of its forward pass, both in double.
#include <catch2/catch.hpp>
#include <cmath>
#include <codegen/testing/check_gradient.hpp>

namespace {

using namespace etch;

constexpr auto tanh_kind = ActivationKind::tanh;

struct Case {
  LossKind loss = LossKind::mean_squared_error;
  int logits = 0;
  int rows = 3;
};

template <class Define>
void check(const char* what, const Define& define,
           std::initializer_list<Case> cases = {{}, {.rows = 5}, {.rows = 2}}) {
  for (const Case& c : cases) {
    INFO(what << ", loss " << static_cast<int>(c.loss) << ", rows " << c.rows);
    CHECK(check_gradient(define, {.loss = c.loss, .logits = c.logits, .rows = c.rows}) <= 1e-5);
  }
}

TEST_CASE("gradients of Dense", "[gradient]") {
  for (const bool bias : {true, false})
    for (const int units : {1, 3, 8, 19})
      check("Dense", [=](Builder& g) {
        return Dense{4, tanh_kind, bias}(Dense{units, linear, bias}(g.input({5})));
      });
  check("Dense on three axes", [](Builder& g) {
    return Dense{.units = 3, .allow_axes = true}(
        Dense{.units = 4, .activation = sigmoid, .allow_axes = true}(g.input({2, 3, 5})));
  });
}

TEST_CASE("gradients of activations, fused into the Dense after them and apart", "[gradient]") {
  for (int k = 0; k < activation_kinds; ++k) {
    const auto kind = static_cast<ActivationKind>(k);
    INFO(name_of(kind));
    check("before Dense", [=](Builder& g) { return Dense{3}(Dense{6, kind}(g.input({4}))); });
    check("last", [=](Builder& g) { return activate(Dense{6}(g.input({4})), kind); });
    check("as a layer",
          [=](Builder& g) { return activate(Activation{kind}(Dense{6}(g.input({4}))), tanh_kind); });
    check("read twice", [=](Builder& g) {
      const Tensor x = Dense{6, kind}(g.input({4}));
      return Add{}(Dense{3}(x), Dense{3, tanh_kind}(x));
    });
    check("on three axes", [=](Builder& g) {
      return activate(Dense{.units = 6, .allow_axes = true}(g.input({2, 4})), kind);
    });
  }
}

TEST_CASE("gradients of BatchNormalization", "[gradient]") {
  for (const bool center : {true, false})
    for (const bool scale : {true, false}) {
      check("one axis", [=](Builder& g) {
        return Dense{3}(BatchNormalization{0.9f, 1e-3f, center, scale}(Dense{6, tanh_kind}(g.input({4}))));
      });
      check("last, many channels", [=](Builder& g) {
        return BatchNormalization{0.9f, 1e-2f, center, scale}(Dense{21}(g.input({4})));
      });
      check("three axes", [=](Builder& g) {
        const Tensor x = Dense{12}(g.input({4}));
        return Dense{3}(Flatten{}(BatchNormalization{0.9f, 1e-3f, center, scale}(Reshape{{2, 2, 3}}(x))));
      });
    }
  check("on the input", [](Builder& g) { return Dense{2}(BatchNormalization{}(g.input({4}))); });
  check("two positions, one row",
        [](Builder& g) {
          return BatchNormalization{}(Reshape{{4, 2}}(Dense{8}(g.input({4}))));
        },
        {{.rows = 1}});
}

TEST_CASE("gradients of Add, Concatenate, Reshape and Flatten", "[gradient]") {
  check("Add of three", [](Builder& g) {
    const Tensor x = g.input({4});
    return Add{}(Dense{3}(x), Dense{3, tanh_kind}(x), Dense{3, sigmoid}(x));
  });
  check("x + x", [](Builder& g) {
    const Tensor x = Dense{3}(g.input({4}));
    return Add{}(x, x);
  });
  check("a tensor passed on and read", [](Builder& g) {
    const Tensor x = Dense{3}(g.input({4}));
    return Add{}(activate(x, tanh_kind), Add{}(x, BatchNormalization{}(x)));
  });
  for (const int axis : {1, 2, 3, -1, -2})
    check("Concatenate", [=](Builder& g) {
      const Tensor in = g.input({5});
      const Tensor a = Reshape{{2, 3, 2}}(Dense{12}(in)), b = Reshape{{2, 3, 2}}(Dense{12, tanh_kind}(in));
      return Concatenate{axis}(a, b, a);
    });
  check("Concatenate of different extents, one without gradient", [](Builder& g) {
    const Tensor x = g.input({5});
    const Tensor a = Reshape{{2, 1, 3}}(Dense{6}(x)), b = Reshape{{2, 4, 3}}(Dense{24, sigmoid}(x));
    return Concatenate{}(Flatten{}(Concatenate{2}(a, b)), x);
  });
  check("Reshape and Flatten", [](Builder& g) {
    const Tensor x = Reshape{{2, -1}}(Dense{12, tanh_kind}(Flatten{}(g.input({3, 2, 2}))));
    return Dense{2}(Flatten{}(Dense{.units = 4, .allow_axes = true}(x)));
  });
}

TEST_CASE("gradients of Dropout with a fixed seed and step", "[gradient]") {
  for (const float rate : {0.0f, 0.25f, 0.8f})
    check("Dropout", [=](Builder& g) {
      return Dense{4}(Dropout{rate}(Dense{9, tanh_kind}(Dropout{rate}(Dense{7}(g.input({4}))))));
    });
}

/// y = sin(w x) element by element with a weight an element: a user's op, with a shape rule and weights of
/// its own.
struct Wave : Primitive<Wave> {
  static constexpr const char* kind = "Wave";
  struct Attributes {
    float factor = 1;
  };
  Attributes attributes{};
  static constexpr Shape output_shape(const Shape& in, const Attributes&) { return in; }
  static constexpr Shape weights(const Shape& in, const Attributes&) { return {in.size()}; }
  template <class T>
  static void forward(const Attributes& a, const PrimitiveForward<T>& p) {
    for (std::size_t i = 0; i < p.x.size(); ++i)
      p.y[i] = std::sin(T(a.factor) * p.weights[i % p.weights.size()] * p.x[i]);
  }
  template <class T>
  static void backward(const Attributes& a, const PrimitiveBackward<T>& p) {
    for (T& w : p.dweights) w = 0;
    for (std::size_t i = 0; i < p.x.size(); ++i) {
      const std::size_t k = i % p.weights.size();
      const T slope = p.dy[i] * T(a.factor) * std::cos(T(a.factor) * p.weights[k] * p.x[i]);
      if (!p.dx.empty()) p.dx[i] = slope * p.weights[k];
      p.dweights[k] += slope * p.x[i];
    }
  }
};

/// Sums neighbours in pairs: another shape, no weights.
struct Pairs : Primitive<Pairs> {
  static constexpr const char* kind = "Pairs";
  struct Attributes {
    int unused = 0;
  };
  Attributes attributes{};
  static constexpr Shape output_shape(const Shape& in, const Attributes&) { return {in.size() / 2}; }
  static constexpr Shape weights(const Shape&, const Attributes&) { return {}; }
  template <class T>
  static void forward(const Attributes&, const PrimitiveForward<T>& p) {
    for (std::size_t i = 0; i < p.y.size(); ++i) p.y[i] = p.x[2 * i] * p.x[2 * i + 1];
  }
  template <class T>
  static void backward(const Attributes&, const PrimitiveBackward<T>& p) {
    for (std::size_t i = 0; i < p.dy.size(); ++i) {
      p.dx[2 * i] = p.dy[i] * p.x[2 * i + 1];
      p.dx[2 * i + 1] = p.dy[i] * p.x[2 * i];
    }
  }
};

TEST_CASE("gradients of a user's primitive layers", "[gradient]") {
  check("first", [](Builder& g) { return Dense{3}(Wave{}(g.input({4}))); });
  check("between", [](Builder& g) { return Dense{3}(Wave{{}, {2.5f}}(Dense{6}(g.input({4})))); });
  check("another shape", [](Builder& g) { return Dense{3}(Pairs{}(Dense{6}(g.input({4})))); });
  check("shared", [](Builder& g) {
    Wave wave{};
    const Tensor x = Dense{4}(g.input({4}));
    return Add{}(wave(x), wave(wave(x)));
  });
}

/// y = w x + x^2 with a mistake in one of its gradients.
struct Wrong : Primitive<Wrong> {
  static constexpr const char* kind = "Wrong";
  struct Attributes {
    float input_error = 0, weight_error = 0;
  };
  Attributes attributes{};
  static constexpr Shape output_shape(const Shape& in, const Attributes&) { return in; }
  static constexpr Shape weights(const Shape&, const Attributes&) { return {1}; }
  template <class T>
  static void forward(const Attributes&, const PrimitiveForward<T>& p) {
    for (std::size_t i = 0; i < p.x.size(); ++i) p.y[i] = (p.weights[0] + p.x[i]) * p.x[i];
  }
  template <class T>
  static void backward(const Attributes& a, const PrimitiveBackward<T>& p) {
    p.dweights[0] = 0;
    for (std::size_t i = 0; i < p.x.size(); ++i) {
      if (!p.dx.empty()) p.dx[i] = p.dy[i] * (p.weights[0] + T(2 - a.input_error) * p.x[i]);
      p.dweights[0] += p.dy[i] * p.x[i] * T(1 + a.weight_error);
    }
  }
};

TEST_CASE("check_gradient takes every kind of declaration, and finds a wrong gradient", "[gradient]") {
  const auto model = [](float input_error, float weight_error) {
    return [=](Builder& g) { return Wrong{{}, {input_error, weight_error}}(g.input({4})); };
  };
  CHECK(check_gradient(model(0, 0)) <= 1e-5);
  CHECK(check_gradient(model(0, 0.01f)) > 1e-4);
  CHECK(check_gradient(model(0.02f, 0)) > 1e-4);
  CHECK(check_gradient(model(0.02f, 0), {.input_gradients = false}) <= 1e-5);
  CHECK(check_gradient(functional([](Builder& g) { return Dense{3}(g.input({4})); })) <= 1e-5);
  CHECK(check_gradient(sequential(Input{4}, Dense{3, tanh_kind}, Dense{2, sigmoid})) <= 1e-5);
  CHECK(check_gradient([](Builder& g) { return activate(g.input({4}), sigmoid); }) <= 1e-5);
  CHECK(check_gradient([](Builder& g) { return Dense{1}(g.input({2})); },
                       {.rows = 1, .inputs = {{0.5, -2}}, .targets = {3}}) <= 1e-5);
}

TEST_CASE("check_gradient names what is wrong with its arguments", "[gradient]") {
  const auto dense = [](Builder& g) { return Dense{3}(g.input({4})); };
  const auto empty = [](Builder& g) { return activate(g.input({4}), sigmoid); };
  CHECK_THROWS_WITH(check_gradient([](Builder& g) { return Dense{0}(g.input({4})); }),
                    Catch::StartsWith("Dense needs at least one unit: 0 instead of 1, line "));
  CHECK_THROWS_WITH(check_gradient(dense, {.inputs = {{1, 2, 3}}}),
                    "check_gradient needs rows * elements numbers an input");
  CHECK_THROWS_WITH(check_gradient(dense, {.inputs = {{}, {}}}),
                    "check_gradient needs one array an input of the model");
  CHECK_THROWS_WITH(check_gradient(dense, {.targets = {1}}),
                    "check_gradient needs rows * elements targets, or one class a position");
  CHECK_THROWS_WITH(check_gradient(empty, {.input_gradients = false}),
                    "check_gradient found neither a trained weight nor an input to check");
}

TEST_CASE("gradients of shared layers and skip connections", "[gradient]") {
  check("two inputs, one layer", [](Builder& g) {
    Dense shared{5, tanh_kind};
    const Tensor a = shared(g.input({4})), b = shared(g.input({4}));
    return Dense{2}(Concatenate{}(a, b));
  });
  check("a layer after itself", [](Builder& g) {
    Dense shared{4, sigmoid};
    return shared(shared(shared(g.input({4}))));
  });
  check("shared normalization", [](Builder& g) {
    BatchNormalization norm{};
    const Tensor x = Dense{4}(g.input({4}));
    return Add{}(norm(x), Dense{4}(norm(Dense{4, tanh_kind}(x))));
  });
  check("residual blocks", [](Builder& g) {
    Tensor x = g.input({5});
    for (int i = 0; i < 3; ++i) x = Add{}(x, Dense{5, tanh_kind}(BatchNormalization{}(Dense{7}(x))));
    return x;
  });
  check("one call of a shared layer does not reach the loss", [](Builder& g) {
    Dense shared{4, tanh_kind};
    const Tensor x = shared(g.input({4}));
    (void)shared(x);
    return Dense{2}(x);
  });
  check("a frozen layer between", [](Builder& g) {
    return Dense{2}(Dense{.units = 5, .activation = tanh_kind, .trainable = false}(Dense{4}(g.input({4}))));
  });
}

TEST_CASE("gradients of losses", "[gradient]") {
  using enum LossKind;
  const auto plain = [](Builder& g) { return Dense{4, sigmoid}(g.input({5})); };  // values in (0, 1), any sum
  const auto logits = [](Builder& g) { return Dense{4}(g.input({5})); };
  const auto shares = [](Builder& g) { return Dense{4, softmax}(g.input({5})); };
  const auto one = [](Builder& g) { return Dense{1, sigmoid}(g.input({5})); };
  const auto probability = [](Builder& g) {  // a sigmoid that the loss cannot reach through
    return Reshape{{4}}(activate(Dense{4, sigmoid}(g.input({5})), linear));
  };
  const auto read_twice = [](Builder& g) {
    const Tensor p = Dense{4, softmax}(g.input({5}));
    return Dropout{0.0f}(p);
  };
  for (const int rows : {1, 3, 8}) {
    check("plain", plain, {{sparse_categorical_crossentropy, 0, rows}, {categorical_crossentropy, 0, rows}});
    check("logits", logits,
          {{sparse_categorical_crossentropy, 1, rows},
           {categorical_crossentropy, 1, rows},
           {binary_crossentropy, 1, rows},
           {mean_squared_error, 0, rows},
           {mean_absolute_error, 0, rows}});
    check("through softmax", shares,
          {{sparse_categorical_crossentropy, 0, rows}, {categorical_crossentropy, 0, rows}});
    check("apart from softmax", read_twice,
          {{sparse_categorical_crossentropy, 0, rows}, {categorical_crossentropy, 0, rows}});
    check("through sigmoid", plain, {{binary_crossentropy, 0, rows}});
    check("one output", one, {{binary_crossentropy, 0, rows}, {mean_squared_error, 0, rows}});
    check("probability", probability, {{binary_crossentropy, 0, rows}});
    check("softmax, other losses", shares,
          {{binary_crossentropy, 0, rows}, {mean_squared_error, 0, rows}, {mean_absolute_error, 0, rows}});
  }
}

}  // namespace
