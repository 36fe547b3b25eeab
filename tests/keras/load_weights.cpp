// SPDX-License-Identifier: BSL-1.0
// Loads a file of Keras into a declared model and predicts: load_weights FILE SAMPLES RESULTS, raw floats.
// Called by load_weights.py.
#include <etch/etch.hpp>
#include <runtime/host/error.hpp>

#include <fstream>
#include <iostream>

namespace {

using namespace etch;

constexpr auto declared = functional([](Builder& g) {
  Tensor x = g.input({6, 3});
  x = Conv1D{.filters = 4, .kernel_size = 3, .padding = same, .name = "front"}(x);
  x = ReLU{}(BatchNormalization{}(x));
  x = Bidirectional<LSTM>{LSTM{.units = 3}}(x);
  x = Dense{.units = 6, .activation = relu, .name = "hidden"}(x);
  return Dense{.units = 6}(x);
});

constexpr int rows = 2;
using Model = Trainer<declared, Adam, MeanSquaredError, hana::tuple<>, rows>;

std::vector<float> floats_in(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<float> numbers(static_cast<std::size_t>(file.tellg()) / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(numbers.data()),
            static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  return numbers;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  static Model::Storage storage;
  Model model(storage, {}, {}, 5);
  try {
    model.load_weights(argv[1]);
  } catch (const Error& mistake) {
    std::cerr << mistake.what() << '\n';
    return 1;
  }
  const std::vector<float> x = floats_in(argv[2]);
  std::vector<float> y(x.size() / 18 * 6);
  model.predict(x, y);
  std::ofstream(argv[3], std::ios::binary)
      .write(reinterpret_cast<const char*>(y.data()), static_cast<std::streamsize>(y.size() * sizeof(float)));
  return 0;
}
