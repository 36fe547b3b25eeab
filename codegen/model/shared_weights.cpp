// SPDX-License-Identifier: BSL-1.0
// Steps may use one array: however many do, its numbers are kept once.
#include <codegen/model/model_writer.hpp>

#include <string_view>

namespace etch::host {

namespace {

/// Small arrays stay apart: equal ones, such as biases of zeros, are mostly of different layers.
constexpr std::size_t least_shared = 1024;

std::size_t hash_of(const std::vector<std::byte>& bytes) {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

/// Keeps the numbers of the parameter that was added last; those that are there already stay empty.
void ModelWriter::store(const ConstantArray& constant) {
  const int number = static_cast<int>(first_equal_.size());
  const auto& parameters = builder_->graph.parameters;
  if (constant.bytes.size() >= least_shared) {
    const std::size_t hash = hash_of(constant.bytes);
    const auto [begin, end] = hashed_.equal_range(hash);
    for (auto it = begin; it != end; ++it) {
      const Parameter& other = parameters[it->second];
      if (other.type != constant.type || other.shape != constant.shape ||
          model_.parameters[static_cast<std::size_t>(it->second)] != constant.bytes)
        continue;
      first_equal_.push_back(it->second);
      model_.parameters.emplace_back();
      return;
    }
    hashed_.emplace(hash, number);
  }
  weight_bytes_ += static_cast<std::int64_t>(constant.bytes.size());
  first_equal_.push_back(number);
  model_.parameters.push_back(constant.bytes);
}

/// Makes steps whose weights are equal name one parameter, after the graph has got its numbers.
void ModelWriter::share_equal_weights() {
  auto& graph = builder_->graph;
  const int before = graph.parameters.count;
  std::vector<int> number;
  int kept = 0;
  for (int p = 0; p < before; ++p) {
    const int first = first_equal_[static_cast<std::size_t>(p)];
    if (first < p) {
      number.push_back(number[static_cast<std::size_t>(first)]);
      continue;
    }
    if (kept < p) {
      graph.parameters.item[kept] = graph.parameters.item[p];
      graph.values.item[kept] = graph.values.item[p];
      model_.parameters[static_cast<std::size_t>(kept)] =
          std::move(model_.parameters[static_cast<std::size_t>(p)]);
    }
    number.push_back(kept++);
  }
  const int gone = before - kept;
  if (gone == 0) return;
  for (int v = before; v < graph.values.count; ++v) graph.values.item[v - gone] = graph.values.item[v];
  graph.parameters.count = kept;
  graph.values.count -= gone;
  model_.parameters.resize(static_cast<std::size_t>(kept));
  for (auto* list : {&graph.inputs, &graph.outputs, &graph.output_masks})
    for (int k = 0; k < list->count; ++k)
      if (list->item[k] >= 0) list->item[k] = static_cast<std::int16_t>(list->item[k] - gone);
  for (int k = 0; k < graph.operands.count; ++k) {
    std::int16_t& operand = graph.operands.item[k];
    if (operand < 0) continue;
    operand = static_cast<std::int16_t>(operand < before ? number[static_cast<std::size_t>(operand)]
                                                         : operand - gone);
  }
}

}  // namespace etch::host
