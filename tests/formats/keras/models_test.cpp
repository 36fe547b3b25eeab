// SPDX-License-Identifier: BSL-1.0
// How layers are put together in files of Keras: what of it comes out in the graph.
#include <catch2/catch.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/keras/small_files.hpp>

#include <cstring>

namespace {

using namespace keras_test;
using Shapes = std::vector<std::pair<std::string, std::vector<std::uint64_t>>>;

std::vector<float> results(const host::KerasFile& file, const std::vector<std::vector<float>>& inputs,
                           int output = 0) {
  const host::ImportedModel model = host::import_keras(file);
  host::ModelSession session(model);
  std::vector<std::span<const std::byte>> sample;
  for (const auto& numbers : inputs) sample.push_back(std::as_bytes(std::span(numbers)));
  session.run(sample);
  const auto bytes = session.output(output);
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

Json operation(const char* function, const std::string& name, const Json& node) {
  Json json = layer("TFOpLambda", name, {{"function", function}}, {});
  json["inbound_nodes"] = Json::array({node});
  return json;
}

TEST_CASE("arithmetic between layers is read in both dialects", "[keras]") {
  const std::vector<Json> keras2{
      input("x", {nullptr, 2}),
      operation("math.truediv", "half", parse(R"(["x", 0, 0, {"y": 2.0, "name": null}])")),
      operation("__operators__.add", "sum", parse(R"(["half", 0, 0, {"y": ["x", 0, 0]}])")),
      operation("math.subtract", "rest", parse(R"(["_CONSTANT_VALUE", -1, 10, {"y": ["sum", 0, 0]}])")),
      operation("nn.relu6", "relu6", parse(R"(["rest", 0, 0, {}])"))};
  CHECK(results(Archive(functional(keras2, {"x"}, {"relu6"}), "2.15.0"), {{4, 6}}) ==
        std::vector<float>{4, 1});

  const auto keras3 = [](const char* class_name, const char* name, const char* arguments) {
    return parse(("{\"module\": \"keras.src.ops.numpy\", \"class_name\": \"" + std::string(class_name) +
                  "\", \"config\": {\"name\": \"" + name + "\"}, \"name\": \"" + name +
                  "\", \"inbound_nodes\": [{\"args\": " + arguments + ", \"kwargs\": {}}]}")
                     .c_str());
  };
  constexpr const char* x = R"({"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}})";
  constexpr const char* d = R"({"class_name": "__keras_tensor__", "config": {"keras_history": ["d", 0, 0]}})";
  const std::vector<Json> layers{input("x", {nullptr, 2}),
                                 keras3("TrueDivide", "d", ("[" + std::string(x) + ", 4]").c_str()),
                                 keras3("Subtract", "s", ("[" + std::string(x) + ", " + d + "]").c_str())};
  CHECK(results(Archive(functional(layers, {"x"}, {"s"})), {{4, 8}}) == std::vector<float>{3, 6});
}

TEST_CASE("operations of Keras 3 are not counted among the layers", "[keras]") {
  // Weights of a layer are found by how many of its class came before it.
  std::vector<Json> layers{input("x", {nullptr, 2}), layer("Dense", "a", {{"units", 2}}, {{"x"}}),
                           layer("Dense", "b", {{"units", 2}, {"use_bias", false}}, {{"a"}})};
  Archive file(functional(layers, {"x"}, {"b"}));
  file.add("layers/dense", {{2, 2}, {2}}, "a").add("layers/dense_1", {{2, 2}}, "b");
  const std::vector<float> y = results(file, {{1, 1}});
  // x A + bias = {0.04 + 0.01, 0.06 + 0.02}; times B
  CHECK(y[0] == Approx(0.05 * 0.01 + 0.08 * 0.03));
  CHECK(y[1] == Approx(0.05 * 0.02 + 0.08 * 0.04));
}

TEST_CASE("a nested model's calls are counted from 1, a Sequential one's of Keras 3 from 0", "[keras]") {
  const Json inner = functional(
      {input("i", {nullptr, 2}), layer("Dense", "d", {{"units", 2}, {"use_bias", false}}, {{"i"}})}, {"i"},
      {"d"});
  const auto nested = [&](Json model, const char* store, std::vector<std::string> calls,
                          const char* version) {
    model["name"] = "inner";
    model["config"]["name"] = "inner";
    model["inbound_nodes"] = parse(R"([[["x", 0, 0, {}]], [["x", 0, 0, {}]]])");
    Archive file(functional({input("x", {nullptr, 2}), model, layer("Add", "sum", Json::object(), {calls})},
                            {"x"}, {"sum"}),
                 version);
    file.add(store, {{2, 2}});
    return results(file, {{1, 1}});
  };
  const std::vector<float> twice{0.08f, 0.12f};
  CHECK(nested(inner, "layers/functional/layers/dense", {"inner:1", "inner:2"}, "3.1.0")[0] ==
        Approx(twice[0]));
  Json list =
      sequential({input("i", {nullptr, 2}), layer("Dense", "d", {{"units", 2}, {"use_bias", false}}, {})});
  CHECK(nested(list, "layers/sequential/layers/dense", {"inner:0", "inner:1"}, "3.1.0")[1] ==
        Approx(twice[1]));
  CHECK(nested(list, "layers/sequential/layers/dense", {"inner:1", "inner:2"}, "2.15.0")[1] ==
        Approx(twice[1]));
}

