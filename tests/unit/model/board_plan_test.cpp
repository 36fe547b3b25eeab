// SPDX-License-Identifier: BSL-1.0
// A model that is planned for a board runs on the desktop too, in the board's memory: what kernels of the
// desktop scribble on has no room there.
#include <catch2/catch.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/model/model_program.hpp>
#include <codegen/model/run_program.hpp>
#include <tests/unit/int8_models.hpp>

namespace {

using namespace etch;
using test::Int8Models;

/// The output for one input, with a margin behind the arena that nobody may write to.
std::vector<std::byte> output_of(const host::ImportedModel& model, kernels::KernelSets sets,
                                 std::span<const std::byte> x) {
  const auto program = host::program_of(model, false, true, sets);
  std::vector<std::byte> weights = host::weights_of(model, *program);
  constexpr std::size_t margin = 65536;
  std::vector<std::byte> arena(static_cast<std::size_t>(program->plan.arena_bytes) + margin, std::byte{0x5a});
  const auto& g = program->graph;
  std::vector<std::byte> y(host::bytes_of_sample(g.values[g.outputs[0]]));
  const void* in[]{x.data()};
  void* out[]{y.data()};
  Regions regions;
  regions.weights = weights.data();
  regions.arena = arena.data();
  regions.inputs = in;
  regions.outputs = out;
  host::run_program(*program, 0, g.steps.count, regions);
  for (std::size_t i = arena.size() - margin; i < arena.size(); ++i)
    if (arena[i] != std::byte{0x5a}) FAIL("something was written behind the arena");
  return y;
}

TEST_CASE("models that are planned for boards give the same bytes on the desktop", "[int8]") {
  int smaller = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    Int8Models m(seed);
    Tensor x = m.input({m.between(1, 9), m.between(1, 9), m.between(1, 20)});
    for (int i = m.between(1, 3); i > 0; --i)
      x = m.one_in(2) ? m.depthwise(x, m.one_in(4) ? 2 : 1, 3, m.between(1, 2), true)
                      : m.convolution(x, m.between(1, 20), m.one_in(2) ? 1 : 3, m.between(1, 2), true);
    const host::ImportedModel model = m.model({m.dense(x, m.between(1, 7))});
    INFO("seed " << seed);
    REQUIRE(m.fault().sentence == nullptr);
    const auto arena = [&](kernels::KernelSets sets) {
      return host::program_of(model, false, true, sets)->plan.arena_bytes;
    };
    const int here = arena(kernels::every_set);
    const auto sample = m.sample(host::bytes_of_sample(model.graph->values[model.graph->inputs[0]]));
    const auto expected = output_of(model, kernels::every_set, sample);
    for (const char* board : {"m3", "m4", "m55", "m4-size"}) {
      const kernels::KernelSets sets = host::kernels_of(board);
      smaller += arena(sets) < here ? 1 : 0;
      CHECK(output_of(model, sets, sample) == expected);
    }
  }
  CHECK(smaller > 80);
}

}  // namespace
