// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/needed_channels.hpp>
#include <codegen/prepare/step_weights.hpp>

#include <algorithm>

namespace etch::host {

namespace {

bool all_needed(const std::vector<bool>& needed) {
  return std::find(needed.begin(), needed.end(), false) == needed.end();
}

/// Adds what `from` needs. \returns whether that was new.
bool add(std::vector<bool>& to, const std::vector<bool>& from) {
  bool changed = false;
  for (std::size_t i = 0; i < to.size(); ++i)
    if (from[i] && !to[i]) to[i] = changed = true;
  return changed;
}

Channels channels_of(const DraftStep& step) {
  const bool alone = !step.inputs.empty() && step.outputs.size() == 1 && step.step.repeat == 1;
  if (!alone || std::ranges::min(step.inputs) < 0 || step.output() < 0) return Channels::together;
  return visit_op(step.step.op, [&](auto op) { return decltype(op)::channels(step.step); });
}

}  // namespace

NeededChannels::NeededChannels(const ModelDraft& model)
    : needed(model.values.size()), sums(model.steps.size()), ranges(int8_ranges(model)) {
  find_channels(model);
  find_sums(model);
  while (settle(model)) {
  }
}

/// Values that may lose channels: int8 results within the model that are read by steps that can do with less.
void NeededChannels::find_channels(const ModelDraft& model) {
  std::vector<bool> written(model.values.size());
  for (const DraftStep& step : model.steps) {
    const bool may_shrink = channels_of(step) != Channels::together;
    for (const int v : step.outputs) {
      if (v < 0) continue;
      const DraftValue& value = model.value(v);
      const bool again = written[static_cast<std::size_t>(v)];
      written[static_cast<std::size_t>(v)] = true;
      const bool shrinks = may_shrink && !again && value.value.type == ElementType::i8 &&
                           value.value.role == Role::temporary && value.imported.kept.channels == 0;
      of(v).assign(shrinks ? static_cast<std::size_t>(step.step.out.last()) : 0, false);
    }
  }
  for (const int v : model.outputs) of(v).clear();
}

void NeededChannels::find_sums(const ModelDraft& model) {
  for (std::size_t s = 0; s < model.steps.size(); ++s) {
    const DraftStep& step = model.steps[s];
    if (channels_of(step) != Channels::mixed || of(step.input()).empty()) continue;
    const auto channels = of(step.input()).size();
    sums[s].resize(channels * static_cast<std::size_t>(step.step.out.last()));
    const auto weights = weights_of(model, step);
    const auto& x = ranges[static_cast<std::size_t>(step.input())];
    visit_op(step.step.op, [&](auto op) {
      decltype(op)::fixed_sums(step.step, weights.data(), x, static_cast<int>(channels), sums[s]);
    });
  }
}

bool NeededChannels::need_all(int value) {
  if (value < 0 || all_needed(of(value))) return false;
  of(value).assign(of(value).size(), true);
  return true;
}

/// What some needed channel of the result reads, where that is not always the same.
bool NeededChannels::settle_mixed(const DraftStep& step, const std::vector<FixedSum>& fixed) {
  const auto& results = of(step.output());
  std::vector<bool> read(of(step.input()).size());
  const auto filters = static_cast<std::size_t>(step.step.out.last());
  for (std::size_t c = 0; c < read.size(); ++c)
    for (std::size_t f = 0; f < filters; ++f)
      read[c] = read[c] || ((results.empty() || results[f]) && !fixed[c * filters + f].fixed);
  return add(of(step.input()), read);
}

/// A channel of the inputs and its results stay together.
bool NeededChannels::settle_apart(const DraftStep& step) {
  const auto channels = static_cast<std::size_t>(step.step.in.last());
  auto& y = of(step.output());
  bool alike = y.size() == static_cast<std::size_t>(step.step.out.last());
  for (const int v : step.inputs) alike = alike && of(v).size() == channels;
  bool changed = false;
  if (!alike) {
    for (const int v : step.inputs) changed = need_all(v) || changed;
    return need_all(step.output()) || changed;
  }
  const std::size_t results = y.size() / channels;  // of one channel
  std::vector<bool> together(channels), all(y.size());
  for (const int v : step.inputs) add(together, of(v));
  for (std::size_t f = 0; f < y.size(); ++f) together[f / results] = together[f / results] || y[f];
  for (std::size_t f = 0; f < y.size(); ++f) all[f] = together[f / results];
  for (const int v : step.inputs) changed = add(of(v), together) || changed;
  return add(y, all) || changed;
}

/// One round over all steps, from the last. \returns whether something became needed.
bool NeededChannels::settle(const ModelDraft& model) {
  bool changed = false;
  for (auto s = model.steps.size(); s-- > 0;) {
    const DraftStep& step = model.steps[s];
    const Channels channels = channels_of(step);
    if (channels == Channels::mixed)
      changed = settle_mixed(step, sums[s]) || changed;
    else if (channels == Channels::apart)
      changed = settle_apart(step) || changed;
    else
      for (const auto* values : {&step.inputs, &step.outputs})
        for (const int v : *values) changed = need_all(v) || changed;
  }
  if (changed) return true;
  for (auto& channels : needed)  // a value has at least one channel
    if (!channels.empty() && std::find(channels.begin(), channels.end(), true) == channels.end())
      channels[0] = changed = true;
  return changed;
}

}  // namespace etch::host
