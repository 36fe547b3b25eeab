// SPDX-License-Identifier: BSL-1.0
// Attention against its formula in double, with masks, and its gradients.
#include <cmath>
#include <codegen/testing/check_gradient.hpp>
#include <etch/model/declare/model_notes.hpp>

#include "layer_values.hpp"

namespace {

using namespace etch;
using Matrix = std::vector<std::vector<double>>;

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix y(a.size(), std::vector<double>(b[0].size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < b.size(); ++k)
      for (std::size_t j = 0; j < b[0].size(); ++j) y[i][j] += a[i][k] * b[k][j];
  return y;
}

/// softmax(scale q k^T) v where `sees(i, j)`.
template <class Sees>
Matrix attend(const Matrix& q, const Matrix& k, const Matrix& v, double scale, Sees sees) {
  Matrix shares(q.size(), std::vector<double>(k.size()));
  for (std::size_t i = 0; i < q.size(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < k.size(); ++j) {
      double score = 0;
      for (std::size_t d = 0; d < q[i].size(); ++d) score += q[i][d] * k[j][d];
      sum += shares[i][j] = sees(i, j) ? std::exp(scale * score) : 0;
    }
    for (double& share : shares[i]) share /= sum;
  }
  return product(shares, v);
}

constexpr auto all = [](std::size_t, std::size_t) { return true; };
constexpr auto earlier = [](std::size_t i, std::size_t j) { return j <= i; };

std::vector<double> flat(const Matrix& m) {
  std::vector<double> y;
  for (const auto& row : m) y.insert(y.end(), row.begin(), row.end());
  return y;
}
std::vector<float> numbers(const Matrix& m) {
  std::vector<float> y;
  for (double v : flat(m)) y.push_back(static_cast<float>(v));
  return y;
}

/// A matrix [rows][columns] read from an array with strides, plus a bias a column.
Matrix read(const std::vector<float>& w, std::size_t rows, std::size_t columns, std::size_t first,
            std::size_t stride) {
  Matrix m(rows, std::vector<double>(columns));
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) m[i][j] = static_cast<double>(w[first + i * stride + j]);
  return m;
}
Matrix plus(Matrix m, const std::vector<float>& bias, std::size_t first) {
  for (auto& row : m)
    for (std::size_t j = 0; j < row.size(); ++j) row[j] += static_cast<double>(bias[first + j]);
  return m;
}

const Matrix query{{0.5, -1}, {2, 0.25}, {-0.75, 1}};
const Matrix key{{1, 0.5}, {-1, 2}, {0.25, -0.5}, {1.5, 1}};
const Matrix value{{1, 2, 3}, {-1, 0, 1}, {4, -2, 0.5}, {0, 1, -1}};

/// What MultiHeadAttention computes, head by head, with the weights of a network.
Matrix multi_head(LayerValues& net, const Matrix& q, const Matrix& k, const Matrix& v, std::size_t heads,
                  std::size_t key_dim, std::size_t value_dim, std::size_t out, bool causal) {
  Matrix y(q.size(), std::vector<double>(out));
  const auto sees = [&](std::size_t i, std::size_t j) { return !causal || j <= i; };
  for (std::size_t h = 0; h < heads; ++h) {
    const auto projected = [&](const Matrix& x, int at, std::size_t width) {
      const Matrix w = read(net.parameter(at), x[0].size(), width, h * width, heads * width);
      return plus(product(x, w), net.parameter(at + 1), h * width);
    };
    const Matrix a = attend(projected(q, 0, key_dim), projected(k, 2, key_dim), projected(v, 4, value_dim),
                            1 / std::sqrt(static_cast<double>(key_dim)), sees);
    const Matrix part = product(a, read(net.parameter(6), value_dim, out, h * value_dim * out, out));
    for (std::size_t i = 0; i < y.size(); ++i)
      for (std::size_t j = 0; j < out; ++j) y[i][j] += part[i][j];
  }
  return plus(y, net.parameter(7), 0);
}

template <class Define>
void check(const char* what, const Define& define) {
  for (const int rows : {1, 3}) {
    INFO(what << ", rows " << rows);
    CHECK(check_gradient(define, {.rows = rows}) <= 1e-5);
  }
}

inline constexpr auto named = functional([](Builder& g) {
  const Tensor x = g.input({4, 6});
  return MultiHeadAttention{2, 3}(x, x);
});

}  // namespace

