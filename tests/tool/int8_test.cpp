// SPDX-License-Identifier: BSL-1.0
// Float models that the tool quantizes first.
#include <etch/etch.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
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
  const std::string path = (folder / "net.safetensors").string();
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
  const TemporaryFolder folder;
  const std::string model = saved_network(folder);
  const std::string samples = floats_file(folder / "x.bin", 64 * 8, 0, 1);
  const std::string real = (folder / "real.bin").string(), int8 = (folder / "int8.bin").string();
  const auto with_int8 = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--int8", "--calibrate", samples});
    const auto result = run_etch(arguments);
    INFO(result.err);
    CHECK(result.code == 0);
    return result.out;
  };
  CHECK(run_etch({"run", model, samples, "--float", "-o", real}).code == 0);
  with_int8({"run", model, samples, "--float", "-o", int8});
  const auto expected = floats_in(real), given = floats_in(int8);
  REQUIRE(given.size() == 24);
  REQUIRE(expected.size() == given.size());
  for (std::size_t i = 0; i < given.size(); ++i) CHECK(given[i] == Approx(expected[i]).margin(0.05));
  CHECK_THAT(with_int8({"inspect", model, "--report"}), Contains("input 0: 8x8x1 int8"));
  CHECK_THAT(with_int8({"verify", model, samples, "--float", "--board", "m4"}),
             Contains("the same, byte for byte"));
  for (const char* ranges : {"min-max", "percentile", "least-error"})
    with_int8({"compile", model, "--board", "m4", "-o", (folder / ranges).string(), "--ranges", ranges});
  CHECK(fs::exists(folder / "percentile/net.cpp"));
}

TEST_CASE("a float .tflite model is quantized") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "tflm/hello_world_float.tflite").string();
  const std::string samples = floats_file(folder / "x.bin", 101, 0, 6.28f);
  const std::string real = (folder / "real.bin").string(), int8 = (folder / "int8.bin").string();
  CHECK(run_etch({"run", model, samples, "-o", real}).code == 0);
  const auto result =
      run_etch({"run", model, samples, "--int8", "--calibrate", samples, "--float", "-o", int8});
  INFO(result.err);
  CHECK(result.code == 0);
  const auto expected = floats_in(real), given = floats_in(int8);
  REQUIRE(given.size() == expected.size());
  for (std::size_t i = 0; i < given.size(); ++i) CHECK(given[i] == Approx(expected[i]).margin(0.15));
}

TEST_CASE("wrong use of --int8 is told") {
  const TemporaryFolder folder;
  const std::string model = saved_network(folder);
  const std::string samples = floats_file(folder / "x.bin", 64, 0, 1),
                    odd = floats_file(folder / "odd.bin", 63, 0, 1);
  const auto mistake = [&](const std::vector<std::string>& arguments) {
    const auto result = run_etch(arguments);
    CHECK(result.code == 1);
    CHECK(result.out.empty());
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    return result.err;
  };
  CHECK_THAT(mistake({"inspect", model, "--int8"}), Contains("--int8 needs --calibrate"));
  CHECK_THAT(mistake({"inspect", model, "--calibrate", samples}), Contains("go with --int8"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--calibrate", samples, "--ranges", "best"}),
             Contains("there is no way 'best'"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--calibrate", odd}),
             Contains("takes 64 (8x8x1) a sample"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--calibrate", samples, "--calibrate", samples}),
             Contains("takes 1 input"));
  CHECK_THAT(mistake({"inspect", model, "--int8", "--calibrate", (folder / "none").string()}),
             Contains("none"));
  const fs::path models = models_folder();
  if (models.empty()) return;
  CHECK_THAT(mistake({"inspect", (models / "tflm/hello_world_int8.tflite").string(), "--int8", "--calibrate",
                      samples}),
             Contains("is quantized already"));
}

}  // namespace
