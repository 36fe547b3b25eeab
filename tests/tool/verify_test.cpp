// SPDX-License-Identifier: BSL-1.0
// etch verify: every layer against golden ones.
#include <codegen/formats/model_formats.hpp>
#include <codegen/model/model_program.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
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

/// What a verify build of the firmware writes of a model and its next sample, whose values are whole on the
/// board.
std::string trace_of(const etch::host::ImportedModel& model, etch::host::ModelSession& session,
                     std::span<const std::byte> input) {
  const auto program = etch::host::program_of(model);
  session.trace(input);
  std::string trace;
  const auto put = [&](std::uint32_t number) { trace.append(reinterpret_cast<const char*>(&number), 4); };
  for (int s = 0; s < program->graph.steps.count; ++s) {
    const etch::Step& step = program->graph.steps[s];
    std::string results;
    for (int k = 0; k < step.outputs; ++k) {
      const int value = program->graph.result(step, k);
      if (value >= model.graph->values.count) continue;  // scratch
      const auto bytes = session.value(value);
      results.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    put(static_cast<std::uint32_t>(s));
    put(static_cast<std::uint32_t>(results.size()));
    trace += results;
  }
  return trace;
}

TEST_CASE("verify compares what a board wrote of its steps") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const fs::path tiny = models / "mlperf_tiny";
  const std::string model = (tiny / "kws/kws_ref_model.tflite").string();
  const std::string input = (tiny / "golden/kws_input.bin").string();
  const std::string golden = (tiny / "golden/kws_layers.bin").string();
  const std::string traced = (folder / "trace.bin").string();
  const auto verify = [&](const std::string& trace, std::vector<std::string> more = {}) {
    std::ofstream(traced, std::ios::binary) << trace;
    std::vector<std::string> arguments{"verify", model, input, "--traced", traced, "--board", "m4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_etch(arguments);
  };

  std::ifstream file(input, std::ios::binary);
  const std::string sample{std::istreambuf_iterator<char>(file), {}};
  const auto prepared = etch::host::prepare(etch::host::read_model(model));
  etch::host::ModelSession board(prepared);
  const std::string trace = trace_of(prepared, board, std::as_bytes(std::span(sample)));

  CHECK(verify(trace).code == 0);
  const auto against_golden = verify(trace, {"--golden", golden});
  CHECK(against_golden.code == 0);
  CHECK_THAT(against_golden.out, Contains("layers are the same, byte for byte"));

  std::string damaged = trace;
  damaged[8 + 17] ^= 1;
  CHECK_THAT(verify(damaged).err, Contains("CONV_2D (operator 0)") && Contains("number 17 of sample 0"));
  damaged = trace;
  damaged[0] = 5;
  CHECK_THAT(
      verify(damaged).err,
      Contains("has step 5 of 8000 bytes instead of step 0 of 8000: it is no trace of 'kws_ref_model'"));
  CHECK_THAT(verify(trace.substr(0, trace.size() - 1)).err, Contains("ends within a step"));
  CHECK_THAT(verify("").err, Contains("holds no step"));
  CHECK_THAT(verify(trace + trace).err, Contains("holds 2 samples") && Contains("kws_input.bin' 1"));
}

TEST_CASE("verify notices a board that loses its states, on samples that follow one another") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models.parent_path() / "cases/dtln_noise_suppression.tflite").string();
  const std::string input = (models.parent_path() / "cases/dtln.3frames.in.bin").string();
  const std::string traced = (folder / "trace.bin").string();
  std::ifstream file(input, std::ios::binary);
  const std::string frames{std::istreambuf_iterator<char>(file), {}};
  const auto prepared = etch::host::prepare(etch::host::read_model(model));
  const auto verify = [&](bool board_forgets, const std::string& state) {
    etch::host::ModelSession board(prepared);
    std::string trace;
    for (std::size_t at = 0; at < frames.size(); at += board.input_bytes(0)) {
      if (board_forgets) board.reset();
      trace += trace_of(prepared, board, std::as_bytes(std::span(frames)).subspan(at, board.input_bytes(0)));
    }
    std::ofstream(traced, std::ios::binary) << trace;
    return run_etch({"verify", model, input, "--traced", traced, "--board", "m4", "--state", state});
  };
  const auto right = verify(false, "keep");
  INFO(right.err);
  CHECK(right.code == 0);
  CHECK_THAT(right.out, Contains("states (768 bytes) are kept from sample to sample"));
  const auto lost = verify(true, "keep");
  CHECK(lost.code == 1);
  CHECK_THAT(lost.err, Contains("UNIDIRECTIONAL_SEQUENCE_LSTM") && Contains("of sample 1 is"));
  CHECK(verify(true, "reset").code == 0);
  CHECK(verify(false, "reset").code == 1);
  const auto desktop = run_etch({"verify", model, input});
  CHECK(desktop.code == 0);
  CHECK_THAT(desktop.out, Contains("kept from sample to sample") && !Contains("one sample does not show"));
  std::ofstream(folder / "one.bin", std::ios::binary) << frames.substr(0, frames.size() / 3);
  CHECK_THAT(run_etch({"verify", model, (folder / "one.bin").string()}).out,
             Contains("one sample does not show"));
}

}  // namespace
