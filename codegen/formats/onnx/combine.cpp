// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/shapes.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host::onnx {

namespace {

/// With as many axes as the result.
Dims raised(const Dims& dims, std::size_t rank) {
  Dims to(rank - dims.size(), 1);
  to.insert(to.end(), dims.begin(), dims.end());
  return to;
}

/// Which atom of `of` is atom `a` of `like`: both are cut the same along each axis that both have. -1: none.
int same_atom(const Layout& like, int a, const Layout& of) {
  const int axis = like.atoms()[at(a)].axis;
  int k = 0;
  for (int i = a; i > 0 && like.atoms()[at(i - 1)].axis == axis; --i) ++k;
  for (std::size_t i = 0; i < of.atoms().size(); ++i)
    if (of.atoms()[i].axis == axis && k-- == 0) return static_cast<int>(i);
  return -1;
}

/// The order in which atoms of `of` lie as those of `lead` do.
Layout lying_as(const Layout& lead, const Layout& of) {
  std::vector<int> order;
  for (const int a : lead.order())
    if (const int same = same_atom(lead, a, of); same >= 0) order.push_back(same);
  Layout to = of;
  to.set_order(order);
  return to;
}

/// Extents of the result from outside in, with strides of both; axes that follow each other in both are one.
kernels::Binary walk(Context& c, const Layout& lead, const Layout& a, const Layout& b) {
  struct Axis {
    int extent, a, b;
  };
  std::vector<Axis> axes;
  const std::vector<int> a_strides = a.strides(), b_strides = b.strides();
  const auto stride = [&](const Layout& of, const std::vector<int>& strides, int atom) {
    const int same = same_atom(lead, atom, of);
    return same < 0 ? 0 : strides[at(same)];
  };
  kernels::Binary walk;
  for (const int atom : lead.order()) {
    const Axis axis{lead.atoms()[at(atom)].extent, stride(a, a_strides, atom), stride(b, b_strides, atom)};
    if (axis.a > 0) walk.a_elements *= axis.extent;
    if (axis.b > 0) walk.b_elements *= axis.extent;
    const bool joins =
        !axes.empty() && axes.back().a == axis.a * axis.extent && axes.back().b == axis.b * axis.extent;
    if (joins)
      axes.back() = {axes.back().extent * axis.extent, axis.a, axis.b};
    else
      axes.push_back(axis);
  }
  c.require(axes.size() <= 4, "is supported for 4 axes that are broadcast by turns only");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t to = 4 - axes.size() + i;
    walk.extent[to] = axes[i].extent;
    walk.a_stride[to] = axes[i].a;
    walk.b_stride[to] = axes[i].b;
  }
  return walk;
}

Live result_like(const Live& x, const Dims& dims, const Layout& layout) {
  Live like = x;
  like.dims = dims;
  like.layout = layout;
  like.stands_for.reset();
  if (dims != x.dims) like.tensor.shape = {static_cast<int>(elements_of(dims))};
  return like;
}

Dims result_dims(Context& c, const Dims& a, const Dims& b) {
  const auto dims = broadcast_dims(a, b);
  if (!dims)
    c.refuse("is damaged: its inputs of " + text_of(a) + " and " + text_of(b) + " do not fit each other");
  return *dims;
}

/// The extents and layout of the result: of the operand that has them already, or row by row.
bool leads(const Live& x, const Dims& dims) { return x.elements() == elements_of(dims); }

}  // namespace

Paired paired(Context& c, Live a, Live b) {
  const Dims dims = result_dims(c, a.dims, b.dims);
  a = c.reshaped(a, raised(a.dims, dims.size()));
  b = c.reshaped(b, raised(b.dims, dims.size()));
  if (!leads(a, dims) && !leads(b, dims)) {
    a = c.natural(a);
    b = c.natural(b);
  }
  Layout of_a = a.layout, of_b = b.layout;
  if (!of_a.cut_like(of_b) || !of_b.cut_like(of_a) || !of_a.cut_like(of_b)) {
    a = c.natural(a);
    b = c.natural(b);
    of_a = a.layout;
    of_b = b.layout;
  }
  const Layout lead = leads(a, dims) ? of_a : leads(b, dims) ? of_b : Layout(dims);
  a.layout = of_a;
  b.layout = of_b;
  a = c.moved_to(a, lying_as(lead, of_a));
  b = c.moved_to(b, lying_as(lead, of_b));
  Paired pair{a, b, result_like(leads(a, dims) ? a : b, dims, lead), walk(c, lead, a.layout, b.layout)};
  pair.like.layout.join();
  return pair;
}

