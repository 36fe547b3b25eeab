// SPDX-License-Identifier: BSL-1.0
// Model files of one step that somebody damaged, with every hash right: the tool refuses them with a
// sentence, or runs them.
#include <codegen/formats/etch/import.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/model/model_session.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <etch/model/declare/hash.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/model_file.hpp>
#include <runtime/host/files/safetensors.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/ops/step_cases_real.hpp>
#include <tests/unit/ops/step_graph.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

using Declared = Graph<declaration_capacity>;

std::unique_ptr<Declared> graph_of(int op, const StepCase& c) {
  auto g = std::make_unique<Declared>();
  put_step(*g, op, c);
  return g;
}

/// A file with the hash of its graph, damaged or not.
std::vector<std::byte> file_of(const Declared& g) {
  std::vector<std::vector<float>> weights;
  std::vector<std::vector<int>> shapes;
  std::vector<std::string> names;
  std::string order;
  for (int p = 0; p < g.parameters.count; ++p) {
    const int elements = g.values[p].elements;
    weights.emplace_back(static_cast<std::size_t>(elements), 0.25f);
    shapes.push_back({elements});
    names.push_back("layer/w" + std::to_string(p));
    order += (p > 0 ? "\n" : "") + names.back();
  }
  std::vector<TensorEntry> tensors;
  for (std::size_t p = 0; p < names.size(); ++p)
    tensors.push_back({names[p], "F32", shapes[p], std::as_bytes(std::span(weights[p]))});
  char hash[17];
  std::snprintf(hash, sizeof(hash), "%016llx", static_cast<unsigned long long>(structure_hash(g)));
  const std::string text = graph_text(g);
  const MetadataEntry metadata[]{
      {host::graph_key, hash}, {host::graph_text_key, text}, {host::order_key, order}};
  std::vector<std::byte> file;
  auto sink = [&](std::span<const std::byte> bytes) {
    file.insert(file.end(), bytes.begin(), bytes.end());
    return true;
  };
  REQUIRE(write_safetensors(sink, tensors, metadata));
  return file;
}

/// Whether the model of a graph is refused; else it has run.
bool refused(const Declared& g) {
  try {
    const auto model = host::import_model_file(file_of(g), "step");
    host::ModelSession session(model);
    std::vector<std::vector<std::byte>> inputs;
    for (int k = 0; k < session.inputs(); ++k) inputs.emplace_back(session.input_bytes(k));
    const std::vector<std::span<const std::byte>> given(inputs.begin(), inputs.end());
    session.run(given);
    return false;
  } catch (const Error& error) {
    INFO(error.what());
    CHECK_THAT(error.what(), Contains("damaged: "));
    return true;
  }
}

struct Counts {
  int good = 0, refused = 0, ran = 0;  // of undamaged files, and of damaged ones
  std::size_t stride = 1, next = 0;    // of the damages, every so many is tried
};

void damage_words(int op, int words, const StepCase& good, Counts& counts) {
  constexpr std::int32_t others[]{-1, 0, 1, 1 << 20, INT32_MAX, INT32_MIN};
  for (std::size_t w = 0; w < static_cast<std::size_t>(words); ++w)
    for (const std::int32_t other : others) {
      if (counts.next++ % counts.stride != 0) continue;
      const auto g = graph_of(op, good);
      g->steps.item[0].attributes[w] = other;
      INFO("attribute " << w << " is " << other);
      ++(refused(*g) ? counts.refused : counts.ran);
    }
}

template <class Op>
void check_op(Counts& counts) {
  if constexpr (requires {
                  typename Op::Attributes;
                  StepCases<Op>::all();
                }) {
    if (StepCases<Op>::whole_batch) return;  // no step of a prediction
    for (const StepCase& c : StepCases<Op>::all()) {
      INFO(Op::name);
      if (c.x != ElementType::real) continue;  // weights and inputs of these files are real numbers
      CHECK_FALSE(refused(*graph_of(op_code<Op>, c)));
      ++counts.good;
      damage_words(op_code<Op>, sizeof(typename Op::Attributes) / 4, c, counts);
    }
  }
}

template <class... Ops>
void check_ops(Counts& counts, OpPack<Ops...>) {
  (check_op<Ops>(counts), ...);
}

/// The same rules damage steps without files in `unit_tests "[rules]"`, which leaves none out.
void damage_files(std::size_t stride) {
  Counts counts{.stride = stride};
  check_ops(counts, OpList{});
  CHECK(counts.good > 40);
  CHECK(counts.refused * stride > 500);
  CHECK(counts.ran * stride > 100);
}
TEST_CASE("files of one damaged step are refused, or they run") { damage_files(7); }
TEST_CASE("files of one step, damaged in every way, are refused, or they run", "[.long]") { damage_files(1); }

