// SPDX-License-Identifier: BSL-1.0
#include <tests/formats/keras/small_files.hpp>
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/keras_parts.hpp>

namespace etch::fuzz {
namespace {

using namespace keras_test;
using Extents = std::vector<std::vector<std::uint64_t>>;

Bytes bytes_of(const host::KerasFile& file) {
  KerasParts parts{
      file.version.empty() ? '2' : file.version[0], file.by_layer_names ? 'h' : 'k', file.config, {}};
  host::give_tree(file.weights, [&](std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) parts.tree.push_back(std::to_integer<std::uint8_t>(b));
  });
  return parts.bytes();
}

/// Of an input and one layer.
Archive one(const char* class_name, const Json& config, const Json& shape, const std::string& group,
            const Extents& weights) {
  Archive file(functional({input("x", shape), layer(class_name, "a", config, {{"x"}})}, {"x"}, {"a"}));
  if (!weights.empty()) file.add(group, weights);
  return file;
}

Archive states() {
  const Json first = layer("LSTM", "l", {{"units", 2}, {"return_state", true}}, {{"x"}});
  Json second = layer("LSTM", "m", {{"units", 2}, {"return_sequences", true}}, {{"y"}});
  second["inbound_nodes"] = parse(R"([[["y", 0, 0, {"initial_state": [["l", 0, 1], ["l", 0, 2]]}]]])");
  Archive file(functional({input("x", {nullptr, 3, 2}), input("y", {nullptr, 4, 2}), first, second},
                          {"x", "y"}, {"m"}));
  file.add("layers/lstm/cell", {{2, 8}, {2, 8}, {8}}).add("layers/lstm_1/cell", {{2, 8}, {2, 8}, {8}});
  return file;
}

Json inner_model() {
  Json model = functional({input("i", {nullptr, 3}), layer("Dense", "d", {{"units", 2}}, {{"i"}}),
                           layer("BatchNormalization", "b", Json::object(), {{"d"}})},
                          {"i"}, {"b"});
  model["name"] = model["config"]["name"] = "inner";
  model["inbound_nodes"] = parse(R"([[["x", 0, 0, {}]]])");
  return model;
}

Hdf5File nested() {
  Hdf5File file(functional(
      {input("x", {nullptr, 3}), inner_model(), layer("Dense", "e", {{"units", 2}}, {{"inner:1"}})}, {"x"},
      {"e"}));
  file.add("inner", {{"d/kernel:0", {3, 2}},
                     {"d/bias:0", {2}},
                     {"b/gamma:0", {2}},
                     {"b/beta:0", {2}},
                     {"b/moving_mean:0", {2}},
                     {"b/moving_variance:0", {2}}});
  file.add("e", {{"e/kernel:0", {2, 2}}, {"e/bias:0", {2}}});
  return file;
}

Archive distributed() {
  Json wrapper = layer("TimeDistributed", "t", Json::object(), {{"x"}});
  wrapper["config"]["layer"] = inner_model();
  Archive file(functional({input("x", {nullptr, 4, 3}), wrapper}, {"x"}, {"t"}));
  file.add("layers/time_distributed/layer/layers/dense", {{3, 2}, {2}});
  file.add("layers/time_distributed/layer/layers/batch_normalization", {{2}, {2}, {2}, {2}});
  return file;
}

Archive operations() {
  Json divide = layer("TFOpLambda", "d", {{"function", "math.truediv"}}, {});
  divide["inbound_nodes"] = parse(R"([["x", 0, 0, {"y": 2.5}]])");
  Json reshape = layer("TFOpLambda", "r", {{"function", "reshape"}}, {});
  reshape["inbound_nodes"] = parse(R"([["d", 0, 0, {"shape": [-1, 3, 2]}]])");
  return Archive(
      functional({input("x", {nullptr, 6}), divide, reshape, layer("Add", "s", Json::object(), {{"r", "r"}})},
                 {"x"}, {"s", "d"}),
      "2.15.0");
}

}  // namespace

Corpus keras_corpus() {
  const Json image{nullptr, 5, 6, 2}, sequence{nullptr, 4, 3};
  const Json gru{{"class_name", "GRU"}, {"config", {{"units", 2}, {"return_sequences", true}}}};
  return {
      {"conv", bytes_of(one("Conv2D",
                            {{"filters", 3},
                             {"kernel_size", {3, 2}},
                             {"padding", "same"},
                             {"strides", {2, 1}},
                             {"activation", "relu"}},
                            image, "layers/conv2d", {{3, 2, 2, 3}, {3}}))},
      {"depthwise",
       bytes_of(one("DepthwiseConv2D", {{"kernel_size", {2, 2}}, {"data_format", "channels_last"}}, image,
                    "layers/depthwise_conv2d", {{2, 2, 2, 1}, {2}}))},
      {"norm", bytes_of(one("BatchNormalization", {{"axis", {3}}}, image, "layers/batch_normalization",
                            {{2}, {2}, {2}, {2}}))},
      {"normalization",
       bytes_of(one("Normalization", {{"axis", {-1}}}, sequence, "layers/normalization", {{3}, {3}, {}}))},
      {"resizing", bytes_of(one("Resizing", {{"height", 3}, {"width", 9}}, image, "", {}))},
      {"pool",
       bytes_of(one("AveragePooling2D", {{"pool_size", {2, 2}}, {"padding", "same"}}, image, "", {}))},
      {"bidirectional",
       bytes_of(one("Bidirectional", {{"layer", gru}, {"merge_mode", "concat"}}, sequence,
                    "layers/bidirectional/forward_layer/cell", {{3, 6}, {2, 6}, {2, 6}})
                    .add("layers/bidirectional/backward_layer/cell", {{3, 6}, {2, 6}, {2, 6}}))},
      {"embedding", bytes_of(one("Embedding", {{"input_dim", 4}, {"output_dim", 2}, {"mask_zero", true}},
                                 {nullptr, 5}, "layers/embedding", {{4, 2}}))},
      {"states", bytes_of(states())},
      {"nested", bytes_of(nested())},
      {"distributed", bytes_of(distributed())},
      {"operations", bytes_of(operations())},
  };
}

}  // namespace etch::fuzz
