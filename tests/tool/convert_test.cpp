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

std::vector<float> results_of(const std::filesystem::path& file) {
  const host::ImportedModel model = host::read_model(file);
  host::ModelSession session(model);
  const std::vector<float> x{0.5f, -2.0f};
  session.run(std::as_bytes(std::span(x)));
  return host::numbers_in<float>(session.output());
}

}  // namespace

TEST_CASE("a model becomes a declaration, and its weights a file that is read again", "[convert]") {
  const TemporaryFolder folder;
  const auto model =
      written_to(folder.path() / "two layers.json", dense_model("[[[1, 2], [3, 4]], [0.5, -0.5]]"));
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
  return sequential(Input{1, 2},
      Dense{.units = 2, .activation = ActivationKind::tanh, .name = "dense_0", .allow_axes = true});
}();
)");
  CHECK(results_of(folder.path() / "made" / "tiny.safetensors") == results_of(model));
  CHECK(run_etch({"convert", model.string(), "-o", (folder.path() / "class.hpp").string()}).code == 0);
  CHECK(text_in(folder.path() / "class.hpp").find("constexpr auto class_model =") != std::string::npos);
  const auto weights = folder.path() / "alone.safetensors";
  CHECK(run_etch({"convert", model.string(), "-o", weights.string()}).code == 0);
  CHECK(results_of(weights) == results_of(model));
}

TEST_CASE("what is not converted is one sentence, and no file", "[convert]") {
  const TemporaryFolder folder;
  const std::string dense = dense_model("[[[1, 2], [3, 4]], [0.5, -0.5]]");
  const std::string streams = dense_model("[[[1, 2], [3, 4]], [0.5, -0.5]]",
                                          R"(, {"type": "conv1d", "activation": "", "shape": [null, null, 1],
    "kernel_size": [2], "dilation": [1], "weights": [[[[1], [1]], [[1], [1]]], [0]]})");
  const auto good = written_to(folder.path() / "good.json", dense);
  const auto conv = written_to(folder.path() / "conv.json", streams);
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
  refused(conv, "conv.hpp", "step 2 (Slide) has no layer form, since no layer is that step");
  refused(conv, "conv.onnx", "has no operators of ONNX that are written");
  const auto onto_itself = run_etch({"convert", good.string(), "-o", good.string()});
  CHECK(onto_itself.code == 1);
  CHECK(onto_itself.err.find("is the model that is read") != std::string::npos);
  CHECK(text_in(good) == dense);
}

TEST_CASE("the weights of a declaration are not written over the model that is read", "[convert]") {
  const TemporaryFolder folder;
  const auto json = written_to(folder.path() / "m.json", dense_model("[[[1, 2], [3, 4]], [0.5, -0.5]]"));
  const auto own = folder.path() / "m.safetensors";
  REQUIRE(run_etch({"convert", json.string(), "-o", own.string()}).code == 0);
  const std::string before = text_in(own);
  const auto beside = run_etch({"convert", own.string(), "-o", (folder.path() / "m.hpp").string()});
  CHECK(beside.code == 1);
  CHECK(beside.err.find("would be written over") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "m.hpp"));
  CHECK(text_in(own) == before);
  CHECK(run_etch({"convert", own.string(), "-o", (folder.path() / "other.hpp").string()}).code == 0);
}

TEST_CASE("a model that is quantized becomes a .tflite file of the same results", "[convert]") {
  const TemporaryFolder folder;
  const std::string layers = dense_model("[[[1, 2], [3, 4]], [0.5, -0.5]]");
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

TEST_CASE("compile writes the declaration beside the firmware when it is told to", "[convert]") {
  const TemporaryFolder folder;
  const auto model = written_to(folder.path() / "net.json", dense_model("[[[1, 2], [3, 4]], [0.5, -0.5]]"));
  const auto out = folder.path() / "out";
  CHECK(run_etch({"compile", model.string(), "-o", out.string()}).code == 0);
  CHECK_FALSE(std::filesystem::exists(out / "net.hpp"));
  CHECK(run_etch({"compile", model.string(), "-o", out.string(), "--declaration"}).code == 0);
  CHECK(std::filesystem::exists(out / "net.hpp"));
  CHECK(std::filesystem::exists(out / "net.safetensors"));
}
