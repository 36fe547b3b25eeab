// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/same_model.hpp>
#include <etch/ops/op_list.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

std::vector<int> without_ones(const Shape& shape) {
  std::vector<int> extents;
  for (int i = 0; i < shape.rank; ++i)
    if (shape[i] != 1) extents.push_back(shape[i]);
  return extents;
}

/// What is joined, as [groups, the run of each part].
std::vector<int> runs(const Step& step) {
  const auto a = unpack<ops::Concatenate::Attributes>(step.attributes);
  int groups = 1, after = 1;
  for (int i = 0; i < step.out.rank; ++i) (i < a.axis ? groups : after) *= i == a.axis ? 1 : step.out[i];
  std::vector<int> all{groups};
  for (int k = 0; k < a.inputs; ++k) all.push_back(after * a.extent[static_cast<std::size_t>(k)]);
  return all;
}

bool same_walk(const Step& a, const Step& b) {
  if (a.op == op_code<ops::Concatenate>) return runs(a) == runs(b);
  if (a.attributes != b.attributes) return false;
  // Other attributes say all of it, but for how many elements there are.
  const bool shaped = a.op == op_code<ops::QuantizedConvolution> ||
                      a.op == op_code<ops::QuantizedDepthwiseConvolution> ||
                      a.op == op_code<ops::Int8Softmax>;
  if (!shaped) return a.in.size() == b.in.size() && a.out.size() == b.out.size();
  return without_ones(a.in) == without_ones(b.in) && without_ones(a.out) == without_ones(b.out);
}

class Comparison {
 public:
  Comparison(const ImportedModel& model, const ImportedModel& other)
      : a_(model), b_(other), same_(static_cast<std::size_t>(model.graph->values.count), -1) {}

  std::string find() {
    const auto &g = *a_.graph, &h = *b_.graph;
    if (g.steps.count != h.steps.count)
      return "it has " + std::to_string(h.steps.count) + " steps, not " + std::to_string(g.steps.count);
    if (!same_ends(g.inputs, h.inputs, g.input_shapes, h.input_shapes, true)) return "its inputs are others";
    for (int s = 0; s < g.steps.count; ++s)
      if (!same_step(g.steps[s], h.steps[s]))
        return "step " + std::to_string(s) + " (" +
               visit_op(g.steps[s].op, [](auto op) { return decltype(op)::name; }) + ") is another one";
    return same_ends(g.outputs, h.outputs, g.output_shapes, h.output_shapes, false)
               ? ""
               : "its outputs are others";
  }

 private:
  int& twin(int value) { return same_[static_cast<std::size_t>(value)]; }

  template <class Values, class Shapes>
  bool same_ends(const Values& a, const Values& b, const Shapes& of_a, const Shapes& of_b, bool meet) {
    if (a.count != b.count) return false;
    for (int k = 0; k < a.count; ++k) {
      if (meet) twin(a[k]) = b[k];
      if (twin(a[k]) != b[k] || !(of_a[k] == of_b[k]) || !(type(a_, a[k]) == type(b_, b[k]))) return false;
    }
    return true;
  }
  static ElementType type(const ImportedModel& of, int value) { return of.graph->values[value].type; }

  bool same_step(const Step& a, const Step& b) {
    if (a.op != b.op || a.inputs != b.inputs || a.parameters != b.parameters || a.outputs != b.outputs ||
        !same_walk(a, b))
      return false;
    for (int k = 0; k < a.inputs; ++k) {
      const int x = a_.graph->operand(a, k), y = b_.graph->operand(b, k);
      const bool weight = k >= a.inputs - a.parameters;
      if (weight ? !same_bytes(x, y) : twin(x) != y) return false;
    }
    for (int k = 0; k < a.outputs; ++k) twin(a_.graph->result(a, k)) = b_.graph->result(b, k);
    return true;
  }
  bool same_bytes(int x, int y) const {
    return a_.parameters[static_cast<std::size_t>(x)] == b_.parameters[static_cast<std::size_t>(y)];
  }

  const ImportedModel &a_, &b_;
  std::vector<int> same_;  // by value of the one: the value of the other
};

}  // namespace

std::string difference(const ImportedModel& model, const ImportedModel& other) {
  return Comparison(model, other).find();
}

}  // namespace etch::host::tflite
