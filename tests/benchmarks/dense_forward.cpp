// SPDX-License-Identifier: BSL-1.0
// The forward pass of dense layers, with weights that are copied for many rows and with weights in their
// place: the best of rounds by turns. Both have the same bits, or the program stops.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <runtime/kernels/vector/dense.hpp>
#include <vector>

namespace {

using namespace etch::kernels;

template <class T>
std::vector<T> numbers(int n) {
  std::vector<T> all(static_cast<std::size_t>(n));
  std::uint32_t state = 1;
  for (T& x : all) {
    state = state * 1664525U + 1013904223U;
    x = T(static_cast<float>(state >> 8) / 16777216.0f - 0.5f);
  }
  return all;
}

template <class F>
void keep_best(double& best, const F& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}

template <class T>
void measure(const char* numerics, int in, int out, int rows) {
  const DenseForward d{in, out, 1, 1, etch::ActivationKind::linear};
  const auto x = numbers<T>(rows * in), w = numbers<T>(in * out), b = numbers<T>(out);
  auto y = numbers<T>(rows * out), other = y;
  double chosen = 1, in_place = 1;
  for (int round = 0; round < 40; ++round) {
    keep_best(chosen, [&] { vector::dense_forward<T>(d, rows, x.data(), w.data(), b.data(), y.data()); });
    keep_best(in_place, [&] {
      vector::dense_forward_columns<T>(d, out, rows, {0, in}, x.data(), w.data(), b.data(), other.data());
    });
  }
  if (std::memcmp(y.data(), other.data(), y.size() * sizeof(T)) != 0) {
    std::puts("DIFFERENT");
    std::exit(EXIT_FAILURE);
  }
  std::printf("%s %d to %d, %d rows: %s %.0f us, %.1f GMAC/s; in place %.0f us, ratio %.2f\n", numerics, in,
              out, rows, vector::packs_weights(d, rows) ? "copied" : "the same", 1e6 * chosen,
              1e-9 * in * out * rows / chosen, 1e6 * in_place, chosen / in_place);
}

}  // namespace

int main() {
  for (const int rows : {32, 256}) {
    measure<float>("separate", 1024, 1024, rows);
    measure<FusedFloat>("fused", 1024, 1024, rows);
  }
  measure<float>("separate", 784, 128, 32);
}
