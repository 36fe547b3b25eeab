// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/build.hpp>
#include <codegen/formats/keras/model.hpp>
#include <etch/layers/layers.hpp>
#include <runtime/host/keras/json_member.hpp>
#include <runtime/host/keras/keras_config.hpp>
#include <runtime/host/keras/keras_roles.hpp>
#include <runtime/host/quoted.hpp>

#include <algorithm>
#include <cstring>

namespace etch::host::keras {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// Layers that do something while training alone: dropout, noise, penalties, augmentation.
bool is_nothing(const std::string& name) {
  if (is_one_of(name, {"RandomCrop", "RandomApply", "RandomChoice"})) return false;
  return name.starts_with("Random") || name.ends_with("Dropout") || name.starts_with("SpatialDropout") ||
         is_one_of(name, {"GaussianNoise", "ActivityRegularization", "Identity", "MixUp", "CutMix", "AugMix",
                          "RandAugment"});
}

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error("layer " + in_quotes(path) + " " + what);
}

/// What a layer computes in. Names of types that only say how weights are stored are as float32.
void check_type(const Json& config, const std::string& path) {
  const Json& type = member(config, "dtype");
  const Json& name = type.is_object() ? member(member(type, "config"), "name") : type;
  if (!name.is_string()) return;
  const std::string text = name.get<std::string>();
  if (text.find("float16") == text.npos && text.find("float8") == text.npos && !text.starts_with("int8_from"))
    return;
  fail(path, "computes in " + in_quotes(text) + ", and only float32 is read; save the model with that type");
}

/// Refusals that a name of a class says more about than that it is not known.
void check_class(const std::string& name, const std::string& path) {
  if (name == "Lambda")
    fail(path, "is a Lambda, whose code is Python's; use Rescaling, Activation or another layer instead");
  if (name.starts_with("CuDNN")) fail(path, "is a " + name + "; build the model with " + name.substr(5));
  if (name == "TensorFlowOpLayer")
    fail(path, "is an operation of TensorFlow 2.3 or before; build the model with layers alone");
}

