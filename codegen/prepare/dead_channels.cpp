// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/dead_channels.hpp>
#include <codegen/prepare/needed_channels.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>

namespace etch::host {

namespace {

class Removal {
 public:
  explicit Removal(ModelDraft& model) : model_(model), channels_(model) {}

  void run() {
    for (std::size_t s = 0; s < model_.steps.size(); ++s) shrink_step(s);
    for (std::size_t v = 0; v < model_.values.size(); ++v) shrink_value(v);
  }

 private:
  using Indices = std::vector<std::size_t>;

  /// Numbers of the channels that stay, of `count` places that repeat the value's channels.
  Indices kept(int value, int count) const {
    const auto& needed = channels_.needed[static_cast<std::size_t>(value)];
    Indices indices;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      if (needed.empty() || needed[i % needed.size()]) indices.push_back(i);
    return indices;
  }
  template <class T>
  void select(DraftStep& step, int k, const Indices& from, const Shape& shape) {
    const auto all = model_.parameter(step, k).numbers<T>();
    std::vector<T> kept;
    for (const std::size_t i : from) kept.push_back(all.at(i));
    replace(step, k, kept, shape);
  }
  template <class T>
  void replace(DraftStep& step, int k, const std::vector<T>& numbers, const Shape& shape) {
    const int parameter = model_.copy_of(step.parameters[static_cast<std::size_t>(k)]);
    step.parameters[static_cast<std::size_t>(k)] = parameter;
    model_.parameter(step, k).set(numbers, shape);
  }

  void shrink_step(std::size_t s) {
    DraftStep& step = model_.steps[s];
    if (step.inputs.empty() || step.outputs.size() != 1) return;
    const Indices in = kept(step.input(), step.step.in.last());
    const Indices out = kept(step.output(), step.step.out.last());
    if (static_cast<int>(in.size()) == step.step.in.last() &&
        static_cast<int>(out.size()) == step.step.out.last())
      return;
    if (step.is<ops::Int8Convolution>()) shrink_convolution(step, s, in, out);
    if (step.is<ops::Int8DepthwiseConvolution>()) shrink_depthwise(step, out);
    shrink_attributes(step, static_cast<int>(out.size()));
    const auto last = [](Shape& shape, std::size_t extent) {
      shape.dim[static_cast<std::size_t>(shape.rank - 1)] = static_cast<int>(extent);
    };
    last(step.step.in, in.size());
    last(step.step.out, out.size());
  }

  void shrink_convolution(DraftStep& step, std::size_t s, const Indices& in, const Indices& out) {
    const kernels::Int8Convolution c = ops::Int8Convolution::convolution(step.step);
    const auto weights = model_.parameter(step, 0).numbers<std::int8_t>();
    const auto taps = static_cast<std::size_t>(c.y.kernel * c.x.kernel);
    const int row = kernels::int8_row_bytes(static_cast<int>(taps * in.size()));
    std::vector<std::int8_t> kept(out.size() * static_cast<std::size_t>(row));
    auto bias = model_.parameter(step, 1).numbers<std::int32_t>();
    for (std::size_t f = 0; f < out.size(); ++f) {
      auto to = kept.begin() + static_cast<std::ptrdiff_t>(f) * row;
      const std::size_t from = out[f] * static_cast<std::size_t>(c.row);
      for (std::size_t tap = 0; tap < taps; ++tap)
        for (const std::size_t i : in) *to++ = weights[from + tap * static_cast<std::size_t>(c.channels) + i];
      bias[out[f]] = with_folded(bias[out[f]], step, s, out[f]);
    }
    replace(step, 0, kept, {static_cast<int>(out.size()), row});
    replace(step, 1, bias, {static_cast<int>(bias.size())});
    select_filters(step, out);
  }

  std::int32_t with_folded(std::int64_t bias, const DraftStep& step, std::size_t s, std::size_t f) const {
    const auto& needed = channels_.needed[static_cast<std::size_t>(step.input())];
    for (std::size_t c = 0; c < needed.size(); ++c)
      if (!needed[c]) bias += channels_.folded[s].sum[c][f];
    if (bias < INT32_MIN || bias > INT32_MAX)
      throw Error("'" + model_.name + "' has sums that do not fit 32 bits");
    return static_cast<std::int32_t>(bias);
  }

  void shrink_depthwise(DraftStep& step, const Indices& out) {
    const kernels::Int8DepthwiseConvolution c = ops::Int8DepthwiseConvolution::convolution(step.step);
    Indices weights;
    for (int tap = 0; tap < c.taps(); ++tap)
      for (const std::size_t f : out) weights.push_back(static_cast<std::size_t>(tap * c.filters()) + f);
    select<std::int8_t>(step, 0, weights, {c.taps(), static_cast<int>(out.size())});
    select_filters(step, out);
  }

  /// Bias and scales.
  void select_filters(DraftStep& step, const Indices& out) {
    const int filters = static_cast<int>(out.size());
    select<std::int32_t>(step, 1, out, {filters});
    if (unpack<ops::Int8Convolution::Attributes>(step.step.attributes).per_channel)
      select<kernels::Int8Scale>(step, 2, out, {2 * filters});
  }

  static void shrink_attributes(DraftStep& step, int channels) {
    const auto with = [&](auto attributes) {
      attributes.channels = channels;
      step.step.attributes = pack(attributes);
    };
    if (step.is<ops::Int8Pool>() || step.is<ops::Pool>()) with(unpack<kernels::Pool>(step.step.attributes));
    if (step.is<ops::Pad>()) with(unpack<kernels::Pad>(step.step.attributes));
    if (!step.is<ops::Int8Binary>()) return;
    const auto binary = unpack<kernels::Binary>(step.step.attributes);
    const std::array<int, 4> extent{1, 1, binary.elements() / step.step.out.last(), channels};
    step.step.attributes = pack(kernels::broadcast(binary.kind, 1, extent, extent, extent));
  }

  void shrink_value(std::size_t v) {
    const auto& needed = channels_.needed[v];
    const auto& ranges = channels_.ranges[v];
    KeptChannels kept{static_cast<int>(needed.size()), {}, {}, needed};
    for (std::size_t c = 0; c < needed.size(); ++c)
      if (needed[c]) kept.kept.push_back(static_cast<int>(c));
    if (kept.kept.size() == needed.size()) return;
    for (std::size_t c = 0; c < needed.size(); ++c) {
      bool fixed = true;
      for (std::size_t i = c; i < ranges.size(); i += needed.size()) fixed = fixed && ranges[i].fixed();
      kept.known[c] = needed[c] || fixed;
    }
    for (const Int8Range& range : ranges) kept.filling.push_back(static_cast<std::byte>(range.low));
    DraftValue& value = model_.values[v];
    value.value.elements = value.value.elements / kept.channels * static_cast<int>(kept.kept.size());
    value.imported.kept = std::move(kept);
  }

  ModelDraft& model_;
  NeededChannels channels_;
};

}  // namespace

void remove_dead_channels(ModelDraft& model) { Removal(model).run(); }

}  // namespace etch::host
