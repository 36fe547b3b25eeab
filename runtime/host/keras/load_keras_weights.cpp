// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/keras/keras_config.hpp>
#include <runtime/host/keras/keras_roles.hpp>
#include <runtime/host/keras/keras_weights.hpp>
#include <runtime/host/keras/load_keras_weights.hpp>

namespace etch::host {
namespace {

/// An array of the file for a weight of the model.
struct Given {
  std::string layer, role;
  const Hdf5Array* array = nullptr;
};

std::string last_part(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

/// "dense_12" is the twelfth after "dense".
std::pair<std::string, int> numbered(const std::string& name) {
  const std::size_t score = name.rfind('_');
  const bool has_number = score != name.npos && score + 1 < name.size() && name.size() - score < 8 &&
                          std::all_of(name.begin() + static_cast<std::ptrdiff_t>(score) + 1, name.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!has_number) return {name, 0};
  return {name.substr(0, score), std::stoi(name.substr(score + 1))};
}

/// The arrays of one layer in a file of weights alone.
struct Stored {
  std::string models;  ///< that the layer lies in
  int number = 0;
  std::string part;  ///< the group below the layer's own
  const KerasLayerWeights* weights = nullptr;
};

/// The place among the four projections of an attention; others are in the order of their names.
int place_of(const std::string& part) {
  constexpr std::string_view parts[]{"query_dense", "key_dense", "value_dense", "output_dense"};
  for (int k = 0; k < 4; ++k)
    if (part.ends_with(parts[k])) return k;
  return 0;
}

/// Layers that a `.weights.h5` of Keras 3 has, by class: "dense", or "forward_layer" of one that goes both
/// ways.
class ByClass {
 public:
  explicit ByClass(std::span<const KerasLayerWeights> all) {
    for (const KerasLayerWeights& weights : all) {
      const std::size_t at = weights.path.rfind("layers/");
      if (at == weights.path.npos) continue;
      const std::string place = weights.path.substr(at + 7);
      const std::string layer = place.substr(0, place.find('/'));
      const auto [base, number] = numbered(layer);
      Stored stored{weights.path.substr(0, at), number, place.substr(layer.size()), &weights};
      const bool forward = stored.part.starts_with("/forward_layer");
      const bool backward = stored.part.starts_with("/backward_layer");
      by_class_[forward ? "forward_layer" : backward ? "backward_layer" : base].push_back(std::move(stored));
    }
    for (auto& [name, layers] : by_class_)
      std::ranges::sort(layers, {},
                        [](const Stored& s) { return std::tuple(s.models, s.number, place_of(s.part)); });
  }

  /// The next arrays of a layer of the model, of as many groups as it has.
  void take(const KerasTarget& target, std::vector<Given>& to) {
    const std::string path(target.tensor.name);
    auto& layers = layers_for(path, keras_snake_case(target.kind));
    if (layers.empty()) return;
    const Stored first = layers.front();
    while (!layers.empty() && layers.front().models == first.models &&
           layers.front().number == first.number) {
      for (const KerasWeight& weight : layers.front().weights->weights)
        to.push_back({layers.front().weights->path, weight.role, weight.array});
      layers.erase(layers.begin());
    }
  }

  /// A layer that no layer of the model took.
  const KerasLayerWeights* rest() const {
    for (const auto& [name, layers] : by_class_)
      if (!layers.empty()) return layers.front().weights;
    return nullptr;
  }

 private:
  std::vector<Stored>& layers_for(const std::string& path, const std::string& kind) {
    for (const char* side : {"forward_layer", "backward_layer"})
      if (path.find(side) != path.npos) return by_class_[side];
    auto& own = by_class_[kind];
    return own.empty() ? by_class_["time_distributed"] : own;
  }

  std::map<std::string, std::vector<Stored>> by_class_;
};

class Loader {
 public:
  Loader(const KerasFile& file, std::span<const KerasTarget> targets)
      : file_(file), targets_(targets), layers_(keras_weights(file)) {
    std::erase_if(layers_, is_normalization);
  }

  void load() {
    const bool by_class = file_.config.empty() && !file_.by_layer_names;
    by_class ? order_by_class() : order_by_file();
    if (given_.empty()) fail("it has no weights of a Keras model", "give a .keras, .h5 or .weights.h5 file");
    const std::size_t both = std::min(given_.size(), targets_.size());
    for (std::size_t i = 0; i < both; ++i) check(i);
    if (given_.size() > both)
      fail("its layer " + in_quotes(given_[both].layer) + " is one more than the model has", declare);
    if (targets_.size() > both)
      fail("it has no weights for the model's layer " + in_quotes(layer_of(targets_[both])), declare);
    check_names();
    for (std::size_t i = 0; i < both; ++i)
      std::memcpy(targets_[i].tensor.data.data(), given_[i].array->numbers.data(),
                  targets_[i].tensor.data.size());
  }

 private:
  static constexpr const char* declare = "declare the model as it was trained";

  [[noreturn]] void fail(const std::string& what, const std::string& advice) const {
    refuse(file_.name, what, advice);
  }

  /// Its numbers are constants of a declaration.
  static bool is_normalization(const KerasLayerWeights& layer) {
    return layer.class_name == "Normalization" ||
           (layer.weights.size() == 3 && layer.weights[2].role == "count");
  }

  static std::string layer_of(const KerasTarget& target) {
    const std::string_view name = target.tensor.name;
    return std::string(name.substr(0, std::min(name.rfind('/'), name.size())));
  }

  void order_by_file() {
    for (const KerasLayerWeights& layer : layers_)
      for (const KerasWeight& weight : layer.weights)
        given_.push_back({layer.path, weight.role, weight.array});
  }

  void order_by_class() {
    ByClass classes(layers_);
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (i > 0 && targets_[i].layer == targets_[i - 1].layer) continue;
      const std::size_t before = given_.size();
      classes.take(targets_[i], given_);
      if (given_.size() == before)
        fail("it has no weights for the model's layer " + in_quotes(layer_of(targets_[i])) + " (" +
                 targets_[i].kind + ")",
             declare);
    }
    if (const KerasLayerWeights* rest = classes.rest())
      fail("its layer " + in_quotes(rest->path) + " is one more than the model has", declare);
  }

  static std::vector<std::uint64_t> significant(std::span<const std::uint64_t> extents) {
    std::vector<std::uint64_t> kept;
    std::ranges::copy_if(extents, std::back_inserter(kept), [](std::uint64_t extent) { return extent != 1; });
    return kept;
  }
  template <class Extents>
  static std::string text_of(const Extents& extents) {
    std::string text = "[";
    for (const auto extent : extents) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
    return text + "]";
  }

  void check(std::size_t i) const {
    const Given& given = given_[i];
    const KerasTarget& target = targets_[i];
    const std::vector<std::uint64_t> wanted(target.tensor.shape.begin(), target.tensor.shape.end());
    const bool fits = significant(given.array->shape) == significant(wanted) &&
                      given.array->numbers.size() * sizeof(float) == target.tensor.data.size();
    const std::string role = last_part(target.tensor.name);
    const bool named =
        given.role.empty() || is_keras_role(role, given.role) || is_keras_role(given.role, role);
    if (fits && named) return;
    fail("its layer " + in_quotes(given.layer) + " differs from the model's " + in_quotes(layer_of(target)) +
             ": " + (given.role.empty() ? "a weight" : in_quotes(given.role)) + " of the shape " +
             text_of(given.array->shape) + " for " + in_quotes(role) + " of " + text_of(target.tensor.shape),
         declare);
  }

  /// Names that a declaration gave its layers: where the file has such a layer, it is the same one.
  void check_names() const {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      const std::string ours = last_part(layer_of(targets_[i])), theirs = last_part(given_[i].layer);
      const bool automatic = numbered(ours).first == keras_snake_case(targets_[i].kind);
      if (automatic || ours == theirs || (i > 0 && targets_[i].layer == targets_[i - 1].layer)) continue;
      const bool elsewhere =
          std::ranges::any_of(given_, [&](const Given& g) { return last_part(g.layer) == ours; });
      if (elsewhere)
        fail("its layers are in another order than the model's: where the model has " + in_quotes(ours) +
                 ", the file has " + in_quotes(theirs),
             declare);
    }
  }

  const KerasFile& file_;
  std::span<const KerasTarget> targets_;
  std::vector<KerasLayerWeights> layers_;
  std::vector<Given> given_;
};

}  // namespace

bool is_keras_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  char first[8]{};
  file.read(first, sizeof first);
  return is_keras(std::as_bytes(std::span(first, static_cast<std::size_t>(file.gcount()))));
}

void load_keras_weights(const KerasFile& file, std::span<const KerasTarget> targets) {
  Loader(file, targets).load();
}

void load_keras_weights(const std::filesystem::path& path, std::span<const KerasTarget> targets) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  load_keras_weights(read_keras_file(std::as_bytes(std::span(bytes)), path.string()), targets);
}

}  // namespace etch::host
