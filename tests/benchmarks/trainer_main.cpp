// SPDX-License-Identifier: BSL-1.0
// A program of trainer.cpp alone: what compile_time.py takes the size and the memory of.
#include <etch/etch.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

etch::Evaluation train(const etch::Dataset& data);

void etch::fail(const char* sentence) {
  std::fprintf(stderr, "%s\n", sentence);
  std::abort();
}

int main() {
  constexpr int samples = 320, pixels = 784;
  static std::uint8_t images[samples * pixels], labels[samples];
  for (int i = 0; i < samples * pixels; ++i) images[i] = static_cast<std::uint8_t>(i * 2654435761U >> 24);
  for (int i = 0; i < samples; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
  const etch::Dataset data{etch::Samples{std::span<const std::uint8_t>(images)},
                           etch::Labels{std::span<const std::uint8_t>(labels)}};
  return train(data).loss > 0 ? 0 : 1;
}
