// SPDX-License-Identifier: BSL-1.0
// SVDF of floats, call after call.
#include <tests/formats/tflite/one_op.hpp>

namespace {

using namespace etch;
using namespace etch::test;

TEST_CASE("SVDF imports in float and keeps its past") {
  constexpr std::size_t in = 3, units = 2, rank = 2, memory = 4, filters = units * rank;
  OneOp m(ElementKind::float32);
  Numbers feature, time, bias;
  const int x = m.input({1, 3});
  const int feature_weights = m.weights({4, 3}, 0, feature), time_weights = m.weights({4, 4}, 0, time);
  const int units_bias = m.bias(2, bias), past = m.writer.state(ElementKind::float32, {1, 16});
  m.writer.op(OperatorKind::svdf, {x, feature_weights, time_weights, units_bias, past}, {m.output({1, 2})},
              {{0, 2}, {1, std::int8_t{1}}});
  std::vector<Numbers> seen(memory, Numbers(in));  // the last inputs, oldest first: none at the start
  m.check([&](const std::vector<Numbers>& given) {
    seen.erase(seen.begin());
    seen.push_back(given[0]);
    Numbers y = bias;
    for (std::size_t f = 0; f < filters; ++f)
      for (std::size_t t = 0; t < memory; ++t)
        for (std::size_t i = 0; i < in; ++i)
          y[f / rank] += time[f * memory + t] * feature[f * in + i] * seen[t][i];
    for (double& v : y) v = std::max(v, 0.0);
    return std::vector<Numbers>{y};
  });
}

}  // namespace
