// SPDX-License-Identifier: BSL-1.0
// etch boards, and budgets of compile.
#include <codegen/firmware/board.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/report/memory_map.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
#include <set>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("every board has kernels, sizes that can be, and a name of its own") {
  const auto boards = etch::host::boards();
  CHECK((boards.size() >= 14 && boards.size() <= 20));
  std::set<std::string> names;
  const auto listed = run_etch({"boards"});
  CHECK(listed.code == 0);
  for (const etch::host::Board& board : boards) {
    INFO(board.name);
    CHECK(names.insert(board.name).second);
    CHECK(etch::host::find_board(board.name) == &board);
    CHECK(etch::host::kernels_of(board.name).bits == etch::host::kernels_of(board.target).bits);
    CHECK((board.flash > board.ram || board.flash >= 1 << 20));
    CHECK((board.ram >= 16 * 1024 && board.clock >= 48 && board.wait_states < 10));
    CHECK_THAT(listed.out, Contains(board.name) && Contains(board.title) && Contains(board.chip));
  }
  CHECK_THAT(listed.out,
             Contains("in an emulator, and none on a board") && Contains("m0plus (mps2-an385-m0plus)"));
  CHECK(etch::host::find_board("m4") == nullptr);
}

TEST_CASE("a board is compiled for as its core is") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "tflm/hello_world_int8.tflite").string();
  const auto header = [&](const char* board) {
    const auto result = run_etch({"compile", model, "--board", board, "-o", (folder / board).string(),
                                  "--name", "sine", "--no-declaration"});
    INFO(result.err);
    CHECK(result.code == 0);
    const std::size_t weights = fs::file_size(folder / board / "sine_weights.bin");
    return result.out.substr(result.out.find('\n')) + std::to_string(weights);
  };
  CHECK(header("nano33ble") == header("m4"));
  CHECK(header("alif-e7") == header("m55"));
}

TEST_CASE("over budget: by how much, at which step, what would help; and nothing is written") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string vww = (models / "mlperf_tiny/vww/vww_96_int8.tflite").string(),
                    to = (folder / "vww").string();
  const auto compile = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"compile", vww, "-o", to};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_etch(arguments);
  };
  const auto small = compile({"--board", "bluepill", "--flash", "10K"});
  CHECK(small.code == 1);
  CHECK_THAT(small.err, Contains("of RAM, and Blue Pill has 20,480: ") && Contains(" too many; step ") &&
                            Contains("what would help: --ends-in-arena (38,920 bytes, still too many)") &&
                            Contains("of flash for its weights, and --flash allows 10,240") &&
                            Contains("has the most"));
  CHECK(!fs::exists(folder / "vww"));
  CHECK_THAT(compile({"--board", "m4", "--ram", "64K"}).err,
             Contains("--ram allows 65,536") && Contains("the size mode, --board m4-size"));
  CHECK_THAT(compile({"--board", "m4", "--flash", "32K"}).err, Contains("what would help: --weights int4 ("));
  CHECK_THAT(compile({"--board", "m4", "--flash", "1K"}).err,
             Contains("what would help: --weights int4 (") && Contains(", still too many)"));
  CHECK_THAT(compile({"--board", "m4", "--flash", "1K", "--weights", "int4"}).err,
             Contains("what would help: a model with fewer filters"));
  CHECK(compile({"--board", "bluepill", "--ram", "512K", "--flash", "1M"}).code == 0);
  CHECK(compile({"--board", "m4"}).code == 0);
  CHECK(compile({"--board", "m4", "--ram", "-3"}).code == 1);
  CHECK(compile({"--board", "m4", "--flash", "much"}).code == 1);
}

TEST_CASE("a budget fits to the byte") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string kws = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string(),
                    to = (folder / "kws").string();
  const auto sets = etch::host::kernels_of("m4");
  const auto program =
      etch::host::program_of(etch::host::prepare(etch::host::read_model(kws), sets), true, true, sets);
  const int ram = program->plan.arena_bytes, flash = program->plan.weight_bytes;
  const auto compile = [&](int ram_bytes, int flash_bytes) {
    return run_etch({"compile", kws, "-o", to, "--board", "m4", "--ends-in-arena", "--ram",
                     std::to_string(ram_bytes), "--flash", std::to_string(flash_bytes)})
        .code;
  };
  CHECK(compile(ram, flash) == 0);
  CHECK(compile(ram - 1, flash) == 1);
  CHECK(compile(ram, flash - 1) == 1);
}

TEST_CASE("no two values of the arena's map lie on each other while both are needed") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model =
      etch::host::prepare(etch::host::read_model(models / "mlperf_tiny/ic/pretrainedResnet_quant.tflite"));
  for (const bool inside : {false, true}) {
    const auto program = etch::host::program_of(model, inside);
    const etch::host::MemoryMap map = etch::host::memory_map(*program);
    REQUIRE(map.peak >= 0);
    CHECK(map.occupied.size() == static_cast<std::size_t>(program->graph.steps.count));
    const int most = *std::ranges::max_element(map.occupied);
    CHECK((most <= program->plan.arena_bytes && most + 256 >= program->plan.lower_bound));
    int end = 0, overlaps = 0;
    for (const auto& a : map.tensors) {
      end = std::max(end, a.offset + a.bytes);
      for (const auto& b : map.tensors)
        overlaps += a.value < b.value && a.first < b.last && b.first < a.last &&
                    a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
    }
    CHECK(overlaps == 0);
    CHECK((end <= program->plan.arena_bytes && end + 8 > program->plan.arena_bytes));
  }
}

}  // namespace
