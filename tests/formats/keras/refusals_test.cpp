// SPDX-License-Identifier: BSL-1.0
// What is not read, and what it says.
#include <catch2/catch.hpp>
#include <tests/formats/keras/small_files.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace keras_test;
using Catch::Matchers::Contains;

std::string sentence(const host::KerasFile& file, const host::ImportOptions& options = {}) {
  return error_of([&] { host::import_keras(file, options); });
}

Json dense(const std::string& name, int units, const std::string& from) {
  return layer("Dense", name, {{"units", units}}, {{from}});
}

/// A model of an input of 4 numbers and one layer.
Archive one(const char* class_name, const Json& config) {
  return Archive(
      functional({input("x", {nullptr, 4}), layer(class_name, "a", config, {{"x"}})}, {"x"}, {"a"}));
}

TEST_CASE("all that is not read is in one sentence", "[keras]") {
  const Archive file(
      functional({input("x", {nullptr, nullptr, 4}), layer("Lambda", "l", Json::object(), {{"x"}}),
                  layer("ConvLSTM2D", "c", Json::object(), {{"l"}}),
                  layer("TFOpLambda", "t", {{"function", "math.cumsum"}}, {{"c"}}),
                  layer("Dense", "d", {{"units", 3}, {"activation", "celu"}}, {{"t"}})},
                 {"x"}, {"d"}));
  CHECK(
      sentence(file) ==
      "'model.keras' has 5 things that are not read: (1) layer 'l' is a Lambda, whose code is Python's; use "
      "Rescaling, Activation or another layer instead; (2) layer 'c' is of the class 'ConvLSTM2D', which is "
      "not "
      "known; build the model without it; (3) layer 't' is the operation 'math.cumsum', which is not read; "
      "build "
      "the model with layers alone; (4) layer 'd' (Dense): its activation 'celu' is not known; use one that "
      "Etch "
      "has; (5) input 'x' has the shape (None, None, 4) (None: of any length); give the lengths by --shape, "
      "without the batch.");
}

TEST_CASE("models whose layers the file does not say are refused", "[keras]") {
  CHECK(sentence(Archive({{"class_name", "MyModel"}, {"config", {{"name", "m"}, {"num", 3}}}})) ==
        "'model.keras': its model is of the class 'MyModel', whose code is Python's: the file does not say "
        "which layers "
        "it calls (subclassed); build it as a Sequential or Functional model, or declare it in C++ and load "
        "the weights "
        "into it.");
  host::KerasFile file;
  file.name = "w.h5";
  CHECK_THAT(sentence(file), Contains("it is an HDF5 file, but none that Keras wrote"));
  file.weights["layers/dense/vars"];
  CHECK(sentence(file) ==
        "'w.h5': it has weights only, and not the model that they belong to; save the whole model, or "
        "declare it in C++ and load the weights into it.");
}

TEST_CASE("types, inputs and calls that are not read name what has them", "[keras]") {
  const Json half{{"class_name", "DTypePolicy"}, {"config", {{"name", "mixed_float16"}}}};
  CHECK_THAT(sentence(one("Dense", {{"units", 2}, {"dtype", half}})),
             Contains("layer 'a' computes in 'mixed_float16', and only float32 is read"));
  CHECK_THAT(sentence(one("Dense", {{"units", 2}, {"dtype", "bfloat16"}})),
             Contains("computes in 'bfloat16'"));
  Json ragged = input("x", {nullptr, 4});
  ragged["config"]["ragged"] = true;
  CHECK_THAT(sentence(Archive(functional({ragged, dense("a", 2, "x")}, {"x"}, {"a"}))),
             Contains("input 'x' is ragged"));
  Json trained = functional(
      {input("x", {nullptr, 4}), layer("BatchNormalization", "a", Json::object(), {{"x"}})}, {"x"}, {"a"});
  trained["config"]["layers"][1]["inbound_nodes"][0][0][3]["training"] = true;
  CHECK_THAT(sentence(Archive(trained).add("layers/batch_normalization", {{4}, {4}, {4}, {4}})),
             Contains("layer 'a' is called with training=True"));
  CHECK_THAT(sentence(one("CuDNNLSTM", {{"units", 2}})),
             Contains("is a CuDNNLSTM; build the model with LSTM"));
  CHECK_THAT(sentence(one("Resizing", {{"height", 2}, {"width", 2}, {"interpolation", "area"}})),
             Contains("its interpolation 'area' is not known"));
}

