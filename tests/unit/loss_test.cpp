// SPDX-License-Identifier: BSL-1.0
// Every loss: values against formulas written down again in double, gradients against finite differences.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/train/losses.hpp>
#include <functional>
#include <limits>
#include <runtime/kernels/portable/loss.hpp>
#include <runtime/kernels/portable/random.hpp>
#include <vector>

namespace {

using namespace etch;
using Row = std::vector<double>;
using Formula = std::function<double(const Row& t, const Row& p)>;  // the loss of one position

constexpr double epsilon = static_cast<double>(1e-7f);

double uniform(int i, int salt) {
  return static_cast<double>(
      random::uniform({9, 4}, static_cast<std::uint32_t>(salt), 2, static_cast<std::uint32_t>(i)));
}
double clip(double x, double low, double high) { return std::min(std::max(x, low), high); }
double probability(double x) { return clip(x, epsilon, 1 - epsilon); }
double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
Row softmax_of(const Row& x) {
  Row y;
  double sum = 0;
  for (const double v : x) sum += y.emplace_back(std::exp(v));
  for (double& v : y) v /= sum;
  return y;
}
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

enum class Domain { real, positive, probability, distribution, zero_one, one_hot, sign };

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

/// A batch of one loss. Masked positions and weights take part where they are not empty.
struct Case {
  kernels::Loss loss;
  LossParameters with;
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
    kernels::Loss d = loss;
    d.gradient = slope != nullptr;
    kernels::loss<T>(d, with, rows, x.data(), y.data(), classes.data(), w.empty() ? nullptr : w.data(),
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
      const Row target = takes_classes(loss.kind) ? Row{} : Row(t.begin() + from, t.begin() + to);
      Row one_hot(static_cast<unsigned>(loss.elements));
      if (takes_classes(loss.kind)) one_hot[static_cast<unsigned>(classes[static_cast<unsigned>(k)])] = 1;
      const double w = weights.empty() ? 1 : weights[static_cast<unsigned>(k / loss.positions)];
      sum += w * keep(k) / kept *
             formula(target.empty() ? one_hot : target, Row(p.begin() + from, p.begin() + to));
    }
    return sum * rows;
  }
};

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
    check(CategoricalCrossentropy{smoothing}, Domain::probability, Domain::distribution, smoothed(entropy));
    check(FromLogits<CategoricalCrossentropy>{{smoothing}}, Domain::real, Domain::distribution,
          of_logits(smoothed(entropy)));
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
    return 1 - common / (common + alpha * missed + beta * extra + epsilon);
  });
}

struct Quartic {
  static constexpr const char* name = "quartic";
  template <class T>
  static T row(const T* p, const T* t, T* slope, int n) {
    T sum = 0;
    for (int i = 0; i < n; ++i) {
      const T d = p[i] - t[i];
      sum += d * d * d * d;
      if (slope) slope[i] = T(4) * d * d * d;
    }
    return sum;
  }
};

TEST_CASE("a user's loss", "[loss]") {
  check(CustomLoss<Quartic>{}, Domain::real, Domain::real,
        sum_of([](double t, double p) { return std::pow(p - t, 4); }));
}

/// The mean over rows, as Keras prints it, of flat rows of `elements`.
template <class L>
double keras(const L& loss, int elements, const Row& t, const Row& p, const Row& weights = {},
             int positions = 1) {
  Case c{{L::kind, positions, elements, L::from_logits}, loss.parameters(), {}, {}, {}};
  c.rows = static_cast<int>(p.size()) / elements / positions;
  c.p = p, c.t = t, c.weights = weights;
  for (const double v : t) c.classes.push_back(static_cast<std::int32_t>(v));
  return c.total<float>(p) / c.rows;
}

