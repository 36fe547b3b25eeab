// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <runtime/host/error.hpp>
#include <runtime/host/files/model_file.hpp>
#include <runtime/host/files/safetensors.hpp>
#include <runtime/host/lines.hpp>
#include <runtime/host/quoted.hpp>
#include <runtime/host/version.hpp>
#include <string>
#include <vector>

namespace etch::host {
namespace {

constexpr const char* version_key = "etch.version";
constexpr const char* optimizer_key = "etch.optimizer";
constexpr const char* step_name = "training/step";
constexpr const char* seed_name = "training/seed";
constexpr const char* rate_name = "training/learning_rate";
constexpr std::string_view slot_prefix = "optimizer/";
constexpr std::array<int, 1> one_number{1};

std::string hexadecimal(std::uint64_t value) {
  const auto high = hex_digits(static_cast<std::uint32_t>(value >> 32));
  const auto low = hex_digits(static_cast<std::uint32_t>(value));
  return std::string(high.begin(), high.end()) + std::string(low.begin(), low.end());
}

template <class Extents>
std::string shape_text(const Extents& shape) {
  std::string text = "[";
  for (const auto extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

std::string slot_name(std::string_view weight, std::size_t k) {
  return std::string(slot_prefix) + std::string(weight) + "/" + std::to_string(k);
}

// No weight is called so: the last part of a weight's name is a word.
bool is_slot_name(std::string_view name) {
  return name.starts_with(slot_prefix) && name.size() > 2 && name[name.size() - 2] == '/' &&
         name.back() >= '0' && name.back() <= '3';
}
bool is_position_name(std::string_view name) {
  return name == step_name || name == seed_name || name == rate_name;
}

bool same_shape(std::span<const int> ours, const std::vector<std::int64_t>& theirs) {
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                    [](int a, std::int64_t b) { return a == b; });
}

/// A file to be written: entries point into what it holds.
struct Draft {
  std::vector<std::string> names;
  std::vector<TensorEntry> entries;
  std::array<std::int64_t, 2> position{};
  float rate = 0;

  void add_position(const TrainingPosition& at) {
    position = {at.step, at.seed};
    const auto bytes = std::as_bytes(std::span(position));
    entries.push_back({step_name, "I64", one_number, bytes.first(8)});
    entries.push_back({seed_name, "I64", one_number, bytes.last(8)});
    rate = at.learning_rate;
    if (rate >= 0) entries.push_back({rate_name, "F32", one_number, std::as_bytes(std::span(&rate, 1))});
  }
  void add_weights(std::span<const ModelTensor> tensors) {
    for (const ModelTensor& t : tensors) entries.push_back({t.name, "F32", t.shape, t.data});
  }
  void add_slots(std::span<const ModelTensor> tensors) {
    names.reserve(2 * tensors.size());  // entries view the names: they must not move
    for (const ModelTensor& t : tensors) {
      for (std::size_t k = 0; k < t.slots; ++k) {
        names.push_back(slot_name(t.name, k));
        entries.push_back({names.back(), "F32", t.shape_of_slots(), t.slot[k]});
      }
    }
  }
};

/// One line for each name; empty where a name itself has a line break.
std::string joined_names(std::span<const ModelTensor> tensors) {
  const auto breaks = [](const ModelTensor& t) { return t.name.find('\n') != t.name.npos; };
  if (std::any_of(tensors.begin(), tensors.end(), breaks)) return {};
  std::string text;
  for (const ModelTensor& t : tensors) text += (text.empty() ? "" : "\n") + std::string(t.name);
  return text;
}

/// A file that is being checked against a model. What fits is noted, and copied at the end.
class Loading {
 public:
  Loading(const std::filesystem::path& path, std::span<const ModelTensor> tensors)
      : name_(path.string()), file_(SafetensorsFile::read(path)), tensors_(tensors) {}

  bool is_of(std::uint64_t graph) const {
    const std::string* found = metadata(graph_key);
    return found && *found == hexadecimal(graph);
  }
  /// \return whether the weights are of this graph by its other numerics.
  bool check_graph(std::uint64_t graph, std::uint64_t other) const {
    if (is_of(graph)) return false;
    if (!metadata(graph_key)) {
      refuse("it does not say which graph its weights belong to (metadata 'etch.graph')",
             "save it with Etch, or load its weights by order, load_weights(model, path), or by name, "
             "load_weights_by_name(model, path)");
    }
    if (other != 0 && is_of(other)) return true;
    refuse(
        "its weights belong to another graph: " + difference(),
        "load it in the model that saved it, or load what fits by name, load_weights_by_name(model, path)");
  }

  bool has_state() const { return file_.find(step_name) != nullptr; }

  void check_optimizer(std::string_view ours) const {
    const std::string* found = metadata(optimizer_key);
    if (found && *found == ours) return;
    refuse("its training state is that of the optimizer " + (found ? in_quotes(*found) : "'?'") +
               ", and this model has '" + std::string(ours) + "'",
           "compile the model with that optimizer, or load only the weights");
  }

  /// Finds the file's own name of each weight, in the order of the graph.
  void match_weights() {
    sources_ = sources();
    if (sources_.size() != tensors_.size()) refuse(difference(), again);
    for (std::size_t p = 0; p < tensors_.size(); ++p) {
      check_floats(*sources_[p], tensors_[p]);
      note(*sources_[p], tensors_[p].data);
    }
  }

  /// The same of a file of any program: its arrays in their order, each with the shape of the model's weight.
  void match_in_order() {
    sources_ = sources();
    const auto other = std::mismatch(
        tensors_.begin(), tensors_.end(), sources_.begin(), sources_.end(),
        [](const ModelTensor& ours, const Tensor* theirs) { return same_shape(ours.shape, theirs->shape); });
    if (other.first != tensors_.end() || other.second != sources_.end())
      refuse("its weights do not fit in their order: " + difference(),
             "load what fits by name, load_weights_by_name(model, path)");
    match_weights();
  }

  void match_state(TrainingPosition& position) {
    position = {number(step_name), number(seed_name)};
    const bool has_rate = file_.find(rate_name) != nullptr;
    if (has_rate) position.learning_rate = rate();
    std::size_t slots = 0;
    for (std::size_t p = 0; p < tensors_.size(); ++p) {
      for (std::size_t k = 0; k < tensors_[p].slots; ++k, ++slots) {
        const Tensor& slot = required(slot_name(sources_[p]->name, k));
        ModelTensor kept = tensors_[p];
        kept.shape = kept.shape_of_slots();
        check_floats(slot, kept);
        note(slot, tensors_[p].slot[k]);
      }
    }
    if (sources_.size() + slots + (has_rate ? 3 : 2) != file_.tensors().size()) {
      refuse("it has tensors that the optimizer of this model does not keep", again);
    }
  }

  int match_by_name() {
    for (const ModelTensor& t : tensors_) {
      const Tensor* found = file_.find(t.name);
      if (found && found->dtype == "F32" && same_shape(t.shape, found->shape)) note(*found, t.data);
    }
    if (copies_.empty()) {
      refuse("none of its tensors has the name and shape of a weight of this model",
             "name the layers as in the model that saved it");
    }
    return static_cast<int>(copies_.size());
  }

  void copy() const {
    for (const Copy& c : copies_) std::memcpy(c.to.data(), c.from.data(), c.to.size());
  }

 private:
  struct Copy {
    std::span<const std::byte> from;
    std::span<std::byte> to;
  };
  static constexpr const char* again = "save it again from the model";

  [[noreturn]] void refuse(const std::string& what, const std::string& advice) const {
    throw Error("'" + name_ + "': " + what + "; " + advice + ".");
  }

  const std::string* metadata(const char* key) const {
    const auto found = file_.metadata().find(key);
    return found == file_.metadata().end() ? nullptr : &found->second;
  }

  /// Where the file's weights, in their order, begin to differ from the model's: which layer, and how.
  std::string difference() const {
    const std::vector<const Tensor*> theirs = sources();
    const std::size_t both = std::min(theirs.size(), tensors_.size());
    for (std::size_t k = 0; k < both; ++k) {
      const std::vector<std::int64_t>& shape = theirs[k]->shape;
      if (same_shape(tensors_[k].shape, shape)) continue;
      const std::vector<std::int64_t> turned(shape.rbegin(), shape.rend());
      return "weight " + std::to_string(k) + " is " + in_quotes(theirs[k]->name) + " of the shape " +
             shape_text(shape) + " there, and '" + std::string(tensors_[k].name) + "' of " +
             shape_text(tensors_[k].shape) + " here" +
             (same_shape(tensors_[k].shape, turned) ? ", the other way round (as PyTorch keeps it)" : "");
    }
    const std::string counts = "it has " + std::to_string(theirs.size()) + " weights, and the model has " +
                               std::to_string(tensors_.size());
    if (theirs.size() > both) return counts + ": " + in_quotes(theirs[both]->name) + " has no place here";
    if (tensors_.size() > both) return counts + ": none for '" + std::string(tensors_[both].name) + "'";
    return "all weights have the same shapes, and what the layers compute of them differs";
  }

  const Tensor& required(const std::string& name) const {
    const Tensor* found = file_.find(name);
    if (!found) refuse("the tensor " + in_quotes(name) + " is missing", again);
    return *found;
  }

  /// By the order that the file tells; else by our names; else in the order of the data. The first is right
  /// for every file that Etch saves on a desktop, also after another program sorted its tensors.
  std::vector<const Tensor*> sources() const {
    std::vector<const Tensor*> found;
    if (const std::string* order = metadata(order_key)) {
      for (const std::string& name : lines_of(*order)) found.push_back(&required(name));
      check_no_others(found);
      return found;
    }
    for (const Tensor& t : file_.tensors()) {
      if (!is_position_name(t.name) && !is_slot_name(t.name)) found.push_back(&t);
    }
    if (found.size() == tensors_.size() && has_all_names()) {
      std::transform(tensors_.begin(), tensors_.end(), found.begin(),
                     [this](const ModelTensor& t) { return file_.find(t.name); });
    }
    return found;
  }

  bool has_all_names() const {
    return std::all_of(tensors_.begin(), tensors_.end(),
                       [this](const ModelTensor& t) { return file_.find(t.name) != nullptr; });
  }

  void check_no_others(const std::vector<const Tensor*>& weights) const {
    const auto others = static_cast<std::size_t>(
        std::count_if(file_.tensors().begin(), file_.tensors().end(),
                      [](const Tensor& t) { return is_position_name(t.name) || is_slot_name(t.name); }));
    std::vector<const Tensor*> distinct = weights;
    std::sort(distinct.begin(), distinct.end());
    if (std::adjacent_find(distinct.begin(), distinct.end()) != distinct.end() ||
        weights.size() + others != file_.tensors().size()) {
      refuse("its order of weights (metadata 'etch.order') does not name each of them once", again);
    }
  }

  void check_floats(const Tensor& found, const ModelTensor& wanted) const {
    if (found.dtype != "F32") {
      refuse("the tensor " + in_quotes(found.name) + " holds " + in_quotes(found.dtype) + " and not 'F32'",
             again);
    }
    if (!same_shape(wanted.shape, found.shape)) {
      refuse("the tensor " + in_quotes(found.name) + " has the shape " + shape_text(found.shape) +
                 ", and the weight '" + std::string(wanted.name) + "' has " + shape_text(wanted.shape),
             again);
    }
  }

  std::uint32_t number(const char* name) const {
    const Tensor& tensor = required(name);
    const auto data = file_.data(tensor);
    std::int64_t value = -1;
    if (tensor.dtype == "I64" && data.size() == sizeof value) std::memcpy(&value, data.data(), sizeof value);
    if (tensor.dtype == "I32" && data.size() == sizeof(std::int32_t)) {
      std::int32_t narrow = 0;  // a device has no use for more; its seed may have the upper bit
      std::memcpy(&narrow, data.data(), sizeof narrow);
      value = static_cast<std::uint32_t>(narrow);
    }
    if (value < 0 || value > std::int64_t{0xffffffff}) {
      refuse("the tensor " + in_quotes(name) + " is not one whole number from 0 to 4,294,967,295", again);
    }
    return static_cast<std::uint32_t>(value);
  }

  float rate() const {
    const Tensor& tensor = required(rate_name);
    const auto data = file_.data(tensor);
    float value = -1;
    if (tensor.dtype == "F32" && data.size() == sizeof value) std::memcpy(&value, data.data(), sizeof value);
    if (!(value >= 0 && value - value == 0))
      refuse("the tensor " + in_quotes(rate_name) + " is not one number of at least 0", again);
    return value;
  }

  void note(const Tensor& from, std::span<std::byte> to) { copies_.push_back({file_.data(from), to}); }

  std::string name_;
  SafetensorsFile file_;
  std::span<const ModelTensor> tensors_;
  std::vector<const Tensor*> sources_;
  std::vector<Copy> copies_;
};

}  // namespace

void save_model_file(const std::filesystem::path& path, const ModelIdentity& model,
                     std::span<const ModelTensor> tensors, const TrainingPosition* position) {
  const std::string graph = hexadecimal(model.graph), order = joined_names(tensors);
  std::vector<MetadataEntry> metadata{{graph_key, graph}, {version_key, version}};
  if (!order.empty()) metadata.push_back({order_key, order});
  if (!model.text.empty()) metadata.push_back({graph_text_key, model.text});
  Draft draft;
  if (position) draft.add_position(*position);  // 8-byte numbers first, so that all are aligned in the file
  draft.add_weights(tensors);
  if (position) {
    draft.add_slots(tensors);
    metadata.push_back({optimizer_key, model.optimizer});
  }
  write_safetensors_file(path, draft.entries, metadata);
}

bool load_model_file(const std::filesystem::path& path, const ModelIdentity& model,
                     std::span<const ModelTensor> tensors, LoadState state, TrainingPosition& position) {
  Loading loading(path, tensors);
  if (state == LoadState::weights_only && !loading.is_of(model.graph) && !loading.is_of(model.other)) {
    loading.match_in_order();
    loading.copy();
    return false;
  }
  const bool other_numerics = loading.check_graph(model.graph, model.other);
  loading.match_weights();
  const bool resumes = state == LoadState::with_optimizer && loading.has_state();
  if (resumes) {
    loading.check_optimizer(model.optimizer);
    loading.match_state(position);
  }
  loading.copy();
  if (other_numerics)
    std::fprintf(stderr,
                 "'%s': its weights were trained by other numerics than this model has (separate and fused): "
                 "predictions and continued training differ from those there in their last bits.\n",
                 path.string().c_str());
  return resumes;
}

int load_weights_file_by_name(const std::filesystem::path& path, std::span<const ModelTensor> tensors,
                              void (*before)(void*), void* model) {
  Loading loading(path, tensors);
  const int count = loading.match_by_name();
  before(model);
  loading.copy();
  return count;
}

}  // namespace etch::host
