// SPDX-License-Identifier: BSL-1.0
// Layers made from Keras's configurations: the same graphs as those declared in C++, or a clear error.
#include <algorithm>
#include <catch2/catch.hpp>
#include <codegen/formats/keras/layers.hpp>
#include <etch/layers/layers.hpp>
#include <memory>
#include <string>
#include <tests/unit/error_of.hpp>
#include <vector>

namespace {

using namespace etch;
using Catch::Matchers::Contains;

struct Call {
  std::string class_name, config;
  std::vector<Shape> inputs;
  int version = 3;
};

Tensor call(Builder& g, const Call& c) {
  std::vector<Tensor> inputs;
  for (const Shape& shape : c.inputs) inputs.push_back(g.input(shape));
  return make_keras_layer(c.class_name, c.config, {"my_layer", c.version})(inputs);
}

template <class Define>
std::unique_ptr<Builder> traced(const Define& define) {
  auto g = std::make_unique<Builder>();
  g->output(define(*g));
  g->finish(__LINE__);
  REQUIRE_FALSE(g->graph.fault);
  return g;
}

/// The graph is that of the declaration.
template <class Define>
void check(const Call& c, const Define& define) {
  INFO(c.class_name << " " << c.config);
  const auto made = traced([&](Builder&g) { return call(g, c); }), declared = traced(define);
  CHECK(made->graph == declared->graph);
}

std::string error(const Call& c) {
  return error_of([&] {
    const auto g = std::make_unique<Builder>();
    call(*g, c);
  });
}

TEST_CASE("Keras configurations make the layers that their attributes say", "[keras]") {
  check({"Dense", R"({"units": 3, "activation": "relu", "use_bias": false, "name": "d"})", {{4}}},
        [](Builder& g) {
          return Dense{3, relu, false}(g.input({4}));
        });
  check({"Conv2D",
         R"({"filters": 6, "kernel_size": [3, 2], "strides": 2, "padding": "same", "groups": 2})",
         {{9, 8, 4}}},
        [](Builder& g) {
          return Conv2D{.filters = 6, .kernel_size = {3, 2}, .strides = 2, .padding = same, .groups = 2}(
              g.input({9, 8, 4}));
        });
  check({"MaxPooling2D", R"({"pool_size": 3, "strides": null})", {{9, 8, 4}}}, [](Builder& g) {
    return MaxPooling2D{3}(g.input({9, 8, 4}));
  });
  check({"ZeroPadding2D", R"({"padding": [[1, 2], 3]})", {{3, 3, 1}}}, [](Builder& g) {
    return ZeroPadding2D{{{1, 2}, 3}}(g.input({3, 3, 1}));
  });
  check({"LayerNormalization", R"({"axis": [2], "epsilon": 0.01, "center": false})", {{4, 3}}},
        [](Builder& g) {
          return LayerNormalization{.axis = 2, .epsilon = 0.01f, .center = false}(g.input({4, 3}));
        });
  check({"Rescaling", R"({"scale": [[1.5, 2]], "offset": 1})", {{2}}}, [](Builder& g) {
    return Rescaling{{1.5f, 2.0f}, 1.0f}(g.input({2}));
  });
  check({"MultiHeadAttention", R"({"num_heads": 2, "key_dim": 3})", {{4, 6}, {5, 6}}}, [](Builder& g) {
    const Tensor x = g.input({4, 6}), y = g.input({5, 6});
    return MultiHeadAttention{.num_heads = 2, .key_dim = 3}(x, y);
  });
  check({"Concatenate", R"({"axis": 2})", {{2, 3}, {2, 4}, {2, 1}}}, [](Builder& g) {
    const Tensor a = g.input({2, 3}), b = g.input({2, 4}), c = g.input({2, 1});
    return Concatenate{}(a, b, c);
  });
}

TEST_CASE("words that changed their meaning follow the version of Keras", "[keras]") {
  const std::string config = R"({"activation": "hard_sigmoid"})";
  check({"Activation", config, {{3}}, 3},
        [](Builder& g) { return Activation{ActivationKind::hard_sigmoid}(g.input({3})); });
  check({"Activation", config, {{3}}, 2},
        [](Builder& g) { return Activation{ActivationKind::hard_sigmoid_keras2}(g.input({3})); });
  for (const int version : {2, 3})
    check({"GRU", R"({"units": 2})", {{4, 3}}, version}, [=](Builder& g) {
      return GRU{.units = 2, .reset_after = version == 3}(g.input({4, 3}));
    });
  check({"LeakyReLU", R"({"alpha": 0.5})", {{3}}, 2},
        [](Builder& g) { return LeakyReLU{0.5f}(g.input({3})); });
}

TEST_CASE("channels first becomes channels last between permutations", "[keras]") {
  check({"AveragePooling2D", R"({"pool_size": 2, "data_format": "channels_first"})", {{3, 6, 4}}},
        [](Builder& g) {
          return Permute{{3, 1, 2}}(AveragePooling2D{2}(Permute{{2, 3, 1}}(g.input({3, 6, 4}))));
        });
  check({"GlobalMaxPooling2D", R"({"data_format": "channels_first"})", {{3, 6, 4}}}, [](Builder& g) {
    return GlobalMaxPooling2D{}(Permute{{2, 3, 1}}(g.input({3, 6, 4})));
  });
  check({"BatchNormalization", R"({"axis": 1})", {{3, 6, 4}}}, [](Builder& g) {
    return Permute{{3, 2, 1}}(BatchNormalization{}(Permute{{3, 2, 1}}(g.input({3, 6, 4}))));
  });
}

TEST_CASE("recurrent layers give their states, and begin with others", "[keras]") {
  const auto g = std::make_unique<Builder>();
  const auto lstm = make_keras_layer("LSTM", R"({"units": 3, "return_state": true})", {"my_layer"});
  const Tensor inputs[]{g->input({4, 2}), g->input({3}), g->input({3})};
  const auto results = lstm.results(inputs);
  REQUIRE(results.size() == 3);
  CHECK(results[2].shape == Shape{3});
  const auto declared = std::make_unique<Builder>();
  const Tensor x = declared->input({4, 2}), h = declared->input({3}), c = declared->input({3});
  LSTM{.units = 3}.return_state(x, h, c);
  CHECK(g->graph == declared->graph);
}

TEST_CASE("a layer called twice shares its weights", "[keras]") {
  const auto g = traced([](Builder& b) {
    const Tensor x = b.input({3});
    const auto layer = make_keras_layer("Dense", R"({"units": 3})", {"my_layer"});
    const Tensor once[]{layer({&x, 1})};
    return layer(once);
  });
  CHECK(g->graph.parameters.count == 2);
}

TEST_CASE("what a configuration cannot be is an error that names the layer", "[keras]") {
  CHECK(error({"Magic", "{}", {{3}}}) ==
        "layer 'my_layer' is of the class 'Magic', which is not known; build the model without it");
  CHECK(error({"Dense", R"({"units": "many"})", {{3}}}) ==
        "layer 'my_layer' (Dense): its units is not a whole number; save the model again with its own Keras "
        "version");
  CHECK_THAT(error({"Dense", "{}", {{3}}}), Contains("it has no units"));
  CHECK_THAT(error({"Dense", "[1, 2", {{3}}}), Contains("its configuration is no JSON object"));
  CHECK_THAT(error({"Dense", R"({"units": 3, "magic": 1})", {{3}}}),
             Contains("its attribute 'magic' is not known"));
  CHECK(error({"Dense", R"({"units": 3, "magic": false, "kernel_initializer": {}})", {{3}}}).empty());
  CHECK_THAT(error({"Dense", R"({"units": 3, "activation": "magic"})", {{3}}}),
             Contains("its activation 'magic' is not known"));
  CHECK_THAT(error({"Dense", R"({"units": 0})", {{3}}}),
             Contains("layer 'my_layer' (Dense): Dense needs at least one unit (0, expected 1)"));
  CHECK_THAT(error({"Conv2D", R"({"filters": 2, "padding": "mirror"})", {{3, 3, 1}}}),
             Contains("padding 'mirror'"));
  CHECK_THAT(error({"Conv2D", R"({"filters": 2, "kernel_size": [1, 2, 3]})", {{3, 3, 1}}}),
             Contains("its kernel_size is not one number or two"));
  CHECK_THAT(error({"Flatten", R"({"data_format": "rgb"})", {{3}}}), Contains("its data_format 'rgb'"));
  CHECK_THAT(error({"Add", "{}", {{3}}}), Contains("is called on 1 tensors; it takes 2 to 8 here"));
  CHECK_THAT(error({"Dense", R"({"units": 3})", {{3}, {3}}}),
             Contains("is called on 2 tensors; it takes 1 here"));
  CHECK_THAT(error({"Bidirectional",
                    R"({"merge_mode": "sum",
                        "layer": {"class_name": "LSTM", "config": {"units": 3, "return_state": true}}})",
                    {{4, 3}}}),
             Contains("its return_state is on"));
  CHECK_THAT(error({"Concatenate", R"({"axis": 0})", {{3}, {3}}}), Contains("along the batch"));
  CHECK_THAT(error({"BatchNormalization", R"({"axis": 4})", {{3, 2}}}), Contains("its axis 4 is none"));
  CHECK_THAT(error({"Dense", R"({"units": 99999999999})", {{3}}}),
             Contains("its units is not a whole number"));
}

TEST_CASE("each class is known once", "[keras]") {
  auto classes = keras_layer_classes();
  CHECK(classes.size() > 50);
  std::sort(classes.begin(), classes.end());
  CHECK(std::adjacent_find(classes.begin(), classes.end()) == classes.end());
}

}  // namespace
