// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/needed_channels.hpp>

#include <algorithm>

namespace etch::host {

namespace {

bool whole(const std::vector<bool>& needed) {
  return std::find(needed.begin(), needed.end(), false) == needed.end();
}

/// Adds what `from` needs. \returns whether that was new.
bool add(std::vector<bool>& to, const std::vector<bool>& from) {
  bool changed = false;
  for (std::size_t i = 0; i < to.size(); ++i)
    if (from[i] && !to[i]) to[i] = changed = true;
  return changed;
}

bool fixed(const std::vector<Int8Range>& value, std::size_t channel, std::size_t channels) {
  for (std::size_t i = channel; i < value.size(); i += channels)
    if (!value[i].fixed()) return false;
  return true;
}

/// What channel `channel` of the input adds to filter `f`, at each pixel of the result.
class Contribution {
 public:
  Contribution(const ModelDraft& model, const DraftStep& step, const std::vector<Int8Range>& x, int channels)
      : c_(ops::Int8Convolution::convolution(step.step)),
        weights_(model.parameter(step, 0).numbers<std::int8_t>()),
        zero_point_(model.parameter(step, 3).numbers<kernels::Int8Io>().at(0).input_zero_point),
        x_(x),
        channels_(channels) {}

  bool all_zero(int channel, int f) const {
    for (int tap = 0; tap < c_.y.kernel * c_.x.kernel; ++tap)
      for (int i = channel; i < c_.channels; i += channels_)
        if (weight(f, tap, i) != 0) return false;
    return true;
  }
  std::int64_t at(int channel, int f, int oy, int ox) const {
    std::int64_t sum = 0;
    for (int ky = 0; ky < c_.y.kernel; ++ky)
      for (int kx = 0; kx < c_.x.kernel; ++kx) {
        const int iy = oy * c_.y.stride - c_.y.before + ky * c_.y.dilation;
        const int ix = ox * c_.x.stride - c_.x.before + kx * c_.x.dilation;
        const bool inside = iy >= 0 && iy < c_.y.in && ix >= 0 && ix < c_.x.in;
        for (int i = channel; i < c_.channels; i += channels_) {
          const auto pixel = static_cast<std::size_t>((iy * c_.x.in + ix) * c_.channels + i);
          sum += weight(f, ky * c_.x.kernel + kx, i) * (inside ? +x_[pixel].low : zero_point_);
        }
      }
    return sum;
  }
  bool same_everywhere(int channel, int f) const {
    const std::int64_t first = at(channel, f, 0, 0);
    for (int oy = 0; oy < c_.y.out; ++oy)
      for (int ox = 0; ox < c_.x.out; ++ox)
        if (at(channel, f, oy, ox) != first) return false;
    return true;
  }

