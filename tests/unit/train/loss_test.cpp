// SPDX-License-Identifier: BSL-1.0
// Every loss: values against formulas written down again in double, gradients against finite differences.
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <runtime/kernels/portable/random.hpp>

#include "loss_case.hpp"
#include "quartic.hpp"

namespace {

using namespace etch;
using namespace loss_case;

constexpr double epsilon = static_cast<double>(1e-7f);

double uniform(int i, int salt) {
  return static_cast<double>(
      random::uniform({9, 4}, static_cast<std::uint32_t>(salt), 2, static_cast<std::uint32_t>(i)));
}
double clip(double x, double low, double high) { return std::min(std::max(x, low), high); }
double probability(double x) { return clip(x, epsilon, 1 - epsilon); }
double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
/// The mean of f(t, p) over elements.
Formula mean_of(std::function<double(double, double)> f) {
  return [f](const Row& t, const Row& p) {
    double sum = 0;
    for (std::size_t i = 0; i < t.size(); ++i) sum += f(t[i], p[i]);
    return sum / static_cast<double>(t.size());
  };
}
Formula sum_of(std::function<double(double, double)> f) {
  return [f](const Row& t, const Row& p) { return mean_of(f)(t, p) * static_cast<double>(t.size()); };
}

double number(Domain domain, int i, int salt) {
  const double u = uniform(i, salt);
  switch (domain) {
    case Domain::real:
      return 4 * u - 2;
    case Domain::positive:
      return 0.1 + 3 * u;
    case Domain::zero_one:
      return u < 0.5 ? 0 : 1;
    case Domain::sign:
      return u < 0.5 ? -1 : 1;
    default:
      return 0.05 + 0.9 * u;
  }
}
/// Numbers for every position: rows of one-hot or distribution sum to 1.
Row numbers(Domain domain, int positions, int elements, int salt) {
  Row all;
  for (int k = 0; k < positions; ++k) {
    Row row;
    double sum = 0;
    const int hot = static_cast<int>(uniform(k, salt + 1000) * elements);
    for (int i = 0; i < elements; ++i)
      sum += row.emplace_back(domain == Domain::one_hot ? i == hot : number(domain, k * elements + i, salt));
    for (const double v : row) all.push_back(domain == Domain::distribution ? v / sum : v);
  }
  return all;
}

void check_value_and_gradient(const Case& c) {
  std::vector<double> slope;
  const double total = c.total<double>(c.p, &slope);
  CHECK(total == Approx(c.expected()).epsilon(1e-9).margin(1e-12));
  CHECK(c.total<double>(c.p) == total);
  std::vector<float> slope32;
  CHECK(c.total<float>(c.p, &slope32) == Approx(total).epsilon(2e-5).margin(2e-6));
  double worst = 0, worst32 = 0;
  for (std::size_t i = 0; i < c.p.size(); ++i) {
    constexpr double h = 1e-6;
    Row moved = c.p;
    moved[i] += h;
    const double above = c.total<double>(moved);
    moved[i] -= 2 * h;
    const double exact =
        (above - c.total<double>(moved)) / (2 * h) * static_cast<double>(c.with.weight) / c.rows;
    worst = std::max(worst, std::abs(slope[i] - exact) / (std::abs(exact) + 1e-2));
    worst32 = std::max(worst32, std::abs(static_cast<double>(slope32[i]) - exact) / (std::abs(exact) + 1e-2));
  }
  CHECK(worst <= 1e-6);
  CHECK(worst32 <= 2e-4);
}

/// The loss over several shapes, with and without weights and masks.
void check(const char* what, kernels::Loss loss, const LossParameters& with, Domain prediction, Domain target,
           const Formula& formula) {
  struct Extent {
    int rows, positions, elements;
  };
  for (const Extent e : {Extent{1, 1, 4}, {3, 1, 1}, {2, 3, 5}, {5, 2, 3}})
    for (const int extras : {0, 1, 2, 3}) {
      INFO(what << ", " << e.rows << " rows, " << e.positions << " positions, " << e.elements
                << " elements, weights " << (extras & 1) << ", mask " << (extras & 2));
      const bool whole = scores_samples(loss.kind);
      if (whole && (extras & 2)) continue;
      Case c{loss, with, prediction, target, formula, e.rows};
      c.loss.positions = whole ? 1 : e.positions,
      c.loss.elements = whole ? e.positions * e.elements : e.elements;
      c.p = numbers(prediction, c.places(), c.loss.elements, 1);
      c.t = numbers(target, c.places(), c.loss.elements, 2);
      for (int k = 0; k < c.places(); ++k) c.classes.push_back((k * 7 + 1) % e.elements);
      for (int r = 0; (extras & 1) && r < e.rows; ++r) c.weights.push_back(0.2 + uniform(r, 3));
      for (int k = 0; (extras & 2) && k < c.places(); ++k) c.mask.push_back(k % 3 == 1 ? 0 : 1);
      c.with.weight = extras == 3 ? 0.75f : 1.0f;
      check_value_and_gradient(c);
    }
}

template <class L>
void check(const L& loss, Domain prediction, Domain target, const Formula& formula) {
  check(L::name, {L::kind, 1, 1, L::from_logits, 0, 1, L::user}, loss.parameters(), prediction, target,
        formula);
}

TEST_CASE("losses of differences", "[loss]") {
  check(MeanSquaredError{}, Domain::real, Domain::real,
        mean_of([](double t, double p) { return (t - p) * (t - p); }));
  check(MeanAbsoluteError{}, Domain::real, Domain::real,
        mean_of([](double t, double p) { return std::abs(t - p); }));
  check(MeanAbsolutePercentageError{}, Domain::real, Domain::real,
        mean_of([](double t, double p) { return 100 * std::abs((t - p) / t); }));
  check(MeanSquaredLogarithmicError{}, Domain::positive, Domain::positive,
        mean_of([](double t, double p) { return std::pow(std::log1p(t) - std::log1p(p), 2); }));
  check(MeanSquaredLogarithmicError{}, Domain::real, Domain::real, mean_of([](double t, double p) {
          return std::pow(std::log1p(std::max(t, epsilon)) - std::log1p(std::max(p, epsilon)), 2);
        }));
  for (const float delta : {0.5f, 1.0f, 2.0f})
    check(Huber{delta}, Domain::real, Domain::real, mean_of([=](double t, double p) {
            const double e = std::abs(t - p), limit = static_cast<double>(delta);
            return e <= limit ? e * e / 2 : limit * e - limit * limit / 2;
          }));
  check(LogCosh{}, Domain::real, Domain::real,
        mean_of([](double t, double p) { return std::log(std::cosh(p - t)); }));
  check(Poisson{}, Domain::positive, Domain::positive,
        mean_of([](double t, double p) { return p - t * std::log(p + epsilon); }));
}

TEST_CASE("hinge losses", "[loss]") {
  const auto sign = [](double t) { return t > 0 ? 1.0 : -1.0; };
  for (const Domain targets : {Domain::sign, Domain::zero_one}) {
    check(Hinge{}, Domain::real, targets,
          mean_of([=](double t, double p) { return std::max(1 - sign(t) * p, 0.0); }));
    check(SquaredHinge{}, Domain::real, targets,
          mean_of([=](double t, double p) { return std::pow(std::max(1 - sign(t) * p, 0.0), 2); }));
  }
  check(CategoricalHinge{}, Domain::real, Domain::one_hot, [](const Row& t, const Row& p) {
    double right = 0, wrong = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < t.size(); ++i)
      right += t[i] * p[i], wrong = std::max(wrong, (1 - t[i]) * p[i]);
    return std::max(wrong - right + 1, 0.0);
  });
}

