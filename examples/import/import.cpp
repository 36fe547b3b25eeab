// SPDX-License-Identifier: BSL-1.0
// import WEIGHTS FOLDER: a model of ten digits that Keras trained learns to tell odd ones, by a new head.
#include <etch/etch.hpp>
#include <runtime/host/data/mnist.hpp>

#include <cstdio>
#include <fstream>

using namespace etch;

/// As `etch convert` declares it, its features frozen; the head was `Dense{10, softmax}`.
inline constexpr auto parity =
    sequential(Input{28, 28, 1}, frozen(Conv2D{.filters = 32, .kernel_size = 3, .activation = relu}),
               MaxPooling2D{}, frozen(Conv2D{.filters = 64, .kernel_size = 3, .activation = relu}),
               MaxPooling2D{}, Flatten{}, Dense{.units = 2, .activation = softmax, .name = "parity"});

Dataset odd_or_even(host::ImageSet& of, std::size_t count) {
  for (std::uint8_t& label : of.labels) label &= 1;
  return {Samples(std::span<const std::uint8_t>(of.images).first(count * 28 * 28)),
          Labels(std::span<const std::uint8_t>(of.labels).first(count))};
}

int main(int count, char** arguments) try {
  if (count != 3) throw Error("give the weights that `etch convert` wrote, and a folder to write to");
  host::Mnist digits = host::load_mnist({.download = true});
  const Dataset train = odd_or_even(digits.train, 6000), unseen = odd_or_even(digits.test, 10000);
  auto model =
      compile<parity>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<32>);
  std::printf("%d arrays of weights are the Keras model's\n", load_weights_by_name(model, arguments[1]));
  std::printf("accuracy on 10,000 images that it never saw, before: %.4f\n",
              model.evaluate(unseen)["accuracy"]);
  model.fit(train, {.epochs = 2});
  std::printf("and after: %.4f\n", model.evaluate(unseen)["accuracy"]);
  model.save((std::string(arguments[2]) + "/parity.safetensors").c_str());
  std::ofstream test(std::string(arguments[2]) + "/test.bin");  // 100 images, and whether each is odd
  test.write(reinterpret_cast<char*>(digits.test.images.data()), 100 * 28 * 28);
  test.write(reinterpret_cast<char*>(digits.test.labels.data()), 100);
} catch (const std::exception& error) {
  return std::fprintf(stderr, "error: %s\n", error.what()), 1;
}
