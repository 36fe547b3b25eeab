// SPDX-License-Identifier: BSL-1.0
// same_results FILE FILE: the largest difference between the results of two files of one model on random
// samples.
#include <codegen/formats/model_formats.hpp>
#include <codegen/model/constant_array.hpp>
#include <codegen/model/model_session.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <random>

namespace {

using namespace etch;

constexpr double most = 1e-5;  // of results of 1

double difference(const host::ImportedModel& first, const host::ImportedModel& second) {
  host::ModelSession a(first), b(second);
  std::mt19937 random(5);
  double largest = 0;
  for (int sample = 0; sample < 3; ++sample) {
    std::vector<std::vector<float>> inputs;
    std::vector<std::span<const std::byte>> bytes;
    for (int k = 0; k < a.inputs(); ++k) {
      inputs.emplace_back(a.input_bytes(k) / sizeof(float));
      for (float& x : inputs.back()) x = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
    }
    for (const auto& input : inputs) bytes.push_back(std::as_bytes(std::span(input)));
    a.run(bytes);
    b.run(bytes);
    for (int k = 0; k < a.outputs(); ++k) {
      const auto x = host::numbers_in<float>(a.output(k)), y = host::numbers_in<float>(b.output(k));
      if (x.size() != y.size()) return INFINITY;
      for (std::size_t i = 0; i < x.size(); ++i)
        largest = std::max(largest, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])) /
                                        std::max(1.0, std::abs(static_cast<double>(x[i]))));
    }
  }
  return largest;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 1;
  try {
    const double d = difference(host::read_model(arguments[1]), host::read_model(arguments[2]));
    std::printf("largest difference %g\n", d);
    return d <= most ? 0 : 1;
  } catch (const std::exception& mistake) {
    std::printf("%s\n", mistake.what());
    return 1;
  }
}
