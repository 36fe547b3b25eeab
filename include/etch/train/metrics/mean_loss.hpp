// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>
#include <etch/train/losses.hpp>
#include <etch/train/metrics/metric.hpp>
#include <runtime/kernels/portable/loss.hpp>

namespace etch {

/// The mean of a loss over rows, under the loss's name: `MeanLoss<Huber>{{.delta = 2}}`.
template <class Loss>
struct MeanLoss {
  static_assert(!scores_samples(Loss::kind), "a metric sees positions, and this loss scores whole samples");
  static constexpr const char* name = Loss::name;
  Loss loss{};
  detail::Sum total{}, weight{};

  constexpr void reset() { total = weight = {}; }
  void update(const MetricBatch& b) {
    if (takes_classes(Loss::kind) ? !b.classes : !b.targets)
      fail(takes_classes(Loss::kind)
               ? "this metric needs class indices as labels: take the one without Sparse"
               : "this metric needs targets as floats, one row of outputs a sample");
    const kernels::Loss kernel{Loss::kind, 1, b.elements, Loss::from_logits, 0, 0, Loss::user};
    float sum = 0;
    kernels::loss<float>(kernel, loss.parameters(), b.rows, b.predictions, b.targets, b.classes, b.weights,
                         nullptr, nullptr, &sum);
    int kept = 0;
    for (int r = 0; r < b.rows; ++r) {
      if (ignored(b, r)) continue;
      weight.add(b.weight(r));
      ++kept;
    }
    // The kernel lets those that are kept stand for the ignored ones of this batch.
    total.add(kept == b.rows ? sum : sum * (static_cast<float>(kept) / static_cast<float>(b.rows)));
  }
  constexpr float result() const { return detail::share(total.result(), weight.result()); }

 private:
  constexpr bool ignored(const MetricBatch& b, int r) const {
    if constexpr (requires { loss.ignore_class; })
      return b.classes[r] == loss.ignore_class;
    else
      return false;
  }
};

// Keras's metrics of the same formula; "Metric" keeps them apart from the losses.
using MeanSquaredErrorMetric = MeanLoss<MeanSquaredError>;
using MeanAbsoluteErrorMetric = MeanLoss<MeanAbsoluteError>;
using MeanAbsolutePercentageErrorMetric = MeanLoss<MeanAbsolutePercentageError>;
using MeanSquaredLogarithmicErrorMetric = MeanLoss<MeanSquaredLogarithmicError>;
using KLDivergenceMetric = MeanLoss<KLDivergence>;
using PoissonMetric = MeanLoss<Poisson>;
using HingeMetric = MeanLoss<Hinge>;
using SquaredHingeMetric = MeanLoss<SquaredHinge>;
using CategoricalHingeMetric = MeanLoss<CategoricalHinge>;
using BinaryCrossentropyMetric = MeanLoss<BinaryCrossentropy>;
using CategoricalCrossentropyMetric = MeanLoss<CategoricalCrossentropy>;
using SparseCategoricalCrossentropyMetric = MeanLoss<SparseCategoricalCrossentropy>;
struct LogCoshError : MeanLoss<LogCosh> {
  static constexpr const char* name = "logcosh";
};

/// The square root of the mean squared error.
struct RootMeanSquaredError {
  static constexpr const char* name = "root_mean_squared_error";
  MeanSquaredErrorMetric square{};
  constexpr void reset() { square.reset(); }
  void update(const MetricBatch& b) { square.update(b); }
  constexpr float result() const { return math::sqrt(square.result()); }
};

/// The mean of sum(t p) / (|t| |p|): the loss of the same name with its sign changed.
struct CosineSimilarityMetric {
  static constexpr const char* name = "cosine_similarity";
  MeanLoss<CosineSimilarity> distance{};
  constexpr void reset() { distance.reset(); }
  void update(const MetricBatch& b) { distance.update(b); }
  constexpr float result() const { return 0 - distance.result(); }  // 0 of no rows, not -0
};

}  // namespace etch
