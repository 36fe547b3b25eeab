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

/// The parameter that has these numbers already, or -1.
int ModelWriter::stored(const ConstantArray& constant) const {
  if (constant.shared >= 0)
    if (const auto found = shared_.find(constant.shared); found != shared_.end()) return found->second;
  if (constant.bytes.size() < least_shared) return -1;
  const auto [begin, end] = hashed_.equal_range(hash_of(constant.bytes));
  for (auto it = begin; it != end; ++it) {
    const Parameter& other = builder_->graph.parameters[it->second];
    if (other.type == constant.type && other.shape == constant.shape &&
        model_.parameters[static_cast<std::size_t>(it->second)] == constant.bytes)
      return it->second;
  }
  return -1;
}

/// Keeps the numbers of the step that was added last. Those of its parameters that are there already are
/// taken out again, and the step names the first ones.
void ModelWriter::store(const std::vector<ConstantArray>& constants) {
  if (constants.empty()) return;
  auto& graph = builder_->graph;
  const Step& step = graph.steps[graph.steps.count - 1];
  std::int16_t* const operands = &graph.operands[step.first + step.inputs - step.parameters];
  const int added = graph.parameters.count - static_cast<int>(constants.size());
  const int operand_of_0 = operands[0] + added;  // parameters count down until the graph is finished
  graph.parameters.count = added;
  for (std::size_t k = 0; k < constants.size(); ++k) {
    const ConstantArray& constant = constants[k];
    int number = stored(constant);
    if (number < 0) {
      number = graph.parameters.push(Parameter(graph.parameters[added + static_cast<int>(k)]));
      model_.parameters.push_back(constant.bytes);
      weight_bytes_ += static_cast<std::int64_t>(constant.bytes.size());
      if (constant.bytes.size() >= least_shared) hashed_.emplace(hash_of(constant.bytes), number);
    }
    if (constant.shared >= 0) shared_.emplace(constant.shared, number);
    operands[k] = static_cast<std::int16_t>(operand_of_0 - number);
  }
}

}  // namespace etch::host