TEST_CASE("Attention follows its formula", "[attention]") {
  LayerValues three([](Builder& g) {
    const Tensor q = g.input({3, 2}), v = g.input({4, 3}), k = g.input({4, 2});
    return Attention{}(q, v, k);
  });
  CHECK(three.parameters() == 0);
  check_close(three({numbers(query), numbers(value), numbers(key)}), flat(attend(query, key, value, 1, all)));
  LayerValues two([](Builder& g) {
    const Tensor q = g.input({3, 2}), v = g.input({4, 2});
    return Attention{.use_scale = true}(q, v);
  });
  CHECK(two.parameter(0) == std::vector<float>{1});
  two.set(0, {0.5f});
  check_close(two({numbers(query), numbers(key)}), flat(attend(query, key, key, 0.5, all)));
  LayerValues causal([](Builder& g) {
    const Tensor q = g.input({3, 2}), v = g.input({4, 2});
    return Attention{.use_causal_mask = true}(q, v);
  });
  check_close(causal({numbers(query), numbers(key)}), flat(attend(query, key, key, 1, earlier)));
}

TEST_CASE("Attention leaves out masked values and gives 0 for masked queries", "[attention]") {
  const auto define = [](Builder& g) {
    const Tensor q = Masking{}(g.input({3, 2})), v = Masking{}(g.input({4, 2}));
    return Attention{}(q, v);
  };
  Matrix q = query, v = key;
  q[1] = {0, 0};
  v[0] = v[3] = {0, 0};
  auto expected = attend(q, v, v, 1, [](std::size_t, std::size_t j) { return j == 1 || j == 2; });
  expected[1] = {0, 0};
  check_close(LayerValues(define)({numbers(q), numbers(v)}), flat(expected));
  const std::vector<float> nothing(8, 0.0f);
  check_close(LayerValues(define)({numbers(query), nothing}), std::vector<double>(6, 0.0));
}

TEST_CASE("MultiHeadAttention follows its formula, with Keras's weights", "[attention]") {
  LayerValues self([](Builder& g) {
    const Tensor x = g.input({3, 2});
    return MultiHeadAttention{2, 3}(x, x);
  });
  REQUIRE(self.parameters() == 8);
  for (int k = 1; k < 8; k += 2) CHECK(self.parameter(k) == std::vector<float>(k == 7 ? 2 : 6, 0.0f));
  self.set(1, {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f});
  self.set(7, {1, -1});
  check_close(self({numbers(query)}), flat(multi_head(self, query, query, query, 2, 3, 3, 2, false)), 4e-6);
  LayerValues cross([](Builder& g) {
    const Tensor q = g.input({3, 2}), v = g.input({4, 3}), k = g.input({4, 2});
    return MultiHeadAttention{
        .num_heads = 3, .key_dim = 2, .value_dim = 4, .output_dim = 5, .use_causal_mask = true}(q, v, k);
  });
  CHECK(cross.shape == Shape{3, 5});
  check_close(cross({numbers(query), numbers(value), numbers(key)}),
              flat(multi_head(cross, query, key, value, 3, 2, 4, 5, true)), 4e-6);
  LayerValues bare([](Builder& g) {
    const Tensor x = g.input({3, 2});
    return MultiHeadAttention{.num_heads = 1, .key_dim = 2, .use_bias = false}(x, x);
  });
  CHECK(bare.parameters() == 4);
}

TEST_CASE("a padded sequence gives what the sequence without padding gives", "[attention]") {
  const auto define = [](int time) {
    return [time](Builder& g) {
      const Tensor x = Masking{}(g.input({time, 2}));
      return MultiHeadAttention{2, 3}(x, x);
    };
  };
  const std::vector<float> whole = LayerValues(define(3))({numbers(query)});
  Matrix longer = query;
  longer.resize(5, {0, 0});
  std::vector<float> padded = LayerValues(define(5))({numbers(longer)});
  padded.resize(whole.size());
  check_close(padded, {whole.begin(), whole.end()});
}

