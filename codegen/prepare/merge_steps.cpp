// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/merge_steps.hpp>
#include <codegen/prepare/step_weights.hpp>

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

  bool pads_convolution(const DraftStep& pad) {
    const auto all = readers(pad.output());
    if (all.size() != 1 || pad.parameters.size() != 1) return false;
    DraftStep& reader = *all[0];
    const ConstantArray& outside = model_.parameter(pad, 0);
    const std::int32_t filling = outside.type == ElementType::i16 ? outside.numbers<std::int16_t>().at(0)
                                                                  : outside.numbers<std::int8_t>().at(0);
    const auto amounts = unpack<kernels::Pad>(pad.step.attributes);
    const auto weights = weights_of(model_, reader);
    if (reader.step.in != pad.step.out || !visit_op(reader.step.op, [&](auto op) {
          return decltype(op)::fuse_padding(reader.step, amounts, filling, weights.data());
        }))
      return false;
    reader.inputs[0] = pad.input();
    return true;
  }

  bool follows_table(const DraftStep& step) {
    DraftStep* const before = producer(step);
    if (!before || !before->is<ops::Int8Table>()) return false;
    const Table second = model_.parameter(step, 0).numbers<std::int8_t>();
    Table both = model_.parameter(*before, 0).numbers<std::int8_t>();
    for (std::int8_t& number : both) number = looked_up(second, number);
    model_.replace(*before, 0, constant_of(both, ElementType::i8));
    before->outputs[0] = step.output();
    return true;
  }

  bool bounds_producer(const DraftStep& step) {
    DraftStep* const before = producer(step);
    if (!before) return false;
    const ResultBounds at =
        visit_op(before->step.op, [&](auto op) { return decltype(op)::bounds(before->step); });
    if (at.weight < 0) return false;
    const Table table = model_.parameter(step, 0).numbers<std::int8_t>();
    auto words = model_.parameter(*before, at.weight).numbers<std::int32_t>();
    const auto lowest = words.begin() + at.word;
    if (!narrow(table, lowest[0], lowest[1])) return false;
    model_.replace(*before, at.weight, constant_of(words, ElementType::i32));
    before->outputs[0] = step.output();
    return true;
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
