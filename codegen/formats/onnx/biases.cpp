// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/biases.hpp>
#include <codegen/model/model_draft.hpp>

#include <algorithm>
#include <optional>

namespace etch::host::onnx {

namespace {

/// What a step adds to each channel of its one input; nothing where it computes something else.
std::optional<std::vector<float>> added_to_channels(const ModelDraft& model, const DraftStep& step,
                                                    int channels) {
  if (step.step.repeat != 1) return {};
  if (step.is<ops::Affine>()) {  // one number
    const auto a = unpack<ops::Affine::Attributes>(step.step.attributes);
    if (a.channels != 0 || a.scale[0] != 1) return {};
    return std::vector(static_cast<std::size_t>(channels), a.offset[0]);
  }
  if (!step.is<ops::Binary>() || step.parameters.size() != 1) return {};
  const auto b = unpack<ops::Binary::Attributes>(step.step.attributes);
  const bool each = b.kind == kernels::BinaryKind::add && b.a_elements == b.elements() &&
                    b.b_elements == channels && b.extent[3] == channels && b.b_stride[3] == 1;
  return each ? std::optional(model.parameter(step, 0).numbers<float>()) : std::nullopt;
}

/// Whether a step sums products, to which a bias for each of its last axis' channels may be added.
bool takes_bias(const DraftStep& step) {
  const NormFold fold = visit_op(step.step.op, [&](auto op) { return decltype(op)::norm_fold(step.step); });
  return fold.folds && step.step.phase == Phase::forward && step.parameters.size() == 1 &&
         step.step.repeat == 1;
}

class Biases {
 public:
  explicit Biases(ModelDraft& model) : model_(model) {}

  bool merge() {
    const std::size_t before = model_.steps.size();
    for (std::size_t s = 0; s < model_.steps.size();)
      if (merged(model_.steps[s]))
        model_.steps.erase(model_.steps.begin() + static_cast<std::ptrdiff_t>(s));
      else
        ++s;
    return model_.steps.size() < before;
  }

 private:
  /// The step that makes a value which nothing else reads; null where there is none.
  DraftStep* maker(int value) {
    std::ptrdiff_t readers = std::ranges::count(model_.outputs, value);
    for (const DraftStep& step : model_.steps) readers += std::ranges::count(step.inputs, value);
    const auto made = std::ranges::find(model_.steps, std::vector{value}, &DraftStep::outputs);
    return readers == 1 && made != model_.steps.end() ? &*made : nullptr;
  }

  bool merged(const DraftStep& step) {
    if (step.inputs.size() != 1) return false;
    DraftStep* const layer = maker(step.input());
    if (!layer || !takes_bias(*layer)) return false;
    const int channels = layer->step.out.last();
    const auto numbers = added_to_channels(model_, step, channels);
    if (!numbers) return false;
    visit_op(layer->step.op, [&](auto op) { decltype(op)::set_bias(layer->step.attributes); });
    layer->parameters.push_back(static_cast<int>(model_.parameters.size()));
    model_.parameters.push_back(constant_of(*numbers, ElementType::real));
    for (SourceOperator& op : model_.operators)
      std::ranges::replace(op.results, layer->output(), step.output());
    layer->outputs = step.outputs;
    return true;
  }

  ModelDraft& model_;
};

}  // namespace

ImportedModel with_biases(ImportedModel model) {
  ModelDraft draft(model);
  return Biases(draft).merge() ? draft.model() : std::move(model);
}

}  // namespace etch::host::onnx
