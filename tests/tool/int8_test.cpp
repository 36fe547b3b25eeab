// SPDX-License-Identifier: BSL-1.0
// Float models that the tool quantizes first.
#include <etch/etch.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

inline constexpr auto network = sequential(Input{8, 8, 1}, Conv2D{.filters = 4, .kernel_size = 3},
                                           BatchNormalization{}, ReLU{}, Flatten{}, Dense{3}, Softmax{});

std::string saved_network(const TemporaryFolder& folder) {
  using Model = Trainer<network, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 4>;
  static Model::Storage storage;
  Model model(storage, {}, {}, 3);
  std::string path = (folder / "net.safetensors").string();
  model.save(path.c_str());
  return path;
}

std::string floats_file(const fs::path& path, std::size_t count, float lowest, float highest) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i)
    x[i] = lowest + (highest - lowest) * static_cast<float>(i * 37 % 101) / 100;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(x.data()), static_cast<std::streamsize>(4 * count));
  return path.string();
}

std::vector<float> floats_in(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
  return numbers;
}

TEST_CASE("a declared model is quantized, run, verified and compiled from its file") {
  const bool wide = GENERATE(false, true);
  const TemporaryFolder folder;
  const std::string model = saved_network(folder);
  const std::string samples = floats_file(folder / "x.bin", 64 * 8, 0, 1);
  const std::string real = (folder / "real.bin").string(), stored = (folder / "stored.bin").string();
  const auto quantized = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {wide ? "--int16" : "--int8", "--calibrate", samples});
    const auto result = run_etch(arguments);
    INFO(result.err);
    CHECK(result.code == 0);
    return result.out;
  };
  CHECK(run_etch({"run", model, samples, "--float", "-o", real}).code == 0);
  quantized({"run", model, samples, "--float", "-o", stored});
  const auto expected = floats_in(real), given = floats_in(stored);
  REQUIRE(given.size() == 24);
  REQUIRE(expected.size() == given.size());
  for (std::size_t i = 0; i < given.size(); ++i)
    CHECK(given[i] == Approx(expected[i]).margin(wide ? 0.01 : 0.05));
  const std::string inspected = quantized({"inspect", model, "--report"});
  CHECK_THAT(inspected, Contains(wide ? "input 0: 8x8x1 int16" : "input 0: 8x8x1 int8"));
  CHECK_THAT(inspected, Contains(wide ? "Int16Convolution" : "Int8Convolution") && Contains("Softmax"));
  CHECK_THAT(inspected, Contains("parameters: 475"));  // as the layers count them: 9 * 4 + 4 + 144 * 3 + 3
  CHECK_THAT(quantized({"verify", model, samples, "--float", "--board", "m4"}),
             Contains("the same, byte for byte"));
  for (const char* ranges : {"min-max", "percentile", "least-error"})
    quantized({"compile", model, "--board", "m4", "-o", (folder / ranges).string(), "--ranges", ranges});
  CHECK(fs::exists(folder / "percentile/net.cpp"));
}

/// The error of a model's results on the samples that it is quantized with, as a share of the results: both
/// in the root of the mean square.
double error_of_quantized(const std::string& model, const std::string& samples, const char* flag) {
  const TemporaryFolder folder;
  const std::string real = (folder / "real.bin").string(), stored = (folder / "stored.bin").string();
  CHECK(run_etch({"run", model, samples, "-o", real}).code == 0);
  const auto result = run_etch(
      {"run", model, samples, flag, "--calibrate", samples, "--ranges", "min-max", "--float", "-o", stored});
  INFO(result.err);
  CHECK(result.code == 0);
  const auto expected = floats_in(real), given = floats_in(stored);
  REQUIRE(!given.empty());
  REQUIRE(given.size() == expected.size());
  double signal = 0, error = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto x = static_cast<double>(expected[i]), e = static_cast<double>(given[i]) - x;
    signal += x * x;
    error += e * e;
  }
  return std::sqrt(error / signal);
}

/// Eight samples of spoken words, as floats: they are stored for the int8 model.
std::string spoken_words(const fs::path& models, const fs::path& path) {
  std::ifstream in(models / "mlperf_tiny/kws/kws_test1000_i8.bin", std::ios::binary);
  std::vector<float> x(std::size_t{8} * 490);
  for (float& v : x) v = 0.5847029f * static_cast<float>(static_cast<signed char>(in.get()) - 83);
  REQUIRE(in);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(x.data()), static_cast<std::streamsize>(4 * x.size()));
  return path.string();
}

TEST_CASE("float .tflite models are quantized") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const auto check = [&](const char* file, const std::string& samples, double int8_most, double int16_most) {
    const double int8 = error_of_quantized((models / file).string(), samples, "--int8");
    const double int16 = error_of_quantized((models / file).string(), samples, "--int16");
    INFO(file << ": int8 errs by " << int8 << ", 16x8 by " << int16);
    CHECK(int8 < int8_most);
    CHECK(int16 < int16_most);
  };
  check("tflm/hello_world_float.tflite", floats_file(folder / "x.bin", 101, 0, 6.28f), 0.05, 0.04);
  check("mlperf_tiny/ad/ad01_fp32.tflite", floats_file(folder / "x.bin", 640 * 4, -30, 10), 0.045, 0.035);
  check("mlperf_tiny/kws/kws_ref_model_float32.tflite", spoken_words(models, folder / "x.bin"), 0.006,
        0.0015);
}

