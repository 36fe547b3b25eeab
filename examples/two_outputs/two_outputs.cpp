// SPDX-License-Identifier: BSL-1.0
#include "examples/two_outputs/two_outputs_model.hpp"

#include <etch/etch.hpp>
#include <runtime/host/data/mnist.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

namespace {

using namespace etch;

constexpr int side = 28;
constexpr std::size_t pixels = side * side;

/// The mean width of the strokes in pixels: twice their area by the length of their edge.
float thickness(const std::uint8_t* image) {
  const auto ink = [&](int y, int x) {
    return y >= 0 && y < side && x >= 0 && x < side && image[y * side + x] >= 128;
  };
  int area = 0, edge = 0;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      if (!ink(y, x)) continue;
      ++area;
      edge += !ink(y - 1, x) + !ink(y + 1, x) + !ink(y, x - 1) + !ink(y, x + 1);
    }
  return edge > 0 ? 2.0f * static_cast<float>(area) / static_cast<float>(edge) : 0.0f;
}

struct Split {
  const host::ImageSet& images;
  std::vector<float> thick{};
  explicit Split(const host::ImageSet& from) : images(from) {
    for (std::size_t i = 0; i < from.labels.size(); ++i)
      thick.push_back(thickness(from.images.data() + i * pixels));
  }
  Dataset set() const {
    return {std::span<const std::uint8_t>(images.images),
            {Labels(std::span<const std::uint8_t>(images.labels)), Labels(std::span<const float>(thick))}};
  }
};

}  // namespace

int main() try {
  const char* asked = std::getenv("ETCH_EPOCHS");
  const int epochs = asked ? std::atoi(asked) : 4;
  if (epochs < 1) throw Error("ETCH_EPOCHS must be a number of epochs, at least 1");
  const host::Mnist data = host::load_mnist({.download = true, .draw_if_missing = true});
  std::printf("data: %s\n", data.source.c_str());
  const Split train(data.train), test(data.test);

  auto model = compile<reader>(Adam{},
                               hana::make_tuple(output<"digit">(SparseCategoricalCrossentropy{}),
                                                output<"thickness">(Huber{.delta = 0.5f}, 2.0f)),
                               hana::make_tuple(output<"digit">(Accuracy{}, TopKCategoricalAccuracy{.k = 2}),
                                                output<"thickness">(MeanAbsoluteErrorMetric{}, R2Score<>{})),
                               batch<32>);
  model.summary();
  const Dataset validation = test.set();
  const History history = model.fit(train.set(), {.epochs = epochs, .validation = &validation});

  for (const char* name :
       {"val_digit_loss", "val_digit_accuracy", "val_digit_top_k_categorical_accuracy", "val_thickness_loss",
        "val_thickness_mean_absolute_error", "val_thickness_r2_score"})
    std::printf("%-38s %.4f\n", name, static_cast<double>(history.get(name)));
  std::vector<float> digits(10 * test.thick.size()), widths(test.thick.size());
  model.predict(validation, digits, widths);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto row = digits.begin() + static_cast<std::ptrdiff_t>(10 * i);
    std::printf("image %zu: digit %d (is %d), strokes of %.2f pixels (are %.2f)\n", i,
                static_cast<int>(std::max_element(row, row + 10) - row), data.test.labels[i],
                static_cast<double>(widths[i]), static_cast<double>(test.thick[i]));
  }
  const bool good =
      !data.real || epochs < 4 ||
      (history.get("val_digit_accuracy") >= 0.975f && history.get("val_thickness_r2_score") >= 0.93f);
  if (!good)
    std::fprintf(stderr, "error: the digits' accuracy is below 0.975, or the thickness's R2 below 0.93\n");
  return good ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
