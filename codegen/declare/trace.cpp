// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/callable.hpp>
#include <codegen/declare/declaration.hpp>
#include <runtime/host/error.hpp>

namespace etch::host::declare {

namespace {

struct Within {
  LayerForm::Call layer;
  const char* name = nullptr;
  Tensor operator()(const Tensor& x) { return layer({&x, 1}, name); }
};

}  // namespace

std::shared_ptr<LayerForm::Call> callable(const LayerForm& form) {
  if (form.repeat == 1) return std::make_shared<LayerForm::Call>(form.make());
  return std::make_shared<LayerForm::Call>(
      [each = TimeDistributed<Within>{{form.make()}}](std::span<const Tensor> x, const char* name) mutable {
        each.layer.name = name;
        return each(x[0]);
      });
}

Traced trace(const Declaration& declaration) {
  Traced traced{std::make_unique<Notes>(), nullptr, {}};
  traced.builder = std::make_unique<Builder>(false, traced.notes.get());
  Builder& g = *traced.builder;
  g.trace_at_run_time();
  std::vector<Tensor> values;
  for (const Declaration::Input& input : declaration.inputs)
    values.push_back(g.input(input.shape, input.name.empty() ? nullptr : input.name.c_str(), 0));
  std::vector<std::shared_ptr<LayerForm::Call>> layers;
  for (const LayerCall& call : declaration.calls) {
    layers.push_back(call.same_as < 0 ? callable(call.form) : layers[static_cast<std::size_t>(call.same_as)]);
    std::vector<Tensor> inputs;
    for (const int value : call.inputs) inputs.push_back(values[static_cast<std::size_t>(value)]);
    values.push_back((*layers.back())(inputs, call.name.empty() ? nullptr : call.name.c_str()));
    // The layer's own note; that of TimeDistributed follows it.
    const int row = traced.notes->rows.count - (call.form.repeat > 1 ? 2 : 1);
    traced.paths.emplace_back(row < 0 ? "" : traced.notes->path(traced.notes->rows[row].path));
  }
  for (const int output : declaration.outputs) g.output(values[static_cast<std::size_t>(output)], 0);
  g.finish(0);
  g.graph.numerics = declaration.numerics;
  if (g.graph.fault)
    throw Error("the declaration in layers cannot be: " + std::string(g.graph.fault.sentence));
  return traced;
}

}  // namespace etch::host::declare
