// SPDX-License-Identifier: BSL-1.0
// Layers whose steps depend on the shape that they are called on.
#include <codegen/formats/keras/build.hpp>
#include <codegen/formats/keras/factories.hpp>
#include <etch/layers/layers.hpp>
#include <runtime/host/quoted.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::keras {
namespace {

/// Numbers of a configuration, or of the file's weights.
std::vector<float> numbers_of(KerasConfig& config, const char* key, const KerasLayerWeights* weights,
                              std::size_t at) {
  if (config.has(key)) return config.numbers_or_one(key, 0);
  if (!weights || weights->weights.size() <= at) return {0};
  return weights->weights[at].array->numbers;
}

class Normalizing {
 public:
  Normalizing(KerasConfig& config, const std::string& path, Build& build) : path_(path), build_(build) {
    const KerasLayerWeights* weights = build.weights_of(path);
    adapted_ = config.has("mean") == config.has("variance") && (config.has("mean") || weights || build.looks);
    mean_ = numbers_of(config, "mean", weights, 0);
    variance_ = numbers_of(config, "variance", weights, 1);
    if (config.has("axis")) axes_ = config.integers_or_one("axis", -1);
    invert_ = config.boolean("invert", false);
    if (!adapted_) config.fail("it has no mean and variance", "adapt it before the model is saved");
    if (mean_.size() != variance_.size())
      config.fail("it has not as many means as variances", "save the model again");
  }

  Tensor operator()(const Tensor& x) {
    const int kept = outer_axes(x.shape);
    Shape flat;
    int channels = 1;
    for (int axis = 0; axis < x.shape.rank; ++axis) {
      if (axis < kept)
        flat.append(x.shape[axis]);
      else
        channels *= x.shape[axis];
    }
    if (mean_.size() != 1 && static_cast<int>(mean_.size()) != channels)
      fail("has " + std::to_string(mean_.size()) + " means; it takes " + std::to_string(channels));
    flat.append(channels);
    Tensor y = normalized(etch::detail::reshaped(x, flat));
    return etch::detail::reshaped(y, x.shape);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error("layer " + in_quotes(path_) + " (Normalization) " + what);
  }

  /// How many axes lie before those that have numbers of their own, which have to be the last.
  int outer_axes(const Shape& shape) const {
    std::vector<int> axes;
    for (const int axis : axes_) axes.push_back(axis < 0 ? axis + shape.rank : axis - 1);
    std::ranges::sort(axes);
    for (std::size_t i = 0; i < axes.size(); ++i)
      if (axes[i] != shape.rank - static_cast<int>(axes.size() - i)) fail("has axes that are not the last");
    return shape.rank - std::max(static_cast<int>(axes.size()), 1);
  }

  /// Few numbers are attributes of steps; many are the weights of a batch normalization.
  Tensor normalized(const Tensor& x) {
    if (mean_.size() <= etch::Numbers::capacity) {
      Normalization layer{1.0f, 1.0f, invert_};
      layer.mean.count = layer.variance.count = static_cast<int>(mean_.size());
      std::ranges::copy(mean_, layer.mean.item);
      std::ranges::copy(variance_, layer.variance.item);
      return layer(x);
    }
    if (invert_) fail("is inverted and has more than 96 numbers");
    const int first = x.builder->graph.parameters.count;
    const Tensor y = batch_(x);
    if (x.builder->graph.parameters.count > first) {
      for (float& v : variance_) v = std::max(v, 0.0f);
      add_numbers(first, "mean", mean_);
      add_numbers(first + 1, "variance", variance_);
    }
    return y;
  }

  void add_numbers(int parameter, const char* name, const std::vector<float>& numbers) {
    const auto bytes = std::as_bytes(std::span(numbers));
    build_.numbers[parameter] = {path_ + "/" + name, {bytes.begin(), bytes.end()}};
  }

  std::string path_;
  Build& build_;
  std::vector<float> mean_, variance_;
  std::vector<int> axes_;
  bool invert_ = false, adapted_ = false;
  // Keras takes a deviation of at least 1e-7.
  BatchNormalization batch_{.epsilon = 1e-14f, .center = false, .scale = false};
};

}  // namespace

Layer make_resizing(const Json& json, const std::string& path, Build& build) {
  KerasConfig config("Resizing", json.dump(), {path, build.version});
  Resizing layer{.height = config.integer("height"), .width = config.integer("width")};
  const std::string kind = config.text("interpolation", "bilinear");
  if (kind != "bilinear" && kind != "nearest")
    config.fail("its interpolation " + in_quotes(kind) + " is not known", "use bilinear or nearest");
  if (kind == "nearest") layer.interpolation = nearest;
  for (const char* key : {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"})
    if (config.boolean(key, false)) config.fail(std::string("its ") + key + " is on", "resize without it");
  config.text("fill_mode", "");  // of what is padded
  config.number("fill_value", 0);
  if (layer.height < 1 || layer.width < 1) config.fail("it has a height or width below 1", "give it pixels");
  KerasLayer turned =
      etch::detail::with_channels_last(etch::detail::one_input(config, layer), config.channels_first());
  config.finish();
  return on_one_tensor(path, [turned](const Tensor& x) { return turned({&x, 1}); });
}

Layer make_normalization(const Json& json, const std::string& path, Build& build) {
  KerasConfig config("Normalization", json.dump(), {path, build.version});
  return on_one_tensor(path, Normalizing(config, path, build));
}

}  // namespace etch::host::keras