TEST_CASE("the weights of MultiHeadAttention have Keras's names and shapes", "[attention]") {
  constexpr auto& g = graph<named>;
  static_assert(g.parameters.count == 8);
  static_assert(g.parameters[0].shape == Shape{6, 2, 3} && g.parameters[1].shape == Shape{2, 3});
  static_assert(g.parameters[6].shape == Shape{2, 3, 6} && g.parameters[7].shape == Shape{6});
  // A matrix of 6 columns to 2 heads of 3, and back.
  static_assert(g.parameters[0].fan_in == 6 && g.parameters[0].fan_out == 6);
  static_assert(g.parameters[6].fan_in == 6 && g.parameters[6].fan_out == 6);
  auto notes = std::make_unique<Notes>();
  auto builder = std::make_unique<Builder>(false, notes.get());
  trace_at_run_time(named, *builder);
  const auto name = [&](int k) {
    return std::string(notes->path(notes->parameter_path[k])) + "/" + notes->parameter_name[k];
  };
  CHECK(name(0) == "multi_head_attention/query/kernel");
  CHECK(name(5) == "multi_head_attention/value/bias");
  CHECK(name(7) == "multi_head_attention/attention_output/bias");
}

TEST_CASE("the kernels of MultiHeadAttention begin as those of a dense layer of all heads", "[attention]") {
  const auto fans = [](MultiHeadAttention layer, int k) {
    auto g = std::make_unique<Builder>(false);
    const Tensor query = g->input({3, 64}), value = g->input({4, 24});
    layer(query, value);
    return std::pair{g->graph.parameters[k].fan_in, g->graph.parameters[k].fan_out};
  };
  using Fans = std::pair<int, int>;
  const MultiHeadAttention layer{.num_heads = 4, .key_dim = 16, .value_dim = 5, .output_dim = 7};
  CHECK(fans(layer, 0) == Fans{64, 64});
  CHECK(fans(layer, 2) == Fans{24, 64});
  CHECK(fans(layer, 4) == Fans{24, 20});
  CHECK(fans(layer, 6) == Fans{20, 7});

  // 64 to 4 heads of 16: uniform up to sqrt(6 / 128) = 0.2165, as Keras since its issue 22789.
  LayerValues attention([](Builder& g) {
    const Tensor x = g.input({2, 64});
    return MultiHeadAttention{.num_heads = 4, .key_dim = 16}(x, x);
  });
  for (const int kernel : {0, 2, 4, 6}) {
    float largest = 0;
    for (const float w : attention.parameter(kernel)) largest = std::max(largest, std::abs(w));
    CHECK(largest <= 0.2165064f);
    CHECK(largest > 0.215f);
  }
}

TEST_CASE("gradients of attention", "[attention][gradient]") {
  check("Attention", [](Builder& g) {
    const Tensor q = g.input({3, 2}), v = g.input({4, 3}), k = g.input({4, 2});
    return Attention{.use_scale = true}(q, v, k);
  });
  check("self attention", [](Builder& g) {
    const Tensor x = g.input({4, 3});
    return Attention{}(x, x);
  });
  check("causal", [](Builder& g) {
    const Tensor q = g.input({3, 2}), v = g.input({4, 2});
    return Attention{.use_scale = true, .use_causal_mask = true}(q, v);
  });
  check("masked", [](Builder& g) {
    const Tensor v = Masking{}(g.input({4, 2}));
    return Attention{}(g.input({3, 2}), v);
  });
  check("heads", [](Builder& g) {
    const Tensor x = g.input({3, 4});
    return MultiHeadAttention{2, 3}(x, x);
  });
  check("heads across, causal", [](Builder& g) {
    const Tensor q = g.input({3, 2}), v = g.input({4, 3}), k = g.input({4, 2});
    return MultiHeadAttention{
        .num_heads = 2, .key_dim = 2, .value_dim = 3, .output_dim = 5, .use_causal_mask = true}(q, v, k);
  });
  check("without bias, with dropout", [](Builder& g) {
    const Tensor x = g.input({3, 4});
    return MultiHeadAttention{.num_heads = 1, .key_dim = 3, .dropout = 0.3f, .use_bias = false}(x, x);
  });
  check("a layer called twice", [](Builder& g) {
    MultiHeadAttention heads{2, 2};
    const Tensor x = g.input({3, 4}), y = heads(x, x);
    return heads(y, x);
  });
  check("a transformer block", [](Builder& g) {
    const Tensor x = g.input({3, 4});
    const Tensor a = LayerNormalization{}(Add{}(x, MultiHeadAttention{2, 2}(x, x)));
    const Tensor b = Dense{.units = 6, .activation = ActivationKind::gelu, .allow_axes = true}(a);
    return LayerNormalization{}(Add{}(a, Dense{.units = 4, .allow_axes = true}(b)));
  });
}