TEST_CASE("weights of 4 bits are chosen, run, verified and compiled") {
  const TemporaryFolder folder;
  const std::string model = saved_network(folder);
  const std::string samples = floats_file(folder / "x.bin", 64 * 8, 0, 1);
  const auto narrowed = [&](std::vector<std::string> arguments, const char* bits) {
    arguments.insert(arguments.end(), {"--int8", "--calibrate", samples, "--weights", bits});
    const auto result = run_etch(arguments);
    INFO(result.err);
    CHECK(result.code == 0);
    return result.out;
  };
  CHECK_THAT(narrowed({"inspect", model}, "int4"),
             Contains("in 2 of 2 layers: their") && Contains("outputs change by"));
  CHECK_THAT(narrowed({"inspect", model, "--max-error", "0", "--report"}, "auto"),
             Contains("outputs change by 0 of their size") && Contains("alone changes outputs by"));
  CHECK_THAT(narrowed({"inspect", model, "--max-error", "1"}, "auto"), Contains("in 2 of 2 layers"));
  CHECK_THAT(narrowed({"inspect", model}, "int8"), !Contains("4 bits"));
  for (const char* board : {"m4", "m0plus"})
    CHECK_THAT(narrowed({"verify", model, samples, "--float", "--board", board}, "int4"),
               Contains("the same, byte for byte"));
  narrowed({"compile", model, "--board", "m4", "-o", (folder / "four").string(), "--name", "net"}, "int4");
  narrowed({"compile", model, "--board", "m4", "-o", (folder / "eight").string(), "--name", "net"}, "int8");
  CHECK(fs::file_size(folder / "four/net_weights.bin") < fs::file_size(folder / "eight/net_weights.bin"));
  std::ifstream in(folder / "four/net.cpp");
  CHECK_THAT(std::string(std::istreambuf_iterator<char>(in), {}), Contains("--weights int4"));
}

TEST_CASE("wrong use of --weights is told") {
  const TemporaryFolder folder;
  const std::string model = saved_network(folder);
  const std::string samples = floats_file(folder / "x.bin", 64, 0, 1);
  const auto mistake = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"inspect", model});
    const auto result = run_etch(arguments);
    CHECK(result.code == 1);
    CHECK(result.out.empty());
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    return result.err;
  };
  CHECK_THAT(mistake({"--weights", "int5"}), Contains("int8, int4 or auto"));
  CHECK_THAT(mistake({"--weights", "int4"}), Contains("quantize a model of floats first"));
  CHECK_THAT(mistake({"--weights", "auto"}), Contains("give --calibrate"));
  CHECK_THAT(mistake({"--weights", "int4", "--max-error", "0.1"}), Contains("goes with --weights auto"));
  for (const char* limit : {"-0.1", "nan", "inf"})
    CHECK_THAT(mistake({"--int8", "--calibrate", samples, "--weights", "auto", "--max-error", limit}),
               Contains("0 or more"));
}

TEST_CASE("wrong use of --int8 and --int16 is told") {
  const TemporaryFolder folder;
  const std::string model = saved_network(folder);
  const std::string samples = floats_file(folder / "x.bin", 64, 0, 1),
                    odd = floats_file(folder / "odd.bin", 63, 0, 1);
  const auto mistake = [&](const std::vector<std::string>& arguments) {
    const auto result = run_etch(arguments);
    CHECK(result.code == 1);
    CHECK(result.out.empty());
    const auto lines = std::count(result.err.begin(), result.err.end(), '\n');
    CHECK(lines == (result.err.find("give a file for each") == std::string::npos ? 1 : 2));  // and the inputs
    return result.err;
  };
  CHECK_THAT(mistake({"inspect", model, "--int8"}), Contains("--int8 needs --calibrate"));
  CHECK_THAT(mistake({"inspect", model, "--calibrate", samples}), Contains("go with --int8 or --int16"));
  CHECK_THAT(mistake({"inspect", model, "--int16"}), Contains("--int16 needs --calibrate"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--int16", "--calibrate", samples}),
             Contains("exclude each other"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--calibrate", samples, "--ranges", "best"}),
             Contains("there is no way 'best'"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--calibrate", odd}),
             Contains("takes 256 (8x8x1 numbers of float32) a sample"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--calibrate", samples, "--calibrate", samples}),
             Contains("takes 1 input"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--calibrate", (folder / "none").string()}),
             Contains("none"));
  const std::string zeros = floats_file(folder / "zeros.bin", 128, 0, 0),
                    missing = floats_file(folder / "missing.bin", 128, NAN, NAN);
  for (const char* flag : {"--int8", "--int16"}) {
    CHECK_THAT(mistake({"inspect", model, flag, "--calibrate", zeros}),
               Contains("calibration samples of input 0 are all 0: give samples"));
    CHECK_THAT(mistake({"inspect", model, flag, "--calibrate", missing}),
               Contains("calibration sample 0 of input 0 is NaN at element 0"));
  }
  const fs::path models = models_folder();
  if (models.empty()) return;
  CHECK_THAT(mistake({"inspect", (models / "tflm/hello_world_int8.tflite").string(), "--int8", "--calibrate",
                      samples}),
             Contains("is quantized already: leave --int8 out"));
}

}  // namespace
