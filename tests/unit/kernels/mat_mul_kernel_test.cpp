// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <random>
#include <runtime/kernels/portable/mat_mul.hpp>
#include <vector>

namespace {

using etch::kernels::MatMul;
using Floats = std::vector<float>;

Floats random_floats(int n, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> number(-2, 2);
  Floats result(static_cast<std::size_t>(n));
  for (float& x : result) x = number(generator);
  return result;
}

/// One group's element of op(matrix), by the definition of a transposed operand.
float element(const Floats& all, int group, int rows, int columns, bool transposed, int i, int j) {
  const int at = group * rows * columns + (transposed ? j * rows + i : i * columns + j);
  return all[static_cast<std::size_t>(at)];
}

TEST_CASE("matrix multiplication equals the loops of its definition bit for bit", "[mat_mul]") {
  for (const int m : {1, 3, 9})
    for (const int n : {1, 7, 8, 17})
      for (const int k : {1, 5})
        for (const int form : {0, 1, 2, 3}) {
          const MatMul d{2, m, n, k, form & 1, form >> 1, 0.375f};
          const int rows = 3, groups = rows * d.groups;
          INFO(m << " " << n << " " << k << " form " << form);
          const Floats a = random_floats(groups * m * k, 1), b = random_floats(groups * k * n, 2);
          const Floats dy = random_floats(groups * m * n, 3);
          Floats y(dy.size()), da(a.size()), db(b.size());
          etch::kernels::mat_mul(d, rows, a.data(), b.data(), y.data());
          etch::kernels::mat_mul_backward(d, rows, dy.data(), a.data(), b.data(), da.data(), db.data());
          const auto at_a = [&](const Floats& v, int g, int i, int l) {
            return element(v, g, m, k, d.transpose_a != 0, i, l);
          };
          const auto at_b = [&](const Floats& v, int g, int l, int j) {
            return element(v, g, k, n, d.transpose_b != 0, l, j);
          };
          for (int g = 0; g < groups; ++g) {
            for (int i = 0; i < m; ++i)
              for (int j = 0; j < n; ++j) {
                float sum = 0;
                for (int l = 0; l < k; ++l) sum += at_a(a, g, i, l) * at_b(b, g, l, j);
                REQUIRE(element(y, g, m, n, false, i, j) == 0.375f * sum);
              }
            for (int l = 0; l < k; ++l) {
              for (int i = 0; i < m; ++i) {
                float sum = 0;
                for (int j = 0; j < n; ++j) sum += element(dy, g, m, n, false, i, j) * at_b(b, g, l, j);
                REQUIRE(at_a(da, g, i, l) == 0.375f * sum);
              }
              for (int j = 0; j < n; ++j) {
                float sum = 0;
                for (int i = 0; i < m; ++i) sum += at_a(a, g, i, l) * element(dy, g, m, n, false, i, j);
                REQUIRE(at_b(db, g, l, j) == 0.375f * sum);
              }
            }
          }
        }
}

}  // namespace
