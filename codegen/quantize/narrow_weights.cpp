// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/pack_int4.hpp>
#include <codegen/quantize/narrow_filters.hpp>
#include <codegen/quantize/narrow_weights.hpp>
#include <codegen/quantize/output_change.hpp>
#include <codegen/report/text_table.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <numeric>
#include <sstream>

namespace etch::host {

namespace {

using namespace quantization;

std::vector<std::size_t> candidates_of(const ModelDraft& draft) {
  std::vector<std::size_t> candidates;
  for (std::size_t s = 0; s < draft.steps.size(); ++s)
    if (may_narrow(draft, draft.steps[s])) candidates.push_back(s);
  return candidates;
}

class Narrowing {
 public:
  Narrowing(const ImportedModel& model, std::span<const StoredSample> samples, const NarrowOptions& options)
      : model_(model), samples_(samples), options_(options), draft_(model) {
    candidates_ = candidates_of(draft_);
    if (candidates_.empty())
      throw Error("'" + model.name +
                  "' has no convolution or dense layer of whole numbers that 4 bits make smaller: quantize a "
                  "model of floats first, by --int8");
    if (options.choose && samples.empty())
      throw Error("layers are chosen by samples: give --calibrate with some that the model will see");
    count_moments();
  }

  ImportedModel narrowed(NarrowReport& report) {
    for (const std::size_t s : candidates_) report.layers.push_back(layer(s));
    std::vector<std::size_t> chosen = candidates_;
    if (options_.choose) chosen = choose(report);
    ImportedModel made = with(chosen, &report);
    if (!samples_.empty()) report.error = change().of(made);
    return made;
  }

 private:
  void count_moments() {
    moments_.resize(draft_.steps.size());
    if (samples_.empty()) return;
    std::vector<MomentCounter> counters;
    for (const std::size_t s : candidates_) {
      const DraftStep& step = draft_.steps[s];
      const auto io = draft_.parameter(step, 3).numbers<kernels::Int8Io>()[0];
      counters.emplace_back(step.step, io.input_zero_point, samples_.size());
    }
    ModelSession session(model_, false);
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      progress("reading samples", i, samples_.size());
      session.trace(samples_[i]);
      for (std::size_t k = 0; k < counters.size(); ++k)
        counters[k].add(session.value(draft_.steps[candidates_[k]].input()));
    }
    for (std::size_t k = 0; k < counters.size(); ++k) {
      counted_.push_back(std::make_unique<InputMoments>(counters[k].moments()));
      moments_[candidates_[k]] = counted_.back().get();
    }
  }

  NarrowedLayer layer(std::size_t s) const {
    const DraftStep& step = draft_.steps[s];
    NarrowedLayer layer;
    layer.name = draft_.value(step.output()).imported.name;
    if (step.source >= 0) {
      const SourceOperator& op = draft_.operators[static_cast<std::size_t>(step.source)];
      layer.kind = op.kind;
      layer.index = op.index;
    }
    layer.bytes = static_cast<std::int64_t>(draft_.parameter(step, 0).bytes.size());
    layer.narrow_bytes = int4_bytes(ops::QuantizedConvolution::convolution(step.step));
    return layer;
  }

  /// The model with 4 bits in some layers. \param report if given, told which.
  ImportedModel with(const std::vector<std::size_t>& steps, NarrowReport* report = nullptr) const {
    ModelDraft draft(model_);
    FilterNarrowing narrowing(draft, moments_);
    for (const std::size_t s : steps) {
      const bool done = narrowing.narrow(s);
      const auto at = std::ranges::find(candidates_, s) - candidates_.begin();
      if (report) report->layers[static_cast<std::size_t>(at)].narrow = done;
    }
    draft.int4_weights = true;
    return draft.model();
  }

  /// Adds layers as long as the outputs keep within the limit.
  std::vector<std::size_t> choose(NarrowReport& report) const {
    std::vector<double> price(candidates_.size());
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      progress("trying layers", k, 2 * candidates_.size());
      NarrowedLayer& layer = report.layers[k];
      layer.error = change().of(with({candidates_[k]}));
      price[k] = *layer.error * *layer.error / static_cast<double>(layer.bytes - layer.narrow_bytes);
    }
    std::vector<std::size_t> order(candidates_.size()), chosen;
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t k) { return price[k]; });
    for (std::size_t k = 0; k < order.size(); ++k) {
      progress("adding layers", candidates_.size() + k, 2 * candidates_.size());
      chosen.push_back(candidates_[order[k]]);
      if (change().of(with(chosen)) > options_.max_error) chosen.pop_back();
    }
    std::ranges::sort(chosen);
    return chosen;
  }

  const OutputChange& change() const {
    if (!change_) change_.emplace(model_, samples_, options_.search_samples);
    return *change_;
  }
  void progress(const char* what, std::size_t done, std::size_t of) const {
    if (options_.progress) options_.progress(what, static_cast<int>(done), static_cast<int>(of));
  }

  const ImportedModel& model_;
  std::span<const StoredSample> samples_;
  const NarrowOptions& options_;
  ModelDraft draft_;
  std::vector<std::size_t> candidates_;  ///< steps
  std::vector<std::unique_ptr<InputMoments>> counted_;
  std::vector<const InputMoments*> moments_;  ///< by step
  mutable std::optional<OutputChange> change_;
};

}  // namespace

std::int64_t NarrowReport::saved() const {
  return std::accumulate(layers.begin(), layers.end(), std::int64_t{0},
                         [](std::int64_t sum, const NarrowedLayer& layer) {
                           return sum + (layer.narrow ? layer.bytes - layer.narrow_bytes : 0);
                         });
}

std::string table_of(const NarrowReport& report) {
  using enum TextTable::Align;
  std::ostringstream out;
  TextTable table({{"#", right},
                   {"operator"},
                   {"weights"},
                   {"bytes", right},
                   {"in 4 bits", right},
                   {"alone changes outputs by", right}});
  for (const NarrowedLayer& layer : report.layers)
    table.add({std::to_string(layer.index), layer.kind, layer.narrow ? "4 bits" : "8 bits",
               grouped(layer.bytes), grouped(layer.narrow_bytes),
               layer.error ? short_number(*layer.error) : "-"});
  table.print(out);
  return out.str();
}

std::string sentence_of(const NarrowReport& report) {
  std::int64_t bytes = 0, narrow = 0;
  for (const NarrowedLayer& layer : report.layers) {
    bytes += layer.bytes;
    narrow += layer.narrow ? 1 : 0;
  }
  std::string text = "weights of 4 bits in " + std::to_string(narrow) + " of " +
                     std::to_string(report.layers.size()) + " layers: their " + grouped(bytes) +
                     " bytes become " + grouped(bytes - report.saved());
  if (report.error) text += "; outputs change by " + short_number(*report.error) + " of their size";
  return text;
}

bool may_narrow_weights(const ImportedModel& model) { return !candidates_of(ModelDraft(model)).empty(); }

ImportedModel narrow_weights(const ImportedModel& model, std::span<const StoredSample> samples,
                             const NarrowOptions& options, NarrowReport* report) {
  NarrowReport own;
  return Narrowing(model, samples, options).narrowed(report ? *report : own);
}

}  // namespace etch::host
