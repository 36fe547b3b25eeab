// SPDX-License-Identifier: BSL-1.0
#include <codegen/quantize/real_model.hpp>
#include <codegen/quantize/scheme.hpp>
#include <runtime/kernels/portable/fake_quantize.hpp>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <numeric>

namespace etch::host::quantization {

namespace {

using Real = Graph<declaration_capacity>;

/// What the scale of a function's results is, whatever its input.
std::optional<Quantization> fixed_result(const Step& step, Form form, ElementType type) {
  const bool wide = type == ElementType::i16;
  const Quantization share = wide ? Quantization{1.0f / 32768, 0} : Quantization{1.0f / 256, -128};
  if (form == Form::softmax) return share;
  const ActivationKind kind = etch::detail::plain_activation(step);
  if (kind == ActivationKind::sigmoid) return share;
  if (kind == ActivationKind::tanh) return wide ? share : Quantization{1.0f / 128, 0};
  return {};
}

/// After `separate_activations` a step has nothing else fused.
ActivationKind fused_bound(Step step) { return split_activation(step); }

class Planner {
 public:
  Planner(const ImportedModel& real, ElementType activations) : g_(*real.graph) {
    scheme_.type = activations;
  }

  Scheme plan() {
    const auto steps = static_cast<std::size_t>(g_.steps.count);
    const auto values = static_cast<std::size_t>(g_.values.count);
    scheme_.absorbed.resize(steps);
    scheme_.root.resize(values);
    scheme_.fixed.resize(values);
    std::iota(scheme_.root.begin(), scheme_.root.end(), 0);
    quantized_.resize(values);
    for (const Step& step : g_.steps) {
      scheme_.form.push_back(int8_form(step));
      scheme_.bounds.push_back(fused_bound(step));
      scheme_.result.push_back(g_.result(step));
    }
    for (int s = 0; s < g_.steps.count; ++s) absorb_bounds(s);
    for (int s = 0; s < g_.steps.count; ++s) relate(s);
    for (std::size_t v = 0; v < values; ++v) scheme_.root[v] = quantized_[v] ? root(static_cast<int>(v)) : -1;
    return std::move(scheme_);
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  int root(int v) const {
    while (scheme_.root[at(v)] != v) v = scheme_.root[at(v)];
    return v;
  }
  /// The values a step reads that are no weights.
  static int data_inputs(const Step& step) { return step.inputs - step.parameters; }

  /// The only reader of a value, or -1: outputs of the model count as readers.
  int only_reader(int value) const {
    int reader = -1, count = 0;
    for (int s = 0; s < g_.steps.count; ++s)
      for (int k = 0; k < g_.steps[s].inputs; ++k)
        if (g_.operand(g_.steps[s], k) == value) {
          reader = s;
          ++count;
        }
    for (const std::int16_t output : g_.outputs) count += output == value ? 1 : 0;
    return count == 1 ? reader : -1;
  }

  void absorb_bounds(int s) {
    const Form form = scheme_.form[at(s)];
    if (!takes_bounds(form) || scheme_.bounds[at(s)] != ActivationKind::linear) return;
    const int next = only_reader(scheme_.result[at(s)]);
    if (next < 0) return;
    const ActivationKind kind = etch::detail::plain_activation(g_.steps[next]);
    if (kind == ActivationKind::linear || !is_bound(kind)) return;
    scheme_.bounds[at(s)] = kind;
    scheme_.result[at(s)] = g_.result(g_.steps[next]);
    scheme_.absorbed[at(next)] = true;
  }

  void relate(int s) {
    const Step& step = g_.steps[s];
    const Form form = scheme_.form[at(s)];
    if (scheme_.absorbed[at(s)] || form == Form::real) return;
    const int y = scheme_.result[at(s)];
    quantized_[at(y)] = true;
    for (int k = 0; k < data_inputs(step); ++k) quantized_[at(g_.operand(step, k))] = true;
    if (const auto fixed = fixed_result(step, form, scheme_.type)) scheme_.fixed[at(root(y))] = fixed;
    if (form != Form::share && form != Form::join) return;
    for (int k = 0; k < data_inputs(step); ++k) {
      const int x = root(g_.operand(step, k));
      // A joined value keeps its own range where that is known: the others would be clipped to it.
      if (form == Form::join && scheme_.fixed[at(x)]) continue;
      scheme_.root[at(root(y))] = x;
    }
  }

  const Real& g_;
  Scheme scheme_;
  std::vector<bool> quantized_;
};

}  // namespace

Scheme scheme_of(const ImportedModel& real, ElementType activations) {
  return Planner(real, activations).plan();
}

Quantization quantization_of(const Range& range, ElementType type) {
  constexpr float least = FLT_MIN;  // smaller steps would be subnormal: inexact, and 0 on some cores
  if (type == ElementType::i16) {
    const float reach = std::max(std::abs(range.lowest), std::abs(range.highest));
    const float scale = reach > 0 ? std::max(reach / 32767, least) : 1;
    return {std::isfinite(scale * 32767) ? scale : std::nextafter(scale, 0.0f), 0};
  }
  const float lowest = std::min(range.lowest, 0.0f), highest = std::max(range.highest, 0.0f);
  const float width = highest - lowest;
  if (width > 0 && width / 255 < least) return {least, kernels::rounded(-lowest / least) - 128};
  if (std::isfinite(width)) {
    const auto grid = kernels::fake_quantize_grid<float>(lowest, highest, 8);
    return {grid.scale, grid.zero_point - 128};
  }
  const auto grid = kernels::fake_quantize_grid<double>(lowest, highest, 8);
  return {std::nextafter(static_cast<float>(grid.scale), 0.0f), grid.zero_point - 128};
}

}  // namespace etch::host::quantization
