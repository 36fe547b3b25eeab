// SPDX-License-Identifier: BSL-1.0
// A model of every family of layers on watched memory.
#include <catch2/catch.hpp>
#include <etch/layers/layers.hpp>
#include <tests/memory/check_memory.hpp>

namespace {

using namespace etch;

constexpr auto tanh_kind = ActivationKind::tanh;

/// The memory of a model with one output.
template <class Define>
void check(const char* what, const Define& define, const MemoryRun& run = {}) {
  INFO(what);
  CHECK(check_memory([&](Builder& g) { g.output(define(g)); }, run) == "");
}

void dense_family() {
  check("stack",
        [](Builder& g) {
          return Softmax{}(Dense{4}(Dropout{0.3f}(ReLU{}(BatchNormalization{}(Dense{9}(g.input({7})))))));
        },
        {.losses = {{LossKind::sparse_categorical_crossentropy}}});
  check("many axes", [](Builder& g) {
    return Dense{.units = 3, .allow_axes = true}(BatchNormalization{}(g.input({2, 3, 5})));
  });
  check("shared", [](Builder& g) {
    Dense dense{6, tanh_kind};
    const Tensor x = g.input({6});
    return Add{}(dense(dense(x)), x);
  });
}

void convolutions() {
  check("1-D", [](Builder& g) {
    const Tensor x =
        Conv1D{.filters = 4, .kernel_size = 3, .padding = causal, .dilation_rate = 2, .activation = relu}(
            g.input({11, 2}));
    return Conv1DTranspose{.filters = 2, .kernel_size = 3, .strides = 2}(x);
  });
  check("2-D", [](Builder& g) {
    Tensor x = Conv2D{.filters = 6, .kernel_size = 3, .strides = 2, .padding = same, .activation = relu}(
        g.input({9, 8, 3}));
    x = Conv2D{.filters = 4, .kernel_size = {3, 2}, .groups = 2}(x);
    return Dense{3}(Flatten{}(x));
  });
  check("depthwise, separable, transposed", [](Builder& g) {
    Tensor x =
        DepthwiseConv2D{.kernel_size = 3, .padding = same, .depth_multiplier = 2, .activation = tanh_kind}(
            g.input({6, 5, 3}));
    x = SeparableConv2D{.filters = 4, .kernel_size = 3, .activation = relu}(x);
    return Conv2DTranspose{.filters = 2, .kernel_size = 3, .strides = 2, .padding = same}(x);
  });
}

void windows() {
  check("2-D", [](Builder& g) {
    Tensor x = Conv2D{.filters = 3, .kernel_size = 3, .activation = relu}(g.input({10, 9, 2}));
    x = MaxPooling2D{}(ZeroPadding2D{{1, 2}}(x));
    x = AveragePooling2D{.pool_size = 2, .strides = 1, .padding = same}(UpSampling2D{2, bilinear}(x));
    x = Resizing{.height = 9, .width = 7}(x);
    x = Cropping2D{1}(x);
    return Dense{2}(Concatenate{}(GlobalMaxPooling2D{}(x), GlobalAveragePooling2D{}(x)));
  });
  check("1-D", [](Builder& g) {
    Tensor x = MaxPooling1D{}(ZeroPadding1D{{1, 2}}(g.input({9, 3})));
    x = UpSampling1D{3}(AveragePooling1D{2, 1, same}(Dense{.units = 4, .allow_axes = true}(x)));
    x = Cropping1D{{1, 0}}(x);
    return Dense{2}(Add{}(GlobalMaxPooling1D{}(x), GlobalAveragePooling1D{}(x)));
  });
}

void shapes() {
  check("merging", [](Builder& g) {
    const Tensor in = g.input({6});
    const auto dense = [&] { return Dense{4, tanh_kind}(in); };
    Tensor x = Average{}(dense(), Multiply{}(dense(), dense()), dense());
    x = Concatenate{}(Maximum{}(x, dense()), Minimum{}(x, dense()), Subtract{}(x, dense()));
    return Dense{3}(x);
  });
  check("shapes", [](Builder& g) {
    const Tensor x = Dense{6, relu}(g.input({5}));
    const Tensor y = Permute{{2, 1}}(RepeatVector{3}(x));
    return Dot{{1, 2}, true}(y, Permute{{2, 1}}(y));
  });
  check("joined one behind the other", [](Builder& g) {
    const Tensor x = g.input({6});
    const Tensor a = Dense{3, tanh_kind}(x), b = Dense{4, relu}(a);
    const Tensor y = Concatenate{}(Add{}(b, Dense{4}(x)), a, Dense{5}(b));
    return Dense{2}(Concatenate{}(Dense{8}(x), y, b, y));
  });
  check("signals", [](Builder& g) {
    const MFCC mfcc{.frame_length = 16, .frame_step = 8, .mel_bins = 6, .coefficients = 4};
    return Dense{2}(Flatten{}(MFCC(mfcc)(g.input({40}))));
  });
  check("embedding",
        [](Builder& g) {
          return Dense{2}(Flatten{}(Embedding{.input_dim = 5, .output_dim = 3}(g.input({4}))));
        },
        {.whole_numbers = true});
}

void recurrent() {
  check("masked normalization", [](Builder& g) {
    return Dense{2}(Flatten{}(BatchNormalization{}(Masking{}(g.input({5, 3})))));
  });
  check("masked LSTM", [](Builder& g) {
    const Tensor x = Masking{}(g.input({5, 3}));
    return Dense{2}(LSTM{.units = 4}(LSTM{.units = 3, .return_sequences = true}(x)));
  });
  check("GRU, both forms, states", [](Builder& g) {
    const Tensor x = g.input({4, 3});
    GRU gru{.units = 4, .return_sequences = true, .go_backwards = true};
    const auto [y, h] = gru.return_state(x);
    return Dense{2}(GRU{.units = 4, .reset_after = false}(y, h));
  });
  check("SimpleRNN, called twice", [](Builder& g) {
    SimpleRNN layer{.units = 3, .return_sequences = true};
    return layer(layer(g.input({4, 3})));
  });
  check("stateful", [](Builder& g) { return Dense{2}(GRU{.units = 3, .stateful = true}(g.input({4, 3}))); });
  check("wrappers", [](Builder& g) {
    const Tensor x = Bidirectional{LSTM{.units = 3, .return_sequences = true}}(Masking{}(g.input({4, 3})));
    return Dense{2}(Flatten{}(TimeDistributed{Dense{2, tanh_kind}}(x)));
  });
}

void normalizations() {
  check("normalizations", [](Builder& g) {
    Tensor x = Conv2D{.filters = 6, .kernel_size = 3}(g.input({6, 5, 2}));
    x = GroupNormalization{.groups = 3}(LayerNormalization{}(x));
    return Dense{2}(UnitNormalization{}(Flatten{}(Rescaling{2.0f, 1.0f}(x))));
  });
  check("activations", [](Builder& g) {
    const Tensor x = PReLU{}(Dense{6}(g.input({4})));
    const Tensor y = ELU{0.5f}(LeakyReLU{0.1f}(Dense{6, ActivationKind::gelu}(x)));
    return Softmax{}(Activation{ActivationKind::mish}(Add{}(x, ReLU{.max_value = 2.0f}(y))));
  });
  check("noise", [](Builder& g) {
    Tensor x = SpatialDropout1D{}(Dense{.units = 4, .allow_axes = true}(g.input({5, 3})));
    x = GaussianNoise{0.1f}(GaussianDropout{0.2f}(x));
    return Dense{2}(Flatten{}(ActivityRegularization{0.1f, 0.1f}(x)));
  });
}

void attention() {
  check("self and cross", [](Builder& g) {
    const Tensor x = g.input({5, 4}), memory = g.input({3, 4});
    const Tensor y = MultiHeadAttention{.num_heads = 2, .key_dim = 3}(x, memory);
    return Attention{.use_scale = true}(Add{}(x, y), y);
  });
}

/// What a user may bring.
struct Scale : Primitive<Scale> {
  static constexpr const char* kind = "Scale";
  struct Attributes {
    float by = 2;
  };
  Attributes attributes{};
  static constexpr Shape output_shape(const Shape& in, const Attributes&) { return in; }
  static constexpr Shape weights(const Shape&, const Attributes&) { return {}; }
  template <class T>
  static void forward(const Attributes& a, const PrimitiveForward<T>& p) {
    for (std::size_t i = 0; i < p.x.size(); ++i) p.y[i] = static_cast<T>(a.by) * p.x[i];
  }
  template <class T>
  static void backward(const Attributes& a, const PrimitiveBackward<T>& p) {
    for (std::size_t i = 0; i < p.dx.size(); ++i) p.dx[i] = static_cast<T>(a.by) * p.dy[i];
  }
};

void special() {
  check("a user's op, regularized weights", [](Builder& g) {
    const Tensor x = Dense{.units = 4, .kernel_regularizer = L2{0.1f}}(g.input({3}));
    return Softmax{1}(Reshape{{2, 2}}(Scale{}(x)));
  });
  check("slices", [](Builder& g) {
    const Tensor x[]{Dense{6}(g.input({3}))};
    LayerState none{};
    return g.apply(op_rule<ops::Slice>, none, pack(ops::Slice::Attributes{{{1, 1, 1, 2}, {0, 0, 0, 3}}, 1}),
                   {2}, x);
  });
  check("fake quantization",
        [](Builder& g) {
          Tensor x = Conv2D{.filters = 4, .kernel_size = 3, .use_bias = false}(g.input({6, 6, 2}));
          x = MaxPooling2D{}(ReLU{}(BatchNormalization{}(x)));
          return Dense{3}(Activation{tanh_kind}(Flatten{}(x)));
        },
        {.fake_quantize = true});
  INFO("two outputs");
  const auto two = [](Builder& g) {
    const Tensor x = Dense{5, relu}(g.input({4}));
    g.output(Dense{2}(x));
    g.output(Dense{3}(x));
  };
  CHECK(check_memory(two, {.losses = {{}, {}}}) == "");
}

void streams() {
  const auto model = [](Builder& g) {
    Tensor x = Conv1D{.filters = 3, .kernel_size = 3, .padding = causal, .dilation_rate = 2}(g.input({9, 2}));
    x = GRU{.units = 3, .return_sequences = true}(LSTM{.units = 4, .return_sequences = true}(x));
    g.output(Dense{.units = 2, .allow_axes = true}(x));
  };
  CHECK(check_stream_memory(model) == "");
}

TEST_CASE("models of all layers touch what is planned, with every op", "[memory]") {
  dense_family();
  convolutions();
  windows();
  shapes();
  recurrent();
  normalizations();
  attention();
  special();
  streams();
  watch_imported_ops();
  CHECK(unwatched_ops() == std::vector<std::string>{});
}

}  // namespace
