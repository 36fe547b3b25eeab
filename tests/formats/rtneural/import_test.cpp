// SPDX-License-Identifier: BSL-1.0
// RTNeural's JSON: layers against their formulas, and what is refused.
#include <catch2/catch.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/formats/rtneural/import.hpp>
#include <codegen/model/model_session.hpp>
#include <nlohmann/json.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <cmath>
#include <cstring>
#include <fstream>

namespace {

using namespace etch;
using Catch::Matchers::Contains;
using Json = nlohmann::json;
using Floats = std::vector<float>;

Json model_of(const Json& in_shape, const std::vector<Json>& all) {
  return {{"in_shape", in_shape}, {"layers", Json(all)}};
}

host::ImportedModel import(const Json& json) {
  const std::string text = json.dump();
  return host::import_rtneural(std::as_bytes(std::span(text)), "m.json");
}
std::string refusal(const Json& json) {
  return error_of([&] { import(json); });
}

Floats step(host::ModelSession& session, const Floats& x) {
  session.run(std::as_bytes(std::span(x)));
  Floats y(session.output_bytes(0) / sizeof(float));
  std::memcpy(y.data(), session.output().data(), session.output_bytes(0));
  return y;
}

Json dense(const Json& kernel, const Json& bias, const char* activation) {
  Json weights = Json::array({kernel});
  if (!bias.is_null()) weights.push_back(bias);
  return {{"type", "dense"},
          {"activation", activation},
          {"shape", {nullptr, nullptr, kernel[0].size()}},
          {"weights", weights}};
}

TEST_CASE("RTNeural's dense layers and activations are what they say", "[rtneural]") {
  const auto y_of = [](const char* activation, const Json& bias) {
    const auto model =
        import(model_of({nullptr, nullptr, 2}, {dense({{1, -2}, {3, 0.5}}, bias, activation)}));
    host::ModelSession session(model);
    return step(session, {0.5f, 0.25f});
  };
  CHECK(y_of("", nullptr) == Floats{1.25f, -0.875f});
  CHECK(y_of("relu", {0, 1}) == Floats{1.25f, 0.125f});
  CHECK(y_of("tanh", nullptr)[0] == Approx(std::tanh(1.25)));
  CHECK(y_of("sigmoid", nullptr)[1] == Approx(1 / (1 + std::exp(0.875))));
  CHECK(y_of("elu", nullptr)[1] == Approx(std::exp(-0.875) - 1));
  CHECK(y_of("softmax", nullptr)[0] == Approx(1 / (1 + std::exp(-2.125))));
}

TEST_CASE("RTNeural's conv1d sees the past, as far as kernel and dilation reach", "[rtneural]") {
  const auto model =
      import(model_of({nullptr, nullptr, 1}, {{{"type", "conv1d"},
                                               {"activation", ""},
                                               {"shape", {nullptr, nullptr, 1}},
                                               {"kernel_size", {3}},
                                               {"dilation", {2}},
                                               {"weights", {{{{100}}, {{10}}, {{1}}}, {0.5}}}}}));
  host::ModelSession session(model);
  CHECK(session.state_bytes() == 16);
  const Floats x{1, 2, 3, 4, 5, 6};
  for (std::size_t t = 0; t < x.size(); ++t) {
    const auto past = [&](std::size_t by) { return t < by ? 0.0f : x[t - by]; };
    CHECK(step(session, {x[t]}) == Floats{past(0) + 10 * past(2) + 100 * past(4) + 0.5f});
  }
}

TEST_CASE("RTNeural's batchnorm and prelu are what they say", "[rtneural]") {
  const Json shape{nullptr, nullptr, 2};
  const auto model =
      import(model_of(shape, {{{"type", "batchnorm"},
                               {"activation", ""},
                               {"shape", shape},
                               {"epsilon", 1},
                               {"weights", {{2, 1}, {0.5, 0}, {1, 3}, {3, 0}}}},
                              {{"type", "prelu"}, {"shape", shape}, {"weights", {{{0.1, 10}}}}}}));
  host::ModelSession session(model);
  const Floats y = step(session, {0, 2});
  CHECK(y[0] == Approx(0.1 * (2 * (0 - 1) / 2.0 + 0.5)));
  CHECK(y[1] == Approx(10 * (2 - 3) / 1.0));
}

TEST_CASE("an RTNeural model is told by its content", "[rtneural]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.anything";
  std::ofstream(path) << "\n  " << model_of({nullptr, 1}, {dense({{2}}, nullptr, "")}).dump(2);
  CHECK(host::read_model(path).graph->steps.count == 1);
  std::ofstream(path) << "{\"layers\": []}";
  CHECK_THAT(error_of([&] { host::read_model(path); }), Contains("is not a model that is read"));
}

Json damaged(const char* key, const Json& value) {
  Json layer = dense({{1, 2}}, {0, 0}, "tanh");
  if (value.is_discarded())
    layer.erase(key);
  else
    layer[key] = value;
  return model_of({nullptr, nullptr, 1}, {layer});
}

TEST_CASE("layers of RTNeural that cannot run are refused by name", "[rtneural]") {
  CHECK(refusal(model_of({nullptr, nullptr, 1}, {dense({{1, 2}}, {0, 0}, "tanh")})).empty());
  CHECK(refusal(damaged("type", "transformer")) ==
        "'m.json': transformer (operator 0) is not a layer of RTNeural that is supported");
  CHECK_THAT(refusal(damaged("activation", "gelu")), Contains("has the activation 'gelu'"));
  CHECK_THAT(refusal(damaged("activation", 3)), Contains("'activation' that is no text"));
  CHECK_THAT(refusal(damaged("weights", {{{1, 2, 3}}})), Contains("weights 0 of another shape"));
  CHECK_THAT(refusal(damaged("weights", {{{1, "x"}}})), Contains("not numbers"));
  CHECK_THAT(refusal(damaged("weights", {{{1, 1e300}}})), Contains("not numbers"));
  CHECK_THAT(refusal(damaged("weights", Json::array())), Contains("too few"));
  CHECK_THAT(refusal(damaged("weights", 5)), Contains("no list"));
  CHECK_THAT(refusal(damaged("shape", {nullptr, nullptr, -2})), Contains("'shape'"));
  CHECK_THAT(refusal(damaged("shape", {nullptr, nullptr, 1 << 30})), Contains("'shape'"));
  CHECK_THAT(refusal(damaged("type", 5)), Contains("a layer without a type"));
  for (const char* key : {"type", "shape", "weights"}) {
    INFO(key);
    CHECK_FALSE(refusal(damaged(key, Json(Json::value_t::discarded))).empty());
  }
}

TEST_CASE("files that are no model of RTNeural are refused in a sentence", "[rtneural]") {
  const auto text_refusal = [](const std::string& text) {
    return error_of([&] { host::import_rtneural(std::as_bytes(std::span(text)), "m.json"); });
  };
  CHECK(text_refusal("{") == "'m.json' is damaged: it is not JSON");
  CHECK_THAT(text_refusal("[]"), Contains("no model of RTNeural"));
  CHECK_THAT(text_refusal(R"({"in_shape": 3, "layers": []})"), Contains("'in_shape'"));
  CHECK_THAT(text_refusal(R"({"in_shape": [null, 1], "layers": {}})"), Contains("list of 'layers'"));
  CHECK_THAT(text_refusal(R"({"in_shape": [null, 1], "layers": []})"), Contains("has no layers"));
  CHECK_THAT(text_refusal(R"({"in_shape": [null, 1], "layers": [7]})"), Contains("no object"));
  CHECK_THAT(text_refusal(R"({"in_shape": [null, null], "layers": [7]})"), Contains("not counted"));
  const std::string whole = model_of({nullptr, nullptr, 1}, {dense({{1, 2}}, {0, 0}, "tanh")}).dump();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    INFO(n);
    CHECK_THAT(text_refusal(whole.substr(0, n)), Contains("'m.json'"));
  }
}

}  // namespace
