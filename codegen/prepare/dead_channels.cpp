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
  using Indices = std::vector<int>;

  /// Numbers of the channels that stay, of `count` places that repeat the value's channels.
  Indices kept(int value, int count) const {
    const auto& needed = channels_.needed[static_cast<std::size_t>(value)];
    Indices indices;
    for (int i = 0; i < count; ++i)
      if (needed.empty() || needed[static_cast<std::size_t>(i) % needed.size()]) indices.push_back(i);
    return indices;
  }

  void shrink_step(std::size_t s) {
    DraftStep& step = model_.steps[s];
    if (step.inputs.empty() || step.outputs.size() != 1) return;
    const Indices in = kept(step.input(), step.step.in.last());
    const Indices out = kept(step.output(), step.step.out.last());
    if (static_cast<int>(in.size()) == step.step.in.last() &&
        static_cast<int>(out.size()) == step.step.out.last())
      return;
    const std::vector<std::int64_t> sums = left_out(s);
    visit_op(step.step.op, [&](auto op) { select<decltype(op)>(step, {in, out, sums}); });
    const auto last = [](Shape& shape, std::size_t extent) {
      shape.dim[static_cast<std::size_t>(shape.rank - 1)] = static_cast<int>(extent);
    };
    last(step.step.in, in.size());
    last(step.step.out, out.size());
  }

  /// What channels that go have added to each of the result.
  std::vector<std::int64_t> left_out(std::size_t s) const {
    const DraftStep& step = model_.steps[s];
    const auto& needed = channels_.needed[static_cast<std::size_t>(step.input())];
    const auto results = static_cast<std::size_t>(step.step.out.last());
    std::vector<std::int64_t> sums(results);
    for (std::size_t i = 0; i < channels_.sums[s].size(); ++i)
      if (!needed[i / results]) sums[i % results] += channels_.sums[s][i].sum;
    return sums;
  }

  template <class Op>
  void select(DraftStep& step, const SelectedChannels& kept) {
    if constexpr (&Op::channels != &OpDefaults::channels) {
      std::vector<ConstantArray> arrays;
      for (const int p : step.parameters) arrays.push_back(model_.parameters[static_cast<std::size_t>(p)]);
      std::vector<WeightBlock> weights;
      for (ConstantArray& array : arrays) weights.push_back({array.bytes.data(), array.shape});
      if (!Op::select(step.step, kept, weights))
        throw Error("'" + model_.name + "' has sums that do not fit 32 bits");
      for (std::size_t k = 0; k < arrays.size(); ++k) {
        ConstantArray& array = arrays[k];
        array.shape = weights[k].shape;
        array.bytes.resize(static_cast<std::size_t>(array.shape.size() * bytes_of(array.type, DType::f32)));
        const ConstantArray& before = model_.parameter(step, static_cast<int>(k));
        if (array.bytes != before.bytes || array.shape != before.shape)
          model_.replace(step, static_cast<int>(k), std::move(array));
      }
    }
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
