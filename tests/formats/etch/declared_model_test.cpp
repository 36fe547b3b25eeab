// SPDX-License-Identifier: BSL-1.0
// Files of declared models: the tool runs them with the bits of their deployed code.
#include <codegen/formats/etch/graph_reader.hpp>
#include <codegen/formats/etch/import_trained.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/model/model_session.hpp>
#include <etch/etch.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <runtime/host/files/safetensors.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <set>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

inline constexpr auto network = functional([](Builder& g) {
  Tensor x = g.input({6, 6, 2});
  x = Conv2D{.filters = 4, .kernel_size = 3, .padding = Padding::same, .use_bias = false}(x);
  x = ReLU{}(BatchNormalization{}(x));
  Tensor y = Dropout{0.5f}(Conv2D{.filters = 4, .kernel_size = 1, .name = "branch"}(x));
  x = MaxPooling2D{.pool_size = 2}(Add{}(x, y));
  return Softmax{}(Dense{5}(ReLU{}(BatchNormalization{}(Dense{8}(Flatten{}(x))))));
});
using Model = Trainer<network, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 4>;

Model& trained() {
  static Model::Storage storage;
  static Model model(storage, {}, {}, 7);
  static const bool once = [] {
    for (int step = 0; step < 5; ++step) {
      auto x = model.input();
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>((i * 7 + static_cast<std::size_t>(step) * 13) % 11) / 11.0f;
      for (int r = 0; r < 4; ++r) static_cast<std::int32_t*>(model.labels())[r] = (r + step) % 5;
      model.train_on_batch(4);
    }
    return true;
  }();
  (void)once;
  return model;
}

std::vector<float> sample(unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<float> x(72);
  for (float& v : x) v = static_cast<float>(engine() % 1000) / 500 - 1;
  return x;
}

/// What the deployed code gives.
std::vector<float> deployed(const std::vector<float>& x) {
  using D = Deployment<network>;
  alignas(16) static std::byte weights[D::weight_bytes], arena[D::arena_bytes];
  fold_weights<network>(trained().weights(), weights);
  std::vector<float> y(5);
  const void* in[]{x.data()};
  void* out[]{y.data()};
  D::predict(weights, arena, in, out);
  return y;
}

std::vector<float> interpreted(const host::ImportedModel& model, const std::vector<float>& x) {
  host::ModelSession session(model);
  session.run(std::as_bytes(std::span(x)));
  std::vector<float> y(session.output_bytes(0) / sizeof(float));
  std::memcpy(y.data(), session.output().data(), session.output_bytes(0));
  return y;
}

TEST_CASE("a declared model gives the bits of its deployed code, from memory and from its file") {
  const TemporaryFolder folder;
  const auto path = folder / "net.safetensors";
  trained().save(path.string().c_str());
  const auto direct = host::import_trained(trained(), "net");
  const auto read = host::read_model(path);
  CHECK(read.name == "net");
  CHECK(read.operators.size() == static_cast<std::size_t>(Deployment<network>::graph_.steps.count));
  for (unsigned seed = 0; seed < 5; ++seed) {
    const auto x = sample(seed);
    CHECK(interpreted(direct, x) == deployed(x));
    CHECK(interpreted(read, x) == deployed(x));
  }
}

TEST_CASE("inspect and run know declared models") {
  const TemporaryFolder folder;
  const auto path = folder / "net.safetensors", input = folder / "x.bin";
  trained().save(path.string().c_str(), true);  // the optimizer's slots are no weights of the graph
  const auto shown = run_etch({"inspect", path.string()});
  CHECK(shown.code == 0);
  CHECK_THAT(shown.out, Contains("input 0: 6x6x2 float32") && Contains("Convolution") && Contains("Pool"));
  const auto x = sample(3);
  std::ofstream(input, std::ios::binary)
      .write(reinterpret_cast<const char*>(x.data()), static_cast<std::streamsize>(4 * x.size()));
  const auto run = run_etch({"run", path.string(), input.string()});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("sample 0, output 0:"));
}

TEST_CASE("no two ops have one name: files tell them by it") {
  std::set<std::string> names;
  int ops = 0;
  for (const char* name = ""; name; ++ops) {
    name = nullptr;
    visit_op(ops, [&](auto op) { name = decltype(op)::name; });
    if (name) CHECK(names.insert(name).second);
  }
}

