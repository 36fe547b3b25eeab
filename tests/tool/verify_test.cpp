// SPDX-License-Identifier: BSL-1.0
// etch verify: every layer against golden ones.
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <fstream>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("verify finds every layer of MLPerf Tiny's models the same as the golden ones") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const fs::path tiny = models / "mlperf_tiny", golden = tiny / "golden";
  const std::pair<const char*, const char*> known[]{{"kws", "kws/kws_ref_model.tflite"},
                                                    {"vww", "vww/vww_96_int8.tflite"},
                                                    {"ic", "ic/pretrainedResnet_quant.tflite"},
                                                    {"ad", "ad/ad01_int8.tflite"},
                                                    {"sww", "sww/str_ww_ref_model.tflite"}};
  for (const auto& [name, file] : known) {
    const auto result =
        run_etch({"verify", (tiny / file).string(), (golden / (std::string(name) + "_input.bin")).string(),
                  "--golden", (golden / (std::string(name) + "_layers.bin")).string()});
    INFO(name << ": " << result.err);
    CHECK(result.code == 0);
    CHECK_THAT(result.out, Contains("layers are the same, byte for byte"));
  }
}

TEST_CASE("verify tells the first layer that differs") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const fs::path tiny = models / "mlperf_tiny", golden = tiny / "golden";
  const std::string model = (tiny / "kws/kws_ref_model.tflite").string();
  const std::string input = (golden / "kws_input.bin").string();
  const std::string layers = (folder / "layers.bin").string();
  fs::copy_file(golden / "kws_layers.bin", layers);
  fs::copy_file(golden / "kws_layers.txt", folder / "layers.txt");
  fs::permissions(layers, fs::perms::owner_write, fs::perm_options::add);
  fs::permissions(folder / "layers.txt", fs::perms::owner_write, fs::perm_options::add);
  {
    std::fstream bytes(layers, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(8000 + 17);
    const char changed = static_cast<char>(bytes.get() ^ 1);
    bytes.seekp(8000 + 17);
    bytes.put(changed);
  }
  const auto result = run_etch({"verify", model, input, "--golden", layers});
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Contains("DEPTHWISE_CONV_2D (operator 1)") && Contains("differs in 1 numbers") &&
                             Contains("number 17 of sample 0"));
  CHECK_THAT(result.out, Contains("DEPTHWISE_CONV_2D") && !Contains("SOFTMAX"));

  std::ofstream(folder / "layers.txt") << "op=0 tensor=22 off=0 bytes=99999999\n";
  CHECK_THAT(run_etch({"verify", model, input, "--golden", layers}).err, Contains("which does not say op"));
  std::ofstream(folder / "layers.txt") << "op=0 off=x bytes=1\n";
  CHECK_THAT(run_etch({"verify", model, input, "--golden", layers}).err, Contains("which does not say op"));
  std::ofstream(folder / "layers.txt") << "\n";
  CHECK_THAT(run_etch({"verify", model, input, "--golden", layers}).err, Contains("lists no layers"));
  fs::remove(folder / "layers.txt");
  CHECK_THAT(run_etch({"verify", model, input, "--golden", layers}).err, Contains("layers.txt"));
}

}  // namespace
