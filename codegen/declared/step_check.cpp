// SPDX-License-Identifier: BSL-1.0
#include <codegen/declared/step_check.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host {

namespace {

using Declared = Graph<declaration_capacity>;
constexpr int largest = 1 << 20;

/// Numbers of a step's operands, weights apart.
struct Extents {
  const Declared& graph;
  const Step& step;
  std::int64_t input() const { return graph.values[graph.operand(step, 0)].elements; }
  std::int64_t result() const { return graph.values[graph.result(step)].elements; }
  /// -1 where there is no such weight.
  std::int64_t weight(int k) const {
    if (k >= step.parameters) return -1;
    return graph.values[graph.operand(step, step.inputs - step.parameters + k)].elements;
  }
};

bool between(int n, int least) { return n >= least && n <= largest; }

bool dense_fits(const Extents& e) {
  const auto a = unpack<ops::Dense::Attributes>(e.step.attributes);
  const Step& s = e.step;
  return s.parameters == (a.use_bias ? 2 : 1) && a.units == s.out.last() &&
         std::int64_t{s.in.size()} * a.units == std::int64_t{s.out.size()} * s.in.last() &&
         e.weight(0) == std::int64_t{s.in.last()} * a.units && (!a.use_bias || e.weight(1) == a.units);
}

bool convolution_fits(const Extents& e) {
  const auto a = unpack<ops::Convolution::Attributes>(e.step.attributes);
  const Step& s = e.step;
  for (const int n : {a.kernel_height, a.kernel_width, a.stride_height, a.stride_width, a.dilation_height,
                      a.dilation_width, a.groups})
    if (!between(n, 1)) return false;
  if (!between(a.top, -largest) || !between(a.left, -largest)) return false;
  if (s.in.rank < 2 || s.in.rank > 3 || s.out.rank != s.in.rank) return false;
  if (s.in.last() % a.groups != 0 || s.out.last() % a.groups != 0) return false;
  return s.parameters == (a.use_bias ? 2 : 1) && (!a.use_bias || e.weight(1) == s.out.last()) &&
         e.weight(0) ==
             std::int64_t{a.kernel_height} * a.kernel_width * (s.in.last() / a.groups) * s.out.last();
}

bool pool_fits(const Extents& e) {
  const auto p = unpack<ops::Pool::Attributes>(e.step.attributes);
  for (const int n : {p.height, p.width, p.channels, p.out_height, p.out_width, p.pool_height, p.pool_width,
                      p.stride_height, p.stride_width})
    if (!between(n, 1)) return false;
  const auto inside = [](int out, int stride, int pool, int before, int extent) {
    // Every window has a place within the input.
    return before >= 0 && before < pool && std::int64_t{out - 1} * stride - before < extent;
  };
  return inside(p.out_height, p.stride_height, p.pool_height, p.top, p.height) &&
         inside(p.out_width, p.stride_width, p.pool_width, p.left, p.width) &&
         std::int64_t{p.height} * p.width * p.channels == e.step.in.size() &&
         std::int64_t{p.out_height} * p.out_width * p.channels == e.step.out.size();
}

bool norm_fits(const Extents& e) {
  const auto a = unpack<ops::BatchNormalization::Attributes>(e.step.attributes);
  const int count = 2 + (a.center ? 1 : 0) + (a.scale ? 1 : 0);
  if (e.step.parameters != count || !(e.step.in == e.step.out)) return false;
  for (int k = 0; k < count; ++k)
    if (e.weight(k) != e.step.in.last()) return false;
  return true;
}

}  // namespace

const char* step_fault(const Declared& graph, const Step& step) {
  const Extents e{graph, step};
  if (e.input() != std::int64_t{step.in.size()} * step.repeat ||
      e.result() != std::int64_t{step.out.size()} * step.repeat)
    return "an operand of a step has another number of elements than its shape";
  const bool fits = step.op == op_code<ops::Dense>                ? dense_fits(e)
                    : step.op == op_code<ops::Convolution>        ? convolution_fits(e)
                    : step.op == op_code<ops::Pool>               ? pool_fits(e)
                    : step.op == op_code<ops::BatchNormalization> ? norm_fits(e)
                                                                  : true;
  return fits ? nullptr : "the attributes of a step do not fit its shapes and weights";
}

}  // namespace etch::host
