// SPDX-License-Identifier: BSL-1.0
// Resource variables: numbers that a model keeps from call to call, by name.
#include <codegen/formats/tflite/operators.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// Whether all numbers of an array are the same: then one stands for them.
bool is_uniform(const std::vector<std::byte>& bytes, std::size_t each) {
  for (std::size_t i = each; i < bytes.size(); ++i)
    if (bytes[i] != bytes[i - each]) return false;
  return true;
}

}  // namespace

/// The subgraph may give variables constants, and nothing else: they are what these begin with.
void import_call_once(Context& c) {
  const FileGraph& graph = c.called(c.options().subgraph);
  std::vector<std::string> names(graph.tensors.size());
  for (const FileOperator& op : graph.operators) {
    if (op.kind == OperatorKind::var_handle) {
      names[static_cast<std::size_t>(op.outputs[0])] = op.options.variable;
      continue;
    }
    const bool assigns =
        op.kind == OperatorKind::assign_variable && op.inputs.size() == 2 && std::ranges::min(op.inputs) >= 0;
    c.require(assigns,
              "calls a subgraph that does more than give variables constants, which is not supported");
    const std::string& name = names[static_cast<std::size_t>(op.inputs[0])];
    const FileTensor& t = graph.tensors[static_cast<std::size_t>(op.inputs[1])];
    c.require(!name.empty() && t.constant(),
              "calls a subgraph that gives variables what is no constant, which is not supported");
    c.variable(name).first = &t;
  }
}

void import_var_handle(Context& c) {
  c.require(!c.options().variable.empty(), "is damaged: it names no variable");
  c.name_variable(c.output_number(), c.options().variable);
}

void import_read_variable(Context& c) {
  Variable& v = c.variable_of(0);
  const FileTensor& t = c.output();
  const ElementType type = element_type(t.kind);
  c.require(t.kind == ElementKind::float32 || is_int8(t) || is_int16(t),
            "is supported for variables of int8, int16 and float32 only");
  if (v.assigned) return c.define(*v.assigned);
  const int elements = t.elements();
  c.keep_variable(v, elements, type);
  ConstantArray first{{1}, type, std::vector<std::byte>(static_cast<std::size_t>(bytes_of(t.kind)))};
  if (v.first) {
    c.require(v.first->kind == t.kind && v.first->elements() == elements && v.first->shifted == t.shifted,
              "is damaged: a variable begins with another number of elements, or another type, than it has");
    if (type != ElementType::real) c.require_same_quantization(*v.first, t);
    first = {{elements}, type, {v.first->data.begin(), v.first->data.end()}};
  }
  const auto each = static_cast<std::size_t>(bytes_of(t.kind));
  const bool single = is_uniform(first.bytes, each);
  if (single) {
    first.bytes.resize(each);
    first.shape = {1};
  }
  c.define(c.add_step(op_code<ops::Recall>, pack(ops::Recall::Attributes{single ? 1 : 0}), {elements}, type,
                      {&*v.state, 1}, {first}));
}

void import_assign_variable(Context& c) {
  Variable& v = c.variable_of(0);
  const FileTensor& t = c.input(1);
  Tensor x = c.value(1);
  if (v.first && element_type(t.kind) != ElementType::real) c.require_same_quantization(*v.first, t);
  x.shape = {t.elements()};
  c.keep_variable(v, t.elements(), c.value(x).type);
  const Tensor inputs[]{x, *v.state};
  v.assigned =
      c.add_step(op_code<ops::Assign>, pack(ops::Assign::Attributes{}), x.shape, c.value(x).type, inputs);
}

}  // namespace etch::host::tflite
