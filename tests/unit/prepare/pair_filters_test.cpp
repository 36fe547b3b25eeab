// SPDX-License-Identifier: BSL-1.0
// Filters that lie two by two for cores whose kernels want them so: the same bytes, where weights have room.
#include <catch2/catch.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/unit/int8_models.hpp>

namespace {

using namespace etch;
using test::Int8Models;

/// How many of the convolutions and dense steps have paired filters, and how many have not.
std::pair<int, int> layouts(const host::ImportedModel& model) {
  std::pair<int, int> count;
  for (const Step& step : model.graph->steps)
    if (step.op == op_code<ops::QuantizedConvolution>)
      ++(unpack<ops::QuantizedConvolution::Attributes>(step.attributes).paired != 0 ? count.first
                                                                                    : count.second);
  return count;
}

host::ImportedModel prepared_for(const host::ImportedModel& model, const char* board) {
  return host::prepare(model, host::kernels_of(board));
}

TEST_CASE("models with paired filters compute the same bytes, on boards that want them", "[int8]") {
  std::pair<int, int> all;
  for (unsigned seed = 0; seed < 40; ++seed) {
    Int8Models m(seed);
    const Tensor x = m.random_convolutions(9, false);
    const host::ImportedModel model = m.model({m.softmax(m.dense(x, m.between(1, 7)))});
    INFO("seed " << seed);
    REQUIRE(m.fault().sentence == nullptr);
    const host::ImportedModel paired = prepared_for(model, "m4");
    const auto [in_pairs, in_rows] = layouts(paired);
    all = {all.first + in_pairs, all.second + in_rows};
    host::ModelSession whole(model), changed(paired);
    for (int i = 0; i < 4; ++i) {
      const auto sample = m.sample(whole.input_bytes(0));
      whole.trace(sample);
      changed.trace(sample);
      REQUIRE(std::ranges::equal(whole.output(0), changed.output(0)));
    }
  }
  INFO(all.first << " steps have paired filters, " << all.second << " have not");
  CHECK(all.first > 40);
  CHECK(all.second > 10);
}

TEST_CASE("filters are paired for cores with the DSP extension alone", "[int8]") {
  Int8Models m(1);
  const host::ImportedModel model = m.model({m.convolution(m.input({4, 4, 3}), 6, 3, 1, true)});
  for (const char* board : {"desktop", "m3", "m55", "m4-size", "m7-size"})
    CHECK(layouts(prepared_for(model, board)) == std::pair(0, 1));
  for (const char* board : {"m4", "m7"}) CHECK(layouts(prepared_for(model, board)) == std::pair(1, 0));
  CHECK(layouts(host::prepare(model)) == std::pair(0, 1));
}

TEST_CASE("weights that have no room in pairs stay rows", "[int8]") {
  const auto layout_of = [](int first, int second, int channels) {
    Int8Models m(1);
    host::ImportedModel model = m.model({m.convolution(m.input({2, 2, channels}), 2, 1, 1, true)});
    std::vector<std::byte>& w = model.parameters[0];
    const std::size_t row = w.size() / 2;
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<std::byte>(i < row ? first : second);
    return layouts(prepared_for(model, "m4"));
  };
  const std::pair paired(1, 0), rows(0, 1);
  CHECK(layout_of(127, -128, 4) == paired);
  CHECK(layout_of(-128, 127, 4) == paired);
  CHECK(layout_of(-1, -127, 4) == paired);
  CHECK(layout_of(-1, -128, 4) == rows);
  CHECK(layout_of(127, 127, 516) == paired);  // 65,532
  CHECK(layout_of(127, 127, 520) == rows);
  CHECK(layout_of(127, -127, 520) == rows);
}

}  // namespace