 private:
  std::int32_t weight(int f, int tap, int i) const {
    return weights_[static_cast<std::size_t>(f * c_.row + tap * c_.channels + i)];
  }
  kernels::Int8Convolution c_;
  std::vector<std::int8_t> weights_;
  std::int32_t zero_point_;
  const std::vector<Int8Range>& x_;
  int channels_;
};

/// Whether a convolution's input channels are the value's: once, or again and again where all of a value is
/// read as one pixel.
bool reads_channels(const DraftStep& step, int channels) {
  const kernels::Int8Convolution c = ops::Int8Convolution::convolution(step.step);
  return c.channels == channels || (c.channels % channels == 0 && c.y.kernel * c.x.kernel == 1);
}

}  // namespace

bool keeps_channels_apart(const DraftStep& step) {
  const int channels = step.step.out.last();
  if (step.is<ops::Int8Table>()) return step.step.in.last() == channels;
  if (step.is<ops::Int8Pool>() || step.is<ops::Pool>())
    return unpack<kernels::Pool>(step.step.attributes).channels == channels &&
           step.step.in.last() == channels;
  if (step.is<ops::Pad>())
    return unpack<kernels::Pad>(step.step.attributes).channels == channels && step.step.in.last() == channels;
  if (!step.is<ops::Int8Binary>() || step.inputs.size() != 2) return false;
  const auto b = unpack<kernels::Binary>(step.step.attributes);
  return b.a_elements == b.elements() && b.b_elements == b.elements();
}

NeededChannels::NeededChannels(const ModelDraft& model)
    : needed(model.values.size()), folded(model.steps.size()), ranges(int8_ranges(model)) {
  find_channels(model);
  fold_sums(model);
  while (settle(model)) {
  }
}

/// Values that may lose channels: int8 results within the model that are read by steps that can do with less.
void NeededChannels::find_channels(const ModelDraft& model) {
  std::vector<bool> written(model.values.size());
  for (const DraftStep& step : model.steps) {
    const bool alone = step.outputs.size() == 1 && step.step.repeat == 1;
    const bool may_shrink = step.is<ops::Int8Convolution>() || step.is<ops::Int8DepthwiseConvolution>() ||
                            keeps_channels_apart(step);
    for (const int v : step.outputs) {
      if (v < 0) continue;
      const DraftValue& value = model.value(v);
      const bool again = written[static_cast<std::size_t>(v)];
      written[static_cast<std::size_t>(v)] = true;
      const bool shrinks = alone && may_shrink && !again && value.value.type == ElementType::i8 &&
                           value.value.role == Role::temporary && value.imported.kept.channels == 0;
      of(v).assign(shrinks ? static_cast<std::size_t>(step.step.out.last()) : 0, false);
    }
  }
  for (const int v : model.outputs) of(v).clear();
}

void NeededChannels::fold_sums(const ModelDraft& model) {
  for (std::size_t s = 0; s < model.steps.size(); ++s) {
    const DraftStep& step = model.steps[s];
    if (!step.is<ops::Int8Convolution>() || of(step.input()).empty()) continue;
    const auto channels = of(step.input()).size();
    if (!reads_channels(step, static_cast<int>(channels))) continue;
    const auto& x = ranges[static_cast<std::size_t>(step.input())];
    const Contribution contribution(model, step, x, static_cast<int>(channels));
    const auto filters = static_cast<std::size_t>(step.step.out.last());
    FoldedSums& sums = folded[s];
    sums.sum.assign(channels, std::vector<std::int64_t>(filters));
    sums.folds.assign(channels, std::vector<bool>(filters));
    for (std::size_t c = 0; c < channels; ++c) {
      const bool is_fixed = fixed(x, c, channels);
      for (std::size_t f = 0; f < filters; ++f) {
        const int channel = static_cast<int>(c), filter = static_cast<int>(f);
        if (contribution.all_zero(channel, filter)) {
          sums.folds[c][f] = true;
        } else if (is_fixed && contribution.same_everywhere(channel, filter)) {
          sums.folds[c][f] = true;
          sums.sum[c][f] = contribution.at(channel, filter, 0, 0);
        }
      }
    }
  }
}

bool NeededChannels::need_whole(int value) {
  if (value < 0 || whole(of(value))) return false;
  of(value).assign(of(value).size(), true);
  return true;
}

bool NeededChannels::settle_convolution(const DraftStep& step, const FoldedSums& sums) {
  if (of(step.input()).empty()) return false;
  if (sums.folds.empty()) return need_whole(step.input());
  std::vector<bool> read(sums.folds.size());
  for (std::size_t c = 0; c < read.size(); ++c)
    for (std::size_t f = 0; f < sums.folds[c].size(); ++f) {
      const auto& results = of(step.output());
      read[c] = read[c] || ((results.empty() || results[f]) && !sums.folds[c][f]);
    }
  return add(of(step.input()), read);
}

/// A channel's results stay together with it.
bool NeededChannels::settle_depthwise(const DraftStep& step) {
  auto &x = of(step.input()), &y = of(step.output());
  const auto channels = static_cast<std::size_t>(step.step.in.last());
  if (x.size() != channels || y.empty()) {
    const bool changed = need_whole(step.input());
    return need_whole(step.output()) || changed;
  }
  const std::size_t multiplier = y.size() / channels;
  std::vector<bool> in(channels), out(y.size());
  for (std::size_t f = 0; f < y.size(); ++f)
    in[f / multiplier] = in[f / multiplier] || y[f] || x[f / multiplier];
  for (std::size_t f = 0; f < y.size(); ++f) out[f] = in[f / multiplier];
  const bool changed = add(x, in);
  return add(y, out) || changed;
}

bool NeededChannels::settle_alike(const DraftStep& step) {
  std::vector<int> values = step.inputs;
  values.push_back(step.output());
  bool alike = true;
  for (const int v : values) alike = alike && of(v).size() == static_cast<std::size_t>(step.step.out.last());
  bool changed = false;
  for (const int v : values) {
    if (!alike)
      changed = need_whole(v) || changed;
    else
      for (const int other : values) changed = add(of(v), of(other)) || changed;
  }
  return changed;
}

/// One round over all steps, from the last. \returns whether something became needed.
bool NeededChannels::settle(const ModelDraft& model) {
  bool changed = false;
  for (auto s = model.steps.size(); s-- > 0;) {
    const DraftStep& step = model.steps[s];
    if (step.is<ops::Int8Convolution>())
      changed = settle_convolution(step, folded[s]) || changed;
    else if (step.is<ops::Int8DepthwiseConvolution>())
      changed = settle_depthwise(step) || changed;
    else if (keeps_channels_apart(step))
      changed = settle_alike(step) || changed;
    else
      for (const auto* values : {&step.inputs, &step.outputs})
        for (const int v : *values) changed = need_whole(v) || changed;
  }
  if (changed) return true;
  for (auto& channels : needed)  // a value has at least one channel
    if (!channels.empty() && std::find(channels.begin(), channels.end(), true) == channels.end())
      channels[0] = changed = true;
  return changed;
}

}  // namespace etch::host
