// SPDX-License-Identifier: BSL-1.0
// random_model SEED FILE: a model of random layers, with skips and branches, as `Trainer::save` writes
// models.
#include <etch/layers/layers.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <etch/model/declare/hash.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <runtime/host/files/model_file.hpp>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace etch;

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed), g_(false, &notes_) { g_.trace_at_run_time(); }

  void make() {
    const int height = 4 + below(5), width = 4 + below(5);
    Tensor x = g_.input({height, width, 1 + below(4)});
    // Not a permutation: read as ONNX, the input would have that order instead.
    x = Conv2D{.filters = 2 + below(3), .kernel_size = 3, .padding = same}(x);
    for (int i = 3 + below(5); i > 0; --i) x = below(4) == 0 ? branch(x) : image_layer(x);
    x = below(2) == 0 ? Flatten{}(x) : GlobalAveragePooling2D{}(x);
    if (below(3) == 0) x = sequence(x);
    if (below(2) == 0) x = LayerNormalization{.epsilon = 1e-4f}(x);
    x = Dense{4 + below(5), function()}(x);
    g_.output(Softmax{}(Dense{.units = 3, .use_bias = below(2) == 0, .name = "scores"}(x)));
    g_.finish(0);
  }

  void save(const char* path) {
    std::vector<std::string> names;
    std::vector<std::vector<float>> numbers;
    std::vector<host::ModelTensor> tensors;
    for (int p = 0; p < g_.graph.parameters.count; ++p) {
      names.emplace_back(static_cast<std::size_t>(etch::detail::length_of_parameter(notes_, p)), ' ');
      etch::detail::TextWriter writer{names.back().data()};
      etch::detail::put_parameter(writer, notes_, p);
      numbers.push_back(weights_of(g_.graph.parameters[p]));
    }
    for (int p = 0; p < g_.graph.parameters.count; ++p) {
      const Shape& shape = g_.graph.parameters.item[p].shape;
      host::ModelTensor tensor;
      tensor.name = names[static_cast<std::size_t>(p)];
      tensor.shape = {shape.dim.data(), static_cast<std::size_t>(shape.rank)};
      tensor.data = std::as_writable_bytes(std::span(numbers[static_cast<std::size_t>(p)]));
      tensors.push_back(tensor);
    }
    const std::string text = graph_text(g_.graph);
    host::save_model_file(path, {structure_hash(g_.graph), 0, "", text}, tensors, nullptr);
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

  ActivationKind function() {
    constexpr ActivationKind kinds[]{linear, relu, sigmoid, ActivationKind::tanh, ActivationKind::silu};
    return kinds[below(5)];
  }

  /// A layer that keeps height and width.
  Tensor same_size(const Tensor& x) {
    switch (below(5)) {
      case 0:
        return BatchNormalization{.epsilon = 1e-2f, .scale = below(2) == 0}(x);
      case 1:
        return DepthwiseConv2D{
            .kernel_size = {1 + below(3), 3}, .padding = same, .activation = function()}(x);
      case 2:
        return LeakyReLU{.negative_slope = 0.125f}(x);
      case 3:
        return PReLU{.shared_axes = {1, 2}}(x);
      default:
        return Conv2D{
            .filters = 1 + below(6), .kernel_size = 1 + below(3), .padding = same, .activation = function()}(
            x);
    }
  }

  Tensor image_layer(const Tensor& x) {
    const bool large = x.shape[0] > 3 && x.shape[1] > 3;
    switch (large ? below(7) : 6) {
      case 0:
        return MaxPooling2D{.pool_size = 2, .padding = below(2) == 0 ? same : valid}(x);
      case 1:
        return AveragePooling2D{.pool_size = 3, .strides = {1, 2}, .padding = same}(x);
      case 2:
        return ZeroPadding2D{{{1, 0}, {0, 2}}}(x);
      case 3:
        return Cropping2D{{{0, 1}, {1, 0}}}(x);
      case 4:
        return Conv2DTranspose{.filters = 2, .kernel_size = 3, .strides = 2, .padding = same}(x);
      case 5:
        return Permute{{2, 1, 3}}(x);
      default:
        return same_size(x);
    }
  }

  Tensor branch(const Tensor& x) {
    Tensor y = Conv2D{.filters = x.shape.last(), .kernel_size = 3, .padding = same, .use_bias = false}(x);
    y = BatchNormalization{}(y);
    switch (below(4)) {
      case 0:
        return Concatenate{}(x, y);
      case 1:
        return Multiply{}(x, Activation{sigmoid}(y));
      case 2:
        return Maximum{}(y, x);
      default:
        return ReLU{}(Add{}(x, y));
    }
  }

  Tensor sequence(const Tensor& x) {
    const Tensor steps = RepeatVector{3}(x);
    if (below(2) == 0) return LSTM{.units = 3 + below(3), .go_backwards = below(2) == 0}(steps);
    return SimpleRNN{4}(GRU{.units = 3, .return_sequences = true, .reset_after = below(2) == 0}(steps));
  }

  std::vector<float> weights_of(const Parameter& parameter) {
    std::vector<float> numbers(static_cast<std::size_t>(parameter.shape.size()));
    for (float& x : numbers)
      x = static_cast<float>(below(2001)) / 2000.0f - (parameter.trainable ? 0.5f : 0.0f);
    return numbers;
  }

  std::mt19937 random_;
  Notes notes_;
  Builder g_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 1;
  const auto maker = std::make_unique<Maker>(static_cast<unsigned>(std::atoi(arguments[1])));
  maker->make();
  maker->save(arguments[2]);
}
