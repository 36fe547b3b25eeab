// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/rtneural/import.hpp>
#include <codegen/formats/rtneural/layer_json.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <iterator>

namespace etch::host {

namespace rtneural {

namespace {

/// Units and filters; taps, dilations and strides; numbers that a convolution keeps. They keep the work on
/// damaged files small.
constexpr int most_units = 1 << 14, most_taps = 1 << 12;
constexpr std::int64_t most_kept = 1 << 22;
constexpr std::size_t most_layers = 256;
/// Of a sequence whose length the file leaves open.
constexpr int usual_times = 64;

struct ActivationName {
  const char* name;
  ActivationKind kind;
};
constexpr ActivationName activations[]{
    {"", ActivationKind::linear},         {"linear", ActivationKind::linear},
    {"tanh", ActivationKind::tanh},       {"relu", ActivationKind::relu},
    {"sigmoid", ActivationKind::sigmoid}, {"softmax", ActivationKind::softmax},
    {"elu", ActivationKind::elu}};

ActivationKind activation_of(const LayerJson& layer) {
  if (!layer.has("activation")) return ActivationKind::linear;
  const std::string name = layer.text("activation");
  const auto* const found = std::ranges::find(activations, name, &ActivationName::name);
  layer.require(found != std::end(activations),
                "has the activation '" + name.substr(0, 40) +
                    "', which is not one of tanh, relu, sigmoid, softmax, elu");
  return found->kind;
}

/// Layer by layer: the first is made of the model's input, each of the one before it.
class Importer : public ImportContext {
 public:
  /// \param sequences the model takes a sequence, as it was trained; else one time a call.
  Importer(const Json& json, const std::string& name, bool sequences)
      : ImportContext(name, json.at("layers").size() + 1), json_(json), sequences_(sequences) {}

  ImportedModel import() {
    const auto shape = extents_of(json_.at("in_shape"));
    require(shape.has_value(), "has an 'in_shape' that is not that of an input, such as [null, null, 1]");
    if (sequences_) times_ = shape->size() > 1 && shape->front() > 0 ? shape->front() : usual_times;
    x_ = input(taken(*shape), ElementType::real);
    note(x_, {"input", x_.shape, {}});
    const Json& all = json_.at("layers");
    require(!all.empty() && all.size() <= most_layers, "has no layers, or more than 256");
    std::vector<SourceOperator> operators;
    for (std::size_t i = 0; i < all.size(); ++i) {
      require(all[i].is_object(), "has a layer that is no object");
      import_layer(all[i], static_cast<int>(i), operators);
    }
    add_output(x_);
    ImportedModel model = finish(std::move(operators));
    if (!sequences_) return model;
    keep_statistics(*model.graph);
    model.notes.push_back(
        "It takes sequences of " + std::to_string(times_) +
        " times. The file's model takes one a call, and keeps what it needs of those before.");
    return model;
  }

  using Function = void (Importer::*)(const LayerJson&);
  struct LayerImport {
    std::string_view type;
    Function import;
  };
  static std::span<const LayerImport> imports();

 private:
  /// Mean and variance are not trained.
  static void keep_statistics(Graph<declaration_capacity>& graph) {
    for (const Step& step : graph.steps)
      for (int k = step.inputs - 2; k < step.inputs && step.op == op_code<ops::BatchNormalization>; ++k)
        graph.parameters.item[graph.operand(step, k)].trainable = false;
  }

  /// Null for layers that are not supported.
  static Function import_of(std::string_view type);

  void import_layer(const Json& json, int index, std::vector<SourceOperator>& operators) {
    const auto type = json.find("type");
    require(type != json.end() && type->is_string(), "has a layer without a type");
    const std::string name = type->get<std::string>().substr(0, 40);
    import_node(in_print(name), index, [&] {
      const Function import = import_of(name);
      require(import != nullptr, "is not a layer of RTNeural that is supported");
      const LayerJson layer(*this, json);
      (this->*import)(layer);
      const Shape told = taken(layer.shape());
      layer.require(told == x_.shape, "is damaged: its shape is not that of its weights");
    });
    note(x_, {in_print(name) + " " + std::to_string(index), x_.shape, {}});
    operators.push_back({in_print(name), index, {x_.value}});
  }

  /// What can be shown on any terminal.
  static std::string in_print(std::string text) {
    for (char& c : text)
      if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x7f) c = '?';
    return text;
  }

  /// [features], [time, features] and [time, features, channels], for the times that the model takes.
  Shape taken(std::vector<int> extents) const {
    if (extents.size() == 1) extents.insert(extents.begin(), 1);
    extents[0] = times_;
    Shape shape;
    for (const int extent : extents) {
      require(extent > 0, "has features that are not counted");
      shape.append(extent);
    }
    require(volume(shape) > 0 && volume(shape) <= most_kept, "has more than 4,194,304 features");
    return shape;
  }