std::string extents_text(std::span<const std::uint64_t> extents) {
  std::string text = "[";
  for (const std::uint64_t extent : extents) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

std::vector<std::uint64_t> extents_of(const Shape& shape) {
  return {shape.dim.begin(), shape.dim.begin() + shape.rank};
}

/// Extents without those of 1: the scale of an attention has no axes in Keras, and one here.
std::vector<std::uint64_t> significant(std::vector<std::uint64_t> extents) {
  std::erase(extents, 1U);
  return extents;
}

/// The weights of a layer become those parameters of the graph that its first call made.
class WeightFiller {
 public:
  WeightFiller(std::string path, std::string class_name, Build& build)
      : path_(std::move(path)), class_name_(std::move(class_name)), build_(build) {}

  /// Notes which steps the layer made.
  void note_steps(const Builder& g, int first) {
    for (int s = first; s < g.graph.steps.count; ++s) build_.layer_of_step[s] = path_;
  }

  void fill(const Builder& g, int first) {
    if (filled_ || build_.looks) return;
    filled_ = true;
    const KerasLayerWeights* layer = build_.weights_of(path_);
    const int made = g.graph.parameters.count - first,
              given = layer ? static_cast<int>(layer->weights.size()) : 0;
    if (made != given)
      fail(path_, "(" + class_name_ + ") has " + std::to_string(given) + " weights in the file; it takes " +
                      std::to_string(made));
    for (int k = 0; k < made; ++k)
      fill_one(first + k, g.graph.parameters[first + k].shape, layer->weights[static_cast<std::size_t>(k)]);
  }

 private:
  void fill_one(int parameter, const Shape& shape, const KerasWeight& weight) {
    const Hdf5Array& array = *weight.array;
    const auto wanted = extents_of(shape);
    if (significant(array.shape) != significant(wanted) ||
        array.numbers.size() != static_cast<std::size_t>(shape.size()))
      fail(path_, "(" + class_name_ + ") has a " + weight.role + " of the shape " +
                      extents_text(array.shape) + "; it takes " + extents_text(wanted));
    NamedBytes& numbers = build_.numbers[parameter];
    numbers.name = path_ + "/" + weight.role;
    const auto bytes = std::as_bytes(std::span(array.numbers));
    numbers.bytes.assign(bytes.begin(), bytes.end());
  }

  std::string path_, class_name_;
  Build& build_;
  bool filled_ = false;
};

Tensor tensor_in(const Value& value, const std::string& path) {
  if (!value.tensor)
    fail(path, "is called on something else than a tensor; build the model with layers alone");
  return *value.tensor;
}

/// A mask for a tensor: one that is given, or computed as the file says unless the tensor has that already.
std::int16_t mask_in(const Value& value, const Tensor& x, const std::string& path) {
  if (value.tensor) {
    if (value.tensor->shape != Shape{x.shape[0]}) fail(path, "has a mask that is not a number for each step");
    return value.tensor->value;
  }
  if (!value.mask || value.mask->x.shape.rank != (value.mask->any ? 2 : 1))
    fail(path, "has a mask that is not a number for each step");
  const auto& graph = x.builder->graph;
  for (int s = 0; s < graph.steps.count && x.mask >= 0; ++s) {
    const Step& step = graph.steps[s];
    const bool same = step.op == op_code<ops::ComputeMask> && graph.result(step) == x.mask &&
                      graph.operand(step, 0) == value.mask->x.value &&
                      unpack<ops::ComputeMask::Attributes>(step.attributes).value == value.mask->value;
    if (same) return x.mask;
  }
  return etch::detail::compute_mask(value.mask->x, value.mask->value, __LINE__).value;
}

/// The tensors of a call in the order in which layers of Etch take them, with their masks.
std::vector<Tensor> tensors_of(const Call& call, const std::string& path) {
  std::vector<Tensor> tensors;
  for (const Value& value : call.positional)
    if (value.tensor || !value.constant.is_null()) tensors.push_back(tensor_in(value, path));
  const auto add_named = [&](const char* name) {
    const auto found = call.named.find(name);
    if (found == call.named.end()) return;
    for (const Value& value : found->second) tensors.push_back(tensor_in(value, path));
  };
  for (const char* name : {"inputs", "sequence", "sequences", "query", "value", "key", "initial_state"})
    add_named(name);
  if (tensors.empty()) fail(path, "is called on no tensor; save the model again");
  const auto set_mask = [&](const char* name, std::size_t first) {
    const auto found = call.named.find(name);
    if (found == call.named.end()) return;
    for (std::size_t k = 0; k < found->second.size() && first + k < tensors.size(); ++k) {
      const Value& value = found->second[k];
      if (value.tensor || value.mask) tensors[first + k].mask = mask_in(value, tensors[first + k], path);
    }
  };
  set_mask("mask", 0);
  set_mask("query_mask", 0);
  set_mask("value_mask", 1);
  set_mask("key_mask", 2);
  return tensors;
}

/// What the arguments of a call change: those that are no tensors.
void check_arguments(const Call& call, const std::string& path) {
  for (const auto& [name, values] : call.named) {
    const bool is_tensor = std::ranges::any_of(values, [](const Value& v) { return v.tensor || v.mask; });
    const Json& constant = values.empty() ? Json() : values[0].constant;
    if (name == "attention_mask" && is_tensor)
      fail(path, "is called with an attention_mask; use masks of steps, or use_causal_mask");
    const bool known =
        is_one_of(name, {"inputs", "sequence", "sequences", "query", "value", "key", "initial_state", "mask",
                         "query_mask", "value_mask", "key_mask", "training"});
    if (is_tensor && !known)
      fail(path, "is called with the tensor " + in_quotes(name) + "; build the model without it");
    if (is_one_of(name, {"training", "return_attention_scores"}) && (is_tensor || constant == true))
      fail(path, "is called with " + name + "=True; build the model without it");
  }
}

/// Arguments of a model's only call that are attributes of Etch's layer.
bool is_causal(const Call& call) {
  const auto found = call.named.find("use_causal_mask");
  return found != call.named.end() && !found->second.empty() && found->second[0].constant == true;
}

Layer make_plain(const std::string& name, Json config, const std::string& path, Build& build) {
  if (const KerasLayerWeights* weights = build.weights_of(path);
      weights && name == "GRU" && !config.contains("reset_after"))
    config["reset_after"] = weights->weights.size() > 2 && weights->weights[2].array->shape.size() == 2;
  const KerasSource source{path, build.version};
  KerasLayer made = make_keras_layer(name, config.dump(), source);
  // Whether attention looks ahead is only known when it is called: another one is made then.
  const bool may_be_causal = is_one_of(name, {"Attention", "MultiHeadAttention"});
  return [=, layer = std::move(made), filler = WeightFiller(path, name, build),
          causal = std::optional<bool>()](const Call& call) mutable {
    check_arguments(call, path);
    const bool wanted = may_be_causal && is_causal(call);
    if (causal.value_or(wanted) != wanted)
      fail(path, "is called once with use_causal_mask and once without; build it twice");
    if (wanted && !causal) {
      config["use_causal_mask"] = true;
      layer = make_keras_layer(name, config.dump(), source);
    }
    causal = wanted;
    const std::vector<Tensor> tensors = tensors_of(call, path);
    const Builder& g = *tensors[0].builder;
    const int first = g.graph.parameters.count, first_step = g.graph.steps.count;
    const KerasLayer::Results results = layer.results(tensors);
    filler.note_steps(g, first_step);
    filler.fill(g, first);
    std::vector<Value> values;
    for (const Tensor& result : results) values.push_back({result, {}, {}});
    return values;
  };
}

/// A model within a model.
Layer make_model(const Json& json, const std::string& path, Build& build) {
  auto model = std::make_shared<Model>(json, path + "/", build);
  return [model, path](const Call& call) {
    std::vector<Value> inputs = call.positional;
    if (const auto named = call.named.find("inputs"); named != call.named.end())
      inputs.insert(inputs.end(), named->second.begin(), named->second.end());
    return model->call(inputs);
  };
}

/// One that sees each step of a sequence.
Layer make_distributed_model(const Json& json, const std::string& path, Build& build) {
  struct Inner {
    std::shared_ptr<Model> model;
    Tensor operator()(const Tensor& x) const {
      const Value value{x, {}, {}};
      const auto results = model->call({&value, 1});
      if (results.size() != 1 || !results[0].tensor)
        throw Error("a model in TimeDistributed gives " + std::to_string(results.size()) +
                    " results; it takes one");
      return *results[0].tensor;
    }
  };
  return on_one_tensor(path, TimeDistributed<Inner>{{std::make_shared<Model>(json, path + "/", build)}});
}

}  // namespace

Layer make_layer(const Json& json, const std::string& path, Build& build) {
  const std::string name = keras_class(json);
  const Json& config = member(json, "config");
  if (name.empty()) fail(path, "has no class; save the model again");
  check_class(name, path);
  if (is_keras_operation(json) || is_one_of(name, {"TFOpLambda", "SlicingOpLambda"}))
    return make_operation(json, path, build);
  if (keras_layers(json)) return make_model(json, path, build);
  check_type(config, path);
  if (is_nothing(name)) return on_one_tensor(path, [](const Tensor& x) { return x; });
  if (name == "TimeDistributed" && keras_layers(member(config, "layer")))
    return make_distributed_model(member(config, "layer"), path, build);
  if (name == "Resizing") return make_resizing(config, path, build);
  if (name == "Normalization") return make_normalization(config, path, build);
  constexpr std::string_view first_versions[]{"BatchNormalizationV1", "BatchNormalizationV2"};
  const bool is_old = std::ranges::find(first_versions, name) != std::end(first_versions);
  return make_plain(is_old ? "BatchNormalization" : name, config, path, build);
}

}  // namespace etch::host::keras
