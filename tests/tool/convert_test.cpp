// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/model_formats.hpp>
#include <codegen/model/constant_array.hpp>
#include <codegen/model/model_session.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "../unit/temporary_folder.hpp"
#include "run_etch.hpp"

using namespace etch;
using test::run_etch;

namespace {

std::string text_in(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path written_to(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

/// A model of RTNeural: a dense layer with these weights, and what comes after.
std::string dense_model(const std::string& weights, const std::string& more = "") {
  return R"({"in_shape": [null, null, 2], "layers": [{"type": "dense", "activation": "tanh", "shape": [null, null, 2],
  "weights": )" +
         weights + "}" + more + "]}";
}

constexpr const char* weights_of_two = "[[[1, 2], [3, 4]], [0.5, -0.5]]";
/// A layer after it that sees the time before.
constexpr const char* causal = R"(, {"type": "conv1d", "activation": "", "shape": [null, null, 1],
    "kernel_size": [2], "dilation": [1], "weights": [[[[1], [1]], [[1], [1]]], [0]]})";

/// Of the first time.
std::vector<float> results_of(const std::filesystem::path& file) {
  const host::ImportedModel model = host::read_model(file);
  host::ModelSession session(model);
  std::vector<float> x{0.5f, -2.0f};
  x.resize(session.input_bytes(0) / sizeof(float));
  session.run(std::as_bytes(std::span(x)));
  std::vector<float> y = host::numbers_in<float>(session.output());
  y.resize(2);
  return y;
}

}  // namespace

TEST_CASE("a model becomes a declaration, and its weights a file that is read again", "[convert]") {
  const TemporaryFolder folder;
  const auto model = written_to(folder.path() / "two layers.json", dense_model(weights_of_two));
  const auto header = folder.path() / "made" / "tiny.hpp";
  const auto result = run_etch({"convert", model.string(), "-o", header.string()});
  REQUIRE(result.err.empty());
  CHECK(result.code == 0);
  const std::string text = text_in(header);
  CHECK(text.find("// Made by etch ") == 0);
  CHECK(text.find(folder.path().string()) == std::string::npos);
  const auto begin = text.find("inline");
  REQUIRE(begin != std::string::npos);
  CHECK(text.substr(begin) == R"(inline constexpr auto tiny = [] {
  using namespace etch;
  return sequential(Input{64, 2},
      Dense{.units = 2, .activation = ActivationKind::tanh, .name = "dense_0", .allow_axes = true});
}();
)");
  CHECK(run_etch({"convert", model.string(), "-o", (folder.path() / "class.hpp").string()}).code == 0);
  CHECK(text_in(folder.path() / "class.hpp").find("constexpr auto class_model =") != std::string::npos);
  const auto weights = folder.path() / "alone.safetensors";
  CHECK(run_etch({"convert", model.string(), "-o", weights.string()}).code == 0);
  CHECK(results_of(weights) == results_of(model));
  CHECK(text_in(weights) == text_in(folder.path() / "made" / "tiny.safetensors"));
}

TEST_CASE("what is not converted is one sentence, and no file", "[convert]") {
  const TemporaryFolder folder;
  const std::string dense = dense_model(weights_of_two);
  const auto good = written_to(folder.path() / "good.json", dense);
  const auto conv = written_to(folder.path() / "conv.json", dense_model(weights_of_two, causal));
  const auto refused = [&](const std::filesystem::path& model, const std::string& to, const std::string& why,
                           const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"convert", model.string(), "-o", (folder.path() / to).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = run_etch(arguments);
    INFO(result.err);
    CHECK(result.code == 1);
    CHECK(result.err.find(why) != std::string::npos);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    CHECK_FALSE(std::filesystem::exists(folder.path() / to));
  };
  refused(good, "model.pb", "is of no format that is written");
  refused(good, "9lives.hpp", "'9lives' is no C++ identifier");
  refused(good, "q.hpp", "leave --int8, --int16 and --calibrate out",
          {"--int8", "--calibrate", good.string()});
  refused(conv, "conv.onnx", "has no operators of ONNX that are written");
  const auto onto_itself = run_etch({"convert", good.string(), "-o", good.string()});
  CHECK(onto_itself.code == 1);
  CHECK(onto_itself.err.find("is the model that is read") != std::string::npos);
  CHECK(text_in(good) == dense);
  const auto models = test::models_folder();
  if (!models.empty())
    refused(models / "tflm/keyword_scrambled_8bit.tflite", "svdf.hpp",
            "step 0 (Svdf) has no layer form, since no layer is that step");
}

