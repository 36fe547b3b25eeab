// SPDX-License-Identifier: BSL-1.0
// UNIDIRECTIONAL_SEQUENCE_LSTM of floats, call after call, and what is refused of states.
#include <tests/formats/tflite/one_op.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

constexpr int time = 3, features = 4, units = 2;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// The model and, in the order i, f, c, o, its weights.
struct Lstm {
  OneOp model{ElementKind::float32};
  Numbers input[4], recurrent[4], bias[4];

  /// \param states the tensors of the hidden and the cell state
  void add(int x, int y, int hidden, int cell) {
    std::vector<int> in(20, -1);
    in[0] = x;
    for (std::size_t g = 0; g < 4; ++g) {
      in[1 + g] = model.weights({units, features}, 0, input[g]);
      in[5 + g] = model.weights({units, units}, 0, recurrent[g]);
      in[12 + g] = model.bias(units, bias[g]);
    }
    in[18] = hidden;
    in[19] = cell;
    model.writer.op(OperatorKind::unidirectional_sequence_lstm, in, {y}, {{0, std::int8_t{4}}});
  }
  int state() { return model.writer.state(ElementKind::float32, {1, units}); }
};

TEST_CASE("a float LSTM keeps its states from call to call") {
  Lstm lstm;
  const int x = lstm.model.input({1, time, features});
  const int hidden = lstm.state(), cell = lstm.state();
  lstm.add(x, lstm.model.output({1, time, units}), hidden, cell);
  Numbers h(units), c(units);
  lstm.model.check([&](const std::vector<Numbers>& given) {
    Numbers y;
    for (std::size_t t = 0; t < time; ++t) {
      Numbers gate[4];
      for (std::size_t g = 0; g < 4; ++g)
        for (std::size_t u = 0; u < units; ++u) {
          double sum = lstm.bias[g][u];
          for (std::size_t i = 0; i < features; ++i)
            sum += lstm.input[g][u * features + i] * given[0][t * features + i];
          for (std::size_t j = 0; j < units; ++j) sum += lstm.recurrent[g][u * units + j] * h[j];
          gate[g].push_back(g == 2 ? std::tanh(sum) : sigmoid(sum));
        }
      for (std::size_t u = 0; u < units; ++u) {
        c[u] = gate[1][u] * c[u] + gate[0][u] * gate[2][u];
        h[u] = gate[3][u] * std::tanh(c[u]);
      }
      y.insert(y.end(), h.begin(), h.end());
    }
    return std::vector<Numbers>{y};
  });
}

TEST_CASE("states that are no variables, or those of another operator, are refused") {
  {
    Lstm lstm;
    const int x = lstm.model.input({1, time, features}), cell = lstm.state();
    lstm.add(x, lstm.model.output({1, time, units}),
             lstm.model.writer.tensor(ElementKind::float32, {1, units}), cell);
    CHECK_THROWS_WITH(lstm.model.import(),
                      Contains("UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0) needs states of "
                               "its own, in variables that no other operator has"));
  }
  {
    Lstm lstm;
    const int x = lstm.model.input({1, time, features}), hidden = lstm.state();
    lstm.add(x, lstm.model.output({1, time, units}), hidden, hidden);
    CHECK_THROWS_WITH(lstm.model.import(), Contains("needs states of its own"));
  }
  {
    Lstm lstm;
    const int x = lstm.model.input({1, time, features});
    const int hidden = lstm.state(), cell = lstm.state();
    lstm.add(x, lstm.model.output({1, time, units}), hidden, cell);
    lstm.add(x, lstm.model.output({1, time, units}), hidden, cell);
    CHECK_THROWS_WITH(lstm.model.import(), Contains("(operator 1) needs states of its own"));
  }
}

}  // namespace
