// SPDX-License-Identifier: BSL-1.0
#include <codegen/prepare/int8_ranges.hpp>
#include <codegen/prepare/step_weights.hpp>

#include <algorithm>

namespace etch::host {
namespace {

/// Numbers that are looked at for all steps of a model, seconds of work: ten times those of MobileNet V2 at
/// 224 x 224 pixels. Ranges only save work, so a file that asks for more gets none.
constexpr long long most_work = 3'000'000'000;

long long work_of(const DraftStep& step) {
  return visit_op(step.step.op, [&](auto op) {
    using Op = decltype(op);
    return Op::macs(step.step) + Op::range_work(step.step) + step.step.out.size();
  });
}

}  // namespace

std::vector<std::vector<Int8Range>> int8_ranges(const ModelDraft& model) {
  std::vector<std::vector<Int8Range>> ranges(model.values.size());
  for (std::size_t v = 0; v < ranges.size(); ++v)
    if (model.values[v].value.type == ElementType::i8)
      ranges[v].resize(static_cast<std::size_t>(model.values[v].value.elements));
  long long left = most_work;
  for (const DraftStep& step : model.steps) {
    if (step.outputs.size() != 1 || step.step.repeat != 1) continue;
    std::vector<Int8Range>& y = ranges[static_cast<std::size_t>(step.output())];
    std::vector<Int8Ranges> x;
    for (const int v : step.inputs) x.push_back(v < 0 ? Int8Ranges{} : ranges[static_cast<std::size_t>(v)]);
    const bool unknown = x.empty() || std::ranges::any_of(x, [](Int8Ranges r) { return r.empty(); });
    if (unknown || y.empty() || model.value(step.output()).value.role == Role::state) continue;
    const long long work = work_of(step);
    if (work > left) continue;
    left -= work;
    const auto weights = weights_of(model, step);
    visit_op(step.step.op, [&](auto op) { decltype(op)::ranges(step.step, weights.data(), x, y); });
  }
  return ranges;
}

}  // namespace etch::host
