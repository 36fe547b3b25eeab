// SPDX-License-Identifier: BSL-1.0
// The numerics of a model as a part of its declaration: graphs, hashes, files, sources and reports have them.
#include <unistd.h>

#include <codegen/firmware/emit_model.hpp>
#include <codegen/formats/etch/import.hpp>
#include <codegen/model/model_draft.hpp>
#include <codegen/model/model_session.hpp>
#include <etch/etch.hpp>
#include <etch/passes/fake_quantization.hpp>
#include <tests/unit/host/saved_files.hpp>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <random>

namespace {

using namespace etch;
using model_file_test::has;
using model_file_test::read;
using model_file_test::write;

constexpr int features = 11, results = 5, rows = 4;

constexpr auto separate = sequential(Input{features}, Dense{7}, BatchNormalization{}, ReLU{}, Dense{results});
constexpr auto fused = with_numerics(Numerics::fused, separate);
constexpr auto separate_by_name = with_numerics(Numerics::separate, separate);
constexpr auto one_layer = with_numerics(Numerics::fused, sequential(Input{features}, Dense{results}));

// It is a part of what a model is, and changes nothing of models that do not name it.
static_assert(graph<separate>.numerics == Numerics::separate);
static_assert(graph<fused>.numerics == Numerics::fused);
static_assert(graph<separate_by_name> == graph<separate>);
static_assert(!(graph<fused> == graph<separate>));
static_assert(structure_hash(graph<separate_by_name>) == structure_hash(graph<separate>));
static_assert(structure_hash(graph<fused>) != structure_hash(graph<separate>));

// Passes keep it.
static_assert(simplify(graph<fused>).numerics == Numerics::fused);
static_assert(fake_quantize(graph<fused>).numerics == Numerics::fused);
static_assert(Deployment<fused>::program.graph.numerics == Numerics::fused);
static_assert(Deployment<fused>::layout != Deployment<separate>::layout);
constexpr auto stepwise = with_numerics(Numerics::fused, sequential(Input{4, 3}, GRU{2}));
static_assert(stream(graph<stepwise>).graph.numerics == Numerics::fused);
constexpr auto coder = with_numerics(Numerics::fused, functional([](Builder& g) {
                                       const Tensor x = g.input({4}, "signal");
                                       return Dense{2}(Dense{.units = 3, .name = "code"}(x));
                                     }));
constexpr auto first_half = submodel<coder>("signal", "code");
static_assert(graph<first_half>.numerics == Numerics::fused);

template <const auto& Declared>
using Model = Trainer<Declared, Adam, MeanSquaredError, hana::tuple<>, rows>;
static_assert(Model<fused>::Code::program.graph.numerics == Numerics::fused);
static_assert(Model<fused>::Code::inference.graph.numerics == Numerics::fused);

template <const auto& Declared, int Which = 0>
Model<Declared> fresh() {
  static typename Model<Declared>::Storage storage;
  storage = {};
  Model<Declared> model(storage, {}, {}, 7);
  model.ensure_ready();
  return model;
}

std::vector<float> drawn(std::size_t n) {
  std::mt19937 generator(5);
  std::uniform_real_distribution<float> number(-1, 1);
  std::vector<float> numbers(n);
  for (float& x : numbers) x = number(generator);
  return numbers;
}

template <class M>
void train(M& model, int steps) {
  for (int step = 0; step < steps; ++step) {
    std::ranges::copy(drawn(rows * features), model.input().begin());
    std::ranges::copy(drawn(rows * results), static_cast<float*>(model.labels()));
    model.train_on_batch(rows);
  }
}

template <class M>
std::vector<float> predictions(M& model) {
  const std::vector<float> x = drawn(rows * features);
  std::vector<float> y(rows * results);
  model.predict(x, y);
  return y;
}

std::vector<std::byte> copy_of(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

/// What `action` writes to stderr.
template <class Action>
std::string said(const std::filesystem::path& file, const Action& action) {
  std::fflush(stderr);
  const int kept = dup(STDERR_FILENO);
  REQUIRE(std::freopen(file.c_str(), "w", stderr) != nullptr);
  action();
  std::fflush(stderr);
  dup2(kept, STDERR_FILENO);
  close(kept);
  return read(file.string());
}

host::ImportedModel imported(const std::string& path) {
  const std::string bytes = read(path);
  return host::import_model_file(std::as_bytes(std::span(bytes)), path);
}

}  // namespace

TEST_CASE("a fused model rounds a product and its sum once", "[numerics]") {
  auto model = fresh<one_layer>();
  const auto* const w = reinterpret_cast<const float*>(model.weights().data());
  const std::vector<float> x = drawn(rows * features);
  std::vector<float> expected(rows * results);
  for (int r = 0; r < rows; ++r)
    for (int o = 0; o < results; ++o) {
      float sum = 0;  // biases begin as zeros
      for (int i = 0; i < features; ++i)
        sum = std::fma(x[static_cast<std::size_t>(r * features + i)], w[i * results + o], sum);
      expected[static_cast<std::size_t>(r * results + o)] = sum;
    }
  CHECK(predictions(model) == expected);
}

TEST_CASE("the numerics decide what a model trains", "[numerics]") {
  auto a = fresh<fused>();
  auto b = fresh<separate>();
  CHECK(copy_of(a.weights()) == copy_of(b.weights()));  // drawn numbers are the same
  train(a, 5);
  train(b, 5);
  CHECK(copy_of(a.weights()) != copy_of(b.weights()));
}

TEST_CASE("a file that was trained by the other numerics loads and says so", "[numerics]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "model.safetensors").string();
  auto saved = fresh<separate>();
  train(saved, 3);
  saved.save(path.c_str(), true);

  auto same = fresh<separate, 1>();
  CHECK(said(folder / "said", [&] { same.load(path.c_str()); }).empty());
  auto other = fresh<fused>();
  const std::string sentence = said(folder / "said", [&] { other.load(path.c_str()); });
  CHECK(has(sentence, "other numerics"));
  CHECK(has(sentence, "continued training"));
  CHECK(copy_of(other.weights()) == copy_of(saved.weights()));
  CHECK(copy_of(other.optimizer_state()) == copy_of(saved.optimizer_state()));
  CHECK(other.step() == saved.step());
  auto back = fresh<one_layer>();
  CHECK(has(error_of([&] { back.load(path.c_str()); }), "another graph"));
}

TEST_CASE("model files name numerics that are not the default, and tools compute by them", "[numerics]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "model.safetensors").string();
  auto plain = fresh<separate>();
  plain.save(path.c_str());
  CHECK_FALSE(has(read(path), "numerics"));
  CHECK(imported(path).graph->numerics == Numerics::separate);

  auto model = fresh<fused>();
  train(model, 3);
  model.save(path.c_str());
  const host::ImportedModel read_back = imported(path);
  CHECK(read_back.graph->numerics == Numerics::fused);
  CHECK(host::ModelDraft(read_back).model().graph->numerics == Numerics::fused);

  static std::array<std::byte, Deployment<fused>::weight_bytes> shipped;
  fold_weights<fused>(model.weights(), shipped);
  alignas(64) static std::array<std::byte, Deployment<fused>::arena_bytes> arena;
  const std::vector<float> x = drawn(features);
  std::vector<float> y(results);
  const void* const in[]{x.data()};
  void* const out[]{y.data()};
  Deployment<fused>::predict(shipped.data(), arena.data(), in, out);
  host::ModelSession session(read_back);
  session.run(std::as_bytes(std::span(x)));
  CHECK(copy_of(session.output()) == copy_of(std::as_bytes(std::span(y))));
}

TEST_CASE("numerics that nobody knows are damage", "[numerics]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "model.safetensors").string();
  fresh<fused>().save(path.c_str());
  for (const char* const wrong : {R"("twice")", "7", "null"}) {
    model_file_test::rewrite(path, path + "x", [&](auto&, auto& metadata) {
      std::string& text = metadata[host::graph_text_key];
      const std::string named = R"("fused")";
      const auto at = text.find(named);
      REQUIRE(at != text.npos);
      text.replace(at, named.size(), wrong);
    });
    CHECK(has(error_of([&] { imported(path + "x"); }), "neither 'separate' nor 'fused'"));
  }
}

TEST_CASE("sources and reports of a model name its numerics", "[numerics]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "model.safetensors").string();
  const auto emitted = [&](auto model) {
    model.save(path.c_str());
    host::EmitOptions options;
    options.folder = folder.path();
    emit_model(imported(path), options);
    return read((folder / "model.cpp").string());
  };
  CHECK(has(emitted(fresh<fused>()), "Numerics::fused"));
  CHECK_FALSE(has(emitted(fresh<separate>()), "Numerics"));
  CHECK(has(summary_text<fused>(), "Numerics: fused"));
  CHECK_FALSE(has(summary_text<separate>(), "Numerics"));
}
