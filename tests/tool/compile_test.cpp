// SPDX-License-Identifier: BSL-1.0
// etch compile, and verify of what it ships.
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <fstream>
#include <iterator>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("compile writes the sources of a model, named after its file or as told") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "tflm/hello_world_int8.tflite").string();
  const auto result = run_etch({"compile", model, "--board", "m4", "-o", folder.path().string()});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out,
             Contains("'hello_world_int8' for m4") && Contains("weights: ") && Contains("arena: "));
  CHECK_THAT(text_of(folder / "hello_world_int8.h"), Contains("hello_world_int8_"));
  CHECK(fs::exists(folder / "hello_world_int8.cpp"));
  CHECK(fs::file_size(folder / "hello_world_int8_weights.bin") > 300);
  CHECK(
      run_etch({"compile", model, "--board", "mps3-an547", "-o", (folder / "sub").string(), "--name", "sine"})
          .code == 0);
  CHECK(fs::exists(folder / "sub/sine.cpp"));
}

TEST_CASE("what cannot be compiled is told, and leaves the files that were there") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "tflm/hello_world_int8.tflite").string(), to = folder.path().string();
  std::ofstream(folder / "sine.h") << "kept";
  std::ofstream(folder / "no_model") << "no model";
  const auto mistake = [&](const std::vector<std::string>& arguments) {
    const auto result = run_etch(arguments);
    CHECK(result.code == 1);
    CHECK(result.out.empty());
    CHECK(text_of(folder / "sine.h") == "kept");
    return result.err;
  };
  CHECK_THAT(mistake({"compile", model, "--board", "m9", "-o", to, "--name", "sine"}),
             Contains("there is no board 'm9'"));
  CHECK_THAT(mistake({"compile", model, "--board", "m4", "-o", to, "--name", "1 sine"}),
             Contains("is no C identifier"));
  CHECK_THAT(
      mistake({"compile", (folder / "no_model").string(), "--board", "m4", "-o", to, "--name", "sine"}),
      Contains("is not a model that is read"));
  CHECK_THAT(mistake({"compile", model, "-o", to}), Contains("--board"));
  CHECK_THAT(mistake({"compile", model, "--board", "m4", "-o", (folder / "no_model").string()}),
             Contains("no_model"));
}

TEST_CASE("models as boards get them give the layers of the files") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const std::string input = (models / "mlperf_tiny/golden/kws_vec16_input.bin").string();
  for (const char* board : {"desktop", "m3", "m4", "m55"}) {
    const auto result = run_etch(
        {"verify", (models / "mlperf_tiny/kws/kws_ref_model.tflite").string(), input, "--board", board});
    INFO(board << ": " << result.err);
    CHECK(result.code == 0);
    CHECK_THAT(result.out, Contains("layers are the same, byte for byte"));
  }
  CHECK(
      run_etch({"verify", (models / "mlperf_tiny/kws/kws_ref_model.tflite").string(), input, "--board", "m5"})
          .code == 1);
}

}  // namespace
