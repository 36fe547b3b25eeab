// SPDX-License-Identifier: BSL-1.0
// etch compile, and verify of what it ships.
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/emit_model.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/int8_models.hpp>
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

TEST_CASE("inputs and outputs lie in the arena where that is asked for") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "mlperf_tiny/ad/ad01_int8.tflite").string(),
                    to = folder.path().string();
  const auto result =
      run_etch({"compile", model, "--board", "m4", "-o", to, "--name", "ad", "--ends-in-arena"});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("arena:   1,920 bytes, inputs and outputs included"));
  const std::string header = text_of(folder / "ad.h");
  CHECK_THAT(header, Contains("static inline int8_t* ad_input(const ad_context* context)"));
  CHECK_THAT(header, Contains("static inline int8_t* ad_output(const ad_context* context)"));
  CHECK_THAT(header, Contains("int ad_predict(ad_context* context);"));
  CHECK_THAT(header, Contains("#define AD_ARENA_BYTES 1920"));
  CHECK(run_etch({"compile", model, "--board", "m4", "-o", to, "--name", "ad"}).code == 0);
  CHECK_THAT(text_of(folder / "ad.h"),
             Contains("int ad_predict(ad_context* context, const int8_t* in, int8_t* out);") &&
                 !Contains("ad_input("));
}

TEST_CASE("a model that gives its input or one value twice has no firmware") {
  const TemporaryFolder folder;
  for (const bool inside : {false, true}) {
    for (const bool twice : {false, true}) {
      INFO("ends in the arena: " << inside << ", one value twice: " << twice);
      Int8Models models(1);
      const etch::Tensor x = models.input({4}), y = models.dense(x, 3);
      const auto model = models.model({y, twice ? y : x});
      CHECK_THROWS_WITH(etch::host::emit_model(model, {folder.path(), "echo", "a test", inside}),
                        Contains("gives an input, a constant or one value twice"));
    }
  }
  CHECK(!fs::exists(folder / "echo.h"));
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

TEST_CASE("a plan has the scratch of its board's kernels") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model =
      etch::host::prepare(etch::host::read_model(models / "mlperf_tiny/vww/vww_96_int8.tflite"));
  const auto arena = [&](const std::string& board) {
    return etch::host::program_of(model, true, true, etch::host::kernels_of(board))->plan.arena_bytes;
  };
  const int every = arena("desktop"), m3 = arena("m3"), m4 = arena("m4"), m55 = arena("m55");
  INFO("every core " << every << ", m3 " << m3 << ", m4 " << m4 << ", m55 " << m55);
  CHECK(arena("mps2-an386") == m4);
  CHECK(m4 == arena("m7"));
  CHECK((m3 <= every && m4 <= every && m55 <= every));
  CHECK((m3 < every || m4 < every || m55 < every));
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
