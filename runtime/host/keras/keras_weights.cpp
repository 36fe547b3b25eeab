// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/keras/keras_config.hpp>
#include <runtime/host/keras/keras_roles.hpp>
#include <runtime/host/keras/keras_weights.hpp>

namespace etch::host {
namespace {

using Json = nlohmann::json;

/// A layer that has weights, and where they lie.
struct Leaf {
  std::string path, name, class_name;
  std::string store;  ///< in a `.keras` file: "layers/functional/layers/dense_1"
  std::string top;    ///< the layer of the outermost model that it lies in
  std::vector<KerasRole> roles;
  bool trainable = true;
};

/// Walks the layers of a model and of those in it, in their order.
class Leaves {
 public:
  std::vector<Leaf> all;

  void add_model(const Json& layers, const Leaf& in) {
    std::map<std::string, int> used;
    for (const Json& layer : layers) {
      if (!layer.is_object() || is_keras_operation(layer)) continue;
      Leaf leaf = in;
      leaf.class_name = keras_class(layer);
      leaf.name = keras_name(layer);
      leaf.path += (in.path.empty() ? "" : "/") + leaf.name;
      if (in.top.empty()) leaf.top = leaf.name;
      const int number = used[keras_snake_case(leaf.class_name)]++;
      leaf.store +=
          "layers/" + keras_snake_case(leaf.class_name) + (number > 0 ? "_" + std::to_string(number) : "");
      add_layer(layer, leaf);
    }
  }

 private:
  void add_layer(const Json& layer, Leaf leaf) {
    const auto config = layer.find("config");
    const bool has_config = config != layer.end() && config->is_object();
    if (has_config && config->value("trainable", Json(true)) == false) leaf.trainable = false;
    const Json* inner = keras_layers(layer);
    std::string store = leaf.store + "/";
    if (!inner && has_config && config->contains("layer")) {
      inner = keras_layers((*config)["layer"]);
      store += "layer/";
    }
    if (inner) {
      leaf.store = store;
      add_model(*inner, leaf);
      return;
    }
    leaf.roles = keras_roles(layer);
    if (!leaf.roles.empty()) all.push_back(std::move(leaf));
  }
};

class Finder {
 public:
  explicit Finder(const KerasFile& file) : file_(file) {}

  std::vector<KerasLayerWeights> by_config() {
    Leaves leaves;
    const Json config = keras_config(file_);
    if (const Json* layers = keras_layers(config)) leaves.add_model(*layers, {});
    std::vector<KerasLayerWeights> found;
    if (file_.by_layer_names) return by_layer_names(leaves.all);
    for (const Leaf& leaf : leaves.all) found.push_back(by_store(leaf));
    return found;
  }

  /// Weights alone.
  std::vector<KerasLayerWeights> by_order() {
    std::vector<KerasLayerWeights> found;
    if (file_.by_layer_names) {
      for (const std::string& name : object("").text("layer_names")) {
        KerasLayerWeights layer{name, "", {}};
        for (const auto& [weight, array] : arrays_of(name))
          layer.weights.push_back({last_part(weight), array});
        if (!layer.weights.empty()) found.push_back(std::move(layer));
      }
      return found;
    }
    for (const auto& [path, object] : file_.weights) {
      if (!path.ends_with("/vars")) continue;
      KerasLayerWeights layer{path.substr(0, path.size() - 5), "", {}};
      for (const Hdf5Array* array : stored(path)) layer.weights.push_back({"", checked(array, layer.path)});
      if (!layer.weights.empty()) found.push_back(std::move(layer));
    }
    return found;
  }

 private:
  using Named = std::pair<std::string, const Hdf5Array*>;

  [[noreturn]] void fail(const std::string& what) const { refuse(file_.name, what, save_model_again); }

  const Hdf5Object& object(const std::string& path) const {
    static const Hdf5Object absent;
    const auto found = file_.weights.find(path);
    return found == file_.weights.end() ? absent : found->second;
  }

  static std::string last_part(const std::string& name) {
    const std::string last = name.substr(name.rfind('/') + 1);
    return last.substr(0, last.find(':'));
  }

  const Hdf5Array* checked(const Hdf5Array* array, const std::string& layer) const {
    if (array->type == "float32" || array->type == "float64" || array->type == "int64" ||
        array->type == "int32")
      return array;
    fail("the layer " + in_quotes(layer) + " has weights of the type " +
         in_quotes(array->type.empty() ? "unknown" : array->type) + ", and float32 and float64 are read");
  }

  /// The arrays 0, 1, 2, ... of a group.
  std::vector<const Hdf5Array*> stored(const std::string& vars) const {
    std::vector<const Hdf5Array*> arrays;
    for (;;) {
      const Hdf5Object& next = object(vars + "/" + std::to_string(arrays.size()));
      if (!next.array) return arrays;
      arrays.push_back(&*next.array);
    }
  }

  /// Keras 2.13 called what holds the layers of a model otherwise.
  std::string place(std::string store) const {
    constexpr std::string_view now = "layers", then = "_layer_checkpoint_dependencies";
    if (!file_.weights.contains(std::string(then))) return store;
    for (std::size_t at = 0; (at = store.find(now, at)) != store.npos; at += then.size())
      store.replace(at, now.size(), then);
    return store;
  }