  Tensor step(int op, const Words& attributes, const Shape& out,
              const std::vector<ConstantArray>& constants = {}) {
    return add_step(op, attributes, out, ElementType::real, {&x_, 1}, constants);
  }
  void activate(ActivationKind kind) {
    if (kind != ActivationKind::linear) x_ = add_activation(x_, kind);
  }
  int features() const { return x_.shape.last(); }
  void require_list(const LayerJson& layer) const {
    layer.require(x_.shape.rank == 2, "is supported for inputs of one axis of features only");
  }

  void import_dense(const LayerJson& layer) {
    require_list(layer);
    const int units = layer.count("shape", most_units);
    const bool bias = layer.weights() > 1;
    std::vector<ConstantArray> weights{layer.weight(0, {features(), units})};
    if (bias) weights.push_back(layer.weight(1, {units}));
    x_ = step(op_code<ops::Dense>, pack(ops::Dense::Attributes{units, bias}), {times_, units}, weights);
    activate(activation_of(layer));
  }

  /// The window that a causal convolution sees at one time: its input, and what it keeps of those before.
  Tensor window(const LayerJson& layer, int kept) {
    if (kept == 0 || sequences_) return x_;
    Shape shape = x_.shape;
    shape.dim[0] = kept + 1;
    const std::int64_t numbers = volume(shape);
    layer.require(numbers > 0 && numbers <= most_kept, "keeps more than 4,194,304 numbers");
    const Tensor inputs[]{x_, state(kept * x_.shape.size())};
    return add_step(op_code<ops::Slide>, pack(ops::Slide::Attributes{1}), shape, ElementType::real, inputs);
  }

  void add_convolution(const LayerJson& layer, ops::ConvolutionAttributes a, const Shape& window_of,
                       const Shape& out) {
    const int channels = window_of.last();
    layer.require(channels % a.groups == 0 && out.last() % a.groups == 0,
                  "has groups that do not divide its channels and filters");
    a.use_bias = layer.weights() > 1;
    const Shape kernel = window_of.rank == 2
                             ? Shape{a.kernel_width, channels / a.groups, out.last()}
                             : Shape{a.kernel_height, a.kernel_width, channels / a.groups, out.last()};
    std::vector<ConstantArray> weights{layer.weight(0, kernel)};
    if (a.use_bias) weights.push_back(layer.weight(1, {out.last()}));
    // Layers make a dense step where windows are of one place.
    const bool dense = sequences_ && a.groups == 1 && a.kernel_height * a.kernel_width * a.stride_width == 1;
    x_ = dense ? step(op_code<ops::Dense>, pack(ops::Dense::Attributes{out.last(), a.use_bias}), out, weights)
               : step(op_code<ops::Convolution>, pack(a), out, weights);
    activate(activation_of(layer));
  }

  void import_conv1d(const LayerJson& layer) {
    require_list(layer);
    ops::ConvolutionAttributes a;
    a.kernel_width = layer.count("kernel_size", most_taps);
    a.dilation_width = layer.count("dilation", most_taps);
    if (layer.has("groups")) a.groups = layer.count("groups", most_units);
    const int filters = layer.count("shape", most_units);
    const int kept = (a.kernel_width - 1) * a.dilation_width;
    if (sequences_) a.left = kept;
    x_ = window(layer, kept);
    add_convolution(layer, a, x_.shape, {times_, filters});
  }

  void import_conv2d(const LayerJson& layer) {
    layer.require(x_.shape.rank == 3, "needs an input of features and channels");
    const std::string padding = layer.text("padding");
    layer.require(padding == "valid" || padding == "same", "has a padding that is neither valid nor same");
    ops::ConvolutionAttributes a;
    a.kernel_height = layer.count("kernel_size_time", most_taps);
    a.dilation_height = layer.count("dilation", most_taps);
    a.kernel_width = layer.count("kernel_size_feature", most_taps);
    a.stride_width = layer.count("strides", most_taps);
    const AxisWindows along = windows(x_.shape[1], a.kernel_width, a.stride_width, 1, padding == "same");
    layer.require(along.out > 0, "has a kernel of more features than its input");
    a.left = along.before;
    const int filters = layer.count("num_filters_out", most_units);
    const int kept = (a.kernel_height - 1) * a.dilation_height;
    if (sequences_) a.top = kept;
    x_ = window(layer, kept);
    add_convolution(layer, a, x_.shape, {times_, along.out, filters});
  }

