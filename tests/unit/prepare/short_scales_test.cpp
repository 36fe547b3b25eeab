// SPDX-License-Identifier: BSL-1.0
// Scales that ship in 5 bytes a filter: the same results, in fewer bytes, for the cores that load them as
// well.
#include <catch2/catch.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/unit/int8_models.hpp>

#include <numeric>

namespace {

using namespace etch;
using test::Int8Models;

/// How many convolutions of either kind have short scales, and how many have not.
std::pair<int, int> scales_of(const host::ImportedModel& model) {
  std::pair<int, int> count;
  for (const Step& step : model.graph->steps)
    if (step.op == op_code<ops::QuantizedConvolution> ||
        step.op == op_code<ops::QuantizedDepthwiseConvolution>)
      ++(ops::QuantizedConvolution::has_short_scales(step) ? count.first : count.second);
  return count;
}

std::size_t bytes_of(const host::ImportedModel& model) {
  return std::accumulate(model.parameters.begin(), model.parameters.end(), std::size_t{0},
                         [](std::size_t sum, const auto& bytes) { return sum + bytes.size(); });
}

host::ImportedModel prepared_for(const host::ImportedModel& model, const char* board) {
  return host::prepare(model, host::kernels_of(board));
}

TEST_CASE("models with short scales compute the same bytes", "[int8]") {
  std::pair<int, int> all;
  for (unsigned seed = 0; seed < 30; ++seed) {
    Int8Models m(seed);
    const Tensor x = m.random_convolutions(9, false);
    const host::ImportedModel model = m.model({m.softmax(m.dense(x, m.between(1, 7)))});
    INFO("seed " << seed);
    REQUIRE(m.fault().sentence == nullptr);
    for (const char* board : {"m4", "m4-size"}) {
      const host::ImportedModel shorter = prepared_for(model, board);
      const auto [in_five, in_eight] = scales_of(shorter);
      all = {all.first + in_five, all.second + in_eight};
      host::ModelSession whole(model), changed(shorter);
      for (int i = 0; i < 3; ++i) {
        const auto sample = m.sample(whole.input_bytes(0));
        whole.run(sample);
        changed.run(sample);
        REQUIRE(std::ranges::equal(whole.output(0), changed.output(0)));
      }
    }
  }
  INFO(all.first << " steps have short scales, " << all.second << " have not");
  CHECK(all.first > 40);
}

TEST_CASE("a filter's scale takes 5 bytes on cores that load it as well", "[int8]") {
  Int8Models m(1);
  const host::ImportedModel model = m.model({m.convolution(m.input({4, 4, 3}), 8, 3, 1, true)});
  const auto layout = unpack<ops::QuantizedConvolution::Attributes>(model.graph->steps.item[0].attributes);
  const int filters = layout.per_channel != 0 ? 8 : 0;
  REQUIRE(filters == 8);
  for (const char* board : {"desktop", "m0plus", "m3", "m55", "rv32imc"}) {
    INFO(board);
    CHECK(scales_of(prepared_for(model, board)) == std::pair(0, 1));
  }
  for (const char* board : {"m4", "m4-size", "m7", "m33", "m33-nofp"}) {
    INFO(board);
    const host::ImportedModel shorter = prepared_for(model, board);
    CHECK(scales_of(shorter) == std::pair(1, 0));
    CHECK(bytes_of(shorter) == bytes_of(model) - 3 * 8);
    CHECK(scales_of(prepared_for(shorter, board)) == std::pair(1, 0));  // once more changes nothing
  }
}

}  // namespace