TEST_CASE("weights without their graph, or with another, are told") {
  const TemporaryFolder folder;
  const auto path = folder / "net.safetensors";
  trained().save(path.string().c_str());
  const auto file = host::SafetensorsFile::read(path);
  const auto error_with = [&](const std::map<std::string, std::string>& metadata) {
    std::vector<TensorEntry> tensors;
    std::vector<std::vector<int>> shapes;
    for (const auto& t : file.tensors()) shapes.emplace_back(t.shape.begin(), t.shape.end());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const auto& t = file.tensors()[i];
      tensors.push_back({t.name, t.dtype.c_str(), shapes[i], file.data(t)});
    }
    std::vector<MetadataEntry> entries;
    for (const auto& [key, text] : metadata) entries.push_back({key, text});
    const auto changed = folder / "changed.safetensors";
    host::write_safetensors_file(changed, tensors, entries);
    return error_of([&] { host::read_model(changed); });
  };
  auto metadata = file.metadata();
  metadata.erase("etch.crc32");
  CHECK(error_with(metadata).empty());
  const std::string text = metadata.at("etch.graph_text");
  metadata.erase("etch.graph_text");
  CHECK_THAT(error_with(metadata), Contains("does not hold the graph of its weights"));
  metadata["etch.graph_text"] = "{}";
  CHECK_THAT(error_with(metadata), Contains("'version' is missing"));
  metadata["etch.graph_text"] = text.substr(0, text.size() / 2);
  CHECK_THAT(error_with(metadata), Contains("not JSON"));
  std::string other = text;
  other.replace(other.find("\"version\":1"), 11, "\"version\":2");
  metadata["etch.graph_text"] = other;
  CHECK_THAT(error_with(metadata), Contains("is of version 2, and only 1 is read"));
  other = text;
  other.replace(other.find("\"Pool\""), 6, "\"Poll\"");
  metadata["etch.graph_text"] = other;
  CHECK_THAT(error_with(metadata), Contains("'Poll', which this version does not read"));
  metadata["etch.graph_text"] = text;
  metadata["etch.graph"] = "0123456789abcdef";
  CHECK_THAT(error_with(metadata), Contains("not the one that its weights belong to"));
}

/// Runs a graph that was read, on weights of the sizes that it asks for.
void run_on_zeros(const Graph<declaration_capacity>& g) {
  std::vector<std::vector<std::byte>> bytes;
  for (int p = 0; p < g.parameters.count; ++p)
    bytes.emplace_back(sizeof(float) * static_cast<std::size_t>(g.parameters[p].shape.size()));
  std::vector<host::DeclaredWeight> weights;
  for (const auto& b : bytes) weights.push_back({"w", b});
  const auto model = host::import_declared(g, weights, "net");
  host::ModelSession session(model);
  std::vector<std::vector<std::byte>> inputs;
  for (int k = 0; k < session.inputs(); ++k) inputs.emplace_back(session.input_bytes(k));
  const std::vector<std::span<const std::byte>> given(inputs.begin(), inputs.end());
  session.run(given);
}

/// Damage of a single byte: an error, or a graph that is still in order and runs.
TEST_CASE("damaged graphs are refused, and nothing else happens") {
  const std::string text = graph_text(graph<network>);
  const auto whole = host::read_graph_text(text, "net");
  CHECK(structure_hash(*whole) == structure_hash(graph<network>));
  for (std::size_t length = 0; length < text.size(); length += 7)
    CHECK_THAT(error_of([&] { host::read_graph_text(text.substr(0, length), "net"); }), Contains("damaged"));
  std::mt19937 engine(1);
  int refused = 0, ran = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = text;
    damaged[engine() % damaged.size()] = static_cast<char>(" 0123456789-,:[]{}\"x"[engine() % 19]);
    std::unique_ptr<Graph<declaration_capacity>> read;
    if (!error_of([&] { read = host::read_graph_text(damaged, "net"); }).empty())
      ++refused;
    else
      run_on_zeros(*read), ++ran;
  }
  CHECK(refused > 1000);
  CHECK(ran > 20);
}

inline constexpr auto gestures = sequential(Input{20, 6}, GRU{24}, Dense{4, ActivationKind::softmax});

TEST_CASE("a recurrent model needs the arena by the tool that it needs as a declaration") {
  static Trainer<gestures, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 2>::Storage storage;
  Trainer<gestures, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 2> model(storage, {}, {}, 7);
  const TemporaryFolder folder;
  model.save((folder / "gestures.safetensors").string().c_str());
  static_assert(Deployment<gestures>::arena_bytes == 576);
  const auto inspected = run_etch({"inspect", (folder / "gestures.safetensors").string()});
  INFO(inspected.err);
  CHECK_THAT(inspected.out, Contains("arena:   576 bytes (no plan can need less than 576)"));
  CHECK_THAT(inspected.out, Contains("RAM:     1,072 bytes: arena, 496 of inputs and outputs"));
}

}  // namespace
