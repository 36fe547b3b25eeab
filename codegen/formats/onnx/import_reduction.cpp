// SPDX-License-Identifier: BSL-1.0
// What makes one number of many, and what looks numbers up.
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>

#include <algorithm>

namespace etch::host::onnx {

namespace {

using kernels::ReduceKind;
using kernels::UnaryKind;

Live unary(Context& c, const Live& x, UnaryKind kind) {
  return c.real_step(op_code<ops::Unary>, pack(ops::Unary::Attributes{kind}), x);
}

/// The axes that go and those that stay, as they lie: neighbours of a kind are one.
kernels::Reduce walk_of(const Live& x, const std::vector<int>& axes, std::size_t& count) {
  kernels::Reduce reduce;
  std::vector<std::pair<int, bool>> runs;
  for (const int o : x.layout.order()) {
    const Atom& atom = x.layout.atoms()[static_cast<std::size_t>(o)];
    const bool goes = std::ranges::find(axes, atom.axis) != axes.end();
    if (!runs.empty() && runs.back().second == goes)
      runs.back().first *= atom.extent;
    else
      runs.emplace_back(atom.extent, goes);
  }
  count = runs.size();
  for (std::size_t i = 0; i < runs.size() && i < 4; ++i) {
    reduce.extent[i] = runs[i].first;
    if (runs[i].second) reduce.axes |= 1 << i;
  }
  return reduce;
}

/// With extents of 1 where numbers were taken together.
Live reduced(Context& c, const Live& from, ReduceKind kind, const std::vector<int>& axes) {
  Live x = from;
  std::size_t runs = 0;
  kernels::Reduce reduce = walk_of(x, axes, runs);
  if (runs > 4) {
    x = c.with_block(x, axes).first;
    reduce = walk_of(x, axes, runs);
  }
  reduce.kind = kind;
  Live y = x;
  for (const int axis : axes) {
    y.dims[static_cast<std::size_t>(axis)] = 1;
    y.layout = y.layout.with_extent(axis, 1);
  }
  if (reduce.axes == 0) return y;
  const auto& e = reduce.extent;
  x.tensor.shape = {e[0], e[1], e[2], e[3]};
  y.tensor = c.add_step(op_code<ops::Reduce>, pack(reduce), {static_cast<int>(elements_of(y.dims))},
                        ElementType::real, {&x.tensor, 1});
  y.layout.join();
  return c.reshaped(y, y.dims);
}

/// log(sum(exp(x))), as far from overflow as the largest number is.
Live log_sum_exp(Context& c, const Live& x, const std::vector<int>& axes) {
  const Live most = reduced(c, x, ReduceKind::maximum, axes);
  const Live powers =
      c.activated(combined(c, kernels::BinaryKind::subtract, x, most), ActivationKind::exponential);
  const Live sum = unary(c, reduced(c, powers, ReduceKind::sum, axes), UnaryKind::log);
  return combined(c, kernels::BinaryKind::add, sum, most);
}

Live reduction(Context& c, const std::string& op, const Live& x, const std::vector<int>& axes) {
  if (op == "ReduceSum") return reduced(c, x, ReduceKind::sum, axes);
  if (op == "ReduceMean") return reduced(c, x, ReduceKind::mean, axes);
  if (op == "ReduceMax") return reduced(c, x, ReduceKind::maximum, axes);
  if (op == "ReduceMin") return reduced(c, x, ReduceKind::minimum, axes);
  if (op == "ReduceProd") return reduced(c, x, ReduceKind::product, axes);
  if (op == "ReduceL1") return reduced(c, unary(c, x, UnaryKind::absolute), ReduceKind::sum, axes);
  if (op == "ReduceLogSumExp") return log_sum_exp(c, x, axes);
  if (op == "ReduceLogSum") return unary(c, reduced(c, x, ReduceKind::sum, axes), UnaryKind::log);
  const Live squares = reduced(c, unary(c, x, UnaryKind::square), ReduceKind::sum, axes);
  return op == "ReduceL2" ? unary(c, squares, UnaryKind::sqrt) : squares;
}

}  // namespace

Live without(Context& c, const Live& y, const std::vector<int>& axes) {
  Dims dims;
  for (int i = 0; i < y.rank(); ++i)
    if (std::ranges::find(axes, i) == axes.end()) dims.push_back(y.dims[static_cast<std::size_t>(i)]);
  return c.reshaped(y, dims);
}

void import_reduction(Context& c) {
  const std::string& op = c.node().op;
  const int since = op == "ReduceSum" ? 13 : 18;
  const auto listed = c.list_or_input("axes", 1, since);
  std::vector<int> axes = listed_axes(c, 1, since, c.dims(0).size());
  if ((!listed || listed->empty()) && c.integer("noop_with_empty_axes", 0) != 0) axes.clear();
  const bool keeps = c.integer("keepdims", 1) != 0;
  if (op == "ReduceMean" && !axes.empty() && whole_mean(c, axes, keeps)) return;
  const Live y = reduction(c, op, c.live(0), axes);
  c.define(keeps || axes.empty() ? y : without(c, y, axes));
}

void import_arg(Context& c) {
  const Live from = c.live(0);
  const int axis = c.axis_of(c.integer("axis", 0), from.dims.size());
  auto [x, block] = c.with_block(c.plain(from, axis), {axis});
  kernels::ArgMax arg{block.outside, block.extent, block.inside};
  arg.smallest = c.node().op == "ArgMin";
  arg.last = c.integer("select_last_index", 0) != 0;
  x.tensor.shape = {block.outside, block.extent, block.inside};
  Live y = x;
  y.type = DataType::int64;
  y.dims[static_cast<std::size_t>(axis)] = 1;
  y.layout = y.layout.with_extent(axis, 1);
  y.tensor = c.add_step(op_code<ops::ArgMax>, pack(arg), {block.outside, block.inside}, ElementType::real,
                        {&x.tensor, 1});
  y = c.reshaped(y, y.dims);
  c.define(c.integer("keepdims", 1) ? y : without(c, y, {axis}));
}

namespace {

struct NamedFunction {
  const char* op;
  UnaryKind kind;
};
constexpr NamedFunction functions[]{
    {"Abs", UnaryKind::absolute},
    {"Neg", UnaryKind::negate},
    {"Log", UnaryKind::log},
    {"Sqrt", UnaryKind::sqrt},
    {"Reciprocal", UnaryKind::reciprocal},
    {"Ceil", UnaryKind::ceil},
    {"Floor", UnaryKind::floor},
    {"Round", UnaryKind::round},
    {"Sign", UnaryKind::sign},
    {"Erf", UnaryKind::erf},
    {"Sin", UnaryKind::sin},
    {"Cos", UnaryKind::cos},
    {"Not", UnaryKind::logical_not},
    {"IsNaN", UnaryKind::is_nan},
    {"IsInf", UnaryKind::is_infinite},
};

}  // namespace

void import_function(Context& c) {
  const std::string& op = c.node().op;
  c.require(op != "IsInf" || (c.integer("detect_negative", 1) && c.integer("detect_positive", 1)),
            "looks for infinities of one sign, which is not supported");
  for (const NamedFunction& named : functions) {
    if (op != named.op) continue;
    const Words words = pack(ops::Unary::Attributes{named.kind});
    Step step;
    step.attributes = words;
    if (whole_function(c, [&](double x) { return ops::Unary::function<double>(step, x); })) return;
    Live y = unary(c, c.live(0), named.kind);
    if (op == "Not" || op.starts_with("Is")) y.type = DataType::boolean;
    return c.define(y);
  }
}

Live taken_along(Context& c, const Live& x, int axis, const std::vector<std::int32_t>& places) {
  auto [in, block] = c.with_block(c.plain(x, axis), {axis});
  const kernels::Gather gather{block.outside, block.extent, block.inside, static_cast<int>(places.size())};
  Live y = in;
  y.dims[static_cast<std::size_t>(axis)] = gather.count;
  c.require(elements_of(y.dims) > 0, "has a result that no array has room for");
  in.tensor.shape = {gather.outer, gather.extent, gather.inner};
  y.tensor = c.add_step(op_code<ops::Gather>, pack(gather), {gather.outer, gather.count, gather.inner},
                        c.value(in.tensor).type, {&in.tensor, 1}, {constant_of(places, ElementType::i32)});
  y.layout = y.layout.with_extent(axis, gather.count);
  return c.reshaped(y, y.dims);
}

namespace {

/// The indices are whole numbers that come as reals.
void import_table(Context& c) {
  const Array& table = c.constant(0, "data");
  const int axis = c.axis_of(c.integer("axis", 0), table.dims.size());
  c.require(axis == 0, "looks up a constant along another axis than its first, which is not supported");
  const Live at = c.natural(c.live(1));
  const int rows = static_cast<int>(table.dims[0]);
  const int width = static_cast<int>(table.elements() / std::max(rows, 1));
  c.require(rows > 0 && width > 0, "looks up a table that is empty");
  Dims dims = at.dims;
  dims.insert(dims.end(), table.dims.begin() + 1, table.dims.end());
  c.require(elements_of(dims) > 0, "has a result that no array has room for");
  Live y{{}, dims, Layout(dims), table.type, {}};
  y.tensor = c.add_step(op_code<ops::Embedding>, pack(ops::Embedding::Attributes{rows, width}),
                        {at.elements(), width}, ElementType::real, {&at.tensor, 1},
                        {constant_of(floats(table), ElementType::real, {rows, width})});
  c.define(c.reshaped(y, dims));
}

/// Places that are computed.
void import_places(Context& c, const Live& from, int axis) {
  const Live at = c.natural(c.live(1));
  auto [x, block] = c.with_block(c.plain(c.as_real(from), axis), {axis});
  const kernels::Gather gather{block.outside, block.extent, block.inside, at.elements()};
  Live y = x;
  y.dims[static_cast<std::size_t>(axis)] = gather.count;
  c.require(elements_of(y.dims) > 0, "has a result that no array has room for");
  x.tensor.shape = {gather.outer, gather.extent, gather.inner};
  const Tensor inputs[]{x.tensor, at.tensor};
  y.tensor = c.add_step(op_code<ops::Gather>, pack(gather), {gather.outer, gather.count, gather.inner},
                        ElementType::real, inputs);
  y.layout = y.layout.with_extent(axis, gather.count);
  y = c.reshaped(y, y.dims);
  Dims dims(y.dims.begin(), y.dims.begin() + axis);
  dims.insert(dims.end(), at.dims.begin(), at.dims.end());
  dims.insert(dims.end(), y.dims.begin() + axis + 1, y.dims.end());
  c.define(c.reshaped(y, dims));
}

}  // namespace

/// One place along an axis, or several; rows of a table by index.
void import_gather(Context& c) {
  if (c.is_constant(0)) return import_table(c);
  const Live& x = c.stored(0);
  const int axis = c.axis_of(c.integer("axis", 0), x.dims.size());
  if (!c.is_constant(1)) return import_places(c, x, axis);
  const auto along = static_cast<std::size_t>(axis);
  const Array& at = c.constant(1, "indices");
  std::vector<std::int32_t> places;
  c.require(at.elements() > 0, "has an empty result, which is not supported");
  bool in_order = true;
  for (std::int64_t place : integers(at)) {
    if (place < 0) place += x.dims[along];
    c.require(place >= 0 && place < x.dims[along],
              "is damaged: it takes a place that its input does not have");
    in_order = in_order && (places.empty() || place == places.back() + 1);
    places.push_back(static_cast<std::int32_t>(place));
  }
  Live y = x;
  if (in_order) {
    std::vector<Places> taken;
    for (const std::int64_t extent : x.dims) taken.push_back({0, 1, extent});
    taken[along] = {places[0], 1, at.elements()};
    if (at.elements() < x.dims[along]) y = sliced(c, x, taken);
  } else {
    y = taken_along(c, x, axis, places);
  }
  Dims dims(y.dims.begin(), y.dims.begin() + axis);
  dims.insert(dims.end(), at.dims.begin(), at.dims.end());
  dims.insert(dims.end(), y.dims.begin() + axis + 1, y.dims.end());
  c.define(c.reshaped(y, dims));
}

}  // namespace etch::host::onnx
