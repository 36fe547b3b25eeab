// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <memory>
#include <span>

namespace etch::host {

/// Runs an imported model on the desktop, with the graph, plan and kernels that its compiled code has.
/// Streaming models go on where the last run ended.
class ModelSession {
 public:
  /// Keeps a pointer to the model, which has to outlive the session. \param fuse off leaves activations
  /// apart, so that `trace` shows what stands before them.
  explicit ModelSession(const ImportedModel& model, bool fuse = true);
  ~ModelSession();
  ModelSession(ModelSession&&) noexcept;
  ModelSession& operator=(ModelSession&&) noexcept;

  int inputs() const;
  int outputs() const;
  std::size_t input_bytes(int k) const;
  std::size_t output_bytes(int k) const;

  /// One sample; an array of bytes an input, each `input_bytes` long. Throws `Error` for other lengths.
  void run(std::span<const std::span<const std::byte>> inputs);
  /// The same for a model of one input.
  void run(std::span<const std::byte> input);
  /// The same, and keeps the result of every step for `value`.
  void trace(std::span<const std::span<const std::byte>> inputs);
  void trace(std::span<const std::byte> input);

  /// Output `k` of the last run.
  std::span<const std::byte> output(int k = 0) const;
  /// What a value of the graph held after the step that made it, in the last `trace`; inputs and parameters
  /// too; with the channels that passes removed (those that nothing reads hold anything, see `KeptChannels`).
  /// Empty for values that no step of the prediction makes (fused activations leave one).
  std::span<const std::byte> value(int value) const;

  /// Lets models that keep states from run to run begin anew.
  void reset();

  int arena_bytes() const;
  int arena_lower_bound() const;  ///< the most bytes live at one step: no plan can need less
  int weight_bytes() const;
  int state_bytes() const;  ///< what goes from run to run; 0: every run begins anew

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace etch::host