/// Every command that reads a model says what is wrong with it, in one line, and ends with 1.
void check_refused(const Declared& g, const std::string& sentence) {
  const TemporaryFolder folder;
  const std::string path = (folder / "model.safetensors").string(), x = (folder / "x.bin").string();
  const auto file = file_of(g);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  std::ofstream(x) << std::string(64, '\0');
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"inspect", path},
           {"run", path, x},
           {"compile", path, "--board", "m4", "-o", folder.path().string()}}) {
    const auto result = run_etch(arguments);
    INFO(arguments[0] << ": " << result.err);
    CHECK(result.code == 1);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains("the graph in it is damaged: step 0") && Contains(sentence));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
}

TEST_CASE("a step that reads or writes beyond its operands is told") {
  const auto slice = [](int extent, int stride, int first) {
    auto g = graph_of(op_code<ops::Slice>,
                      {pack(ops::Slice::Attributes{{{1, 1, 1, 4}, {0, 0, 0, 1}}, 0}), {8}, {4}});
    g->steps.item[0].attributes = pack(ops::Slice::Attributes{{{1, 1, 1, extent}, {0, 0, 0, stride}}, first});
    return g;
  };
  check_refused(*slice(4, 1, 1000), "a slice takes elements that its input does not have");
  check_refused(*slice(4, 1, 5), "a slice takes elements that its input does not have");
  check_refused(*slice(4, -1, 2), "a slice takes elements that its input does not have");
  check_refused(*slice(100'000'000, 0, 0), "a slice takes elements that its input does not have");
  const auto pad = graph_of(op_code<ops::Pad>, {pack(kernels::Pad{1, 1, 4, 1, 2, 0, 1}), {4}, {2, 4}});
  pad->steps.item[0].attributes = pack(kernels::Pad{1, 1, 1, 1, 1'000'000, 0, 0});
  check_refused(*pad, "a padding has other extents");
  const auto lstm =
      graph_of(op_code<ops::LSTM>, {pack(ops::RecurrentAttributes{.units = 2}), {2, 3}, {2}, 3});
  lstm->steps.item[0].attributes = pack(ops::RecurrentAttributes{.units = 1 << 20});
  check_refused(*lstm, "another number of elements");
  const auto joined =
      graph_of(op_code<ops::Concatenate>, {pack(ops::Concatenate::Attributes{0, 2, {2, 3}}), {2}, {5}});
  joined->steps.item[0].attributes = pack(ops::Concatenate::Attributes{0, 2000, {2, 3}});
  check_refused(*joined, "1 to 8 inputs");
  const auto resized =
      graph_of(op_code<ops::Resize>,
               {pack(kernels::Resize{kernels::ResizeKind::nearest, 1, 2, 1, 1, 2}), {2, 1}, {4, 1}});
  resized->steps.item[0].attributes =
      pack(kernels::Resize{kernels::ResizeKind::nearest, 1000, 1000, 1, 1, 2});
  check_refused(*resized, "a resizing has other extents");
}

TEST_CASE("a step that lacks operands, or has those of another op, is told") {
  const auto dense = [] {
    return graph_of(op_code<ops::Dense>, {pack(ops::Dense::Attributes{2}), {3}, {2}, 2});
  };
  auto g = dense();
  g->steps.item[0].op = static_cast<std::int16_t>(op_code<ops::LSTM>);
  check_refused(*g, "a recurrent step");
  g = dense();
  g->steps.item[0].op = static_cast<std::int16_t>(op_code<ops::Int8Table>);
  check_refused(*g, "Int8Table");
  g = dense();
  g->steps.item[0].attributes = pack(ops::Dense::Attributes{2, 0});
  check_refused(*g, "another number of inputs or weights");
  g = dense();
  g->values.item[0].elements = g->parameters.item[0].shape.dim[0] = 5;
  check_refused(*g, "another number of elements");
}

TEST_CASE("the published hostile files are refused") {
  const char* const material = std::getenv("ETCH_MATERIAL");
  if (!material) {
    WARN("skipped: ETCH_MATERIAL does not name a folder with cases");
    return;
  }
  const TemporaryFolder folder;
  const std::string x = (folder / "x.bin").string();
  std::ofstream(x) << std::string(16, '\0');
  for (const char* name : {"d_slice_near", "d_slice_write", "d_concat", "d_lstm_no_weights", "d_pad_write"}) {
    const auto path = std::filesystem::path(material) / "cases" / (std::string(name) + ".safetensors");
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"inspect", path.string()},
             {"run", path.string(), x},
             {"compile", path.string(), "--board", "m4", "-o", folder.path().string()}}) {
      const auto result = run_etch(arguments);
      INFO(name << ", " << arguments[0] << ": " << result.err);
      CHECK(result.code == 1);
      CHECK_THAT(result.err, Contains("the graph in it is damaged: step 0"));
      CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    }
  }
}

}  // namespace
