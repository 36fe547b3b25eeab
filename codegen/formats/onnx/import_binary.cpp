// SPDX-License-Identifier: BSL-1.0
// Functions of two and more tensors.
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>
#include <codegen/formats/onnx/whole.hpp>

namespace etch::host::onnx {

namespace {

using enum kernels::BinaryKind;

kernels::BinaryKind kind_of(const std::string& op) {
  return op == "Add" || op == "Sum" || op == "Mean" ? add
         : op == "Sub"                              ? subtract
         : op == "Mul" || op == "And"               ? multiply
         : op == "Div"                              ? divide
         : op == "Max" || op == "Or"                ? maximum
                                                    : minimum;
}

/// constant op x, in that order.
Live combined_behind(Context& c, kernels::BinaryKind kind, const Array& constant, const Live& x) {
  if (kind == subtract) return combined(c, add, c.affine(x, -1, 0), constant);
  c.require(kind != divide, "divides a constant, which is not supported");
  return combined(c, kind, x, constant);
}

}  // namespace

void import_binary(Context& c) {
  const kernels::BinaryKind kind = kind_of(c.node().op);
  c.require(c.inputs() == 2, "is damaged: it has not two inputs");
  if (whole_binary(c, kind)) return;
  if (c.is_constant(0)) return c.define(combined_behind(c, kind, c.constant(0, "A"), c.live(1)));
  const Live a = c.live(0);
  c.require(kind != divide || is_real(a.type), "divides whole numbers, which is not supported");
  if (c.is_constant(1)) return c.define(combined(c, kind, a, c.constant(1, "B")));
  c.define(combined(c, kind, a, c.live(1)));
}

/// Of any number of tensors: Sum, Mean, Max and Min.
void import_variadic(Context& c) {
  const kernels::BinaryKind kind = kind_of(c.node().op);
  const int count = c.inputs();
  std::optional<Live> sum;
  for (int k = 0; k < count; ++k)
    if (!c.is_constant(k)) sum = sum ? combined(c, kind, *sum, c.live(k)) : c.live(k);
  if (!sum) c.refuse("is of constants only");
  for (int k = 0; k < count; ++k)
    if (c.is_constant(k)) sum = combined(c, kind, *sum, c.constant(k, "input"));
  if (c.node().op == "Mean" && count > 1)
    sum = combined(c, divide, *sum, array_of(std::vector{static_cast<double>(count)}, {}));
  c.define(*sum);
}

/// Truth values are 0 and 1.
void import_logic(Context& c) {
  const std::string& op = c.node().op;
  if (op == "Not") return c.define(c.affine(c.live(0), -1, 1));
  const int first = c.is_constant(0) ? 1 : 0;
  const Live a = c.live(first);
  const auto with = [&](kernels::BinaryKind kind) {
    return c.is_constant(1 - first) ? combined(c, kind, a, c.constant(1 - first, "B"))
                                    : combined(c, kind, a, c.live(1 - first));
  };
  if (op != "Xor") return c.define(with(kind_of(op)));
  const Live apart = with(subtract);
  c.define(combined(c, multiply, apart, apart));
}

void import_expand(Context& c) {
  const Dims shape = c.whole_numbers(1, "shape");
  c.define(broadcast_to(c, c.live(0), shape));
}

/// Each axis again and again: a new axis before it, that is repeated and then joined with it.
void import_tile(Context& c) {
  const Live x = c.live(0);
  const std::vector<std::int64_t> times = c.whole_numbers(1, "repeats");
  c.require(times.size() == x.dims.size(), "is damaged: its repeats do not fit its input");
  Dims apart, repeated, joined;
  for (std::size_t i = 0; i < times.size(); ++i) {
    c.require(times[i] >= 1 && times[i] <= most_elements, "has an empty result, which is not supported");
    apart.insert(apart.end(), {1, x.dims[i]});
    repeated.insert(repeated.end(), {times[i], x.dims[i]});
    joined.push_back(times[i] * x.dims[i]);
  }
  c.require(elements_of(joined) > 0, "has a result that no array has room for");
  c.define(c.reshaped(broadcast_to(c, c.reshaped(x, apart), repeated), joined));
}

}  // namespace etch::host::onnx