double cross(double t, double p) {
  return -t * std::log(probability(p)) - (1 - t) * std::log(probability(1 - p));
}

TEST_CASE("binary cross-entropies", "[loss]") {
  for (const float smoothing : {0.0f, 0.1f}) {
    const double s = static_cast<double>(smoothing);
    const auto smooth = [=](double t) { return t * (1 - s) + s / 2; };
    check(BinaryCrossentropy{smoothing}, Domain::probability, Domain::probability,
          mean_of([=](double t, double p) { return cross(smooth(t), p); }));
    check(FromLogits<BinaryCrossentropy>{{smoothing}}, Domain::real, Domain::zero_one,
          mean_of([=](double t, double z) { return cross(smooth(t), sigmoid_of(z)); }));
    for (const bool balanced : {false, true})
      for (const float gamma : {0.0f, 1.0f, 2.0f, 0.5f}) {
        const BinaryFocalCrossentropy loss{balanced, 0.3f, gamma, smoothing};
        const auto focal = [=](double target, double p) {
          const double t = smooth(target), alpha = static_cast<double>(0.3f);
          const double wrong = 1 - (t * p + (1 - t) * (1 - p));
          const double balance = balanced ? t * alpha + (1 - t) * (1 - alpha) : 1;
          return balance * std::pow(wrong, static_cast<double>(gamma)) * cross(t, p);
        };
        check(loss, Domain::probability, Domain::zero_one, mean_of(focal));
        check(FromLogits<BinaryFocalCrossentropy>{loss}, Domain::real, Domain::zero_one,
              mean_of([=](double t, double z) { return focal(t, sigmoid_of(z)); }));
      }
  }
}

