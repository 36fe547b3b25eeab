// SPDX-License-Identifier: BSL-1.0
// A whole file: its ends, its nodes in their order, and all that is refused at once.
#include <codegen/formats/onnx/operators.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host::onnx {

namespace {

constexpr std::size_t most_refusals = 12;  // that are told one by one

/// What to do about operators that many ask for and Etch has not.
struct Advice {
  const char *op, *text;
};
constexpr Advice advices[]{
    {"If", ": export the model without branches that depend on its input"},
    {"Loop", ": export the model with its loops unrolled, for a fixed length"},
    {"Scan", ": export the model with its loops unrolled, for a fixed length"},
    {"NonMaxSuppression", ": end the model before it, and choose boxes in the program that calls it"},
    {"TopK", ": end the model before it, and choose in the program that calls it"},
    {"NonZero", ": its result has no fixed shape"},
    {"ConvInteger", ": quantize the model statically, as QDQ"},
    {"MatMulInteger", ": quantize the model statically, as QDQ"},
    {"DynamicQuantizeLinear", ": quantize the model statically, as QDQ"},
};

std::string advice(const FileNode& node) {
  for (const Advice& a : advices)
    if (node.op == a.op) return a.text;
  return ": docs/onnx.md lists what is";
}

std::string described(const FileNode& node) {
  std::string text = node.domain.empty() ? node.op : node.domain + "." + node.op;
  text += node.domain.empty() && node.opset > 0 ? " of opset " + std::to_string(node.opset) : "";
  return text + (node.name.empty() ? "" : ", node '" + node.name + "'");
}

}  // namespace

Context::Context(const File& file, const std::string& name, const Choices& choices)
    : ImportContext(name, 0), file_(file), choices_(choices) {
  for (const FileNode& node : file.nodes)
    for (const std::string& input : node.inputs)
      if (!input.empty()) readers_[input].push_back(&node);
  for (const FileEnd& end : file.outputs) results_.insert(end.name);
}

void Context::import_input(const FileEnd& end) {
  const std::string what = "input '" + end.name + "' ";
  if (!end.tensor) refuse(what + "is no tensor, which is not supported");
  Dims dims = end.dims;
  if (!end.has_shape) refuse(what + "has no shape: export the model with one");
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == -1 && i == 0) dims[i] = 1;  // a free batch
    if (dims[i] < 1)
      refuse(what + "of shape " + text_of(end.dims) +
             " has an extent that is free or 0: export the model with fixed extents (only the first may be "
             "free)");
  }
  if (elements_of(dims) < 1 || dims.size() > 8)
    refuse(what + "of shape " + text_of(dims) + " has extents that no array of Etch has");
  const bool stored = end.type == DataType::int8 || end.type == DataType::uint8;
  if (!stored && end.type != DataType::float32 && end.type != DataType::int32 &&
      end.type != DataType::int64 && end.type != DataType::boolean)
    refuse(what + "is of " + name_of(end.type) + ", which is not supported: export the model in float32");
  std::vector<int> order(dims.size());
  std::iota(order.begin(), order.end(), 0);
  if (choices_.channels_last.contains(end.name) && order.size() > 2)
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  Live x{{}, dims, Layout(dims, order), end.type, {}};
  Shape shape;
  // The batch of one is none of Etch's; all others are.
  for (std::size_t i = 0; i < order.size(); ++i)
    if (i > 0 || dims[0] > 1 || dims.size() == 1)
      shape.append(static_cast<int>(dims[static_cast<std::size_t>(order[i])]));
  if (shape.rank < 1 || shape.rank > Shape::max_rank) shape = {static_cast<int>(elements_of(dims))};
  x.tensor = input(shape, stored ? ElementType::i8 : ElementType::real);
  note(x.tensor,
       {end.name, shape, stored && end.type == DataType::uint8 ? Quantization{1, -128} : Quantization{}});
  Known known;
  known.live = x;
  values_[end.name] = std::move(known);
}

void Context::import_ends() {
  for (const auto& [name, array] : file_.initializers)
    values_[name].constant = std::shared_ptr<const Array>(std::shared_ptr<void>(), &array);
  for (const auto& [name, array] : choices_.constants)
    values_[name].constant = std::shared_ptr<const Array>(std::shared_ptr<void>(), &array);
  int inputs = 0;
  for (const FileEnd& end : file_.inputs) {
    if (values_.contains(end.name)) continue;  // files of the first versions list initializers too
    if (++inputs > limits::inputs.most) refuse("has more than 16 inputs");
    import_input(end);
  }
}

