// SPDX-License-Identifier: BSL-1.0
#include "examples/siamese/siamese_model.hpp"

#include <etch/etch.hpp>
#include <etch/model/declare/submodel.hpp>
#include <etch/model/program/predictor.hpp>
#include <runtime/host/data/mnist.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <random>
#include <vector>

namespace {

using namespace etch;

inline constexpr auto encoder = submodel<siamese>("left", "embedding");

static_assert(numbers<siamese>().total == 40'256, "the tower's weights count once");

/// Draws pairs of one digit together and pushes others apart up to a margin of 1 (Hadsell et al. 2006): D^2
/// for the same digit (target 1), max(1 - D, 0)^2 for others; the prediction is D^2.
struct Contrastive {
  static constexpr const char* name = "contrastive";
  template <class T>
  static T row(const T* prediction, const T* target, T* slope, int n) {
    T sum = 0;
    for (int i = 0; i < n; ++i) {
      const T least = T(1e-6);
      const T distance = math::sqrt(prediction[i] > least ? prediction[i] : least);
      const T missing = distance < T(1) ? T(1) - distance : T(0), other = T(1) - target[i];
      sum += target[i] * prediction[i] + other * missing * missing;
      if (slope) slope[i] = target[i] - other * missing / distance;
    }
    return sum;
  }
};

/// Share of pairs on the right side of a distance of 1/2.
struct PairAccuracy {
  static constexpr const char* name = "accuracy";
  BinaryAccuracy apart{.threshold = 0.25f};  // sees "the digits differ", and the square of the distance
  void reset() { apart.reset(); }
  void update(const MetricBatch& b) {
    for (int r = 0; r < b.rows; ++r) {
      const float differ = 1 - b.targets[r];
      apart.update({1, 1, b.predictions + r, &differ, nullptr, b.weights ? b.weights + r : nullptr});
    }
  }
  float result() const { return apart.result(); }
};

constexpr std::size_t pixels = 28 * 28;

struct Pairs {
  std::vector<std::uint8_t> left, right;
  std::vector<float> same;
  Dataset set() const {
    return {{std::span<const std::uint8_t>(left), std::span<const std::uint8_t>(right)},
            std::span<const float>(same)};
  }
};

/// Every other pair is of one digit; the others differ.
Pairs draw_pairs(const host::ImageSet& from, std::size_t count, std::uint32_t seed) {
  std::array<std::vector<std::size_t>, 10> of_digit;
  for (std::size_t i = 0; i < from.labels.size(); ++i) of_digit[from.labels[i]].push_back(i);
  std::mt19937 random(seed);
  const auto draw = [&](const std::vector<std::size_t>& images, std::vector<std::uint8_t>& to) {
    const auto image =
        from.images.begin() + static_cast<std::ptrdiff_t>(images[random() % images.size()] * pixels);
    to.insert(to.end(), image, image + pixels);
  };
  Pairs pairs;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t digit = i / 2 % 10, other = (digit + 1 + random() % 9) % 10;
    draw(of_digit[digit], pairs.left);
    draw(of_digit[i % 2 == 0 ? digit : other], pairs.right);
    pairs.same.push_back(i % 2 == 0 ? 1.0f : 0.0f);
  }
  return pairs;
}

using Embedding = std::array<float, 32>;

/// The tower alone, on the trained weights where they lie.
std::vector<Embedding> embed(std::span<const std::byte> weights, const host::ImageSet& set,
                             std::size_t count) {
  static Predictor<encoder> tower;
  const Samples samples{std::span<const std::uint8_t>(set.images)};
  std::vector<Embedding> embeddings(count);
  for (std::size_t i = 0; i < count; ++i) {
    float image[pixels];
    samples.read(i, pixels, image);
    const float* const in[] = {image};
    float* const out[] = {embeddings[i].data()};
    tower.predict(weights, in, out);
  }
  return embeddings;
}

/// Share of test images whose nearest mean embedding is that of their digit. The network was never told which
/// digit it sees.
double nearest_digit(std::span<const std::byte> weights, const host::Mnist& data) {
  constexpr std::size_t known = 1000;
  const auto train = embed(weights, data.train, known),
             test = embed(weights, data.test, data.test.labels.size());
  std::array<Embedding, 10> mean{};
  std::array<float, 10> count{};
  for (std::size_t i = 0; i < known; ++i) {
    const auto digit = data.train.labels[i];
    ++count[digit];
    for (std::size_t k = 0; k < 32; ++k) mean[digit][k] += (train[i][k] - mean[digit][k]) / count[digit];
  }
  std::size_t right = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    std::size_t best = 0;
    float least = std::numeric_limits<float>::max();
    for (std::size_t digit = 0; digit < 10; ++digit) {
      float distance = 0;
      for (std::size_t k = 0; k < 32; ++k) {
        const float d = test[i][k] - mean[digit][k];
        distance += d * d;
      }
      if (distance < least) least = distance, best = digit;
    }
    right += best == data.test.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(test.size());
}

}  // namespace

int main() try {
  const char* asked = std::getenv("ETCH_EPOCHS");
  const int epochs = asked ? std::atoi(asked) : 6;
  if (epochs < 1) throw Error("ETCH_EPOCHS must be a number of epochs, at least 1");
  const host::Mnist data = host::load_mnist({.download = true, .draw_if_missing = true});
  std::printf("data: %s\n", data.source.c_str());
  const Pairs train = draw_pairs(data.train, 40'000, 1), test = draw_pairs(data.test, 10'000, 2);

  auto model =
      compile<siamese>(RMSprop{}, CustomLoss<Contrastive>{}, hana::make_tuple(PairAccuracy{}), batch<128>);
  model.summary();
  const Dataset validation = test.set();
  model.fit(train.set(), {.epochs = epochs, .validation = &validation});
  const Evaluation result = model.evaluate(validation);
  std::printf("pairs told apart: %.4f  loss: %.4f\n", static_cast<double>(result.metric[0]),
              static_cast<double>(result.loss));
  const double nearest = nearest_digit(model.weights(), data);
  std::printf("digits by the nearest of ten mean embeddings: %.4f\n", nearest);
  const bool good = !data.real || epochs < 6 || (result.metric[0] >= 0.965f && nearest >= 0.97);
  if (!good)
    std::fprintf(stderr, "error: the accuracy of pairs is below 0.965, or that of digits below 0.97\n");
  return good ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
