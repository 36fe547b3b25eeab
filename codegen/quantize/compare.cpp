// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_session.hpp>
#include <codegen/quantize/compare.hpp>
#include <codegen/quantize/stored_numbers.hpp>
#include <runtime/kernels/portable/quantize.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

namespace etch::host {

namespace quantization {

namespace {

template <class Stored>
void append_real(std::span<const std::byte> bytes, const Quantization& q, std::vector<float>& numbers) {
  kernels::dequantize(static_cast<int>(numbers.size()), reinterpret_cast<const Stored*>(bytes.data()),
                      q.scale, q.zero_point, numbers.data());
}

/// Bytes of a value as real numbers.
std::vector<float> dequantized(std::span<const std::byte> bytes, ElementType type, const Quantization& q) {
  std::vector<float> numbers(bytes.size() / static_cast<std::size_t>(bytes_of(type, DType::f32)));
  if (numbers.empty()) return numbers;
  if (type == ElementType::i8)
    append_real<std::int8_t>(bytes, q, numbers);
  else if (type == ElementType::i16)
    append_real<std::int16_t>(bytes, q, numbers);
  else
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

template <class Stored>
std::vector<std::byte> stored_numbers(const std::vector<float>& real, const Quantization& q) {
  std::vector<Stored> stored(real.size());
  kernels::quantize(static_cast<int>(real.size()), real.data(), q.scale, q.zero_point, stored.data());
  const auto bytes = std::as_bytes(std::span(stored));
  return {bytes.begin(), bytes.end()};
}

std::vector<float> dequantized(const ImportedModel& model, int value, std::span<const std::byte> bytes) {
  return dequantized(bytes, model.graph->values[value].type,
                     model.values[static_cast<std::size_t>(value)].quantization);
}

/// A sample as the quantized model takes it.
void run(ModelSession& session, const ImportedModel& quantized,
         const std::vector<std::span<const std::byte>>& x, bool trace) {
  const auto& g = *quantized.graph;
  std::vector<std::vector<std::byte>> stored(x.size());
  std::vector<std::span<const std::byte>> inputs = x;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const int v = g.inputs[static_cast<int>(k)];
    const ElementType type = g.values[v].type;
    if (type == ElementType::real) continue;
    const std::vector<float> numbers = dequantized(x[k], ElementType::real, {});
    const Quantization& q = quantized.values[static_cast<std::size_t>(v)].quantization;
    stored[k] = type == ElementType::i16 ? stored_numbers<std::int16_t>(numbers, q)
                                         : stored_numbers<std::int8_t>(numbers, q);
    inputs[k] = stored[k];
  }
  if (trace)
    session.trace(inputs);
  else
    session.run(inputs);
}

/// Squares of a signal and of what is wrong with it.
struct Sums {
  double signal = 0, noise = 0, largest = 0;
  std::uint64_t count = 0;
  void add(const std::vector<float>& expected, const std::vector<float>& got) {
    for (std::size_t i = 0; i < expected.size() && i < got.size(); ++i) {
      const auto x = static_cast<double>(expected[i]), error = static_cast<double>(got[i]) - x;
      signal += x * x;
      noise += error * error;
      largest = std::max(largest, std::abs(error));
    }
    count += expected.size();
  }
};

/// For the results of a step that are stored as whole numbers.
std::optional<StoredCounter> counter_of(const Scheme& scheme, const IntegerModel& made,
                                        const std::vector<Histogram>& seen, int value) {
  const int root = scheme.root[static_cast<std::size_t>(value)],
            there = made.value[static_cast<std::size_t>(value)];
  if (root < 0 || there < 0 || !seen[static_cast<std::size_t>(root)].seen) return {};
  const Quantization& q = made.model.values[static_cast<std::size_t>(there)].quantization;
  if (q.scale == 0) return {};
  return StoredCounter(seen[static_cast<std::size_t>(root)], q, scheme.type,
                       scheme.fixed[static_cast<std::size_t>(root)].has_value());
}

/// What is known of a layer.
struct Observed {
  Sums sums;
  std::optional<StoredCounter> stored;
};

}  // namespace

OutputError::OutputError(const ImportedModel& real, const SampleSet& samples, int most_samples)
    : samples_(samples), count_(std::clamp(most_samples, 1, samples.count())) {
  ModelSession session(real);
  for (int i = 0; i < count_; ++i) {
    session.run(sample(i));
    auto& outputs = expected_.emplace_back();
    for (int k = 0; k < session.outputs(); ++k)
      outputs.push_back(dequantized(session.output(k), ElementType::real, {}));
  }
}

std::vector<std::span<const std::byte>> OutputError::sample(int i) const {
  return samples_.sample(static_cast<int>(static_cast<std::int64_t>(i) * samples_.count() / count_));
}

double OutputError::of(const ImportedModel& quantized) const {
  ModelSession session(quantized);
  std::vector<Sums> sums(static_cast<std::size_t>(session.outputs()));
  for (int i = 0; i < count_; ++i) {
    run(session, quantized, sample(i), false);
    for (std::size_t k = 0; k < sums.size(); ++k) {
      const int output = static_cast<int>(k);
      sums[k].add(expected_[static_cast<std::size_t>(i)][k],
                  dequantized(quantized, quantized.graph->outputs[output], session.output(output)));
    }
  }
  double error = 0;
  for (const Sums& s : sums) error += s.noise / std::max(s.signal, 1e-30);
  return error;
}

std::vector<LayerError> layer_errors(const ImportedModel& real, const Scheme& scheme,
                                     const IntegerModel& made, const SampleSet& samples,
                                     const std::vector<Histogram>& seen, const ProgressReport& progress) {
  const auto& g = *real.graph;
  ModelSession expected(real, false), got(made.model);
  std::vector<Observed> seen_of(static_cast<std::size_t>(g.steps.count));
  for (std::size_t s = 0; s < seen_of.size(); ++s)
    if (!scheme.absorbed[s]) seen_of[s].stored = counter_of(scheme, made, seen, scheme.result[s]);
  for (int i = 0; i < samples.count(); ++i) {
    if (progress) progress("comparing layers, samples", i, samples.count());
    expected.trace(samples.sample(i));
    run(got, made.model, samples.sample(i), true);
    for (std::size_t s = 0; s < seen_of.size(); ++s) {
      const int v = scheme.result[s], there = made.value[static_cast<std::size_t>(v)];
      if (scheme.absorbed[s] || there < 0) continue;
      const std::vector<float> numbers = dequantized(expected.value(v), ElementType::real, {});
      seen_of[s].sums.add(numbers, dequantized(made.model, there, got.value(there)));
      if (seen_of[s].stored) seen_of[s].stored->add(numbers);
    }
  }
  std::vector<LayerError> layers;
  for (std::size_t s = 0; s < seen_of.size(); ++s) {
    if (scheme.absorbed[s]) continue;
    const Step& step = g.steps[static_cast<int>(s)];
    const Sums& sum = seen_of[s].sums;
    LayerError layer{real.values[static_cast<std::size_t>(scheme.result[s])].name,
                     visit_op(step.op, [](auto op) { return decltype(op)::name; }),
                     scheme.form[s] != Form::real, scheme.type, sum.largest};
    layer.rms = std::sqrt(sum.noise / static_cast<double>(std::max<std::uint64_t>(sum.count, 1)));
    layer.sqnr =
        sum.noise > 0 ? 10 * std::log10(sum.signal / sum.noise) : std::numeric_limits<double>::infinity();
    if (seen_of[s].stored) layer.stored = seen_of[s].stored->counted();
    layers.push_back(layer);
  }
  return layers;
}

}  // namespace quantization

std::string text_of(const QuantizationReport& report) {
  char line[160];
  std::snprintf(line, sizeof line, "%-28s %-22s %-5s %12s %12s %9s\n", "layer", "step", "as", "largest error",
                "rms error", "SQNR, dB");
  std::string text = line;
  for (const LayerError& layer : report.layers) {
    std::snprintf(line, sizeof line, "%-28.28s %-22.22s %-5s %13.6f %12.6f %9.1f\n", layer.name.c_str(),
                  layer.kind.c_str(),
                  !layer.quantized                 ? "real"
                  : layer.type == ElementType::i16 ? "int16"
                                                   : "int8",
                  layer.largest, layer.rms, layer.sqnr);
    text += line;
    if (layer.stored) text += quantization::text_of(*layer.stored, layer.type) + "\n";
  }
  const bool explained =
      std::ranges::any_of(report.layers, [](const LayerError& l) { return l.stored.has_value(); });
  if (explained)
    text +=
        "Below each layer: the numbers that the samples gave it, [how often, a logarithm], what its steps "
        "hold, how "
        "many lie\nbeyond; the rms error of storing them so. The rest of a layer's error comes from its "
        "weights and from "
        "layers before.\n";
  return text;
}

}  // namespace etch::host
