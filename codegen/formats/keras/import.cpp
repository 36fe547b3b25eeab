// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/etch/import.hpp>
#include <codegen/formats/keras/import.hpp>
#include <codegen/formats/keras/model.hpp>
#include <etch/layers/layer.hpp>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/keras/keras_config.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host {
namespace keras {
namespace {

/// Of the values of a model together: what keeps plans and arenas of damaged files small.
constexpr std::int64_t most_value_bytes = 1 << 29;

[[noreturn]] void refuse_weights_alone(const KerasFile& file) {
  const bool has_weights = file.by_layer_names || std::ranges::any_of(file.weights, [](const auto& entry) {
                             return entry.first == "vars" || entry.first.ends_with("/vars");
                           });
  if (!has_weights)
    refuse(file.name, "it is an HDF5 file, but none that Keras wrote", "give a .keras or .h5 file");
  refuse(file.name, "it has weights only, and not the model that they belong to",
         "save the whole model, or declare it in C++ and load the weights into it");
}

/// All of them in one sentence.
[[noreturn]] void refuse_problems(const KerasFile& file, const std::vector<std::string>& problems) {
  constexpr std::size_t most = 20;
  const std::string start = in_quotes(file.name, file.name.size());
  if (problems.size() == 1) throw Error(start + ": " + problems[0] + ".");
  std::string text = start + " has " + std::to_string(problems.size()) + " things that are not read: ";
  for (std::size_t i = 0; i < problems.size() && i < most; ++i)
    text += (i > 0 ? "; (" : "(") + std::to_string(i + 1) + ") " + problems[i];
  if (problems.size() > most) text += "; and " + std::to_string(problems.size() - most) + " more";
  throw Error(text + ".");
}

class Importer {
 public:
  Importer(const KerasFile& file, const ImportOptions& options)
      : file_(file), options_(options), config_(keras_config(file)) {}

  ImportedModel import() {
    check_model();
    look_for_problems();
    build_.version = std::max(file_.major_version(), 1);
    weights_ = keras_weights(file_);
    for (const KerasLayerWeights& layer : weights_) build_.weights.emplace(layer.path, layer);
    Model model(config_, "", build_);
    if (!build_.problems.empty()) refuse_problems(file_, build_.problems);
    auto builder = std::make_unique<Builder>();
    call(model, *builder);
    return finish(*builder, model);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(in_quotes(file_.name, file_.name.size()) + ": " + problem + ".");
  }

  void check_model() const {
    if (keras_layers(config_)) return;
    refuse(file_.name,
           "its model is of the class " + in_quotes(keras_class(config_)) +
               ", whose code is Python's: the file does not say which layers it calls (subclassed)",
           "build it as a Sequential or Functional model, or declare it in C++ and load the weights into it");
  }

  /// With all that the configuration alone tells.
  void look_for_problems() {
    Build look;
    look.version = std::max(file_.major_version(), 1);
    look.looks = true;
    const Model model(config_, "", look);
    std::vector<Shape> shapes;
    for (std::size_t k = 0; k < model.inputs().size(); ++k) {
      try {
        shapes.push_back(shape_of(model, k));
      } catch (const Error& problem) {
        look.problems.emplace_back(problem.what());
      }
    }
    if (!look.problems.empty()) refuse_problems(file_, look.problems);
  }

  /// One sample's shape: as the caller says, or as the model does.
  Shape shape_of(const Model& model, std::size_t k) const {
    const Model::Input& input = model.inputs()[k];
    if (!options_.shapes.empty() && options_.shapes.size() != model.inputs().size())
      throw Error("the model has " + std::to_string(model.inputs().size()) +
                  " inputs; give --shape for each, not " + std::to_string(options_.shapes.size()) + " times");
    const std::string name = "input " + in_quotes(input.name);
    if (!options_.shapes.empty()) return checked(options_.shapes[k], input, name);
    if (!input.shape.is_array() || input.shape.empty())
      throw Error(name + " has no shape in the file; give it by --shape");
    Shape shape;
    for (std::size_t axis = 1; axis < input.shape.size(); ++axis) {
      const Json& extent = input.shape[axis];
      if (extent.is_null())
        throw Error(name + " has the shape " + text_of(input.shape) +
                    " (None: of any length); give the lengths by --shape, without the batch");
      if (!extent.is_number_integer() || extent < 1 || extent > most_elements)
        throw Error(name + " has the shape " + text_of(input.shape) + "; extents are 1 to 268,435,456");
      shape.append(extent.get<int>());
    }
    if (shape.rank == 0) shape.append(1);
    return shape;
  }

