// SPDX-License-Identifier: BSL-1.0
#include <codegen/quantize/real_weights.hpp>
#include <codegen/quantize/scales.hpp>
#include <runtime/kernels/portable/int8_binary.hpp>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

namespace etch::host::quantization {

namespace {

bool is_filters(Form form) {
  return form == Form::convolution || form == Form::depthwise || form == Form::norm;
}

class ScaleFinder {
 public:
  ScaleFinder(const ImportedModel& real, const Scheme& scheme, const std::vector<Range>& ranges)
      : real_(real), scheme_(scheme), ranges_(ranges) {}

  std::vector<Quantization> find() {
    for (std::size_t r = 0; r < ranges_.size(); ++r)
      all_.push_back(scheme_.fixed[r] ? *scheme_.fixed[r] : quantization_of(ranges_[r], scheme_.type));
    wanted_.assign(all_.size(), std::numeric_limits<double>::infinity());
    const int steps = real_.graph->steps.count;
    for (int s = steps; s-- > 0;) want(s);
    // Values that share a quantization may be widened after some were read: once more, until nothing moves.
    constexpr int most_rounds = 8;
    for (int round = 0; round < most_rounds && widen_all(steps); ++round) {
    }
    return std::move(all_);
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  bool wide() const { return scheme_.type == ElementType::i16; }
  const Step& step(int s) const { return real_.graph->steps[s]; }
  int data_inputs(int s) const { return step(s).inputs - step(s).parameters; }
  int root(int value) const { return scheme_.root[at(value)]; }
  int input_root(int s, int k) const { return root(real_.graph->operand(step(s), k)); }
  int result_root(int s) const { return root(scheme_.result[at(s)]); }
  double scale(int r) const { return static_cast<double>(all_[at(r)].scale); }
  bool skipped(int s) const { return scheme_.absorbed[at(s)] || scheme_.form[at(s)] == Form::real; }
  bool is_nothing(int r) const {
    return !scheme_.fixed[at(r)] && ranges_[at(r)].lowest == 0 && ranges_[at(r)].highest == 0;
  }

  /// The scale of the second operand of a sum or product, which may be a constant.
  double second_scale(int s) const {
    if (step(s).parameters == 0) return scale(input_root(s, 1));
    const std::vector<float> numbers = floats_of(real_, real_.graph->operand(step(s), 1));
    const auto extremes = std::minmax_element(numbers.begin(), numbers.end());
    return static_cast<double>(quantization_of({*extremes.first, *extremes.second}, scheme_.type).scale);
  }

  /// The largest step that a filter's weights have, but for filters of zeros.
  double largest_filter_scale(int s) const {
    const FilterWeights of = filter_weights(real_, step(s));
    const auto reaches = filter_reaches(of, at(step(s).out.last()));
    double most = 0;
    for (std::size_t f = 0; f < reaches.size(); ++f)
      if (reaches[f] > 0)
        most = std::max(
            most, filter_scale(reaches[f], of.bias.empty() ? 0 : of.bias[f], all_[at(input_root(s, 0))].scale,
                               all_[at(result_root(s))].scale, bias_bits_of(scheme_.type)));
    return most;
  }

  /// Steps that an input which is always 0 should have for this step: those with which a bias is exact, and
  /// another operand or result keeps its own.
  double wanted(int s, int k) const {
    const double to = scale(result_root(s));
    switch (scheme_.form[at(s)]) {
      case Form::convolution:
      case Form::depthwise:
      case Form::norm:
        return to / largest_filter_scale(s);
      case Form::sum:
      case Form::join:
        return to;
      case Form::product:
        return to / (k == 0 ? second_scale(s) : scale(input_root(s, 0)));
      default:
        return std::numeric_limits<double>::infinity();
    }
  }

  /// From the last step to the first, so that results are known where inputs are asked for.
  void want(int s) {
    if (skipped(s)) return;
    settle(result_root(s));
    for (int k = 0; k < data_inputs(s); ++k) {
      const int x = input_root(s, k);
      if (x == result_root(s) || !is_nothing(x)) continue;
      wanted_[at(x)] = std::min(wanted_[at(x)], wanted(s, k));
      settle(x);
    }
  }
  void settle(int r) {
    if (is_nothing(r) && std::isfinite(wanted_[at(r)]))
      all_[at(r)] = {std::max(static_cast<float>(wanted_[at(r)]), FLT_MIN), 0};
  }

  /// The finest steps that a result may have.
  double finest(int s) const {
    const Form form = scheme_.form[at(s)];
    const double from = scale(input_root(s, 0));
    if (is_filters(form)) return largest_filter_scale(s) * from * std::ldexp(1.0, wide() ? -7 : -22);
    switch (form) {
      case Form::sum: {
        const int raised = wide() ? kernels::int16_sum_shift : kernels::int8_sum_shift;
        return std::ldexp(2 * std::max(from, second_scale(s)), -raised);
      }
      case Form::product:
        return std::ldexp(from * second_scale(s), wide() ? 0 : -14);
      case Form::mean:
        return 2 * from / unpack<ops::Pool::Attributes>(step(s).attributes).taps();
      case Form::table:
        return wide() ? std::ldexp(from, -14) : 0;
      case Form::join: {
        double most = 0;
        for (int k = 0; k < data_inputs(s); ++k) most = std::max(most, scale(input_root(s, k)));
        return std::ldexp(most, wide() ? -14 : -22);
      }
      default:
        return 0;
    }
  }

  /// Whether anything was.
  bool widen_all(int steps) {
    bool moved = false;
    for (int s = 0; s < steps; ++s) {
      if (skipped(s) || scheme_.fixed[at(result_root(s))]) continue;
      constexpr double margin = 1 + 1e-6;  // of floats
      const double least = finest(s) * margin;
      if (scale(result_root(s)) >= least) continue;
      widen(result_root(s), least * margin);
      moved = true;
    }
    return moved;
  }
  void widen(int r, double least) {
    const Range& range = ranges_[at(r)];
    const auto wider = static_cast<float>(least / scale(r));
    all_[at(r)] = is_nothing(r)
                      ? Quantization{static_cast<float>(least), 0}
                      : quantization_of({range.lowest * wider, range.highest * wider}, scheme_.type);
    all_[at(r)].scale = std::max(all_[at(r)].scale, static_cast<float>(least));
  }

  const ImportedModel& real_;
  const Scheme& scheme_;
  const std::vector<Range>& ranges_;
  std::vector<Quantization> all_;
  std::vector<double> wanted_;  // by root
};

}  // namespace

std::vector<Quantization> quantizations_of(const ImportedModel& real, const Scheme& scheme,
                                           const std::vector<Range>& ranges) {
  return ScaleFinder(real, scheme, ranges).find();
}

}  // namespace etch::host::quantization
