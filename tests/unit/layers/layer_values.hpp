// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/testing/interpreter.hpp>
#include <etch/model/declare/declare.hpp>

#include <catch2/catch.hpp>
#include <initializer_list>
#include <memory>
#include <vector>

/// A declaration in the interpreter: what it predicts, and what its training pass gives, for inputs and
/// weights that a test writes down.
class LayerValues {
 public:
  template <class Define>
  explicit LayerValues(const Define& define, int rows = 1) : rows_(rows) {
    auto g = std::make_unique<etch::Builder>(false);
    etch::trace_at_run_time(etch::functional(define), *g);
    if (g->graph.fault) FAIL(g->graph.fault.sentence << " " << g->graph.fault.found);
    net_ = std::make_unique<etch::Interpreter<float>>(g->graph, rows, etch::TrainingOptions{});
    net_->initialize(1);
    shape = g->graph.output_shapes[0];
  }

  void set(int parameter, std::initializer_list<float> values) {
    const auto weights = net_->parameter(parameter);
    REQUIRE(weights.size() == values.size());
    std::copy(values.begin(), values.end(), weights.begin());
  }
  std::vector<float> parameter(int k) { return {net_->parameter(k).begin(), net_->parameter(k).end()}; }
  int parameters() const { return net_->parameters(); }

  std::vector<float> operator()(std::vector<std::vector<float>> inputs) {
    std::vector<const float*> pointers;
    for (const auto& x : inputs) pointers.push_back(x.data());
    const auto y = net_->predict(pointers, rows_);
    return {y.begin(), y.end()};
  }

  etch::Shape shape;

 private:
  int rows_;
  std::unique_ptr<etch::Interpreter<float>> net_;
};

/// Compares element by element, relative to 1 at least.
inline void check_close(const std::vector<float>& got, const std::vector<double>& expected,
                        double tolerance = 1e-6) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("element " << i);
    CHECK(got[i] == Approx(expected[i]).epsilon(tolerance).margin(tolerance));
  }
}
