// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/merge_steps.hpp>

#include <algorithm>

namespace etch::host {

namespace {

using Table = std::vector<std::int8_t>;

std::int8_t looked_up(const Table& table, int x) { return table[static_cast<std::uint8_t>(x)]; }

class Merging {
 public:
  explicit Merging(ModelDraft& model) : model_(model) {}

  /// A step that became part of another can let that one be merged too: so look again from the start.
  void run() {
    for (std::size_t s = 0; s < model_.steps.size();) {
      const bool merged = merges(s);
      if (merged) model_.steps.erase(model_.steps.begin() + static_cast<std::ptrdiff_t>(s));
      s = merged ? 0 : s + 1;
    }
  }

 private:
  /// Whether step `s` is now part of another, or of no use.
  bool merges(std::size_t s) {
    const DraftStep& step = model_.steps[s];
    if (step.inputs.empty() || step.outputs.size() != 1 || step.step.repeat != 1 || is_output(step.output()))
      return false;
    if (step.is<ops::Pad>()) return pads_convolution(step);
    if (!step.is<ops::Int8Table>()) return false;
    return follows_table(step) || bounds_producer(step) || changes_nothing(step);
  }

  bool is_output(int value) const { return std::ranges::find(model_.outputs, value) != model_.outputs.end(); }
  /// The steps that read a value.
  std::vector<DraftStep*> readers(int value) {
    std::vector<DraftStep*> found;
    for (DraftStep& step : model_.steps)
      if (std::ranges::find(step.inputs, value) != step.inputs.end()) found.push_back(&step);
    return found;
  }
  /// The step whose result nothing but `step` reads; null where there is none.
  DraftStep* producer(const DraftStep& step) {
    const int x = step.input();
    if (is_output(x) || readers(x).size() != 1) return nullptr;
    for (DraftStep& other : model_.steps)
      if (other.outputs == std::vector<int>{x}) return &other;
    return nullptr;
  }
  void change(DraftStep& step, int k, const auto& change_numbers) {
    const int parameter = model_.copy_of(step.parameters[static_cast<std::size_t>(k)]);
    step.parameters[static_cast<std::size_t>(k)] = parameter;
    change_numbers(model_.parameter(step, k));
  }

  bool pads_convolution(const DraftStep& pad) {
    const auto all = readers(pad.output());
    if (all.size() != 1 || pad.parameters.size() != 1) return false;
    DraftStep& reader = *all[0];
    if (!reader.is<ops::Int8Convolution>() && !reader.is<ops::Int8DepthwiseConvolution>()) return false;
    const auto amounts = unpack<kernels::Pad>(pad.step.attributes);
    const Shape from{amounts.height, amounts.width, amounts.channels};
    const DraftParameter& outside = model_.parameter(pad, 0);
    const std::int32_t filling = outside.parameter.type == ElementType::i16
                                     ? outside.numbers<std::int16_t>().at(0)
                                     : outside.numbers<std::int8_t>().at(0);
    const auto io = model_.parameter(reader, 3).numbers<kernels::Int8Io>().at(0);
    if (reader.step.in != pad.step.out || filling != io.input_zero_point) return false;
    Step merged = reader.step;
    merged.in = from;
    auto attributes = unpack<ops::Int8Convolution::Attributes>(merged.attributes);
    attributes.top += amounts.top;
    attributes.left += amounts.left;
    merged.attributes = pack(attributes);
    const kernels::Int8Convolution c = ops::Int8Convolution::convolution(merged);
    if (amounts.out_height < from[0] || amounts.out_width < from[1] || !meets_data(c.y) || !meets_data(c.x))
      return false;
    reader.step = merged;
    reader.inputs[0] = pad.input();
    return true;
  }
  /// Whether windows lie as those of SAME padding may: each over some of the data.
  static bool meets_data(const kernels::Int8Axis& a) {
    return a.before >= 0 && a.before < a.span() && (a.out - 1) * a.stride - a.before < a.in;
  }

  bool follows_table(const DraftStep& step) {
    DraftStep* const before = producer(step);
    if (!before || !before->is<ops::Int8Table>()) return false;
    const Table second = model_.parameter(step, 0).numbers<std::int8_t>();
    change(*before, 0, [&](DraftParameter& p) {
      Table both = p.numbers<std::int8_t>();
      for (std::int8_t& number : both) number = looked_up(second, number);
      p.set(both, {256});
    });
    before->outputs[0] = step.output();
    return true;
  }

  bool bounds_producer(const DraftStep& step) {
    DraftStep* const before = producer(step);
    if (!before) return false;
    const Table table = model_.parameter(step, 0).numbers<std::int8_t>();
    const bool convolution =
        before->is<ops::Int8Convolution>() || before->is<ops::Int8DepthwiseConvolution>();
    if (!convolution && !before->is<ops::Int8Binary>()) return false;
    const int k = convolution ? 3 : static_cast<int>(before->parameters.size()) - 1;
    bool bounded = false;
    const auto bound = [&](auto numbers) {
      bounded = narrow(table, numbers.lowest, numbers.highest);
      if (!bounded) return;
      std::vector<std::int32_t> words(sizeof(numbers) / 4);
      std::memcpy(words.data(), &numbers, sizeof(numbers));
      change(*before, k, [&](DraftParameter& p) { p.set(words, {static_cast<int>(words.size())}); });
    };
    if (convolution)
      bound(model_.parameter(*before, k).numbers<kernels::Int8Io>().at(0));
    else
      bound(model_.parameter(*before, k).numbers<kernels::Int8BinaryNumbers>().at(0));
    if (bounded) before->outputs[0] = step.output();
    return bounded;
  }
  /// Where a table bounds every number from `lowest` to `highest`, narrows them to its bounds.
  static bool narrow(const Table& table, std::int32_t& lowest, std::int32_t& highest) {
    const int low = looked_up(table, lowest), high = looked_up(table, highest);
    if (low < lowest || high > highest || low > high) return false;
    for (int x = lowest; x <= highest; ++x)
      if (looked_up(table, x) != std::clamp(x, low, high)) return false;
    lowest = low;
    highest = high;
    return true;
  }

  /// Its readers read its input instead.
  bool changes_nothing(const DraftStep& step) {
    const Table table = model_.parameter(step, 0).numbers<std::int8_t>();
    for (int x = -128; x <= 127; ++x)
      if (looked_up(table, x) != x) return false;
    const int from = step.output(), to = step.input();
    for (DraftStep* reader : readers(from)) std::ranges::replace(reader->inputs, from, to);
    return true;
  }

  ModelDraft& model_;
};

}  // namespace

void merge_steps(ModelDraft& model) { Merging(model).run(); }

}  // namespace etch::host
