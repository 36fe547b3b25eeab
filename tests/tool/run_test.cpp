// SPDX-License-Identifier: BSL-1.0
// etch inspect and etch run, on published models.
#include <runtime/host/data/npy.hpp>
#include <tests/formats/tflite/one_op.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <cstring>
#include <fstream>
#include <iterator>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

std::vector<char> chars_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("inspect shows operators, sizes and memory") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto result = run_etch({"inspect", (models / "mlperf_tiny/kws/kws_ref_model.tflite").string()});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains("input 0: 49x10x1 int8, scale 0.584703, zero point 83"));
  CHECK_THAT(result.out, Contains("DEPTHWISE_CONV_2D  25x5x64"));
  CHECK_THAT(result.out, Contains("parameters: 22,604"));
  CHECK_THAT(result.out, Contains("MACs:       2,656,768"));
  CHECK_THAT(result.out, Contains("no plan can need less than"));
}

TEST_CASE("run writes the golden outputs, raw and as an array") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string();
  const std::string input = (models / "mlperf_tiny/golden/kws_vec16_input.bin").string();
  const auto expected = chars_of(models / "mlperf_tiny/golden/kws_vec16_output.bin");
  const fs::path raw = folder.path() / "y.bin", npy = folder.path() / "y.npy";
  CHECK(run_etch({"run", model, input, "-o", raw.string()}).code == 0);
  CHECK(chars_of(raw) == expected);
  CHECK(run_etch({"run", "-o", npy.string(), model, input}).code == 0);
  const auto array = etch::host::load_npy(npy);
  CHECK(array.type == etch::host::NpyType::int8);
  CHECK(array.shape == std::vector<std::size_t>{16, 12});
  CHECK(std::equal(expected.begin(), expected.end(), reinterpret_cast<const char*>(array.data.data())));

  const auto shown = run_etch({"run", model, input, "--top", "1"});
  CHECK(shown.code == 0);
  CHECK_THAT(shown.out, Contains("sample 0, output 0:") && Contains("largest: 9 (0.972656)\n"));
}

TEST_CASE("run takes floats for an int8 model, and gives them") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "tflm/hello_world_int8.tflite").string();
  const fs::path input = folder.path() / "x.bin", output = folder.path() / "y.bin";
  const float x[]{0.5f, 1.5f, 3.0f};
  std::ofstream(input, std::ios::binary).write(reinterpret_cast<const char*>(x), sizeof x);
  CHECK(run_etch({"run", model, input.string(), "--float", "-o", output.string()}).code == 0);
  const auto bytes = chars_of(output);
  REQUIRE(bytes.size() == sizeof x);
  float y[3];
  std::memcpy(y, bytes.data(), sizeof y);
  CHECK(y[0] == Approx(0.479f).margin(0.1));
  CHECK(y[1] == Approx(0.997f).margin(0.1));
  CHECK(y[2] == Approx(0.141f).margin(0.1));
}

TEST_CASE("run keeps states from sample to sample or resets them, as told, and says which") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const fs::path cases = models.parent_path() / "cases";
  const std::string model = (cases / "dtln_noise_suppression.tflite").string();
  const std::string input = (cases / "dtln.3frames.in.bin").string();
  const auto expected = chars_of(cases / "dtln.3frames.tflm_state_kept.out.bin");
  const fs::path output = folder / "y.bin";
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"run", model, input, "-o", output.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_etch(arguments);
  };
  for (const std::vector<std::string>& keep : {std::vector<std::string>{}, {"--state", "keep"}}) {
    const auto kept = run(keep);
    CHECK(kept.code == 0);
    CHECK_THAT(kept.out, Contains("states (768 bytes) are kept from sample to sample"));
    CHECK(chars_of(output) == expected);
  }
  const auto reset = run({"--state", "reset"});
  CHECK_THAT(reset.out, Contains("states (768 bytes) are reset before each sample"));
  const auto anew = chars_of(output);
  REQUIRE(anew.size() == expected.size());
  CHECK(std::equal(anew.begin(), anew.begin() + 257, expected.begin()));
  CHECK_FALSE(std::equal(anew.begin() + 257, anew.end(), expected.begin() + 257));

  const auto wrong = run({"--state", "forget"});
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.err, Contains("--state takes keep or reset"));
  const std::string sine = (models / "tflm/hello_world_int8.tflite").string();
  std::ofstream(folder / "x.bin") << "ab";
  CHECK_THAT(run_etch({"run", sine, (folder / "x.bin").string()}).out, !Contains("states"));
}

TEST_CASE("reports hold all RAM: arena, states, and what lies outside of the arena") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string keyword = (models / "tflm/keyword_scrambled_8bit.tflite").string();
  const auto result = run_etch({"inspect", keyword});
  INFO(result.out);
  CHECK_THAT(result.out, Contains("states:  5,120 bytes, kept from one prediction to the next"));
  CHECK_THAT(result.out, Contains("RAM:     5,512 bytes: arena, states, 200 of inputs and outputs"));
  const auto compile = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"compile", keyword, "--board", "m4", "-o", folder.path().string(),
                                       "--name",  "kws"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto compiled = run_etch(arguments);
    const auto header = chars_of(folder / "kws.h");
    compiled.err += std::string(header.begin(), header.end());
    return compiled;
  };
  const auto outside = compile({});
  CHECK_THAT(outside.out, Contains("states:  5,120 bytes") && Contains("RAM:     5,512 bytes"));
  CHECK_THAT(outside.err, Contains("#define KWS_STATE_BYTES (5120)") &&
                              Contains("#define KWS_RAM_BYTES (5512)") &&
                              Contains("int kws_reset(kws_context* context);"));
  const auto inside = compile({"--ends-in-arena"});
  CHECK_THAT(inside.out, Contains("RAM: ") && Contains(" bytes: arena, states\n"));
  CHECK_THAT(inside.err, Contains("without the context itself and the stack: arena, states. */"));
}

TEST_CASE("models of int8 weights between floats are told to be widened, with their bytes") {
  OneOp m(ElementKind::float32);
  Numbers bias;
  const int x = m.input({1, 8});
  const std::vector<std::int8_t> stored(24, 5);
  const int weights = m.writer.constant(ElementKind::int8, {3, 8}, stored, {{0.5f}, {0}});
  m.writer.op(OperatorKind::fully_connected, {x, weights, m.bias(3, bias)}, {m.output({1, 3})});
  const TemporaryFolder folder;
  const auto file = m.file();
  std::ofstream(folder / "hybrid.tflite", std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  const std::string model = (folder / "hybrid.tflite").string();
  const std::string told =
      "weights: 108 bytes (hybrid: 24 bytes of int8 weights in the file became 96 of floats)";
  CHECK_THAT(run_etch({"inspect", model}).out, Contains(told));
  const auto compiled = run_etch({"compile", model, "--board", "m4", "-o", folder.path().string()});
  INFO(compiled.err);
  CHECK_THAT(compiled.out, Contains("(hybrid: 24 bytes of int8 weights in the file became 96 of floats)"));
}

}  // namespace
