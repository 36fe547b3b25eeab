// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <runtime/host/files/safetensors.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace etch;
using Catch::Contains;

namespace {

inline constexpr auto net = sequential(Input{3}, Dense{2, relu}, Dense{4, softmax});
inline constexpr auto same_shapes = sequential(Input{3}, Dense{2, sigmoid}, Dense{4, softmax});
inline constexpr auto longer = sequential(Input{3}, Dense{2, relu}, Dense{4, softmax}, Dense{1});

template <const auto& Network>
auto make_model() {
  return compile<Network>(Adam{}, MeanSquaredError{});
}

/// A file of another program: arrays of numbers that count on, under its own names.
struct Foreign {
  std::string name;
  std::vector<int> shape;
  std::vector<float> values{};
};
void write(const std::string& path, std::vector<Foreign> arrays) {
  std::vector<TensorEntry> entries;
  float next = 1;
  for (Foreign& each : arrays) {
    int n = 1;
    for (const int extent : each.shape) n *= extent;
    for (int i = 0; i < n; ++i) each.values.push_back(next++);
    entries.push_back({each.name, "F32", each.shape, std::as_bytes(std::span(each.values))});
  }
  host::write_safetensors_file(path, entries);
}

}  // namespace

TEST_CASE("weights of another program load in their order where all shapes fit", "[weights_in_order]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "foreign.safetensors").string();
  auto model = make_model<net>();
  write(path, {{"fc1.w", {3, 2}}, {"fc1.b", {2}}, {"fc2.w", {2, 4}}, {"fc2.b", {4}}});
  CHECK_THAT(
      error_of([&] { model.load(path.c_str()); }),
      Contains(
          "does not say which graph its weights belong to (metadata 'etch.graph'); save it with Etch, or "
          "load its weights by order, load_weights(model, path)"));
  load_weights(model, path.c_str());
  CHECK(model.get_weights() ==
        std::vector<std::vector<float>>{
            {1, 2, 3, 4, 5, 6}, {7, 8}, {9, 10, 11, 12, 13, 14, 15, 16}, {17, 18, 19, 20}});
  CHECK(model.step() == 0);
}

TEST_CASE("weights that differ in their order are named, and nothing is loaded", "[weights_in_order]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "foreign.safetensors").string();
  auto model = make_model<net>();
  const auto before = model.get_weights();
  const auto refused = [&](std::vector<Foreign> arrays) {
    write(path, std::move(arrays));
    const std::string sentence = error_of([&] { load_weights(model, path.c_str()); });
    CHECK(model.get_weights() == before);
    const std::string start = "'" + path + "': its weights do not fit in their order: ";
    CHECK(sentence.starts_with(start));
    return sentence.substr(std::min(sentence.size(), start.size()));
  };
  const std::string advice = "; load what fits by name, load_weights_by_name(model, path).";
  CHECK(refused({{"fc1.w", {2, 3}}, {"fc1.b", {2}}, {"fc2.w", {2, 4}}, {"fc2.b", {4}}}) ==
        "weight 0 is 'fc1.w' of the shape [2, 3] there, and 'dense/kernel' of [3, 2] here, the other way "
        "round (as "
        "PyTorch keeps it)" +
            advice);
  CHECK(refused({{"fc1.w", {3, 2}}, {"fc1.b", {2}}, {"fc2.w", {2, 5}}, {"fc2.b", {5}}}) ==
        "weight 2 is 'fc2.w' of the shape [2, 5] there, and 'dense_1/kernel' of [2, 4] here" + advice);
  CHECK(refused({{"fc1.w", {3, 2}}, {"fc1.b", {2}}}) ==
        "it has 2 weights, and the model has 4: none for 'dense_1/kernel'" + advice);
  CHECK(refused({{"fc1.w", {3, 2}}, {"fc1.b", {2}}, {"fc2.w", {2, 4}}, {"fc2.b", {4}}, {"last", {1}}}) ==
        "it has 5 weights, and the model has 4: 'last' has no place here" + advice);
}

TEST_CASE("a model of other layers says which differs", "[weights_in_order]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "saved.safetensors").string();
  auto model = make_model<net>();
  auto other = make_model<same_shapes>();
  auto larger = make_model<longer>();
  model.save(path.c_str(), true);
  CHECK_THAT(
      error_of([&] { other.load(path.c_str()); }),
      Contains("its weights belong to another graph: all weights have the same shapes, and what the layers "
               "compute of them differs"));
  load_weights(other, path.c_str());
  CHECK(other.get_weights() == model.get_weights());
  CHECK_THAT(error_of([&] { larger.load(path.c_str()); }),
             Contains("another graph: it has 4 weights, and the model has 6: none for 'dense_2/kernel'"));
}