  std::string vars_of(const Leaf& leaf, const std::string& part) const {
    const std::string store = place(leaf.store);
    if (part.empty()) return store + "/vars";
    const std::string vars = store + "/" + part + "/vars";
    return file_.weights.contains(vars) ? vars : store + "/_" + part + "/vars";
  }

  KerasLayerWeights by_store(const Leaf& leaf) {
    check_name(leaf);
    KerasLayerWeights layer{leaf.path, leaf.class_name, {}};
    std::map<std::string, std::size_t> next;
    for (const KerasRole& role : leaf.roles) {
      const std::string vars = vars_of(leaf, role.store);
      const auto arrays = stored(vars);
      const auto wanted =
          static_cast<std::size_t>(std::ranges::count(leaf.roles, role.store, &KerasRole::store));
      const std::size_t at = next[vars]++;
      if (arrays.size() != wanted) return elsewhere(leaf, arrays.size(), wanted, vars);
      layer.weights.push_back({role.name, checked(arrays[at], leaf.path)});
    }
    first_visits_.push_back(layer);
    return layer;
  }

  void check_name(const Leaf& leaf) const {
    const std::string vars = place(leaf.store) + "/vars";
    const std::vector<std::string> named = object(vars).text("name");
    if (named.empty() || named[0].empty() || named[0] == leaf.name) return;
    fail("the weights in " + in_quotes(vars) + " are those of a layer " + in_quotes(named[0]) +
         ", and the model has the layer " + in_quotes(leaf.path) + " there");
  }

  /// A layer that lies in two models is stored where it was visited first.
  KerasLayerWeights elsewhere(const Leaf& leaf, std::size_t found, std::size_t wanted,
                              const std::string& vars) const {
    for (const KerasLayerWeights& visited : first_visits_) {
      const bool same = visited.path.substr(visited.path.rfind('/') + 1) == leaf.name;
      if (found == 0 && same && visited.class_name == leaf.class_name)
        return {leaf.path, leaf.class_name, visited.weights};
    }
    fail("the layer " + in_quotes(leaf.path) + " (" + leaf.class_name + ") has " + std::to_string(found) +
         " weights in " + in_quotes(vars) + ", and its configuration says " + std::to_string(wanted));
  }

  std::vector<Named> arrays_of(const std::string& group) const {
    std::vector<Named> arrays;
    for (const std::string& name : object(group).text("weight_names")) {
      const Hdf5Object& array = object(group + "/" + name);
      if (!array.array) fail("the array " + in_quotes(group + "/" + name) + " is missing");
      arrays.emplace_back(name, checked(&*array.array, group));
    }
    return arrays;
  }

  /// A weight of a leaf, and its place in the order of a nested model's weights.
  struct Slot {
    std::size_t leaf, role;
    bool trainable;
  };

  static bool fits(const std::vector<Slot>& slots, const std::vector<Named>& arrays,
                   std::span<const Leaf> leaves) {
    for (std::size_t i = 0; i < slots.size(); ++i)
      if (!is_keras_role(leaves[slots[i].leaf].roles[slots[i].role].name, arrays[i].first)) return false;
    return true;
  }

  /// The leaves of one outer layer: its weights that are trained, then the others. Before Keras 2.4 nested
  /// models gave theirs layer by layer.
  void add_group(std::span<const Leaf> leaves, std::vector<KerasLayerWeights>& found) const {
    const std::string& top = leaves.front().top;
    const std::vector<Named> arrays = arrays_of(top);
    std::vector<Slot> slots;
    for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf)
      for (std::size_t role = 0; role < leaves[leaf].roles.size(); ++role)
        slots.push_back({leaf, role, leaves[leaf].trainable && leaves[leaf].roles[role].trainable});
    if (slots.size() != arrays.size())
      fail("the layer " + in_quotes(top) + " has " + std::to_string(arrays.size()) +
           " weights, and its configuration says " + std::to_string(slots.size()));
    const std::vector<Slot> by_layer = slots;
    std::stable_partition(slots.begin(), slots.end(), [](const Slot& slot) { return slot.trainable; });
    if (!fits(slots, arrays, leaves)) slots = by_layer;
    if (!fits(slots, arrays, leaves))
      fail("the weights of the layer " + in_quotes(top) +
           " are called otherwise than its configuration says, " + "first " + in_quotes(arrays[0].first));
    const std::size_t first = found.size();
    for (const Leaf& leaf : leaves)
      found.push_back({leaf.path, leaf.class_name, std::vector<KerasWeight>(leaf.roles.size())});
    for (std::size_t i = 0; i < slots.size(); ++i)
      found[first + slots[i].leaf].weights[slots[i].role] = {leaves[slots[i].leaf].roles[slots[i].role].name,
                                                             arrays[i].second};
  }

  std::vector<KerasLayerWeights> by_layer_names(std::span<const Leaf> leaves) const {
    std::vector<KerasLayerWeights> found;
    while (!leaves.empty()) {
      const auto end =
          std::ranges::find_if(leaves, [&](const Leaf& leaf) { return leaf.top != leaves[0].top; });
      const auto count = static_cast<std::size_t>(end - leaves.begin());
      add_group(leaves.first(count), found);
      leaves = leaves.subspan(count);
    }
    return found;
  }

  const KerasFile& file_;
  std::vector<KerasLayerWeights> first_visits_;
};

}  // namespace

std::vector<KerasLayerWeights> keras_weights(const KerasFile& file) {
  return file.config.empty() ? Finder(file).by_order() : Finder(file).by_config();
}

}  // namespace etch::host
