// SPDX-License-Identifier: BSL-1.0
// Of each layer of RTNeural that `etch ops` names a file is written, read and run.
#include <codegen/formats/rtneural/import.hpp>
#include <codegen/model/model_session.hpp>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

namespace rtneural_layers_test {

using namespace etch;
using Json = nlohmann::json;

/// An array of a shape, of quarters.
Json numbers(const std::vector<int>& shape, std::size_t axis = 0) {
  if (axis == shape.size()) return 0.25;
  Json list = Json::array();
  for (int i = 0; i < shape[axis]; ++i) list.push_back(numbers(shape, axis + 1));
  return list;
}

/// Of two features to three, but for what keeps their number; images have four features and two channels.
std::map<std::string, Json> layers() {
  const Json three{nullptr, nullptr, 3}, two{nullptr, nullptr, 2};
  const auto normalized = Json{numbers({2}), numbers({2}), numbers({2}), numbers({2})};
  return {{"dense", {{"shape", three}, {"weights", {numbers({2, 3}), numbers({3})}}}},
          {"time-distributed-dense", {{"shape", three}, {"weights", {numbers({2, 3}), numbers({3})}}}},
          {"conv1d",
           {{"shape", three},
            {"weights", {numbers({3, 2, 3}), numbers({3})}},
            {"kernel_size", {3}},
            {"dilation", {2}}}},
          {"conv2d",
           {{"shape", {nullptr, nullptr, 4, 3}},
            {"weights", {numbers({2, 3, 2, 3}), numbers({3})}},
            {"kernel_size_time", 2},
            {"kernel_size_feature", 3},
            {"dilation", 1},
            {"strides", 1},
            {"num_filters_out", 3},
            {"padding", "same"}}},
          {"gru", {{"shape", three}, {"weights", {numbers({2, 9}), numbers({3, 9}), numbers({2, 9})}}}},
          {"lstm", {{"shape", three}, {"weights", {numbers({2, 12}), numbers({3, 12}), numbers({12})}}}},
          {"batchnorm", {{"shape", two}, {"weights", normalized}, {"epsilon", 0.01}}},
          {"batchnorm2d", {{"shape", {nullptr, nullptr, 4, 2}}, {"weights", normalized}, {"epsilon", 0.01}}},
          {"prelu", {{"shape", two}, {"weights", Json::array({numbers({1, 2})})}}},
          {"activation", {{"shape", two}, {"activation", "tanh"}}}};
}

TEST_CASE("each layer of RTNeural that ops names is in a file that runs", "[ops]") {
  const std::map<std::string, Json> written = layers();
  const std::vector<std::string> named = host::rtneural_layers();
  CHECK(named.size() == written.size());
  for (const std::string& name : named) {
    INFO(name);
    REQUIRE(written.contains(name));
    Json layer = written.at(name);
    layer["type"] = name;
    const bool image = layer["shape"].size() == 4;
    const Json in = image ? Json{nullptr, nullptr, 4, 2} : Json{nullptr, nullptr, 2};
    const std::string text = Json{{"in_shape", in}, {"layers", Json::array({layer})}}.dump();
    const host::ImportedModel model = host::import_rtneural(std::as_bytes(std::span(text)), "m.json");
    host::ModelSession session(model);
    const std::vector<float> x(image ? 8 : 2, 0.5f);
    session.run(std::as_bytes(std::span(x)));
    std::vector<float> y(session.output_bytes(0) / sizeof(float));
    REQUIRE(!y.empty());
    std::memcpy(y.data(), session.output().data(), session.output_bytes(0));
    for (const float number : y) CHECK((std::isfinite(number) && number != 0));
  }
}

}  // namespace rtneural_layers_test
