// SPDX-License-Identifier: BSL-1.0
#include <nlohmann/json.hpp>
#include <tests/fuzz/corpus.hpp>

namespace etch::fuzz {

namespace {

using Json = nlohmann::json;

/// An array of a shape, of numbers that differ.
Json numbers(const std::vector<int>& shape, std::size_t axis = 0) {
  static int n = 0;
  if (axis == shape.size()) return static_cast<double>(n++ * 29 % 127 - 63) / 64;
  Json list = Json::array();
  for (int i = 0; i < shape[axis]; ++i) list.push_back(numbers(shape, axis + 1));
  return list;
}

Json layer(const char* type, const Json& shape, const Json& weights, const Json& more = Json::object()) {
  Json json{{"type", type}, {"activation", ""}, {"shape", shape}, {"weights", weights}};
  json.update(more);
  return json;
}

Bytes file(const Json& in_shape, const std::vector<Json>& all) {
  const std::string text = Json{{"in_shape", in_shape}, {"layers", Json(all)}}.dump();
  return {text.begin(), text.end()};
}

Json shape(int features) { return {nullptr, nullptr, features}; }

Json dense(int in, int out, const char* activation) {
  return layer("dense", shape(out), {numbers({in, out}), numbers({out})}, {{"activation", activation}});
}

Bytes convolutions() {
  return file(shape(2), {layer("conv1d", shape(4), {numbers({3, 1, 4}), numbers({4})},
                               {{"kernel_size", {3}}, {"dilation", {2}}, {"groups", 2}}),
                         layer("batchnorm", shape(4),
                               {numbers({4}), numbers({4}), numbers({4}), {1, 2, 3, 4}}, {{"epsilon", 0.01}}),
                         layer("prelu", shape(4), Json::array({numbers({1, 4})})), dense(4, 2, "softmax")});
}

Bytes images() {
  return file({nullptr, nullptr, 5, 2},
              {layer("conv2d", {nullptr, nullptr, 3, 2}, {numbers({2, 3, 2, 2}), numbers({2})},
                     {{"kernel_size_time", 2},
                      {"kernel_size_feature", 3},
                      {"dilation", 2},
                      {"strides", 2},
                      {"num_filters_out", 2},
                      {"padding", "same"}}),
               layer("batchnorm2d", {nullptr, nullptr, 3, 2}, {numbers({2}), {1, 2}}, {{"epsilon", 5}}),
               layer("activation", {nullptr, nullptr, 3, 2}, Json::array(), {{"activation", "elu"}})});
}

}  // namespace

Corpus rtneural_corpus() {
  return {
      {"dense", file({nullptr, 2}, {dense(2, 3, "tanh"), dense(3, 1, "")})},
      {"convolutions", convolutions()},
      {"images", images()},
      {"gru", file(shape(2), {layer("gru", shape(3), {numbers({2, 9}), numbers({3, 9}), numbers({2, 9})})})},
      {"lstm", file(shape(1), {layer("lstm", shape(2), {numbers({1, 8}), numbers({2, 8}), numbers({8})}),
                               dense(2, 1, "sigmoid")})}};
}

}  // namespace etch::fuzz
