// SPDX-License-Identifier: BSL-1.0
// Channels that no result depends on, in random quantized models: what is left computes the same bytes.
#include <catch2/catch.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/int8_ranges.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/unit/int8_models.hpp>

namespace {

using namespace etch;
using test::Int8Models;

long long macs_of(const host::ImportedModel& model) {
  long long macs = 0;
  for (const Step& step : model.graph->steps)
    macs += visit_op(step.op, [&](auto op) { return decltype(op)::macs(step); });
  return macs;
}

Tensor random_step(Int8Models& m, const Tensor& x) {
  const bool small = x.shape[0] < 4 || x.shape[1] < 4;
  switch (m.between(0, 8)) {
    case 0:
      return m.depthwise(x, m.one_in(3) ? 2 : 1, 3, m.between(1, 2), true);
    case 1:
      return m.pool(x, m.one_in(2));
    case 2:
      return m.table(x);
    case 3:
      return m.pad(x);
    case 4:
      return m.sum(m.convolution(x, x.shape.last(), 3, 1, true), x);
    case 5:
      return m.convolution(x, m.between(1, 12), 3, m.between(1, 2), small || m.one_in(2));
    case 6:
      return m.depthwise(x, 1, 3, 1, true);
    default:
      return m.convolution(x, m.between(1, 12), 1, 1, false);
  }
}

host::ImportedModel random_model(Int8Models& m) {
  Tensor x = m.convolution(m.input({m.between(5, 9), m.between(5, 9), m.between(1, 4)}), 8, 3, 1, true);
  Tensor kept = x;
  const int steps = m.between(3, 9);
  for (int i = 0; i < steps; ++i) {
    x = random_step(m, x);
    if (kept.shape == x.shape && m.one_in(2)) x = m.sum(x, kept);
    if (m.one_in(3)) kept = x;
  }
  std::vector<Tensor> outputs{m.softmax(m.dense(x, 5))};
  if (m.one_in(4)) outputs.push_back(x);
  return m.model(outputs);
}

/// How many bytes of steps that both models have differ.
std::size_t differing(const host::ImportedModel& model, const host::ModelSession& before,
                      const host::ImportedModel& prepared, const host::ModelSession& after) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < model.operators.size(); ++i) {
    const int result = prepared.operators[i].results[0];
    if (result < 0) continue;
    const auto expected = before.value(model.operators[i].results[0]), found = after.value(result);
    REQUIRE(expected.size() == found.size());
    const auto& channels = prepared.values[static_cast<std::size_t>(result)].kept;
    for (std::size_t k = 0; k < expected.size(); ++k) count += channels.knows(k) && expected[k] != found[k];
  }
  return count;
}

TEST_CASE("models without their dead channels compute the same bytes, layer by layer", "[int8]") {
  long long before = 0, after = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    Int8Models m(seed);
    const host::ImportedModel model = random_model(m);
    INFO("seed " << seed);
    REQUIRE(m.fault().sentence == nullptr);
    const host::ImportedModel prepared = host::prepare(model);
    before += macs_of(model);
    after += macs_of(prepared);
    host::ModelSession whole(model), fewer(prepared);
    for (int i = 0; i < 4; ++i) {
      const auto x = m.sample(whole.input_bytes(0));
      whole.trace(x);
      fewer.trace(x);
      for (int k = 0; k < whole.outputs(); ++k) REQUIRE(std::ranges::equal(whole.output(k), fewer.output(k)));
      REQUIRE(differing(model, whole, prepared, fewer) == 0);
    }
  }
  INFO(before << " multiplications before, " << after << " after");
  CHECK(after * 10 < before * 7);
}

TEST_CASE("a channel that padding tells apart stays; one that looks like padding goes", "[int8]") {
  for (const bool like_padding : {false, true}) {
    Int8Models m(3);
    const Tensor x = m.input({6, 6, 2});
    const Tensor constant = m.constant_channel(x, like_padding);
    const host::ImportedModel model = m.model({m.convolution_reading(constant)});
    const host::ImportedModel prepared = host::prepare(model);
    const auto& kept = prepared.values[static_cast<std::size_t>(prepared.operators[0].results[0])].kept;
    CHECK(kept.channels == (like_padding ? 2 : 0));
    CHECK(kept.kept == (like_padding ? std::vector{1} : std::vector<int>{}));
  }
}

// Each result of the larger pool looks at 32,400 numbers: minutes of work, in a model without weights.
TEST_CASE("ranges that would take too long are not looked for", "[int8]") {
  for (const int size : {8, 1024}) {
    Int8Models m(5);
    const int window = std::min(size, 180);
    const kernels::Pool whole{
        kernels::PoolKind::max, size, size, 2, size, size, window, window, 1, 1, window / 2, window / 2};
    const Tensor x = m.constant_channel(m.input({size, size, 2}), false);
    const host::ImportedModel model = m.model({m.pool(x, whole)});
    REQUIRE(m.fault().sentence == nullptr);
    const auto ranges = host::int8_ranges(host::ModelDraft(model));
    const auto& of_pool = ranges[static_cast<std::size_t>(model.operators.back().results[0])];
    const auto constants = std::ranges::count_if(of_pool, [](Int8Range r) { return r.low == r.high; });
    CHECK(constants == (size == 8 ? size * size : 0));
  }
}

}  // namespace
