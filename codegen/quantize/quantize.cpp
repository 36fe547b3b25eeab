// SPDX-License-Identifier: BSL-1.0
#include <codegen/quantize/quantize.hpp>

#include <codegen/model/model_session.hpp>
#include <codegen/quantize/calibrate.hpp>
#include <codegen/quantize/compare.hpp>
#include <codegen/quantize/integer_writer.hpp>
#include <codegen/quantize/real_model.hpp>
#include <codegen/quantize/scales.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <limits>

namespace etch::host {

namespace {

using namespace quantization;

/// Ranges by root, and what is made of them.
using Ranges = std::vector<Range>;

class Quantizer {
 public:
  Quantizer(const ImportedModel& model, std::span<const std::span<const float>> samples,
            const QuantizeOptions& options)
      : options_(options),
        real_(separate_activations(model)),
        scheme_(scheme_of(real_, options.activations)),
        samples_(real_, samples),
        seen_((require_varied_inputs(), observe(real_, scheme_, samples_, options.progress))) {}

  IntegerModel quantize() const {
    if (options_.calibration != Calibration::least_error) return with(ranges(options_.calibration));
    return with(searched());
  }
  void report(const IntegerModel& made, QuantizationReport& to) const {
    to.layers = layer_errors(real_, scheme_, made, samples_, seen_, options_.progress);
  }

 private:
  IntegerModel with(const Ranges& ranges) const {
    const std::vector<Quantization> all = quantizations_of(real_, scheme_, ranges);
    return IntegerWriter(real_, scheme_, all, options_).write();
  }

  /// Samples of nothing but 0 tell nothing: every range would be a guess.
  void require_varied_inputs() const {
    const auto& g = *real_.graph;
    for (int k = 0; k < g.inputs.count; ++k) {
      const int root = scheme_.root[static_cast<std::size_t>(g.inputs[k])];
      if (root < 0 || given(static_cast<std::size_t>(root)) || !samples_.all_zero(k)) continue;
      throw Error("'" + real_.name + "' cannot be quantized: the calibration samples of input " +
                  std::to_string(k) + " are all 0: give samples like those that the model will see");
    }
  }

  /// The ranges that are given, joined over the values of each root.
  std::optional<Range> given(std::size_t root) const {
    std::optional<Range> all;
    for (std::size_t v = 0; v < scheme_.root.size(); ++v) {
      const auto& range = real_.values[v].range;
      if (!range || scheme_.root[v] != static_cast<int>(root)) continue;
      all =
          all ? Range{std::min(all->lowest, range->lowest), std::max(all->highest, range->highest)} : *range;
    }
    return all;
  }

  bool is_free(std::size_t root) const { return seen_[root].seen && !scheme_.fixed[root] && !given(root); }

  Range range(Calibration by, std::size_t root) const {
    switch (by) {
      case Calibration::min_max:
        return seen_[root].range;
      case Calibration::percentile:
        return percentile_range(seen_[root], options_.percentile);
      case Calibration::least_error:
        return least_error_range(seen_[root], scheme_.type);
    }
    return {};
  }

  Ranges ranges(Calibration by) const {
    Ranges all(seen_.size());
    for (std::size_t r = 0; r < all.size(); ++r) {
      if (is_free(r))
        all[r] = range(by, r);
      else if (const auto known = given(r))
        all[r] = *known;
    }
    return all;
  }

  /// The best of the methods for all values, then for each value by itself. What clips has to be clearly
  /// better than what does not: small gains on some samples are chance, and clipping costs the layers inside.
  Ranges searched() const {
    constexpr double clearly = 0.95;
    constexpr Calibration methods[]{Calibration::min_max, Calibration::percentile, Calibration::least_error};
    const OutputError error(real_, samples_, options_.search_samples);
    Ranges best;
    double least = std::numeric_limits<double>::infinity();
    const auto offer = [&](const Ranges& candidate) {
      const double found = error.of(with(candidate).model);
      if (best.empty() || found < clearly * least) least = found, best = candidate;
    };
    for (const Calibration by : methods) offer(ranges(by));
    int free = 0, done = 0;
    for (std::size_t r = 0; r < seen_.size(); ++r) free += is_free(r) ? 1 : 0;
    for (std::size_t r = 0; r < seen_.size(); ++r) {
      if (!is_free(r)) continue;
      if (options_.progress) options_.progress("searching ranges, values", done++, free);
      for (const Calibration by : methods) {
        Ranges candidate = best;
        candidate[r] = range(by, r);
        const Range& now = best[r];
        if (candidate[r].lowest != now.lowest || candidate[r].highest != now.highest) offer(candidate);
      }
    }
    return best;
  }

  const QuantizeOptions& options_;
  ImportedModel real_;
  Scheme scheme_;
  SampleSet samples_;
  std::vector<Histogram> seen_;
};

}  // namespace

ImportedModel quantize(const ImportedModel& model, std::span<const std::span<const float>> samples,
                       const QuantizeOptions& options, QuantizationReport* report) {
  if (options.activations != ElementType::i8 && options.activations != ElementType::i16)
    throw Error("'" + model.name + "' cannot be quantized: activations become int8 or int16, nothing else");
  const Quantizer quantizer(model, samples, options);
  IntegerModel made = quantizer.quantize();
  if (report) quantizer.report(made, *report);
  return std::move(made.model);
}

ImportedModel quantize(const ImportedModel& model, std::span<const float> samples,
                       const QuantizeOptions& options, QuantizationReport* report) {
  return quantize(model, {&samples, 1}, options, report);
}

}  // namespace etch::host