TEST_CASE("a stream is declared as the model over sequences that it was trained as", "[convert]") {
  const TemporaryFolder folder;
  const auto model = written_to(folder.path() / "conv.json", dense_model(weights_of_two, causal));
  const auto header = folder.path() / "conv.hpp";
  REQUIRE(run_etch({"convert", model.string(), "-o", header.string()}).err.empty());
  const std::string text = text_in(header);
  CHECK(text.find("// It takes sequences of 64 times. The file's model takes one a call") !=
        std::string::npos);
  CHECK(text.find("Input{64, 2}") != std::string::npos);
  CHECK(text.find("Conv1D{.filters = 1, .kernel_size = 2, .padding = causal") != std::string::npos);
  const host::ImportedModel streaming = host::read_model(model),
                            whole = host::read_model(folder.path() / "conv.safetensors");
  host::ModelSession a(streaming), b(whole);
  std::vector<float> x(128), one_by_one;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3;
  for (std::size_t t = 0; t < 64; ++t) {
    a.run(std::as_bytes(std::span(x).subspan(2 * t, 2)));
    one_by_one.push_back(host::numbers_in<float>(a.output())[0]);
  }
  b.run(std::as_bytes(std::span(x)));
  CHECK(host::numbers_in<float>(b.output()) == one_by_one);
}

TEST_CASE("a model of whole numbers is declared as that of floats for which they stand", "[convert]") {
  const auto models = test::models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const auto header = folder.path() / "kws.hpp", file = models / "mlperf_tiny/kws/kws_ref_model.tflite";
  const auto result = run_etch({"convert", file.string(), "-o", header.string()});
  CHECK(result.err.empty());
  CHECK(result.out.find("its weights are in kws.safetensors, as real numbers") != std::string::npos);
  const std::string text = text_in(header);
  CHECK(text.find("// Its weights are real numbers, made of the whole ones that the file has.") !=
        std::string::npos);
  CHECK(text.find("for (int i = 0; i < 4; ++i) {") != std::string::npos);
  const host::ImportedModel real = host::read_model(folder.path() / "kws.safetensors"),
                            whole = host::read_model(file);
  host::ModelSession a(real), b(whole);
  const std::string words = text_in(models / "mlperf_tiny/kws/kws_test1000_i8.bin");
  REQUIRE(words.size() == 490'000);
  const host::Quantization in = whole.values[static_cast<std::size_t>(whole.graph->inputs[0])].quantization;
  int same = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    const auto sample = std::as_bytes(std::span(words).subspan(490 * i, 490));
    std::vector<float> numbers;
    for (const std::byte byte : sample)
      numbers.push_back(in.scale * static_cast<float>(static_cast<std::int8_t>(byte) - in.zero_point));
    a.run(std::as_bytes(std::span(numbers)));
    b.run(sample);
    const auto x = host::numbers_in<float>(a.output());
    const auto y = host::numbers_in<std::int8_t>(b.output());
    same += std::ranges::max_element(x) - x.begin() == std::ranges::max_element(y) - y.begin();
  }
  CHECK(same >= 48);
}

TEST_CASE("a model of ONNX between whole numbers is declared as floats, with what its ranges hold",
          "[convert]") {
  const auto models = test::models_folder();
  if (models.empty()) return;
  if (run_etch({"--version"}).out.find("libonnx") != std::string::npos) {
    WARN("skipped: this build reads no files of ONNX");
    return;
  }
  const TemporaryFolder folder;
  const auto published = models.parent_path() / "onnx_quantized";
  const auto header = folder.path() / "kws.hpp";
  REQUIRE(run_etch({"convert", (published / "mlperf_kws_qdq.onnx").string(), "-o", header.string()}).code ==
          0);
  const std::string text = text_in(header);
  CHECK(text.find("DepthwiseConv2D{.kernel_size = 3, .padding = same, .activation = relu") !=
        std::string::npos);
  const auto numbers = [&](const char* name) {
    const std::string bytes = text_in(published / name);
    return host::numbers_in<float>(std::as_bytes(std::span(bytes)));
  };
  const std::vector<float> x = numbers("mlperf_kws_qdq.in.bin"), y = numbers("mlperf_kws_qdq.ort.out.bin");
  REQUIRE(x.size() == 16 * 490);
  REQUIRE(y.size() == 16 * 12);
  const host::ImportedModel real = host::read_model(folder.path() / "kws.safetensors");
  host::ModelSession session(real);
  for (std::size_t i = 0; i < 16; ++i) {
    session.run(std::as_bytes(std::span(x).subspan(490 * i, 490)));
    const auto result = host::numbers_in<float>(session.output());
    for (std::size_t k = 0; k < 12; ++k) CHECK(result[k] == Approx(y[12 * i + k]).margin(0.35));
  }
}