  template <class Op>
  void import_recurrent(const LayerJson& layer) {
    require_list(layer);
    const ActivationKind activation = activation_of(layer);
    layer.require(activation == ActivationKind::tanh || activation == ActivationKind::linear,
                  "is supported with tanh as its activation only");
    ops::RecurrentAttributes a;
    a.units = layer.count("shape", most_units);
    a.return_sequences = 1;
    a.return_state = a.initial_state = a.stateful = sequences_ ? 0 : 1;
    a.reset_after = Op::gates == 3;
    const int width = Op::gates * a.units;
    const std::vector<ConstantArray> weights{
        layer.weight(0, {features(), width}), layer.weight(1, {a.units, width}),
        layer.weight(2, Op::gates == 3 ? Shape{2, width} : Shape{width})};
    std::vector<Tensor> inputs{x_};
    for (int k = 0; k < Op::states && !sequences_; ++k) inputs.push_back(state(a.units));
    x_ = add_step(op_code<Op>, pack(a), {times_, a.units}, ElementType::real, inputs, weights);
  }

  void import_batch_norm(const LayerJson& layer) {
    const bool affine = layer.weights() > 2;
    ops::BatchNormalization::Attributes a;
    a.epsilon = layer.real("epsilon");
    a.center = a.scale = affine;
    std::vector<ConstantArray> weights;
    for (std::size_t i = 0; i < (affine ? 4 : 2); ++i) weights.push_back(layer.weight(i, {features()}));
    for (const float variance : weights.back().numbers<float>())
      layer.require(variance + a.epsilon > 0, "has a variance below 0");
    x_ = step(op_code<ops::BatchNormalization>, pack(a), x_.shape, weights);
    activate(activation_of(layer));
  }

  void import_prelu(const LayerJson& layer) {
    require_list(layer);
    const std::vector<float> alphas = layer.row(0);
    const auto count = static_cast<int>(alphas.size());
    layer.require(count == 1 || count == features(), "has a slope for each of another number of features");
    ops::PReLU::Attributes a;
    a.alphas = count;
    a.stride[1] = count > 1;
    x_ = step(op_code<ops::PReLU>, pack(a), x_.shape, {constant_of(alphas, ElementType::real)});
  }

  void import_activation(const LayerJson& layer) {
    const ActivationKind kind = activation_of(layer);
    layer.require(kind != ActivationKind::softmax || x_.shape.rank == 2,
                  "is supported as softmax for one axis of features only");
    activate(kind);
  }

  const Json& json_;
  bool sequences_;
  int times_ = 1;
  Tensor x_;
};

std::span<const Importer::LayerImport> Importer::imports() {
  static constexpr LayerImport all[]{{"dense", &Importer::import_dense},
                                     {"time-distributed-dense", &Importer::import_dense},
                                     {"conv1d", &Importer::import_conv1d},
                                     {"conv2d", &Importer::import_conv2d},
                                     {"gru", &Importer::import_recurrent<ops::GRU>},
                                     {"lstm", &Importer::import_recurrent<ops::LSTM>},
                                     {"batchnorm", &Importer::import_batch_norm},
                                     {"batchnorm2d", &Importer::import_batch_norm},
                                     {"prelu", &Importer::import_prelu},
                                     {"activation", &Importer::import_activation}};
  return all;
}

Importer::Function Importer::import_of(std::string_view type) {
  const auto found = std::ranges::find(imports(), type, &LayerImport::type);
  return found == imports().end() ? nullptr : found->import;
}

}  // namespace

}  // namespace rtneural

std::vector<std::string> rtneural_layers() {
  std::vector<std::string> names;
  for (const auto& entry : rtneural::Importer::imports()) names.emplace_back(entry.type);
  std::ranges::sort(names);
  return names;
}

namespace {

ImportedModel imported(std::span<const std::byte> file, const std::string& name, bool sequences) {
  using rtneural::Json;
  const auto* const text = reinterpret_cast<const char*>(file.data());
  const Json json = Json::parse(text, text + file.size(), nullptr, false);
  if (json.is_discarded()) throw Error("'" + name + "' is damaged: it is not JSON");
  const bool model = json.is_object() && json.contains("in_shape") && json.contains("layers");
  if (!model || !json.at("layers").is_array())
    throw Error("'" + name + "' is no model of RTNeural: it has no 'in_shape' and list of 'layers'");
  return rtneural::Importer(json, name, sequences).import();
}

}  // namespace

ImportedModel import_rtneural(std::span<const std::byte> file, const std::string& name) {
  return imported(file, name, false);
}

ImportedModel import_declared_rtneural(std::span<const std::byte> file, const std::string& name) {
  return imported(file, name, true);
}

}  // namespace etch::host
