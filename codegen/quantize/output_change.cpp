// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_session.hpp>
#include <codegen/quantize/output_change.hpp>
#include <codegen/report/model_text.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace etch::host::quantization {

OutputChange::OutputChange(const ImportedModel& model, std::span<const StoredSample> samples,
                           int most_samples) {
  const auto count = static_cast<std::size_t>(std::clamp(most_samples, 1, static_cast<int>(samples.size())));
  for (std::size_t i = 0; i < count; ++i) samples_.push_back(samples[i * samples.size() / count]);
  expected_ = outputs_of(model);
}

std::vector<std::vector<float>> OutputChange::outputs_of(const ImportedModel& model) const {
  ModelSession session(model);
  std::vector<std::vector<float>> all(static_cast<std::size_t>(session.outputs()));
  for (const StoredSample& sample : samples_) {
    session.run(sample);
    for (int k = 0; k < session.outputs(); ++k) {
      const std::vector<float> numbers = real_numbers(model, model.graph->outputs[k], session.output(k));
      auto& to = all[static_cast<std::size_t>(k)];
      to.insert(to.end(), numbers.begin(), numbers.end());
    }
  }
  return all;
}

double OutputChange::of(const ImportedModel& changed) const {
  const std::vector<std::vector<float>> got = outputs_of(changed);
  double largest = 0;
  for (std::size_t k = 0; k < expected_.size(); ++k) {
    double signal = 0, noise = 0;
    for (std::size_t i = 0; i < expected_[k].size(); ++i) {
      const auto wanted = static_cast<double>(expected_[k][i]),
                 error = static_cast<double>(got[k][i]) - wanted;
      signal += wanted * wanted;
      noise += error * error;
    }
    if (noise > 0)
      largest =
          std::max(largest, signal > 0 ? std::sqrt(noise / signal) : std::numeric_limits<double>::infinity());
  }
  return largest;
}

}  // namespace etch::host::quantization