TEST_CASE("activations that are layers or functions are read as objects", "[keras]") {
  const auto with = [](const char* activation) {
    Json config{{"units", 1}, {"use_bias", false}};
    config["activation"] = parse(activation);
    Archive file(functional({input("x", {nullptr, 1}), layer("Dense", "d", config, {{"x"}})}, {"x"}, {"d"}));
    file.add("layers/dense", {{1, 1}});
    return results(file, {{-100}})[0];
  };
  CHECK(with(R"({"class_name": "LeakyReLU", "config": {"name": "l", "negative_slope": 0.5}})") ==
        Approx(-0.5));
  CHECK(
      with(
          R"({"module": "builtins", "class_name": "function", "config": "relu6", "registered_name": "function"})") ==
      0);
}

TEST_CASE("tuples that Keras writes as objects are lists", "[keras]") {
  const Json shape = parse(R"({"class_name": "__tuple__", "items": [2, 3]})");
  Json reshape = layer("Reshape", "r", Json::object(), {{"x"}});
  reshape["config"]["target_shape"] = shape;
  const auto model =
      host::import_keras(Archive(functional({input("x", {nullptr, 6}), reshape}, {"x"}, {"r"}), "2.11.0"));
  CHECK(model.graph->output_shapes[0] == Shape{2, 3});
}

TEST_CASE("models of Keras 1 and 2 leave out what later ones say", "[keras]") {
  // A list of layers, the shape at the first, and a GRU whose bias tells of reset_after.
  const auto gru = [](const std::vector<std::uint64_t>& bias) {
    const Json first = layer(
        "GRU", "g", {{"units", 1}, {"batch_input_shape", {nullptr, 2, 1}}, {"input_dtype", "float32"}}, {});
    Hdf5File file({{"class_name", "Sequential"}, {"config", Json::array({first})}}, "2.1.0");
    file.add("g", Shapes{{"g/kernel:0", {1, 3}}, {"g/recurrent_kernel:0", {1, 3}}, {"g/bias:0", bias}});
    return host::import_keras(file).graph->parameters.count;
  };
  CHECK(gru({3}) == 3);
  CHECK(gru({2, 3}) == 3);
}

TEST_CASE("layers that lie in two models are stored once", "[keras]") {
  const auto inner = [](const char* name) {
    Json model = functional(
        {input("i", {nullptr, 2}), layer("Dense", "shared", {{"units", 2}, {"use_bias", false}}, {{"i"}})},
        {"i"}, {"shared"});
    model["name"] = model["config"]["name"] = name;
    model["inbound_nodes"] = parse(R"([[["x", 0, 0, {}]]])");
    return model;
  };
  Archive file(functional({input("x", {nullptr, 2}), inner("first"), inner("other"),
                           layer("Add", "sum", Json::object(), {{"first:1", "other:1"}})},
                          {"x"}, {"sum"}));
  file.add("layers/functional/layers/dense", {{2, 2}});
  CHECK(results(file, {{1, 1}})[0] == Approx(0.08));
}

TEST_CASE("masks that Keras 3 writes as operations are those of the layers", "[keras]") {
  // NotEqual of the indices is what the embedding computes itself: no step more.
  Json lstm = layer("LSTM", "l", {{"units", 1}}, {});
  lstm["inbound_nodes"] =
      parse(R"([{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["e", 0, 0]}}],
    "kwargs": {"mask": {"class_name": "__keras_tensor__", "config": {"keras_history": ["n", 0, 0]}}}}])");
  Json not_equal = layer("NotEqual", "n", Json::object(), {});
  not_equal["module"] = "keras.src.ops.numpy";
  not_equal["inbound_nodes"] =
      parse(R"([{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}, 0],
    "kwargs": {}}])");
  const auto result = [&](bool mask_zero) {
    const Json embedding =
        layer("Embedding", "e", {{"input_dim", 3}, {"output_dim", 2}, {"mask_zero", mask_zero}}, {{"x"}});
    Archive file(functional({input("x", {nullptr, 4}), embedding, not_equal, lstm}, {"x"}, {"l"}));
    file.add("layers/embedding", {{3, 2}}).add("layers/lstm/cell", {{2, 4}, {1, 4}, {4}});
    CHECK(host::import_keras(file).graph->steps.count == 3);
    return results(file, {{1, 2, 0, 0}});
  };
  CHECK(result(true) == result(false));
}

}  // namespace