bool Context::reads_refused(const FileNode& node) const {
  return std::ranges::any_of(node.inputs, [&](const std::string& name) {
    const auto value = values_.find(name);
    return value != values_.end() && value->second.refused;
  });
}

void Context::refused(const FileNode& node, const std::string& why) {
  if (refusals_[why]++ == 0) refusal_order_.push_back(why);
  for (const std::string& name : node.outputs)
    if (!name.empty() && !values_.contains(name)) values_[name].refused = true;
}

void Context::import_one(const FileNode& node, int index) {
  node_ = &node;
  const std::string named = described(node);
  const ImportFunction import = import_of(node);
  if (!import && !is_folded(node))
    return refused(node, named + (node.name.empty() ? "" : ",") + " is not supported" + advice(node));
  if (broken_ || reads_refused(node)) {
    for (const std::string& name : node.outputs)
      if (!name.empty()) values_[name].refused = true;
    return;
  }
  try {
    import_node(named, index, [&] {
      for (const std::string& name : node.inputs)
        if (!name.empty() && !values_.contains(name))
          refuse("reads '" + name + "', which nothing before it makes");
      const bool constants = !node.inputs.empty() || node.op == "Constant";
      const bool all_known = std::ranges::all_of(node.inputs, [&](const std::string& name) {
        return name.empty() || values_.at(name).is_constant();
      });
      if (constants && all_known && folded(*this)) return;
      if (!import) refuse("is supported for numbers that do not depend on the model's input only");
      import(*this);
    });
  } catch (const Error& error) {
    std::string why = error.what();
    const std::string file = "'" + name() + "': ";
    if (why.starts_with(file)) why = why.substr(file.size());
    set_subject(file);
    broken_ = faulty();
    refused(node, why);
  }
}

void Context::import_nodes() {
  for (std::size_t i = 0; i < file_.nodes.size(); ++i)
    if (!done_.contains(&file_.nodes[i])) import_one(file_.nodes[i], static_cast<int>(i));
  if (!refusal_order_.empty()) report();
}

void Context::report() const {
  std::string why;
  for (std::size_t i = 0; i < refusal_order_.size() && i < most_refusals; ++i) {
    const int times = refusals_.at(refusal_order_[i]);
    why +=
        (i > 0 ? "; " : "") + refusal_order_[i] + (times > 1 ? " (" + std::to_string(times) + " times)" : "");
  }
  if (refusal_order_.size() > most_refusals)
    why += "; and " + std::to_string(refusal_order_.size() - most_refusals) + " more";
  refuse(why);
}

void Context::give_outputs(OnnxModel& to) {
  if (file_.outputs.empty()) refuse("has no results");
  for (const FileEnd& end : file_.outputs) {
    const auto known = values_.find(end.name);
    if (known == values_.end()) refuse("gives '" + end.name + "', which no node makes");
    if (!known->second.live)
      refuse("gives '" + end.name + "', which does not depend on the input: remove this output");
    Live y = *known->second.live;
    if (y.stands_for) y = as_real(y);
    // Channels last is Etch's own order of images and series; what lies in any other is put as ONNX has it.
    std::vector<int> last(y.dims.size());
    std::iota(last.begin(), last.end(), 0);
    if (last.size() > 2) std::rotate(last.begin() + 1, last.begin() + 2, last.end());
    if (y.layout.order() != y.layout.ordered(last).order()) y = natural(y);
    add_output(y.tensor);
    to.outputs.push_back({end.name, y.dims, y.type, y.layout.axes_in_memory()});
  }
}

std::vector<SourceOperator> Context::source_operators() const {
  std::vector<SourceOperator> operators;
  for (std::size_t i = 0; i < file_.nodes.size(); ++i) {
    operators.push_back({file_.nodes[i].op, static_cast<int>(i), {}});
    for (const std::string& name : file_.nodes[i].outputs) {
      const auto known = values_.find(name);
      const bool live = known != values_.end() && known->second.live;
      const auto merged = merged_.find(name);
      operators.back().results.push_back(live                      ? known->second.live->tensor.value
                                         : merged != merged_.end() ? merged->second
                                                                   : -1);
    }
  }
  return operators;
}

OnnxModel Context::import() {
  OnnxModel to;
  import_ends();
  for (const FileEnd& end : file_.inputs) {
    const Known& known = values_.at(end.name);
    if (known.live)
      to.inputs.push_back(
          {end.name, known.live->dims, known.live->type, known.live->layout.axes_in_memory()});
  }
  if (to.inputs.empty()) refuse("has no input");
  import_nodes();
  give_outputs(to);
  to.moves = moves_;
  to.model = finish(source_operators());
  return to;
}

}  // namespace etch::host::onnx
