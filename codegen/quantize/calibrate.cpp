// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/quantization.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/quantize/calibrate.hpp>
#include <codegen/quantize/real_weights.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace etch::host::quantization {

namespace {

/// Refuses a sample of which a layer makes what is no number.
[[noreturn]] void refuse_sample(const ImportedModel& real, std::size_t value, int sample, float x) {
  throw Error("'" + real.name + "' cannot be quantized: '" + real.values[value].name + "' gives " +
              name_of_nonfinite(x) + " for calibration sample " + std::to_string(sample) +
              ": leave such samples out, or mend the weights");
}

/// Calls f(root, number) for each number of every quantized value, over all samples. \param before how many
/// were looked at before, of twice as many as there are.
template <class F>
void for_each_observation(const ImportedModel& real, const Scheme& scheme, const SampleSet& samples,
                          const ProgressReport& progress, int before, const F& f) {
  ModelSession session(real, false);
  const bool padded = pads_with_infinity(real);
  for (int i = 0; i < samples.count(); ++i) {
    if (progress) progress("calibrating, samples", before + i, 2 * samples.count());
    session.trace(samples.sample(i));
    for (std::size_t v = 0; v < scheme.root.size(); ++v) {
      if (scheme.root[v] < 0) continue;
      const auto bytes = session.value(static_cast<int>(v));
      for (std::size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
        float x = 0;
        std::memcpy(&x, bytes.data() + at, sizeof x);
        if (std::isfinite(x))
          f(static_cast<std::size_t>(scheme.root[v]), x);
        else if (std::isnan(x) || !padded)
          refuse_sample(real, v, i, x);
      }
    }
  }
}

double width_of(const Range& range) {
  return static_cast<double>(range.highest) - static_cast<double>(range.lowest);
}
double middle_of(const Histogram& h, int bin) {
  return static_cast<double>(h.range.lowest) + width_of(h.range) * (bin + 0.5) / Histogram::bins;
}

/// The sum of squares of what rounding to the steps of a range, and clipping to it, do.
double error_of(const Histogram& h, const Range& range, ElementType type) {
  const Quantization q = quantization_of(range, type);
  const int8::Bounds all = int8::all_numbers(type);
  const auto scale = static_cast<double>(q.scale);
  double sum = 0;
  for (int b = 0; b < Histogram::bins; ++b) {
    const auto count = h.count[static_cast<std::size_t>(b)];
    if (count == 0) continue;
    const double x = middle_of(h, b);
    const double stored = std::clamp<double>(std::round(x / scale) + q.zero_point, all.lowest, all.highest);
    const double error = scale * (stored - q.zero_point) - x;
    // A number is spread over a bin, so that even on a step it errs; beyond the range it does not.
    const double clipped =
        std::abs(error) > scale ? error * error : std::max(error * error, scale * scale / 12);
    sum += static_cast<double>(count) * clipped;
  }
  return sum;
}

}  // namespace

SampleSet::SampleSet(const ImportedModel& real, std::span<const std::span<const float>> inputs)
    : inputs_(inputs.begin(), inputs.end()) {
  const auto& g = *real.graph;
  if (inputs.size() != static_cast<std::size_t>(g.inputs.count))
    throw Error("'" + real.name + "' has " + std::to_string(g.inputs.count) +
                " inputs: quantize needs samples of each, and got " + std::to_string(inputs.size()));
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const auto elements = static_cast<std::size_t>(g.input_shapes[static_cast<int>(k)].size());
    const std::size_t given = inputs[k].size() / elements;
    if (given == 0 || inputs[k].size() % elements != 0 ||
        (k > 0 && given != static_cast<std::size_t>(count_)))
      throw Error("quantize needs whole samples of '" + real.name + "', at least one and as many of each " +
                  "input: input " + std::to_string(k) + " takes " + std::to_string(elements) +
                  " numbers a sample, and got " + std::to_string(inputs[k].size()));
    count_ = static_cast<int>(given);
    elements_.push_back(elements);
    for (std::size_t i = 0; i < inputs[k].size(); ++i)
      if (!std::isfinite(inputs[k][i]))
        throw Error("'" + real.name + "' cannot be quantized: calibration sample " +
                    std::to_string(i / elements) + " of input " + std::to_string(k) + " is " +
                    name_of_nonfinite(inputs[k][i]) + " at element " + std::to_string(i % elements) +
                    ": samples have to be finite numbers");
  }
}

