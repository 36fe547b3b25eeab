// Eigen matrices as data, results and weights of a network.
#include <etch/etch.hpp>

#include <Eigen/Core>
#include <cstdio>
#include <exception>

namespace {

constexpr int samples = 256;

/// Rows are samples: Etch's order, and not Eigen's default.
template <int Columns>
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Columns, Eigen::RowMajor>;

inline constexpr auto network = etch::sequential(etch::Input{3}, etch::Dense{2});

template <class Matrix>
std::span<const float> numbers_of(const Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

}  // namespace

int main() try {
  std::srand(1);  // what Eigen draws from
  const Rows<3> x = Rows<3>::Random(samples, 3);
  Rows<2> true_kernel(3, 2);
  true_kernel << 1, -2, 0.5f, 0.25f, -1, 3;
  const Rows<2> y = x * true_kernel;

  auto model = etch::compile<network>(etch::Adam{.learning_rate = 0.05f}, etch::MeanSquaredError{});
  model.fit({numbers_of(x), numbers_of(y)}, {.epochs = 60, .silent = true});

  Rows<2> results(samples, 2);
  model.predict(numbers_of(x), std::span<float>(results.data(), static_cast<std::size_t>(results.size())));

  const etch::LayerView dense = model.get_layer("dense");
  const Eigen::Map<const Rows<2>> kernel(dense.weights[0].data(), 3, 2);
  const Eigen::Map<const Eigen::RowVector2f> bias(dense.weights[1].data());
  for (int row = 0; row < 3; ++row)
    std::printf("learned %7.3f %7.3f   true %7.3f %7.3f\n", static_cast<double>(kernel(row, 0)),
                static_cast<double>(kernel(row, 1)), static_cast<double>(true_kernel(row, 0)),
                static_cast<double>(true_kernel(row, 1)));
  const Rows<2> product = (x * kernel).rowwise() + bias;
  const float difference = (product - results).cwiseAbs().maxCoeff();
  std::printf("largest difference of the results: %g\n", static_cast<double>(difference));
  const bool same = difference < 1e-5f;
  std::puts(same ? "the same" : "not the same");
  return same ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
