// SPDX-License-Identifier: BSL-1.0
// Weights that ship in 4 bits: the same bytes as with the same weights in int8, and fewer bytes of weights.
#include <catch2/catch.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/unit/int8_models.hpp>

namespace {

using namespace etch;
using test::Int8Models;

bool is_dense(const Step& step) { return step.op == op_code<ops::QuantizedConvolution>; }

/// How many convolutions and dense steps have weights of 4 bits, and how many of 8.
std::pair<int, int> widths(const host::ImportedModel& model) {
  std::pair<int, int> count;
  for (const Step& step : model.graph->steps) {
    count.first += step.op == op_code<ops::QuantizedInt4Convolution> ? 1 : 0;
    count.second += is_dense(step) ? 1 : 0;
  }
  return count;
}

/// Brings the weights of convolutions and dense steps to 4 bits, and says so.
void narrow(host::ImportedModel& model) {
  for (const Step& step : model.graph->steps) {
    if (!is_dense(step)) continue;
    const int weights = model.graph->operand(step, step.inputs - step.parameters);
    for (std::byte& w : model.parameters[static_cast<std::size_t>(weights)]) {
      const auto number = static_cast<std::int8_t>(w);
      w = static_cast<std::byte>(number == -128 ? -8 : number / 16);
    }
  }
  model.int4_weights = true;
}

/// One convolution of 1x1 with the same number as every weight.
host::ImportedModel one_number(int number, int filters, int channels) {
  Int8Models m(3);
  host::ImportedModel model = m.model({m.convolution(m.input({2, 2, channels}), filters, 1, 1, true)});
  const int row = kernels::int8_row_bytes(channels);
  std::vector<std::byte>& w = model.parameters[0];
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = static_cast<std::byte>(static_cast<int>(i) % row < channels ? number : 0);
  model.int4_weights = true;
  return model;
}

TEST_CASE("weights of 4 bits give the bytes that they give as int8, on every board", "[int4]") {
  std::pair<int, int> all;
  for (unsigned seed = 0; seed < 30; ++seed) {
    Int8Models m(seed);
    const Tensor x = m.random_convolutions(13, true);
    host::ImportedModel model = m.model({m.softmax(m.dense(x, m.between(1, 9)))});
    INFO("seed " << seed);
    REQUIRE(m.fault().sentence == nullptr);
    narrow(model);
    for (const char* board : {"desktop", "m0plus", "m4", "m55"}) {
      const host::ImportedModel packed = host::prepare(model, host::kernels_of(board));
      const auto [four, eight] = widths(packed);
      all = {all.first + four, all.second + eight};
      host::ModelSession whole(model), changed(packed);
      for (int i = 0; i < 3; ++i) {
        const auto sample = m.sample(whole.input_bytes(0));
        whole.run(sample);
        changed.run(sample);
        REQUIRE(std::ranges::equal(whole.output(0), changed.output(0)));
      }
    }
  }
  INFO(all.first << " steps have weights of 4 bits, " << all.second << " of 8");
  CHECK(all.first > 100);
  CHECK(all.second > 10);  // of one filter
}

TEST_CASE("weights ship in 4 bits where all fit, and take fewer bytes so", "[int4]") {
  const auto four_of = [](const host::ImportedModel& model) { return widths(host::prepare(model)).first; };
  for (const int number : {-8, -1, 0, 7}) {
    INFO("all weights " << number);
    CHECK(four_of(one_number(number, 8, 5)) == 1);
  }
  for (const int number : {-9, 8, 127, -128}) CHECK(four_of(one_number(number, 8, 5)) == 0);
  CHECK(four_of(one_number(1, 1, 64)) == 0);  // a group of four filters takes two bytes a tap
  CHECK(four_of(one_number(1, 2, 64)) == 0);
  CHECK(four_of(one_number(1, 3, 64)) == 1);
  CHECK(four_of(one_number(1, 5, 1)) == 1);
  host::ImportedModel unasked = one_number(1, 8, 5);
  unasked.int4_weights = false;
  CHECK(widths(host::prepare(unasked)) == std::pair(0, 1));
}

TEST_CASE("packed weights have the bytes that the kernels read", "[int4]") {
  host::ImportedModel model = one_number(0, 5, 3);
  std::vector<std::byte>& w = model.parameters[0];
  const int numbers[5][3] = {{-8, 7, 1}, {0, -1, 2}, {3, -4, 5}, {-6, 6, -7}, {4, -5, -2}};
  for (std::size_t f = 0; f < 5; ++f)
    for (std::size_t tap = 0; tap < 3; ++tap) w[f * 4 + tap] = static_cast<std::byte>(numbers[f][tap]);
  const host::ImportedModel packed = host::prepare(model);
  REQUIRE(widths(packed) == std::pair(1, 0));
  const std::vector<std::byte>& bytes = packed.parameters[0];
  // Taps 0, 2, 1 and the filling; the first three of four filters 8 higher.
  const unsigned char wanted[]{0x80, 0xab, 0xa9, 0x9d, 0x7f, 0x64, 0x88, 0x08,
                               0x8c, 0x08, 0x86, 0x08, 0x83, 0x08, 0x88, 0x08};
  REQUIRE(bytes.size() == sizeof wanted);
  for (std::size_t i = 0; i < sizeof wanted; ++i) CHECK(std::to_integer<int>(bytes[i]) == int{wanted[i]});
}

}  // namespace
