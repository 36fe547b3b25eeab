// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/model_formats.hpp>
#include <codegen/model/model_program.hpp>
#include <etch/ops/op_list.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

namespace etch::benchmarks {

/// A model of a file with its memory.
class ModelInMemory {
 public:
  /// \param numerics in which its floats are computed.
  explicit ModelInMemory(const std::filesystem::path& file, Numerics numerics = Numerics::separate)
      : model_(host::read_model(file)) {
    model_.graph->numerics = numerics;
    program_ = host::program_of(model_);
    const auto bytes = host::weights_of(model_, *program_);
    weights_.assign(bytes.begin(), bytes.end());
    arena_.resize(static_cast<std::size_t>(program_->plan.arena_bytes) + 8);
    states_.resize(static_cast<std::size_t>(program_->plan.state_bytes) + 8);
    const auto& g = program_->graph;
    for (int k = 0; k < g.inputs.count; ++k)
      inputs_.emplace_back(host::bytes_of_sample(g.values[g.inputs[k]]));
    for (int k = 0; k < g.outputs.count; ++k)
      outputs_.emplace_back(host::bytes_of_sample(g.values[g.outputs[k]]));
    for (auto& m : inputs_) in_.push_back(m.data());
    for (auto& m : outputs_) out_.push_back(m.data());
    regions_.weights = weights_.data();
    regions_.arena = arena_.data();
    regions_.inputs = in_.data();
    regions_.outputs = out_.data();
    regions_.states = states_.data();
  }
  ModelInMemory(const ModelInMemory&) = delete;
  ModelInMemory& operator=(const ModelInMemory&) = delete;

  const host::ImportedModel& model() const { return model_; }
  const host::ImportedProgram& program() const { return *program_; }
  const Regions& regions() const { return regions_; }
  std::vector<std::vector<std::byte>>& inputs() { return inputs_; }
  const std::vector<std::byte>& output() const { return outputs_[0]; }
  long long macs() const {
    long long all = 0;
    const auto& g = program_->graph;
    for (int s = 0; s < g.steps.count; ++s)
      all += visit_op(g.steps[s].op, [&](auto op) { return decltype(op)::macs(g.steps[s]); });
    return all;
  }

 private:
  host::ImportedModel model_;
  std::unique_ptr<host::ImportedProgram> program_;
  std::vector<std::byte> weights_, arena_, states_;
  std::vector<std::vector<std::byte>> inputs_, outputs_;
  std::vector<const void*> in_;
  std::vector<void*> out_;
  Regions regions_;
};

}  // namespace etch::benchmarks