TEST_CASE("the weights of a declaration are not written over the model that is read", "[convert]") {
  const TemporaryFolder folder;
  const auto json = written_to(folder.path() / "m.json", dense_model(weights_of_two));
  const auto own = folder.path() / "m.safetensors";
  REQUIRE(run_etch({"convert", json.string(), "-o", own.string()}).code == 0);
  const std::string before = text_in(own);
  const auto beside = run_etch({"convert", own.string(), "-o", (folder.path() / "m.hpp").string()});
  CHECK(beside.code == 0);
  CHECK(beside.out.find("its weights are in m_declared.safetensors") != std::string::npos);
  CHECK(text_in(folder.path() / "m.hpp").find("load_weights(\"m_declared.safetensors\")") !=
        std::string::npos);
  CHECK(text_in(own) == before);
  CHECK(text_in(folder.path() / "m_declared.safetensors") == before);
}

TEST_CASE("a model that is quantized becomes a .tflite file of the same results", "[convert]") {
  const TemporaryFolder folder;
  const std::string layers = dense_model(weights_of_two);
  const auto model =
      written_to(folder.path() / "net.json", std::string(layers).replace(layers.find("tanh"), 4, "relu"));
  const auto samples = folder.path() / "samples.bin", file = folder.path() / "net.tflite";
  const std::vector<float> x{0.5f, -2.0f, 1.0f, 2.0f};
  std::ofstream(samples, std::ios::binary).write(reinterpret_cast<const char*>(x.data()), 4 * sizeof(float));
  const std::vector<std::string> quantized{"--int8", "--calibrate", samples.string()};
  const auto with = [&](std::vector<std::string> arguments, const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_etch(arguments);
  };
  const auto result = with({"convert", model.string(), "-o", file.string()}, quantized);
  CHECK(result.err.empty());
  CHECK(result.out.find("read again, it has the same steps and the same bytes") != std::string::npos);
  CHECK(text_in(file).substr(4, 4) == "TFL3");
  const auto from_file = run_etch({"run", file.string(), samples.string(), "--top", "0"});
  CHECK(from_file.code == 0);
  CHECK(from_file.out == with({"run", model.string(), samples.string(), "--top", "0"}, quantized).out);
  std::filesystem::remove(file);
  const auto floats = run_etch({"convert", model.string(), "-o", file.string()});
  CHECK(floats.code == 1);
  CHECK(floats.err.find("it is a model of floats: quantize it by --int8") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("compile writes the declaration beside the firmware, and over nothing", "[convert]") {
  const TemporaryFolder folder;
  const auto model = written_to(folder.path() / "net.json", dense_model(weights_of_two));
  const auto out = folder.path() / "out";
  const auto compiled = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"compile", model.string(), "-o", out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = run_etch(arguments);
    CHECK(result.code == 0);
    return result.out;
  };
  CHECK(compiled({"--no-declaration"}).find("declar") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(out / "net.hpp"));
  CHECK(compiled({}).find("'net' is declared in " + (out / "net.hpp").string() + ", 1 call of layers") !=
        std::string::npos);
  const std::string first = text_in(out / "net.hpp"), weights = text_in(out / "net.safetensors");
  CHECK(first.find("inline constexpr auto net = ") != std::string::npos);
  written_to(out / "net.hpp", first + "// changed");
  CHECK(compiled({}).find("net.hpp is there already and stays as it is") != std::string::npos);
  CHECK(text_in(out / "net.hpp") == first + "// changed");
  compiled({"--declaration"});
  CHECK(text_in(out / "net.hpp") == first);
  std::filesystem::remove(out / "net.hpp");
  written_to(out / "net.safetensors", "trained");
  CHECK(compiled({}).find("its weights are in net_declared.safetensors") != std::string::npos);
  CHECK(text_in(out / "net.safetensors") == "trained");
  CHECK(text_in(out / "net_declared.safetensors") == weights);
  std::filesystem::remove(out / "net.hpp");
  CHECK(compiled({}).find("'net_declared.safetensors' are there already") != std::string::npos);
  CHECK(compiled({"--json"}).find(R"("why":)") != std::string::npos);
  CHECK(run_etch({"compile", model.string(), "-o", out.string(), "--declaration", "--no-declaration"}).code !=
        0);
}