PairedConstant paired(Context& c, Live x, const Array& constant) {
  const Dims dims = result_dims(c, x.dims, constant.dims);
  x = c.reshaped(x, raised(x.dims, dims.size()));
  Array array = constant;
  array.dims = raised(array.dims, dims.size());
  if (!leads(x, dims)) x = c.natural(x);
  Layout of_x = x.layout, of_array(array.dims);
  if (!of_array.cut_like(of_x) || !of_x.cut_like(of_array)) {
    x = c.natural(x);
    of_x = x.layout;
    of_array = Layout(array.dims);
  }
  x.layout = of_x;
  const Layout lead = leads(x, dims) ? of_x : Layout(dims);
  // The constant's atoms as an array of their own, put in the order of the value's.
  const Layout lying = lying_as(lead, of_array);
  Array cut = array;
  cut.dims.clear();
  for (const Atom& atom : of_array.atoms()) cut.dims.push_back(atom.extent);
  cut = transposed(cut, lying.order());
  PairedConstant pair{x, result_like(x, dims, lead), walk(c, lead, of_x, lying), std::move(cut)};
  pair.like.layout.join();
  return pair;
}

Live combined(Context& c, kernels::BinaryKind kind, const Live& a, const Live& b, int count) {
  Paired pair = paired(c, a, b);
  pair.binary.kind = kind;
  pair.binary.count = count;
  const Tensor inputs[]{pair.a.tensor, pair.b.tensor};
  return c.add(op_code<ops::Binary>, pack(pair.binary), pair.like, ElementType::real, inputs);
}

Live combined(Context& c, kernels::BinaryKind kind, const Live& x, const Array& constant) {
  using enum kernels::BinaryKind;
  if (constant.elements() == 1 && elements_of(result_dims(c, x.dims, constant.dims)) == x.elements()) {
    const float number = floats(constant)[0];
    Live like = c.reshaped(x, *broadcast_dims(x.dims, constant.dims));
    if (kind == multiply) return c.affine(like, number, 0);
    if (kind == add) return c.affine(like, 1, number);
    if (kind == subtract) return c.affine(like, 1, -number);
  }
  PairedConstant pair = paired(c, x, constant);
  pair.binary.kind = kind;
  return c.add(op_code<ops::Binary>, pack(pair.binary), pair.like, ElementType::real, {&pair.x.tensor, 1},
               {constant_of(floats(pair.constant), ElementType::real)});
}

Live broadcast_to(Context& c, const Live& x, const Dims& dims) {
  const Dims full = result_dims(c, x.dims, dims);
  if (elements_of(full) == x.elements()) return c.reshaped(x, full);
  Live y = c.natural(c.reshaped(x, raised(x.dims, full.size())));
  const ElementType type = c.value(y.tensor).type;
  for (std::size_t axis = full.size(); axis-- > 0;) {
    if (y.dims[axis] == full[axis]) continue;
    const Dims outside(y.dims.begin(), y.dims.begin() + static_cast<std::ptrdiff_t>(axis));
    kernels::Tile tile{static_cast<int>(elements_of(outside)), 1, static_cast<int>(full[axis])};
    tile.length = y.elements() / tile.outer;
    y.dims[axis] = full[axis];
    c.require(elements_of(y.dims) > 0, "has a result that no array has room for");
    y.tensor.shape = {tile.outer, tile.length};
    y.tensor = c.add_step(op_code<ops::Tile>, pack(tile), {tile.outer, tile.count, tile.length}, type,
                          {&y.tensor, 1});
    y.layout = Layout(y.dims);
    y = c.reshaped(y, y.dims);
  }
  return y;
}

}  // namespace etch::host::onnx