bool SampleSet::all_zero(int input) const {
  return std::ranges::all_of(inputs_[static_cast<std::size_t>(input)], [](float x) { return x == 0; });
}

std::vector<std::span<const std::byte>> SampleSet::sample(int i) const {
  std::vector<std::span<const std::byte>> all;
  for (std::size_t k = 0; k < inputs_.size(); ++k)
    all.push_back(
        std::as_bytes(inputs_[k].subspan(static_cast<std::size_t>(i) * elements_[k], elements_[k])));
  return all;
}

std::vector<Histogram> observe(const ImportedModel& real, const Scheme& scheme, const SampleSet& samples,
                               const ProgressReport& progress) {
  std::vector<Histogram> all(scheme.root.size());
  for_each_observation(real, scheme, samples, progress, 0, [&](std::size_t root, float x) {
    Histogram& h = all[root];
    h.range = h.seen ? Range{std::min(h.range.lowest, x), std::max(h.range.highest, x)} : Range{x, x};
    h.seen = true;
  });
  for (Histogram& h : all) h.count.assign(h.seen ? Histogram::bins : 0, 0);
  for_each_observation(real, scheme, samples, progress, samples.count(), [&](std::size_t root, float x) {
    Histogram& h = all[root];
    const double width = width_of(h.range);
    const double share =
        width > 0 ? (static_cast<double>(x) - static_cast<double>(h.range.lowest)) / width : 0;
    const int bin = std::min(static_cast<int>(share * Histogram::bins), Histogram::bins - 1);
    ++h.count[static_cast<std::size_t>(bin)];
  });
  return all;
}

Range percentile_range(const Histogram& h, double percentile) {
  std::uint64_t total = 0;
  for (const std::uint64_t n : h.count) total += n;
  const double outside = static_cast<double>(total) * (1 - percentile / 100) / 2;
  int first = 0, last = Histogram::bins - 1;
  double below = 0, above = 0;
  while (first < last && (below += static_cast<double>(h.count[static_cast<std::size_t>(first)])) <= outside)
    ++first;
  while (last > first && (above += static_cast<double>(h.count[static_cast<std::size_t>(last)])) <= outside)
    --last;
  const double step = width_of(h.range) / Histogram::bins;
  const auto low = static_cast<double>(h.range.lowest);
  return {first == 0 ? h.range.lowest : static_cast<float>(low + first * step),
          last == Histogram::bins - 1 ? h.range.highest : static_cast<float>(low + (last + 1) * step)};
}

Range least_error_range(const Histogram& h, ElementType type) {
  Range best = h.range;
  double least = std::numeric_limits<double>::infinity();
  const auto offer = [&](const Range& range) {
    const double error = error_of(h, range, type);
    if (error < least) least = error, best = range;
  };
  constexpr int shares = 40;  // down to a quarter
  for (int i = 0; i <= shares; ++i) {
    const float share = 1 - 0.75f * static_cast<float>(i) / shares;
    offer({h.range.lowest * share, h.range.highest * share});
  }
  const Range both = best;
  for (int i = 0; i <= shares; ++i) {
    const float share = 1 - 0.75f * static_cast<float>(i) / shares;
    offer({h.range.lowest * share, both.highest});
    offer({both.lowest, h.range.highest * share});
  }
  return best;
}

}  // namespace etch::host::quantization