  static std::string text_of(const Json& shape) {
    std::string text = "(";
    for (const Json& extent : shape)
      text +=
          (text.size() > 1 ? ", " : "") + (extent.is_number_integer() ? extent.dump() : std::string("None"));
    return text + ")";
  }

  /// A shape that the caller gave agrees with the extents that the model knows.
  static Shape checked(const Shape& given, const Model::Input& input, const std::string& name) {
    if (!input.shape.is_array()) return given;
    bool agrees = static_cast<int>(input.shape.size()) == given.rank + 1;
    for (int axis = 0; agrees && axis < given.rank; ++axis) {
      const Json& known = input.shape[static_cast<std::size_t>(axis) + 1];
      agrees = known.is_null() || known == given[axis];
    }
    if (!agrees)
      throw Error(name + " has the shape " + text_of(input.shape) + ", which --shape does not fit");
    return given;
  }

  void call(Model& model, Builder& g) {
    std::vector<Value> inputs;
    for (std::size_t k = 0; k < model.inputs().size(); ++k)
      inputs.push_back({g.input(shape_of(model, k)), {}, {}});
    check(g);
    std::vector<Value> outputs;
    try {
      outputs = model.call(inputs);
    } catch (const Error& problem) {
      fail(problem.what());
    }
    for (const Value& output : outputs) {
      if (!output.tensor) fail("an output is a constant; build the model without it");
      add_output(g, *output.tensor);
    }
    g.finish(__LINE__);
    check(g);
  }

  void check(const Builder& g) const {
    if (!g.graph.fault) return;
    fail(std::string(g.graph.fault.sentence) + " (" + std::to_string(g.graph.fault.found) + ")");
  }

  /// An output is a result of its own: what is none is copied.
  static void add_output(Builder& g, Tensor y) {
    const auto& given = g.graph.outputs;
    const bool again = std::find(given.begin(), given.end(), y.value) != given.end();
    if (again || g.graph.values.item[y.value].role != Role::temporary) {
      const ops::Slice::Attributes all{{{1, 1, 1, y.shape.size()}, {0, 0, 0, 1}}, 0};
      LayerState none{0};
      y = g.apply(op_rule<ops::Slice>, none, pack(all), y.shape, {&y, 1});
    }
    y.mask = -1;
    g.output(y);
  }

  ImportedModel finish(const Builder& g, const Model& model) {
    std::int64_t bytes = 0;
    for (const auto& value : g.graph.values) bytes += std::int64_t{value.elements} * 4;
    if (bytes > most_value_bytes) fail("its results and weights take more than 512 MB; use a smaller model");
    std::vector<DeclaredWeight> weights;
    for (int p = 0; p < g.graph.parameters.count; ++p) {
      const NamedBytes& numbers = build_.numbers[p];
      weights.push_back({numbers.name, numbers.bytes});
    }
    ImportedModel result = options_.declared ? import_unchanged(g.graph, weights, file_.name, layers_of(g))
                                             : import_declared(g.graph, weights, file_.name);
    for (int k = 0; k < result.graph->inputs.count; ++k)
      result.values[static_cast<std::size_t>(result.graph->inputs[k])].name =
          model.inputs()[static_cast<std::size_t>(k)].name;
    return result;
  }

  /// By step, "" for those between layers.
  std::vector<std::string> layers_of(const Builder& g) const {
    std::vector<std::string> layers(static_cast<std::size_t>(g.graph.steps.count));
    for (const auto& [step, path] : build_.layer_of_step) layers[static_cast<std::size_t>(step)] = path;
    return layers;
  }

  const KerasFile& file_;
  const ImportOptions& options_;
  Json config_;
  std::vector<KerasLayerWeights> weights_;
  Build build_;
};

}  // namespace
}  // namespace keras

ImportedModel import_keras(const KerasFile& file, const ImportOptions& options) {
  if (file.config.empty()) keras::refuse_weights_alone(file);
  return keras::Importer(file, options).import();
}

ImportedModel import_keras(std::span<const std::byte> file, const std::string& name,
                           const ImportOptions& options) {
  return import_keras(read_keras_file(file, name), options);
}

std::vector<std::string> keras_operators() {
  std::vector<std::string> names = keras_layer_classes();
  for (std::string& name : keras::operation_names()) names.push_back(std::move(name));
  for (const char* name : {"Normalization", "Resizing"}) names.emplace_back(name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace etch::host