TEST_CASE("indices that nothing can take name the layer and the index", "[keras]") {
  const auto of = [](const char* key) {
    Json taken = layer("SlicingOpLambda", "s", {{"function", "__operators__.getitem"}}, {{"x"}});
    taken["inbound_nodes"][0][0][3] = {{"slice_spec", parse(key)}};
    return sentence(Archive(functional({input("x", {nullptr, 4, 2}), taken}, {"x"}, {"s"}), "2.15.0"));
  };
  constexpr const char* all = R"({"start": null, "stop": null, "step": null})";
  const auto behind_batch = [&](const std::string& key) {
    return of(("[" + std::string(all) + ", " + key + "]").c_str());
  };
  CHECK(behind_batch(R"({"start": -9, "stop": 9223372036854775807, "step": 1})").empty());
  CHECK(behind_batch(R"({"start": 18446744073709551615, "stop": null, "step": -4294967297})").empty());
  CHECK(behind_batch("-4").empty());
  CHECK(behind_batch("4") ==
        "'model.keras': layer 's' (__operators__.getitem) has the index 4 of an axis of 4; give one that the "
        "axis has.");
  CHECK_THAT(behind_batch("-5"), Contains("has the index -5 of an axis of 4"));
  CHECK_THAT(behind_batch("-9223372036854775808"), Contains("of an axis of 4"));
  CHECK_THAT(behind_batch(R"({"start": 3, "stop": 3, "step": null})"), Contains("takes nothing of an axis"));
  CHECK_THAT(behind_batch(R"({"start": 0, "stop": 2, "step": -1})"), Contains("takes nothing of an axis"));
  CHECK_THAT(behind_batch(R"({"start": 0, "stop": 2, "step": 0})"), Contains("has a step of 0"));
  CHECK_THAT(behind_batch(R"({"start": ["x", 0, 0], "stop": 2, "step": 1})"), Contains("is computed"));
  CHECK_THAT(behind_batch("true"), Contains("is computed or no integer"));
  CHECK_THAT(behind_batch("[0, 1]"), Contains("is computed or no integer"));
  CHECK_THAT(behind_batch(R"(["x", 0, 0])"), Contains("is computed or no integer"));
  CHECK_THAT(behind_batch(R"({"class_name": "__numpy__"})"), Contains("no number, slice, None or Ellipsis"));
  CHECK_THAT(behind_batch("0, 1, 1"), Contains("has more indices than its input has axes"));
  CHECK_THAT(behind_batch("0, 1"), Contains("write x[:, i:i + 1] for x[:, i]"));
  CHECK_THAT(behind_batch("null, null, null"), Contains("gives a sample more than four axes"));
  constexpr const char* others = R"({"class_name": "__ellipsis__"})";
  CHECK_THAT(behind_batch(others + std::string(", ") + others), Contains("has an Ellipsis twice"));
  for (const char* key : {"0", "[null]", "[0, 0]", R"({"start": 1, "stop": null, "step": null})",
                          R"([{"start": 0, "stop": 1, "step": 1}])"})
    CHECK_THAT(of(key), Contains("takes a part of the batch"));
}

TEST_CASE("operands of an operation that do not fit name the layer", "[keras]") {
  const auto of = [](const Json& shape) {
    Json quotient = layer("TFOpLambda", "q", {{"function", "math.truediv"}}, {{"x"}});
    quotient["inbound_nodes"][0][0][3]["y"] = {"z", 0, 0};
    return sentence(Archive(
        functional({input("x", {nullptr, 4, 2}), input("z", shape), quotient}, {"x", "z"}, {"q"}), "2.15.0"));
  };
  CHECK(of({nullptr, 2}).empty());
  CHECK_THAT(of({nullptr, 3}),
             Contains("layer 'q' (math.truediv) divides by a tensor of a shape that does not fit"));
  const Json inner{{"class_name", "GRU"}, {"config", {{"units", 2}}}};
  const auto directions = [&](const std::vector<std::string>& on) {
    return sentence(Archive(functional({input("x", {nullptr, 4, 2}), input("h", {nullptr, 2}),
                                        layer("Bidirectional", "b", {{"layer", inner}}, {on})},
                                       {"x", "h"}, {"b"}))
                        .add("layers/bidirectional/forward_layer/cell", {{2, 6}, {2, 6}, {2, 6}})
                        .add("layers/bidirectional/backward_layer/cell", {{2, 6}, {2, 6}, {2, 6}}));
  };
  CHECK(directions({"x", "h", "h"}).empty());
  CHECK_THAT(directions({"x", "h"}), Contains("layer 'b' is called on 2 tensors; it takes 3 here"));
}

