// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/losses.hpp>
#include <runtime/kernels/portable/loss.hpp>

#include <cmath>
#include <functional>
#include <vector>

namespace loss_case {

using Row = std::vector<double>;
using Formula = std::function<double(const Row& t, const Row& p)>;  // the loss of one position

inline Row softmax_of(const Row& x) {
  Row y;
  double sum = 0;
  for (const double v : x) sum += y.emplace_back(std::exp(v));
  for (double& v : y) v /= sum;
  return y;
}

enum class Domain { real, positive, probability, distribution, zero_one, one_hot, sign };

/// A batch of one loss. Masked positions and weights take part where they are not empty.
struct Case {
  etch::kernels::Loss loss;
  etch::LossParameters with;
  Domain prediction, target;
  Formula formula;
  int rows = 1;
  Row p{}, t{}, weights{}, mask{};
  std::vector<std::int32_t> classes{};

  int places() const { return rows * loss.positions; }
  template <class T>
  double total(const Row& at, std::vector<T>* slope = nullptr) const {
    const std::vector<T> x(at.begin(), at.end()), y(t.begin(), t.end()), w(weights.begin(), weights.end()),
        m(mask.begin(), mask.end());
    std::vector<T> dp(x.size(), T(77));
    T sum = 0;
    etch::kernels::Loss d = loss;
    d.gradient = slope != nullptr;
    etch::kernels::loss<T>(d, with, rows, x.data(), y.data(), classes.data(), w.empty() ? nullptr : w.data(),
                           m.empty() ? nullptr : m.data(), slope ? dp.data() : nullptr, &sum);
    if (slope) *slope = dp;
    return static_cast<double>(sum);
  }
  double expected() const {
    double kept = 0, sum = 0;
    const auto keep = [&](int k) { return mask.empty() ? 1.0 : mask[static_cast<unsigned>(k)]; };
    for (int k = 0; k < places(); ++k) kept += keep(k);
    for (int k = 0; k < places(); ++k) {
      const auto from = k * loss.elements, to = from + loss.elements;
      const Row target = etch::takes_classes(loss.kind) ? Row{} : Row(t.begin() + from, t.begin() + to);
      Row one_hot(static_cast<unsigned>(loss.elements));
      if (etch::takes_classes(loss.kind))
        one_hot[static_cast<unsigned>(classes[static_cast<unsigned>(k)])] = 1;
      const double w = weights.empty() ? 1 : weights[static_cast<unsigned>(k / loss.positions)];
      sum += w * keep(k) / kept *
             formula(target.empty() ? one_hot : target, Row(p.begin() + from, p.begin() + to));
    }
    return sum * rows;
  }
};

}  // namespace loss_case
