// SPDX-License-Identifier: BSL-1.0
// etch inspect and etch run, on published models.
#include <runtime/host/npy.hpp>
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

}  // namespace