TEST_CASE("weights that do not agree with the model name the layer", "[keras]") {
  const Json model = functional(
      {input("x", {nullptr, 4}), dense("first", 4, "x"), dense("second", 4, "first")}, {"x"}, {"second"});
  const auto both = [&] { return Archive(model).add("layers/dense", {{4, 4}, {4}}, "first"); };
  CHECK(sentence(both().add("layers/dense_1", {{4, 4}, {4}}, "second")).empty());
  CHECK_THAT(sentence(both()),
             Contains("the layer 'second' (Dense) has 0 weights in 'layers/dense_1/vars', and its "
                      "configuration says 2"));
  CHECK_THAT(sentence(both().add("layers/dense_1", {{4, 4}}, "second")), Contains("has 1 weights"));
  CHECK_THAT(sentence(both().add("layers/dense_1", {{4, 4}, {4}, {4}}, "second")), Contains("has 3 weights"));
  CHECK_THAT(
      sentence(both().add("layers/dense_1", {{4, 4}, {4}}, "third")),
      Contains(
          "the weights in 'layers/dense_1/vars' are those of a layer 'third', and the model has the layer "
          "'second' there"));
  CHECK_THAT(sentence(both().add("layers/dense_1", {{4, 5}, {4}}, "second")),
             Contains("layer 'second' (Dense) has a kernel of the shape [4, 5]; it takes [4, 4]"));
  Archive half = both().add("layers/dense_1", {{4, 4}, {4}}, "second");
  half.weights["layers/dense_1/vars/0"].array->type = "float16";
  CHECK_THAT(sentence(half), Contains("the layer 'second' has weights of the type 'float16'"));
}

TEST_CASE("arrays of an .h5 file have the names of their layer's weights", "[keras]") {
  const Json model = functional({input("x", {nullptr, 4}), dense("d", 4, "x")}, {"x"}, {"d"});
  using Shapes = std::vector<std::pair<std::string, std::vector<std::uint64_t>>>;
  CHECK(sentence(Hdf5File(model).add("d", Shapes{{"d/kernel:0", {4, 4}}, {"d/bias:0", {4}}})).empty());
  CHECK(sentence(Hdf5File(model).add("d", Shapes{{"kernel", {4, 4}}, {"bias", {4}}})).empty());
  CHECK(sentence(Hdf5File(model).add("d", Shapes{{"d_W", {4, 4}}, {"d_b", {4}}})).empty());
  CHECK_THAT(sentence(Hdf5File(model).add("d", Shapes{{"d/gamma:0", {4, 4}}, {"d/bias:0", {4}}})),
             Contains("the weights of the layer 'd' are called otherwise than its configuration says, first "
                      "'d/gamma:0'"));
  Hdf5File missing = Hdf5File(model).add("d", Shapes{{"d/kernel:0", {4, 4}}, {"d/bias:0", {4}}});
  missing.weights.erase("d/d/bias:0");
  CHECK_THAT(sentence(missing), Contains("the array 'd/d/bias:0' is missing"));
}

TEST_CASE("lengths that a model leaves open are the caller's to give", "[keras]") {
  Archive file(functional(
      {input("x", {nullptr, nullptr, 3}), layer("GlobalMaxPooling1D", "g", Json::object(), {{"x"}})}, {"x"},
      {"g"}));
  CHECK_THAT(sentence(file), Contains("give the lengths by --shape"));
  CHECK(sentence(file, {{{7, 3}}}).empty());
  CHECK_THAT(sentence(file, {{{7, 4}}}),
             Contains("input 'x' has the shape (None, None, 3), which --shape does not fit"));
  CHECK_THAT(sentence(file, {{{7, 3}, {1}}}),
             Contains("the model has 1 inputs; give --shape for each, not 2 times"));
}

TEST_CASE("configurations that are damaged are refused", "[keras]") {
  const auto text = [](const std::string& config) {
    Archive file{Json::object()};
    file.config = config;
    return sentence(file);
  };
  CHECK_THAT(text("{"), Contains("its configuration is no JSON object"));
  CHECK_THAT(text("[]"), Contains("its configuration is no JSON object"));
  CHECK_THAT(text(std::string(100, '[')), Contains("nests more than 64 lists and objects"));
  const std::vector<Json> layers{input("x", {nullptr, 4}), dense("a", 2, "b"), dense("b", 2, "a")};
  CHECK_THAT(sentence(Archive(functional(layers, {"x"}, {"b"}))
                          .add("layers/dense", {{2, 2}, {2}})
                          .add("layers/dense_1", {{2, 2}, {2}})),
             Contains("layer 'a' is called on a result of 'b' that nothing makes"));
  CHECK_THAT(sentence(Archive(functional({input("x", {nullptr, 4}), dense("a", 2, "x")}, {"x"}, {"c"}))
                          .add("layers/dense", {{4, 2}, {2}})),
             Contains("an output is the result of a layer that is not called"));
  CHECK_THAT(sentence(Archive(functional({input("x", {nullptr, 1 << 28}), dense("a", 2, "x")}, {"x"}, {"a"}))
                          .add("layers/dense", {{4, 2}, {2}})),
             Contains("layer 'a' (Dense)"));
}

}  // namespace