TEST_CASE("the numbers of Keras's documentation", "[loss]") {
  const auto is = [](double expected, double within = 1e-3) {
    return Approx(expected).margin(within).epsilon(0);
  };
  const Row t{0, 1, 0, 0}, p{1, 1, 1, 0}, q{0.6, 0.4, 0.4, 0.6};
  CHECK(keras(MeanSquaredError{}, 2, t, p) == is(0.5));
  CHECK(keras(MeanSquaredError{}, 2, t, p, {0.7, 0.3}) == is(0.25));
  CHECK(keras(MeanAbsoluteError{}, 2, t, p) == is(0.5));
  CHECK(keras(MeanAbsolutePercentageError{}, 2, {2, 1, 2, 3}, {1, 1, 1, 0}) == is(50));
  CHECK(keras(MeanAbsolutePercentageError{}, 2, {2, 1, 2, 3}, {1, 1, 1, 0}, {0.7, 0.3}) == is(20));
  CHECK(keras(MeanSquaredLogarithmicError{}, 2, t, p) == is(0.240));
  CHECK(keras(MeanSquaredLogarithmicError{}, 2, t, p, {0.7, 0.3}) == is(0.120));
  CHECK(keras(Huber{}, 2, t, q) == is(0.155));
  CHECK(keras(Huber{}, 2, t, q, {1, 0}) == is(0.09));
  CHECK(keras(LogCosh{}, 2, t, {1, 1, 0, 0}) == is(0.108));
  CHECK(keras(Poisson{}, 2, t, {1, 1, 0, 0}) == is(0.5));
  CHECK(keras(KLDivergence{}, 2, t, q) == is(0.458));
  CHECK(keras(Hinge{}, 2, t, q) == is(1.3));
  CHECK(keras(Hinge{}, 2, t, q, {1, 0}) == is(0.55));
  CHECK(keras(SquaredHinge{}, 2, t, q) == is(1.86));
  CHECK(keras(SquaredHinge{}, 2, t, q, {1, 0}) == is(0.73));
  CHECK(keras(CategoricalHinge{}, 2, t, q) == is(1.4));
  CHECK(keras(CategoricalHinge{}, 2, t, q, {1, 0}) == is(0.6));
  CHECK(keras(CosineSimilarity{}, 2, {0, 1, 1, 1}, {1, 0, 1, 1}) == is(-0.5));
  CHECK(keras(CosineSimilarity{}, 2, {0, 1, 1, 1}, {1, 0, 1, 1}, {0.8, 0.2}) == is(-0.1));
  const Row z{-18.6, 0.51, 2.94, -12.8};
  CHECK(keras(FromLogits<BinaryCrossentropy>{}, 4, t, z) == is(0.8654));
  CHECK(keras(FromLogits<BinaryCrossentropy>{}, 2, t, z, {0.8, 0.2}) == is(0.243));
  CHECK(keras(FromLogits<BinaryFocalCrossentropy>{}, 4, t, z) == is(0.691));
  CHECK(keras(FromLogits<BinaryFocalCrossentropy>{{.apply_class_balancing = true}}, 4, t, z) == is(0.51));
  CHECK(keras(FromLogits<BinaryFocalCrossentropy>{{.gamma = 3}}, 2, t, z) == is(0.647));
  CHECK(keras(FromLogits<BinaryFocalCrossentropy>{{.gamma = 3}}, 2, t, z, {0.8, 0.2}) == is(0.133));
  const Row one_hot{0, 1, 0, 0, 0, 1}, shares{0.05, 0.95, 0, 0.1, 0.8, 0.1};
  CHECK(keras(CategoricalCrossentropy{}, 3, one_hot, shares) == is(1.177));
  CHECK(keras(CategoricalCrossentropy{}, 3, one_hot, shares, {0.3, 0.7}) == is(0.814));
  CHECK(keras(CategoricalFocalCrossentropy{}, 3, one_hot, shares) == is(0.23315276, 1e-6));
  CHECK(keras(CategoricalFocalCrossentropy{}, 3, one_hot, shares, {0.3, 0.7}) == is(0.1632));
  CHECK(keras(SparseCategoricalCrossentropy{}, 3, {1, 2}, shares) == is(1.177));
  CHECK(keras(SparseCategoricalCrossentropy{}, 3, {1, 2}, shares, {0.3, 0.7}) == is(0.814));
  const Row squares{1, 1, 0, 0, 1, 1, 0, 0}, found{0, 1, 0, 1, 0.4, 0, 0, 0.9};
  CHECK(keras(Dice{}, 1, squares, found, {}, 4) == is((0.5 + 0.75757575) / 2, 1e-6));
}

TEST_CASE("an ignored class, a mask and what they hide", "[loss]") {
  Case c{{LossKind::sparse_categorical_crossentropy, 2, 3, 1},
         SparseCategoricalCrossentropy{.ignore_class = 255}.parameters(),
         {},
         {},
         {},
         2};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  c.p = {1, 2, 3, nan, nan, nan, 0, 1, 0, 2, 2, 0};
  c.classes = {0, 255, 1, 2};
  std::vector<double> slope;
  const double total = c.total<double>(c.p, &slope);
  const auto one = [](const Row& z, unsigned right) { return -std::log(softmax_of(z)[right]); };
  const double mean = (one({1, 2, 3}, 0) + one({0, 1, 0}, 1) + one({2, 2, 0}, 2)) / 3;
  CHECK(total / 2 == Approx(mean));
  for (const unsigned i : {3u, 4u, 5u}) CHECK(slope[i] == 0);
  c.mask = {1, 1, 0, 1};
  CHECK(c.total<double>(c.p) / 2 == Approx((one({1, 2, 3}, 0) + one({2, 2, 0}, 2)) / 2));
  c.mask = {0, 1, 0, 0};  // nothing is left: Keras's 0
  CHECK(c.total<double>(c.p, &slope) == 0);
  CHECK(std::all_of(slope.begin(), slope.end(), [](double s) { return s == 0; }));
}

TEST_CASE("losses at the ends of their range", "[loss]") {
  CHECK(keras(BinaryCrossentropy{}, 2, {0, 1}, {1, 0}) == Approx(-std::log(1e-7)).epsilon(0.02));
  CHECK(keras(BinaryFocalCrossentropy{}, 2, {0, 1}, {0, 1}) == Approx(0).margin(1e-6));
  CHECK(keras(CategoricalCrossentropy{}, 2, {0, 1}, {1, 0}) == Approx(-std::log(1e-7)).epsilon(1e-6));
  CHECK(keras(FromLogits<CategoricalCrossentropy>{}, 2, {0, 1}, {300, -300}) == Approx(600));
  CHECK(keras(CosineSimilarity{}, 2, {0, 1}, {0, 0}) == 0);
  CHECK(keras(KLDivergence{}, 2, {0, 1}, {1, 0}) == Approx(-std::log(1e-7)).epsilon(1e-4));
  CHECK(keras(LogCosh{}, 1, {0}, {200}) == Approx(200 - std::log(2.0)));
  CHECK(keras(Dice{}, 2, {0, 0}, {0, 0}) == 1);
}

}  // namespace