TEST_CASE("categorical cross-entropies", "[loss]") {
  const Formula entropy = sum_of([](double t, double p) { return -t * std::log(p); });
  const auto of_logits = [](const Formula& f) {
    return [f](const Row& t, const Row& z) { return f(t, softmax_of(z)); };
  };
  check(SparseCategoricalCrossentropy{}, Domain::probability, Domain::one_hot, entropy);
  check(FromLogits<SparseCategoricalCrossentropy>{}, Domain::real, Domain::one_hot, of_logits(entropy));
  for (const float smoothing : {0.0f, 0.2f}) {
    const double s = static_cast<double>(smoothing);
    const auto smoothed = [=](const Formula& f) {
      return [f, s](Row t, const Row& p) {
        for (double& v : t) v = v * (1 - s) + s / static_cast<double>(t.size());
        return f(t, p);
      };
    };
    for (const Domain targets : {Domain::distribution, Domain::probability}) {  // of sum 1, and of any sum
      check(CategoricalCrossentropy{smoothing}, Domain::probability, targets, smoothed(entropy));
      check(FromLogits<CategoricalCrossentropy>{{smoothing}}, Domain::real, targets,
            of_logits(smoothed(entropy)));
    }
    for (const float gamma : {1.0f, 2.0f, 0.5f}) {
      const CategoricalFocalCrossentropy loss{0.4f, gamma, smoothing};
      const Formula focal = smoothed([=](const Row& t, Row p) {
        double sum = 0;
        for (const double v : p) sum += v;
        for (double& v : p) v = probability(v / sum);
        return sum_of([=](double target, double q) {
          return -static_cast<double>(0.4f) * std::pow(1 - q, static_cast<double>(gamma)) * target *
                 std::log(q);
        })(t, p);
      });
      check(loss, Domain::probability, Domain::one_hot, focal);
      check(FromLogits<CategoricalFocalCrossentropy>{loss}, Domain::real, Domain::one_hot, of_logits(focal));
    }
  }
}

TEST_CASE("divergence, direction and overlap", "[loss]") {
  check(KLDivergence{}, Domain::probability, Domain::distribution, sum_of([](double t, double p) {
          return clip(t, epsilon, 1) * std::log(clip(t, epsilon, 1) / clip(p, epsilon, 1));
        }));
  check(CosineSimilarity{}, Domain::real, Domain::real, [](const Row& t, const Row& p) {
    double dot = 0, pp = 0, tt = 0;
    for (std::size_t i = 0; i < t.size(); ++i) dot += t[i] * p[i], pp += p[i] * p[i], tt += t[i] * t[i];
    return -dot / std::sqrt(pp * tt);
  });
  check(Dice{}, Domain::probability, Domain::zero_one, [](const Row& t, const Row& p) {
    double common = 0, all = epsilon;
    for (std::size_t i = 0; i < t.size(); ++i) common += t[i] * p[i], all += t[i] + p[i];
    return 1 - 2 * common / all;
  });
  check(Tversky{0.3f, 0.9f}, Domain::probability, Domain::zero_one, [](const Row& t, const Row& p) {
    double common = 0, missed = 0, extra = 0;
    for (std::size_t i = 0; i < t.size(); ++i)
      common += t[i] * p[i], missed += t[i] * (1 - p[i]), extra += (1 - t[i]) * p[i];
    const double alpha = static_cast<double>(0.3f), beta = static_cast<double>(0.9f);
    return 1 - common / (common + alpha * extra + beta * missed + epsilon);
  });
}

TEST_CASE("a user's loss", "[loss]") {
  check(CustomLoss<Quartic>{}, Domain::real, Domain::real,
        sum_of([](double t, double p) { return std::pow(p - t, 4); }));
}

}  // namespace
