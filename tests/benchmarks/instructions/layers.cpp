// SPDX-License-Identifier: BSL-1.0
// Layers by themselves, for counting instructions: layers NAME ROUNDS, or without arguments a line of each
// name, its multiply-adds a round and the lanes of a vector.
#include <etch/etch.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

void etch::fail(const char* sentence) {
  std::fprintf(stderr, "%s\n", sentence);
  std::abort();
}

namespace {

using namespace etch;

inline constexpr auto dense = sequential(Input{256}, Dense{256});
inline constexpr auto convolution =
    sequential(Input{16, 16, 16}, Conv2D{.filters = 32, .kernel_size = 3, .padding = same});
inline constexpr auto lstm = sequential(Input{16, 64}, LSTM{64});
template <const auto& Layer>
inline constexpr auto fused = with_numerics(Numerics::fused, Layer);

/// Predictions of `rows` samples; a round more is that many more.
template <const auto& Layer, int Rows>
void predict(int rounds) {
  static auto model = compile<Layer>(SGD{}, MeanSquaredError{}, {}, batch<Rows>);
  std::vector<float> x(model.input().size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 17) / 17.0f - 0.5f;
  std::vector<float> y(static_cast<std::size_t>(model.output_elements * Rows));
  for (int r = 0; r < rounds; ++r) model.predict(std::span<const float>(x), std::span<float>(y));
}

struct Work {
  const char* name;
  void (*run)(int rounds);
  int macs;
};
constexpr Work works[]{
    {"dense", predict<dense, 32>, 32 * 256 * 256},
    {"dense_fused", predict<fused<dense>, 32>, 32 * 256 * 256},
    {"convolution", predict<convolution, 1>, 16 * 16 * 9 * 16 * 32},
    {"convolution_fused", predict<fused<convolution>, 1>, 16 * 16 * 9 * 16 * 32},
    {"lstm", predict<lstm, 8>, 8 * 16 * 4 * 64 * 128},
    {"lstm_fused", predict<fused<lstm>, 8>, 8 * 16 * 4 * 64 * 128},
};

}  // namespace

int main(int count, char** arguments) {
  for (const Work& work : works) {
    if (count < 3) std::printf("%s %d %d\n", work.name, work.macs, etch::kernels::register_floats);
    if (count == 3 && std::strcmp(arguments[1], work.name) == 0) work.run(std::atoi(arguments[2]));
  }
  return 0;
}
